//! What the payer's sources say about the members: claims that trigger, voids and late claims, coverage that ends and
//! comes back, wishes about contact, a second number of one person. Told in random order, by file or by message.

use fastrand::Rng;
use icm_contract::{FactsMessage, MemberFactsMessage, pack};
use icm_domain::claim::{Action, ClaimKind, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{
    Address, Coverage, Fact, LineOfBusiness, Model, Preference, PreferenceKind, Profile, RosterRow,
    RosterStatus,
};
use icm_domain::ids::{ClaimId, MemberId, RosterProgramId, SourceId};
use icm_domain::phi::Phi;
use std::fmt::Write;

/// The first day of a run.
pub(crate) const FIRST_DAY: &str = "2026-06-30";

/// One thing that a source says.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Profile,
    Coverage,
    CoverageEnded,
    Stay {
        number: u32,
        days_before: i32,
    },
    Void {
        number: u32,
        days_before: i32,
    },
    /// A stay that ended today, of somebody who is served by now.
    StayNow {
        number: u32,
    },
    DoNotContact(bool),
    ChannelRefused,
    SafeContact,
    Managed,
    OtherNumber(MemberId),
    Died,
    NotJson,
}

/// A member with what is still to be told about them.
pub(crate) struct Story {
    pub(crate) member: MemberId,
    pub(crate) left: Vec<Told>,
}

/// The stories of a run.
pub(crate) fn stories(rng: &mut Rng, members: usize, voided_last: bool) -> Vec<Story> {
    let named = |at| MemberId::new(format!("m{at}"));
    let mut all: Vec<Story> = (0..members).map(|at| story(rng, named(at), voided_last)).collect();
    if rng.u8(0..3) == 0 {
        // The first member gets another number; part of the story comes under the new one.
        let (old, new) = (MemberId::new("m0"), MemberId::new("m0x"));
        let mut later: Vec<Told> = Vec::new();
        if let Some(first) = all.first_mut() {
            first.left.retain(|told| {
                let moves = matches!(told, Told::Stay { .. } | Told::Void { .. }) && rng.bool();
                if moves {
                    later.push(told.clone());
                }
                !moves
            });
        }
        later.push(Told::Coverage);
        later.push(Told::OtherNumber(old));
        all.push(Story { member: new, left: later });
    }
    all
}

fn story(rng: &mut Rng, member: MemberId, voided_last: bool) -> Story {
    let mut left = vec![Told::Profile, Told::Coverage];
    let stays = if voided_last { rng.u32(1..=2) } else { rng.u32(2..=4) };
    for number in 0..stays {
        let days_before = rng.i32(5..150);
        left.push(Told::Stay { number, days_before });
        if rng.u8(0..5) == 0 {
            left.push(Told::Stay { number, days_before });
        }
        if rng.u8(0..4) == 0 {
            left.push(Told::Void { number, days_before });
        }
    }
    let mut seldom = |one_in: u8, told: Told| {
        if rng.u8(0..one_in) == 0 {
            left.push(told);
        }
    };
    seldom(6, Told::CoverageEnded);
    seldom(6, Told::Coverage);
    seldom(12, Told::DoNotContact(true));
    seldom(16, Told::DoNotContact(false));
    seldom(8, Told::ChannelRefused);
    seldom(8, Told::SafeContact);
    seldom(14, Told::Managed);
    seldom(20, Told::Died);
    seldom(10, Told::NotJson);
    rng.shuffle(&mut left);
    if voided_last {
        // Told from the end of the list.
        let pair = [Told::Void { number: 9, days_before: 15 }, Told::Stay { number: 9, days_before: 15 }];
        left.splice(0..0, pair);
    }
    Story { member, left }
}

impl Told {
    /// The facts, received today.
    pub(crate) fn facts(&self, member: &MemberId, today: Day) -> Vec<Fact> {
        let preference = |what| vec![Fact::Preference(Preference { received: today, what })];
        match self {
            Self::Profile => vec![Fact::Profile(Box::new(profile(today, None)))],
            Self::Died => vec![Fact::Profile(Box::new(profile(today, Some(today))))],
            Self::Coverage => vec![coverage(today, None)],
            Self::CoverageEnded => vec![coverage(today, Some(today.plus(-1)))],
            Self::Stay { number, days_before } => {
                vec![claim(member, *number, days(*days_before), today, false)]
            }
            Self::Void { number, days_before } => {
                vec![claim(member, *number, days(*days_before), today, true)]
            }
            Self::StayNow { number } => vec![claim(member, *number, (today.plus(-1), today), today, false)],
            Self::DoNotContact(set) => preference(PreferenceKind::DoNotContact { set: *set }),
            Self::ChannelRefused => preference(PreferenceKind::ChannelConsent {
                channel: icm_domain::facts::Channel::Call,
                allowed: false,
            }),
            Self::SafeContact => preference(PreferenceKind::SafeContact {
                phone: Some(Phi::new("312-555-0199".into())),
                address: None,
                withdrawn: false,
            }),
            Self::Managed => vec![Fact::Roster(Box::new(roster(today)))],
            Self::OtherNumber(other) => vec![Fact::Alias { received: today, other: other.clone() }],
            Self::NotJson => Vec::new(),
        }
    }

    /// The body of a message on the facts queue.
    pub(crate) fn message(&self, member: &MemberId, today: Day) -> String {
        if matches!(self, Self::NotJson) {
            return "{\"type\":\"icm.facts.v1\",\"members\":[{\"member_id\":".to_owned();
        }
        let part = |member: &MemberId, facts: &[Fact]| MemberFactsMessage {
            member: member.clone(),
            packs: pack::encode(member, facts),
        };
        let mut members = vec![part(member, &self.facts(member, today))];
        if let Self::OtherNumber(other) = self {
            // Each number names the other, as `ingest-files` writes it.
            let mirrored = Fact::Alias { received: today, other: member.clone() };
            members.push(part(other, &[mirrored]));
        }
        FactsMessage { members }.to_body()
    }

    /// The same as a file, for what has a file format; its name and content.
    pub(crate) fn file(&self, member: &MemberId, today: Day) -> Option<(&'static str, String)> {
        let id = member.as_str();
        let mut text = String::new();
        match self {
            Self::Stay { number, days_before } => {
                let (admit, discharge) = days(*days_before);
                text.push_str(MEDICAL);
                writeln!(
                    text,
                    "{id}-f{number},1,institutional,{id},{admit},{discharge},{admit},{discharge},1,01,111,0120,\
                     icd-10-cm,I509,{today},F1"
                )
                .unwrap();
                Some(("medical_claim.csv", text))
            }
            Self::DoNotContact(set) => {
                write!(text, "member_id,preference,date,set\n{id},do_not_contact,{today},{set}\n").unwrap();
                Some(("preference.csv", text))
            }
            Self::Profile => {
                write!(
                    text,
                    "member_id,line_of_business,birth_date,name,address,city,state,zip,phones,language,received\n\
                     {id},MEDICAID,1970-01-01,DOE^JANE,1 Main,Chicago,IL,60601,312-555-0100,en,{today}\n"
                )
                .unwrap();
                Some(("member.csv", text))
            }
            Self::NotJson => Some(("broken.csv", "\u{1}\u{2}nothing that is read here".to_owned())),
            Self::Coverage
            | Self::CoverageEnded
            | Self::Void { .. }
            | Self::StayNow { .. }
            | Self::ChannelRefused
            | Self::SafeContact
            | Self::Managed
            | Self::OtherNumber(_)
            | Self::Died => None,
        }
    }
}

const MEDICAL: &str = "claim_id,claim_line_number,claim_type,person_id,claim_start_date,claim_end_date,\
    admission_date,discharge_date,admit_type_code,discharge_disposition_code,bill_type_code,revenue_center_code,\
    diagnosis_code_type,diagnosis_code_1,paid_date,facility_id\n";

fn days(days_before: i32) -> (Day, Day) {
    let admit = Day::parse(FIRST_DAY).unwrap().plus(-days_before);
    (admit, admit.plus(3))
}

fn profile(today: Day, death: Option<Day>) -> Profile {
    let address =
        Address { street: "1 Main".into(), city: "Chicago".into(), state: "IL".into(), zip: "60601".into() };
    Profile {
        received: Some(today),
        birth: Day::parse("1970-01-01"),
        death,
        name: Some(Phi::new("DOE^JANE".into())),
        address: Some(Phi::new(address)),
        phones: vec![Phi::new("312-555-0100".into())],
        language: Code::new("en"),
        ..Profile::default()
    }
}

fn coverage(today: Day, thru: Option<Day>) -> Fact {
    Fact::Coverage(Coverage {
        source: SourceId::new("elig"),
        received: today,
        lob: LineOfBusiness::Medicaid,
        from: Day::parse("2026-01-01").unwrap(),
        thru,
        retracted: false,
    })
}

fn roster(today: Day) -> RosterRow {
    RosterRow {
        program: RosterProgramId::new("P1"),
        model: Model::M1A,
        status: RosterStatus::Enrolled,
        as_of: today,
        received: today,
        start: Some(today.plus(-20)),
        end: None,
        contacts: vec![today.plus(-3), today.plus(-10)],
        available: true,
        part2: false,
        manager: None,
        manager_phone: None,
    }
}

fn claim(member: &MemberId, number: u32, (admit, discharge): (Day, Day), today: Day, voids: bool) -> Fact {
    let id = ClaimId::new(format!("{}-c{number}", member.as_str()));
    let dates = (admit, discharge);
    let mut claim =
        ClaimVersion::new(SourceId::new("plan"), id.clone(), ClaimKind::Institutional, today, dates);
    claim.member_id = Some(member.clone());
    claim.bill_type = Code::bill_type("111");
    claim.facility = Some("F1".into());
    claim.admit = Some(admit);
    claim.admit_type = Code::new("1");
    claim.discharge_status = Code::two_digits("01");
    claim.dx = Code::new("I509").into_iter().collect();
    claim.lines = vec![Line { rev: Code::revenue("0120"), ..Line::default() }];
    if voids {
        claim.action = Action::Void;
        claim.frequency = Code::new("8");
        claim.replaces = Some(id);
    }
    Fact::Claim(Box::new(claim))
}
