//! Facts about a member: everything from outside, appended and never edited (DESIGN D1).
//! Every fact carries the day on which the payer received it; a decision `as_of` a day knows only facts received
//! on or before that day.

mod availability;
mod member;

pub use availability::Availability;
pub use member::MemberFacts;

use crate::claim::ClaimVersion;
use crate::code::Code;
use crate::day::Day;
use crate::ids::{ActorId, MemberId, RosterProgramId, SourceId};
use crate::moment::Moment;
use crate::phi::Phi;
use serde::{Deserialize, Serialize};

/// Line of business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LineOfBusiness {
    /// Medicaid managed care.
    Medicaid,
    /// Medicare Advantage (Medicare feeds count as this).
    MedicareAdvantage,
    /// Commercial.
    Commercial,
}

impl LineOfBusiness {
    /// The stored and sent spelling.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Medicaid => "MEDICAID",
            Self::MedicareAdvantage => "MEDICARE_ADVANTAGE",
            Self::Commercial => "COMMERCIAL",
        }
    }
}

/// The models of the care management continuum (FACTS §4, seed items 1–8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Model {
    /// Nurse care manager in a primary-care practice (item 1a).
    M1A,
    /// Care manager in a behavioural-health practice (1b).
    M1B,
    /// Integrated team (1c).
    M1C,
    /// Collaborative care, behavioural-health integration (2).
    M2,
    /// Medical management in behavioural-health settings, ACT (3).
    M3,
    /// Population management (4): never evidence of management (ruling 27).
    M4,
    /// High-risk care coordination team (5).
    M5,
    /// Community health team, CHW, peer, home-based (6).
    M6,
    /// Transitions (7).
    M7,
    /// Payer-run intensive care management (8).
    M8,
}

impl Model {
    /// Every model, in the order of the continuum.
    pub const ALL: [Self; 10] = [
        Self::M1A,
        Self::M1B,
        Self::M1C,
        Self::M2,
        Self::M3,
        Self::M4,
        Self::M5,
        Self::M6,
        Self::M7,
        Self::M8,
    ];

    /// The id of the model, as configuration and output spell it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::M1A => "M1A",
            Self::M1B => "M1B",
            Self::M1C => "M1C",
            Self::M2 => "M2",
            Self::M3 => "M3",
            Self::M4 => "M4",
            Self::M5 => "M5",
            Self::M6 => "M6",
            Self::M7 => "M7",
            Self::M8 => "M8",
        }
    }

    /// The model with this id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.id() == id)
    }
}

/// A span of coverage, both days included.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coverage {
    /// Feed.
    pub source: SourceId,
    /// Day of receipt.
    pub received: Day,
    /// Line of business.
    pub lob: LineOfBusiness,
    /// First covered day.
    pub from: Day,
    /// Last covered day; none: open.
    pub thru: Option<Day>,
    /// Whether this span was retracted by its source (explicit termination from the first day, snapshot).
    pub retracted: bool,
}

/// Sex as the enrolment file states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Anything else, or not stated.
    Unknown,
}

/// Who the member is. The version received last speaks, field by field (a blank field says nothing).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Profile {
    /// Day of receipt.
    pub received: Option<Day>,
    /// Birth date.
    pub birth: Option<Day>,
    /// Death date.
    pub death: Option<Day>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Name for letters and vendor messages.
    pub name: Option<Phi<Box<str>>>,
    /// Postal address, one line each part: street, city, state, ZIP.
    pub address: Option<Phi<Address>>,
    /// Phone numbers in order of preference.
    pub phones: Vec<Phi<Box<str>>>,
    /// Preferred spoken language (ISO 639-1).
    pub language: Option<Code>,
    /// County (FIPS or name, as the plan writes it).
    pub county: Option<Box<str>>,
    /// Race or ethnicity, where held, for equity reports only.
    pub race_ethnicity: Option<Phi<Box<str>>>,
    /// Attributed primary-care practice (an id of the roster feeds) and its name.
    pub pcp: Option<Box<str>>,
    /// Count of chronic conditions stated by the plan; absent: derived from claims.
    pub chronic: Option<u16>,
    /// Count of concurrent medications stated by the plan; absent: derived from pharmacy claims.
    pub meds: Option<u16>,
    /// Serious mental illness stated by the plan; absent: derived from claims (ruling 11).
    pub smi: Option<bool>,
    /// Incarcerated: never outreach (FACTS §2.4).
    pub incarcerated: Option<bool>,
    /// Another plan is the primary care manager (PACE, I-SNP).
    pub other_plan_manages: Option<bool>,
    /// Line of business stated for the member as such; where stated it speaks over that of the coverage spans.
    pub lob: Option<LineOfBusiness>,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Street lines.
    pub street: Box<str>,
    /// City.
    pub city: Box<str>,
    /// State, two letters.
    pub state: Box<str>,
    /// ZIP code.
    pub zip: Box<str>,
}

/// Status of a roster row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RosterStatus {
    /// In the program.
    Enrolled,
    /// Offered and declined.
    Declined,
    /// Could not be reached.
    Unreachable,
    /// Was in the program.
    Ended,
}

/// One row of a roster of another program (FACTS §3.2 ROSTER, rulings 22–31).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RosterRow {
    /// The program that sent the row; rows of one program and model supersede each other (ruling 24).
    pub program: RosterProgramId,
    /// The model of the continuum that the program is.
    pub model: Model,
    /// Status.
    pub status: RosterStatus,
    /// The day the row describes; a row with a later `as_of` than the decision is unknown (ruling 23).
    pub as_of: Day,
    /// Day of receipt.
    pub received: Day,
    /// First day of enrolment.
    pub start: Option<Day>,
    /// Last day of enrolment.
    pub end: Option<Day>,
    /// Days of successful two-way contact.
    pub contacts: Vec<Day>,
    /// Whether such a program is to be had for this member (ruling 28).
    pub available: bool,
    /// Whether the row comes from a 42 CFR Part 2 program (ruling 30).
    pub part2: bool,
    /// The care manager's name and phone, for the co-management notice.
    pub manager: Option<Phi<Box<str>>>,
    /// The care manager's phone.
    pub manager_phone: Option<Phi<Box<str>>>,
}

/// Consent of the member.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Consent {
    /// What is consented to.
    pub kind: ConsentKind,
    /// Day of receipt.
    pub received: Day,
    /// First day in force.
    pub from: Day,
    /// Last day in force; none: until revoked.
    pub thru: Option<Day>,
    /// True: this record revokes the consent from `from` on.
    pub revoked: bool,
    /// Scope in the words of the consent form's code.
    pub scope: Option<Box<str>>,
}

/// Kinds of consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentKind {
    /// 42 CFR Part 2 consent for treatment, payment and operations.
    Part2Tpo,
    /// Consent to take part in the program.
    Program,
}

/// A means of contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A live telephone call.
    Call,
    /// A text message.
    Text,
    /// A letter.
    Letter,
    /// A visit at home or in the community.
    Visit,
}

/// What the member asked for about being contacted: three separate records in one shape (FACTS §5.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Preference {
    /// Day of receipt.
    pub received: Day,
    /// The record itself.
    pub what: PreferenceKind,
}

/// The records of [`Preference`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreferenceKind {
    /// Consent to, or refusal of, one channel.
    ChannelConsent {
        /// The channel.
        channel: Channel,
        /// Allowed or refused.
        allowed: bool,
    },
    /// Plan-wide do-not-contact, set or lifted.
    DoNotContact {
        /// Set or lifted.
        set: bool,
    },
    /// Confidential communication (45 CFR 164.522(b)): the only means that may be used. Overrides everything.
    SafeContact {
        /// Safe phone, if any.
        phone: Option<Phi<Box<str>>>,
        /// Safe postal address, if any.
        address: Option<Phi<Address>>,
        /// Withdrawn by the member.
        withdrawn: bool,
    },
}

/// How an earlier try of this program ended (FACTS §5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClosureKind {
    /// Declined.
    Declined,
    /// "Not now".
    DeclinedNotNow,
    /// Could not be reached.
    UnableToContact,
    /// Completed the program.
    Graduated,
    /// Never again, unless the member says otherwise.
    OptOutPermanent,
    /// Plan-wide do-not-contact.
    DoNotContact,
}

/// The end of an earlier case, or an imported record of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Closure {
    /// How it ended.
    pub kind: ClosureKind,
    /// When.
    pub date: Day,
    /// Day of receipt.
    pub received: Day,
}

/// A referral: opens the same management and exclusion checks as a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Referral {
    /// Day of receipt.
    pub received: Day,
    /// Who refers.
    pub by: ReferralSource,
    /// Neutral reason code.
    pub reason: Box<str>,
}

/// Who may refer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferralSource {
    /// A treating provider.
    Provider,
    /// The member.
    Member,
    /// A discharge planner.
    DischargePlanner,
    /// A vendor.
    Vendor,
}

/// A clinician's override, with reason and expiry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Override {
    /// Day of receipt.
    pub received: Day,
    /// What it does.
    pub what: OverrideKind,
    /// Why, as a code.
    pub reason: Box<str>,
    /// Last day in force.
    pub until: Day,
    /// Who.
    pub by: ActorId,
}

/// Kinds of override.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OverrideKind {
    /// Not to be identified.
    Exclude,
    /// Not now.
    Snooze,
    /// Treat as triggered.
    Include,
}

/// An HL7 ADT event: provisional until a claim confirms it (CLAIM_FORMATS §4.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AdtEvent {
    /// Day of receipt.
    pub received: Day,
    /// Sending facility (MSH-4).
    pub facility: Box<str>,
    /// Visit number (PV1-19).
    pub visit: Box<str>,
    /// What happened.
    pub what: AdtKind,
    /// Patient class (PV1-2): I inpatient, E emergency, O outpatient, …
    pub class: Option<Code>,
    /// Admission type (PV1-4), in the numbers of the institutional bill: 1 emergency, 2 urgent, 3 elective, 4 newborn,
    /// 5 trauma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admit_type: Option<Code>,
    /// When the message was sent (MSH-7), as its sender's clock shows it: what orders the messages of one day. A sender
    /// that states no offset is read as UTC, which orders its own messages all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Moment>,
    /// Admission or registration day.
    pub admit: Option<Day>,
    /// Discharge day.
    pub discharge: Option<Day>,
    /// Message control id, for duplicates.
    pub control_id: Box<str>,
}

/// What an ADT message reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdtKind {
    /// A01, A04, A06, A07: the visit begins, or goes on in this class.
    Visit,
    /// A03.
    Discharge,
    /// A11.
    CancelAdmit,
    /// A13.
    CancelDischarge,
    /// A02, A08: what is known of the visit changes; one that was cancelled stays cancelled.
    Update,
}

/// A fact about a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A claim version.
    Claim(Box<ClaimVersion>),
    /// A span of coverage.
    Coverage(Coverage),
    /// Who the member is.
    Profile(Box<Profile>),
    /// A row of another program's roster.
    Roster(Box<RosterRow>),
    /// A consent.
    Consent(Consent),
    /// A contact preference.
    Preference(Preference),
    /// The end of an earlier case (imported).
    Closure(Closure),
    /// A referral.
    Referral(Referral),
    /// A clinician's override.
    Override(Override),
    /// An ADT event.
    Adt(AdtEvent),
    /// The member was known under another id before (DESIGN D2: load reads all aliased partitions).
    Alias {
        /// Day of receipt.
        received: Day,
        /// The other id.
        other: MemberId,
    },
    /// A snapshot no longer holds this claim (DESIGN D2).
    Retraction {
        /// Day of receipt.
        received: Day,
        /// Feed.
        source: SourceId,
        /// The claim that disappeared.
        claim_id: crate::ids::ClaimId,
    },
}

impl Fact {
    /// The day on which the payer received the fact.
    pub fn received(&self) -> Day {
        match self {
            Self::Claim(claim) => claim.received,
            Self::Coverage(coverage) => coverage.received,
            Self::Profile(profile) => profile.received.unwrap_or(Day::from_count(i32::MIN)),
            Self::Roster(row) => row.received,
            Self::Consent(consent) => consent.received,
            Self::Preference(preference) => preference.received,
            Self::Closure(closure) => closure.received,
            Self::Referral(referral) => referral.received,
            Self::Override(change) => change.received,
            Self::Adt(event) => event.received,
            Self::Alias { received, .. } | Self::Retraction { received, .. } => *received,
        }
    }
}
