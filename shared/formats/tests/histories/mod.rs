//! Random small member histories.

use icm_domain::claim::{ClaimKind, ClaimState, ClaimVersion, Denial, Line, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{
    Closure, ClosureKind, Consent, ConsentKind, Coverage, LineOfBusiness, MemberFacts, Model, Profile,
    RosterRow, RosterStatus,
};
use icm_domain::ids::{ClaimId, RosterProgramId, SourceId};
use proptest::prelude::*;

/// 2026-06-30.
pub(crate) const AS_OF: Day = Day::from_count(20_634);

/// What a claim is: bill type, revenue code, procedure, place of service, admission type.
type Kind = (Option<&'static str>, &'static str, &'static str, &'static str, &'static str);

/// Kinds of claims; the frequent ones come several times.
const KINDS: [Kind; 24] = [
    (Some("111"), "0120", "", "", "1"),
    (Some("111"), "0120", "", "", "1"),
    (Some("111"), "0120", "", "", "1"),
    (Some("111"), "0120", "", "", "3"),
    (Some("111"), "0120", "", "", "5"),
    (Some("111"), "0118", "", "", "1"),
    (Some("121"), "0450", "", "", ""),
    (Some("211"), "0120", "", "", ""),
    (Some("131"), "0450", "99284", "", ""),
    (Some("131"), "0450", "99284", "", ""),
    (Some("131"), "0450", "99284", "", ""),
    (Some("131"), "0762", "", "", ""),
    (Some("811"), "0651", "", "", ""),
    (Some("721"), "0821", "", "", ""),
    (None, "", "99284", "23", ""),
    (None, "", "99213", "11", ""),
    (None, "", "99490", "", ""),
    (None, "", "99490", "", ""),
    (None, "", "T1017", "", ""),
    (None, "", "H0040", "", ""),
    (None, "", "G0299", "", ""),
    (None, "", "99496", "", ""),
    (None, "", "H0006", "", ""),
    (None, "", "99309", "32", ""),
];

const DIAGNOSES: [&str; 12] =
    ["I5023", "J441", "K859", "S72001A", "O80", "F259", "K047", "R079", "E1165", "Z5111", "M5459", "Z940"];

/// The drawn features of one claim and what later happened to it.
#[derive(Clone, Debug)]
pub(crate) struct ClaimSeed {
    kind: usize,
    back: i32,
    days: i32,
    delay: i32,
    dx: usize,
    facility: bool,
    status: usize,
    state: usize,
    part2: Option<bool>,
    later: usize,
}

/// Draws one claim.
pub(crate) fn claim() -> impl Strategy<Value = ClaimSeed> {
    let part2 = prop_oneof![6 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    let back = prop_oneof![3 => 0..190_i32, 1 => 190..420_i32];
    let first = (0..KINDS.len(), back, 0..8_i32, 0..40_i32, 0..DIAGNOSES.len());
    let second = (any::<bool>(), 0..12_usize, 0..16_usize, part2, 0..12_usize);
    (first, second).prop_map(|((kind, back, days, delay, dx), (facility, status, state, part2, later))| {
        ClaimSeed { kind, back, days, delay, dx, facility, status, state, part2, later }
    })
}

impl ClaimSeed {
    fn version(&self, id: &str) -> ClaimVersion {
        let (bill, rev, cpt, pos, admit_type) = KINDS[self.kind];
        let from = AS_OF.plus(-self.back);
        let stays = bill.is_some_and(|bill| bill != "131") || pos == "32";
        let long = if pos == "32" { self.days * 14 } else { self.days };
        let thru = from.plus(if stays { long.min(self.back) } else { 0 });
        let kind = if bill.is_some() { ClaimKind::Institutional } else { ClaimKind::Professional };
        let received = thru.plus(self.delay.min(AS_OF.since(thru).max(0)));
        let mut claim =
            ClaimVersion::new(SourceId::from("feed"), ClaimId::from(id), kind, received, (from, thru));
        claim.bill_type = bill.and_then(Code::new);
        claim.admit_type = Code::new(admit_type);
        claim.facility = Some(if self.facility { "A" } else { "B" }.into());
        claim.discharge_status = ["02", "07", "20", "30"]
            .get(self.status)
            .and_then(|status| Code::new(status))
            .or(Code::new("01"));
        claim.dx = Code::new(DIAGNOSES[self.dx]).into_iter().collect();
        (claim.state, claim.denial) = match self.state {
            0 => (ClaimState::Denied, Some(Denial::Duplicate)),
            1 => (ClaimState::Denied, Some(Denial::Other)),
            2 => (ClaimState::Pended, None),
            _ => (ClaimState::Paid, None),
        };
        claim.part2 = self.part2;
        let line = |rev: &str, cpt: &str| Line {
            rev: Code::new(rev),
            hcpcs: Code::new(cpt),
            pos: Code::new(pos),
            ..Line::default()
        };
        claim.lines = vec![line(rev, cpt)];
        claim
    }

    /// The claim and its void, both known on the day.
    pub(crate) fn with_void(&self, id: &str) -> (ClaimVersion, ClaimVersion) {
        let original = self.version(id);
        let void = changed(&original, "8", &format!("{id}-void"), id, original.received);
        (original, void)
    }

    /// The claim with what later happened to it: most often nothing.
    fn family(&self, id: &str) -> Vec<ClaimVersion> {
        let original = self.version(id);
        let on = |days: i32| original.received.plus(days).min(AS_OF.plus(2));
        let (void, replacement) = (format!("{id}-v"), format!("{id}-r"));
        let replaced = changed(&original, "7", &replacement, id, on(5));
        match self.later {
            0 => vec![changed(&original, "8", &void, id, on(9)), original],
            1 => vec![original, replaced],
            2 => {
                let void = changed(&replaced, "8", &void, id, on(9));
                vec![replaced, void, original]
            }
            3 => {
                let again = changed(&replaced, "7", &format!("{id}-s"), &replacement, on(5));
                vec![again, original, replaced]
            }
            4 => {
                let void = changed(&original, "8", &void, id, on(1));
                vec![original, replaced, void]
            }
            5 => {
                let mut other = original.clone();
                other.received = on(3);
                other.dx = Code::new("R079").into_iter().collect();
                vec![original, other]
            }
            _ => vec![original],
        }
    }
}

/// A version that replaces or voids `orig`.
fn changed(of: &ClaimVersion, frequency: &str, id: &str, orig: &str, received: Day) -> ClaimVersion {
    let mut claim = of.clone();
    claim.claim_id = ClaimId::from(id);
    claim.frequency = Code::new(frequency);
    claim.action = action_of(claim.frequency, claim.bill_type);
    claim.replaces = Some(ClaimId::from(orig));
    claim.received = received;
    claim
}

/// A stay, a visit or an office claim long ago.
pub(crate) fn old_event(nth: usize, kind: usize, back: i32) -> ClaimVersion {
    let seed = ClaimSeed {
        kind: [0, 8, 15][kind],
        back,
        days: 3,
        delay: 3,
        dx: 0,
        facility: true,
        status: 9,
        state: 9,
        part2: None,
        later: 9,
    };
    seed.version(&format!("old-{nth}"))
}

fn row() -> impl Strategy<Value = RosterRow> {
    let status = prop_oneof![
        5 => Just(RosterStatus::Enrolled),
        1 => Just(RosterStatus::Declined),
        1 => Just(RosterStatus::Unreachable),
        1 => Just(RosterStatus::Ended)
    ];
    let contacts = prop::collection::vec(0..120_i32, 0..5);
    let dates = (0..60_i32, prop::option::of(-5..200_i32), prop::option::weighted(0.2, -5..60_i32), contacts);
    let flags = (prop::bool::weighted(0.9), prop::bool::weighted(0.2));
    (0..Model::ALL.len(), status, dates, flags).prop_map(
        |(model, status, (age, start, end, contacts), (available, part2))| RosterRow {
            program: RosterProgramId::from(Model::ALL[model].id()),
            model: Model::ALL[model],
            status,
            as_of: AS_OF.plus(-age),
            received: AS_OF.plus(-age),
            start: start.map(|back| AS_OF.plus(-back)),
            end: end.map(|back| AS_OF.plus(-back)),
            contacts: contacts.into_iter().map(|back| AS_OF.plus(-back)).collect(),
            available,
            part2,
            manager: None,
            manager_phone: None,
        },
    )
}

/// A member: claims, rosters, what the plan's record states, consent, an earlier case.
#[derive(Clone, Debug)]
pub(crate) struct History {
    claims: Vec<ClaimSeed>,
    rosters: Vec<RosterRow>,
    age: i32,
    covered_until: i32,
    stated: bool,
    consent: Option<i32>,
    closure: Option<(usize, i32)>,
}

/// Draws a member.
pub(crate) fn history() -> impl Strategy<Value = History> {
    let claims = prop::collection::vec(claim(), 0..22);
    let rosters = prop::collection::vec(row(), 0..3);
    let kinds = 0..6_usize;
    let rest = (
        prop_oneof![1 => 6_560..6_590_i32, 20 => 7_000..30_000_i32],
        prop_oneof![1 => -3..30_i32, 9 => Just(400)],
        prop::bool::weighted(0.7),
        prop::option::weighted(0.3, -30..200_i32),
        prop::option::weighted(0.15, (kinds, 0..200_i32)),
    );
    (claims, rosters, rest).prop_map(|(claims, rosters, (age, covered_until, stated, consent, closure))| {
        History { claims, rosters, age, covered_until, stated, consent, closure }
    })
}

impl History {
    /// The facts, in the order of drawing.
    pub(crate) fn facts(&self) -> MemberFacts {
        let long_ago = AS_OF.plus(-3000);
        let families = self.claims.iter().enumerate();
        let closures = [
            ClosureKind::Declined,
            ClosureKind::DeclinedNotNow,
            ClosureKind::UnableToContact,
            ClosureKind::Graduated,
            ClosureKind::OptOutPermanent,
            ClosureKind::DoNotContact,
        ];
        MemberFacts {
            claims: families.flat_map(|(nth, seed)| seed.family(&format!("c{nth:02}"))).collect(),
            rosters: self.rosters.clone(),
            coverage: vec![Coverage {
                source: SourceId::from("feed"),
                received: long_ago,
                lob: LineOfBusiness::MedicareAdvantage,
                from: long_ago,
                thru: Some(AS_OF.plus(self.covered_until)),
                retracted: false,
            }],
            profiles: vec![Profile {
                birth: Some(AS_OF.plus(-self.age)),
                chronic: self.stated.then_some(2),
                meds: self.stated.then_some(3),
                smi: self.stated.then_some(false),
                ..Profile::default()
            }],
            consents: self
                .consent
                .map(|back| Consent {
                    kind: ConsentKind::Part2Tpo,
                    received: long_ago,
                    from: AS_OF.plus(-back),
                    thru: None,
                    revoked: false,
                    scope: None,
                })
                .into_iter()
                .collect(),
            closures: self
                .closure
                .map(|(kind, back)| Closure {
                    kind: closures[kind],
                    date: AS_OF.plus(-back),
                    received: AS_OF.plus(-back),
                })
                .into_iter()
                .collect(),
            ..MemberFacts::default()
        }
    }
}
