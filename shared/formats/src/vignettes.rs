//! The case format of worked examples (`icm decide --vignettes`): a JSON list of small members with their claims.
//! Every key may be absent unless it is needed to place the case in time; an unknown key is an error that names it.

use icm_domain::claim::{ClaimKind, ClaimState, ClaimVersion, Denial, Line, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::decision::Standing;
use icm_domain::facts::{
    Closure, ClosureKind, Consent, ConsentKind, Coverage, LineOfBusiness, MemberFacts, Model, Profile,
    RosterRow, RosterStatus, Sex,
};
use icm_domain::ids::{ClaimId, MemberId, RosterProgramId, SourceId};
use serde::Deserialize;

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Id.
    pub id: String,
    /// Decide as of this day; a claim received later is unknown.
    pub as_of: Day,
    /// Title, for people.
    #[serde(default)]
    pub title: String,
    /// Note, for people.
    #[serde(default)]
    pub note: String,
    /// What should come out; compared by tests only.
    #[serde(default)]
    pub expect: serde_json::Value,
    member: CaseMember,
    #[serde(default)]
    claims: Vec<CaseClaim>,
    #[serde(default)]
    rosters: Vec<CaseRoster>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseMember {
    dob: Day,
    lob: LineOfBusiness,
    eligibility: Vec<(Day, Day)>,
    deceased: Option<Day>,
    sex: Option<Sex>,
    chronic: Option<u16>,
    meds: Option<u16>,
    smi: Option<bool>,
    part2_tpo_consent: Option<bool>,
    prior: Option<Prior>,
    open_case: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prior {
    decline: Option<Decline>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decline {
    r#type: ClosureKind,
    date: Day,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseClaim {
    id: String,
    received: Day,
    from: Day,
    thru: Day,
    tob: Option<String>,
    admit: Option<Day>,
    rev: Option<Vec<String>>,
    cpt: Option<Vec<String>>,
    pos: Option<Text>,
    dx: Option<Vec<String>>,
    px: Option<Vec<String>>,
    facility: Option<String>,
    status: Option<Text>,
    admit_type: Option<Text>,
    freq: Option<Text>,
    orig: Option<String>,
    state: Option<ClaimState>,
    denial: Option<Denial>,
    part2: Option<bool>,
}

/// A code that a hand-written case may give as a number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Text(String),
    Number(u32),
}

impl Text {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Text(text) => Code::new(text),
            Self::Number(number) => Code::new(&number.to_string()),
        }
    }

    fn two_digits(&self) -> Option<Code> {
        self.code().and_then(|code| Code::two_digits(code.as_str()))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseRoster {
    model: Model,
    status: RosterStatus,
    as_of: Day,
    start: Option<Day>,
    end: Option<Day>,
    #[serde(default)]
    contacts: Vec<Day>,
    available: Option<bool>,
    part2: Option<bool>,
}

/// Reads a file of cases. The error names the place and the key.
pub fn parse(json: &[u8]) -> Result<Vec<Case>, serde_json::Error> {
    serde_json::from_slice(json)
}

impl Case {
    /// The facts of the case.
    pub fn facts(&self) -> MemberFacts {
        let source = SourceId::from("vignette");
        let mut facts = MemberFacts {
            claims: self.claims.iter().map(|claim| claim.version(&source)).collect(),
            rosters: self.rosters.iter().map(CaseRoster::row).collect(),
            ..MemberFacts::default()
        };
        let member = &self.member;
        let always = Day::from_count(i32::MIN / 2);
        facts.coverage = member
            .eligibility
            .iter()
            .map(|(from, thru)| Coverage {
                source: source.clone(),
                received: always,
                lob: member.lob,
                from: *from,
                thru: Some(*thru),
                retracted: false,
            })
            .collect();
        facts.profiles.push(Profile {
            birth: Some(member.dob),
            death: member.deceased,
            sex: member.sex,
            // A case that names no count has none; only serious mental illness is derived (VIGNETTES.md).
            chronic: Some(member.chronic.unwrap_or(0)),
            meds: Some(member.meds.unwrap_or(0)),
            smi: member.smi,
            ..Profile::default()
        });
        if member.part2_tpo_consent == Some(true) {
            let kind = ConsentKind::Part2Tpo;
            facts.consents.push(Consent {
                kind,
                received: always,
                from: always,
                thru: None,
                revoked: false,
                scope: None,
            });
        }
        let decline = member.prior.as_ref().and_then(|prior| prior.decline.as_ref());
        facts.closures.extend(decline.map(|d| Closure { kind: d.r#type, date: d.date, received: d.date }));
        facts
    }

    /// The member's standing in the program.
    pub fn standing(&self) -> Standing {
        Standing { open_case: self.member.open_case == Some(true), closures: Vec::new() }
    }
}

impl CaseClaim {
    fn version(&self, source: &SourceId) -> ClaimVersion {
        // Without a type of bill it is a professional claim.
        let kind = if self.tob.is_some() { ClaimKind::Institutional } else { ClaimKind::Professional };
        let id = ClaimId::new(self.id.as_str());
        let mut claim = ClaimVersion::new(source.clone(), id, kind, self.received, (self.from, self.thru));
        let codes = |list: &Option<Vec<String>>| -> Vec<Code> {
            list.iter().flatten().filter_map(|text| Code::new(text)).collect()
        };
        claim.member_id = Some(MemberId::from("vignette"));
        claim.bill_type = self.tob.as_deref().and_then(Code::bill_type);
        claim.frequency = self.freq.as_ref().and_then(Text::code);
        claim.action = action_of(claim.frequency, claim.bill_type);
        claim.replaces = self.orig.as_deref().map(ClaimId::from);
        claim.facility = self.facility.as_deref().map(Into::into);
        claim.admit = self.admit;
        claim.discharge_status = self.status.as_ref().and_then(Text::two_digits);
        claim.admit_type = self.admit_type.as_ref().and_then(Text::code);
        claim.dx = codes(&self.dx);
        claim.px = codes(&self.px);
        claim.state = self.state.unwrap_or_default();
        claim.denial = self.denial;
        claim.part2 = self.part2;
        claim.lines = self.lines();
        claim
    }

    /// Revenue codes and procedures as lines of their own; the place of service stands on every professional line.
    fn lines(&self) -> Vec<Line> {
        let pos = self.pos.as_ref().and_then(Text::two_digits);
        let revenue =
            self.rev.iter().flatten().map(|text| Line { rev: Code::revenue(text), pos, ..Line::default() });
        let procedures =
            self.cpt.iter().flatten().map(|text| Line { hcpcs: Code::new(text), pos, ..Line::default() });
        let mut lines: Vec<Line> = revenue.chain(procedures).collect();
        if lines.is_empty() && pos.is_some() {
            lines.push(Line { pos, ..Line::default() });
        }
        lines
    }
}

impl CaseRoster {
    fn row(&self) -> RosterRow {
        RosterRow {
            program: RosterProgramId::from(self.model.id()),
            model: self.model,
            status: self.status,
            as_of: self.as_of,
            received: self.as_of,
            start: self.start,
            end: self.end,
            contacts: self.contacts.clone(),
            available: self.available.unwrap_or(true),
            part2: self.part2.unwrap_or(false),
            manager: None,
            manager_phone: None,
        }
    }
}
