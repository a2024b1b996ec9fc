//! Claim versions as received. What they mean together (original, replacement, void, head) is computed in the
//! fold ([`family`]) and never stored (DESIGN D2).

pub mod family;
pub mod part;

use crate::code::Code;
use crate::day::Day;
use crate::ids::{ClaimId, MemberId, SourceId};
use crate::money::Cents;
use serde::{Deserialize, Serialize};

/// What kind of bill a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClaimKind {
    /// A facility's bill (UB-04, 837I).
    Institutional,
    /// A practitioner's or supplier's bill (CMS-1500, 837P).
    Professional,
    /// A drug claim.
    Pharmacy,
    /// Dental: parsed and counted, never utilization (CLAIM_FORMATS §3).
    Dental,
}

/// What a version does to its family (FACTS §1.1, CLAIM_FORMATS §4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A first bill; also interim and late bills.
    #[default]
    Original,
    /// Frequency 7 and its payer-made relatives: replaces what it names.
    Replace,
    /// Frequency 8, or a source's own mark of a cancelled record: the family counts nothing.
    Void,
    /// Frequency 5: adds lines to the family's head.
    AddLines,
    /// An 835 payment: moves the state and the amounts of a known claim, never makes utilization.
    Remit,
    /// An 835 reversal (CLP02 = 22).
    RemitReversal,
}

/// The state of a claim version as its source states it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClaimState {
    /// Billed, not yet adjudicated.
    Submitted,
    /// Held by the payer.
    Pended,
    /// Adjudicated and paid; also a claim that states nothing (ruling 4).
    #[default]
    Paid,
    /// Adjudicated and refused; see [`Denial`].
    Denied,
    /// Capitated encounter: paid nothing, and that is no denial.
    Encounter,
    /// Cancelled by its source.
    Cancelled,
}

/// Why a claim was denied, as far as it decides whether the service took place (FACTS §1.1, ruling 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The same service is on another claim.
    Duplicate,
    /// The member was not covered.
    Eligibility,
    /// The service did not take place.
    NotRendered,
    /// Any other reason: the service took place.
    Other,
}

/// Which edition of ICD the diagnoses use. ICD-9 codes are never matched against ICD-10 sets (CLAIM_FORMATS §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Icd {
    /// ICD-9-CM.
    Nine,
    /// ICD-10-CM.
    #[default]
    Ten,
}

/// How far a source's claim number identifies the claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdScope {
    /// Unique within the source (Tuva, EOB, CCLF, a payer's own number).
    #[default]
    Source,
    /// The provider's patient account number (CLM01): unique neither over providers nor over time.
    Provider,
}

/// One service line.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Line {
    /// Revenue code, four digits (institutional).
    pub rev: Option<Code>,
    /// HCPCS or CPT code.
    pub hcpcs: Option<Code>,
    /// Modifiers in order.
    pub modifiers: Vec<Code>,
    /// Place of service, two digits (professional).
    pub pos: Option<Code>,
    /// National drug code.
    pub ndc: Option<Code>,
    /// First service date; absent: the claim's.
    pub from: Option<Day>,
    /// Last service date; absent: the line's `from`, then the claim's.
    pub thru: Option<Day>,
    /// Units as decimal text, as received.
    pub units: Option<Box<str>>,
    /// Days' supply of a drug.
    pub days_supply: Option<u16>,
    /// Charge.
    pub charge: Option<Cents>,
    /// Allowed amount.
    pub allowed: Option<Cents>,
    /// Paid amount.
    pub paid: Option<Cents>,
}

/// One version of one claim, exactly as a source sent it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClaimVersion {
    /// The feed or payer system that numbers the claim.
    pub source: SourceId,
    /// The claim's number at its source: CLM01, CLP01, EOB `uc`, CUR_CLM_UNIQ_ID, Tuva claim_id.
    pub claim_id: ClaimId,
    /// How far `claim_id` identifies the claim.
    pub scope: IdScope,
    /// The payer's control number (ICN, DCN) of this very version, when the source states one.
    pub control: Option<ClaimId>,
    /// The family that the source itself states (EOB claim group, CCLF natural key).
    pub group: Option<ClaimId>,
    /// Frequency as received: `1`, `7`, `8`, … or a payer's letter.
    pub frequency: Option<Code>,
    /// The control number of the version that this one replaces or voids (REF*F8, `orig`).
    pub replaces: Option<ClaimId>,
    /// What this version does to its family.
    pub action: Action,
    /// Day of receipt by the payer; decides what is known at `as_of`.
    pub received: Day,
    /// Adjudication or effective day, where the source orders its versions by one (CCLF, EOB, 835).
    pub effective: Option<Day>,
    /// The member; an 835 may lack one.
    pub member_id: Option<MemberId>,
    /// Kind of bill.
    pub kind: ClaimKind,
    /// Type of bill, three characters.
    pub bill_type: Option<Code>,
    /// Facility (NPI, CCN or the source's own name of it).
    pub facility: Option<Box<str>>,
    /// Billing provider NPI.
    pub billing_npi: Option<Box<str>>,
    /// Taxonomy of the billing provider.
    pub taxonomy: Option<Code>,
    /// First service day (statement from).
    pub from: Day,
    /// Last service day (statement through).
    pub thru: Day,
    /// Admission day.
    pub admit: Option<Day>,
    /// Discharge day, where stated apart from `thru`.
    pub discharge: Option<Day>,
    /// Patient discharge status, two digits.
    pub discharge_status: Option<Code>,
    /// Admission type (UB FL14).
    pub admit_type: Option<Code>,
    /// Point of origin (UB FL15).
    pub admit_source: Option<Code>,
    /// Diagnosis-related group.
    pub drg: Option<Code>,
    /// Edition of the diagnoses.
    pub icd: Icd,
    /// Whether `dx[0]` is the principal diagnosis; false when the source left the principal blank.
    pub principal: bool,
    /// Diagnoses, principal first.
    pub dx: Vec<Code>,
    /// Procedures (ICD-10-PCS), principal first.
    pub px: Vec<Code>,
    /// Service lines.
    pub lines: Vec<Line>,
    /// Total charge.
    pub charge: Option<Cents>,
    /// Total allowed.
    pub allowed: Option<Cents>,
    /// Total paid.
    pub paid: Option<Cents>,
    /// State as received.
    pub state: ClaimState,
    /// Reason of a denial.
    pub denial: Option<Denial>,
    /// 42 CFR Part 2 source, as stated; absent: the billing heuristic decides (ruling 20).
    pub part2: Option<bool>,
}

impl ClaimVersion {
    /// A version with the given identity and dates and nothing else stated: the starting point of readers and tests.
    pub fn new(
        source: SourceId,
        claim_id: ClaimId,
        kind: ClaimKind,
        received: Day,
        (from, thru): (Day, Day),
    ) -> Self {
        Self {
            source,
            claim_id,
            scope: IdScope::Source,
            control: None,
            group: None,
            frequency: None,
            replaces: None,
            action: Action::Original,
            received,
            effective: None,
            member_id: None,
            kind,
            bill_type: None,
            facility: None,
            billing_npi: None,
            taxonomy: None,
            from,
            thru,
            admit: None,
            discharge: None,
            discharge_status: None,
            admit_type: None,
            admit_source: None,
            drg: None,
            icd: Icd::Ten,
            principal: true,
            dx: Vec::new(),
            px: Vec::new(),
            lines: Vec::new(),
            charge: None,
            allowed: None,
            paid: None,
            state: ClaimState::Paid,
            denial: None,
            part2: None,
        }
    }

    /// The principal ICD-10 diagnosis; none when the source left it blank or codes in ICD-9.
    pub fn principal_dx(&self) -> Option<&Code> {
        if self.principal && self.icd == Icd::Ten { self.dx.first() } else { None }
    }

    /// The ICD-10 diagnoses; nothing for a claim coded in ICD-9.
    pub fn icd10(&self) -> impl Iterator<Item = &Code> {
        let ten = self.icd == Icd::Ten;
        self.dx.iter().filter(move |_| ten)
    }

    /// The first two characters of the bill type test true for `prefix`.
    pub fn bill_is(&self, prefix: &str) -> bool {
        self.bill_type.is_some_and(|bill| bill.starts_with(prefix))
    }
}

/// Derives the action from the frequency as received (CLAIM_FORMATS §4.2): an explicit field wins, else the last
/// character of the bill type (ruling 3). 7 replaces, 8 voids; 6 and payer-made letters replace; 5 adds lines.
pub fn action_of(frequency: Option<Code>, bill_type: Option<Code>) -> Action {
    let last = |code: Code| code.as_str().bytes().last();
    let stated =
        frequency.and_then(last).or_else(|| bill_type.filter(|b| b.as_str().len() == 3).and_then(last));
    match stated {
        Some(b'7' | b'6' | b'F'..=b'P') => Action::Replace,
        Some(b'8') => Action::Void,
        Some(b'5') => Action::AddLines,
        _ => Action::Original,
    }
}
