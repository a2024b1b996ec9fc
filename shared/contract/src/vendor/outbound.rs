//! What a vendor gets: offers, updates, cancels, recalls and answers. The fields are the allow-list of FACTS §7; there
//! is no field for a diagnosis, a drug, a facility, a claim or a score.

use super::envelope::Message;
use super::neutral::{Buckets, NeutralEnd, NeutralReason};
use icm_domain::case::effect::UpdateKind;
use icm_domain::case::event::AcuteKind;
use icm_domain::case::state::HandOver;
use icm_domain::day::Day;
use icm_domain::decision::priority::Tier;
use icm_domain::facts::{Channel, LineOfBusiness};
use icm_domain::moment::Moment;
use icm_domain::outreach::hours::Span;
use icm_domain::outreach::plan::Surroundings;
use icm_domain::phi::Phi;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to reach the member. When a confidential-communication request is in force, only its means stand here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub name: Option<Phi<Box<str>>>,
    /// Birth date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub birth_date: Option<Phi<Day>>,
    /// Coverage id.
    #[schemars(with = "String")]
    pub coverage_id: Phi<Box<str>>,
    /// Line of business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::codes::line_of_business")]
    pub line_of_business: Option<LineOfBusiness>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<PostalAddress>")]
    pub address: Option<Phi<PostalAddress>>,
    /// Numbers that may be dialled, best first: ten digits.
    #[schemars(with = "Vec<String>")]
    pub phones: Vec<Phi<Box<str>>>,
    /// Means that the member has refused or that no permission covers.
    #[schemars(schema_with = "super::codes::channels")]
    pub channels_barred: Vec<Channel>,
    /// Preferred language, ISO 639.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// An interpreter is needed.
    pub interpreter: bool,
    /// True: a confidential-communication request is in force; use nothing but the means given here.
    pub confidential: bool,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PostalAddress {
    /// Street and number.
    pub street: String,
    /// City.
    pub city: String,
    /// State, two letters.
    pub state: String,
    /// ZIP code.
    pub zip: String,
}

/// The member's consent to the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConsentGiven {
    /// Scope, as the code of the consent form.
    pub scope: String,
    /// When it was given.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub given: Moment,
}

/// What binds a vendor that reaches the member itself, as of the offer (FACTS §5.3: hours; the contact ledger: caps over
/// all programs and vendors).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactRules {
    /// Calls, texts and visits in any 24 hours.
    pub per_day: u8,
    /// Calls, texts and visits in any 7 days.
    pub per_week: u8,
    /// Letters in any 7 days.
    pub letters_per_week: u8,
    /// The first instant at which a call, text or visit keeps these, after what others have done.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub contact_from: Moment,
    /// The same for a letter.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub letter_from: Moment,
    /// Local time (`08:00`) from which the member may be called, in every one of the zones.
    pub opens: String,
    /// Local time from which the member may not be called any more.
    pub closes: String,
    /// Time zones (IANA) of the address and the first number, all of which bind; where neither is known, all of the mainland.
    pub zones: Vec<String>,
    /// Days of the week (`SUNDAY`) on which nobody is called.
    pub closed_days: Vec<String>,
}

impl ContactRules {
    /// As the plan itself is bound at this instant.
    pub fn of(around: Surroundings<'_>, now: Moment) -> Self {
        let (caps, hours) = (around.caps, around.state_hours());
        let free = |channel| around.ledger.free_from(channel, now, caps);
        Self {
            per_day: caps.per_day,
            per_week: caps.per_week,
            letters_per_week: caps.letters_per_week,
            contact_from: free(Channel::Call),
            letter_from: free(Channel::Letter),
            opens: Span::clock(hours.span.open),
            closes: Span::clock(hours.span.close),
            zones: around.zones().into_iter().map(|zone| zone.id().to_owned()).collect(),
            closed_days: hours.closed.iter().map(|day| day.id().to_owned()).collect(),
        }
    }
}

/// `icm.referral.offered.v1`: a member is offered. A resent offer has the same deduplication key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Offered {
    /// Our id of the order, to be named in every answer.
    pub placer_id: String,
    /// The program, by its neutral code.
    pub program: String,
    /// Who reaches the member.
    #[schemars(schema_with = "super::codes::hand_over")]
    pub hand_over: HandOver,
    /// Priority.
    #[schemars(schema_with = "super::codes::tier")]
    pub priority: Tier,
    /// Why, neutrally.
    pub reason: NeutralReason,
    /// Counts in buckets.
    pub utilization: Buckets,
    /// Last discharge from acute care.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub last_discharge: Option<Day>,
    /// The member.
    pub member: Contact,
    /// The member's primary-care practice or provider, as the plan numbers it (NPI where known).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pcp: Option<String>,
    /// The member's consent; none: the vendor asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentGiven>,
    /// First day of service, planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub start: Option<Day>,
    /// When `icm.vendor.received.v1` is due.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub receipt_due: Moment,
    /// When acceptance or rejection is due.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub answer_due: Moment,
    /// The sequence of the vendor's first reply about this case.
    pub reply_sequence: u64,
    /// An invented member: nobody is to be contacted.
    pub test: bool,
    /// For a vendor that reaches the member itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_rules: Option<ContactRules>,
}

/// `icm.referral.updated.v1`: something changed about a member whom the vendor has or is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Updated {
    /// Our id of the offer that this is about.
    pub placer_id: String,
    /// What changed.
    #[schemars(schema_with = "super::codes::update_kind")]
    pub change: UpdateKind,
    /// The present contact data and permissions.
    pub member: Contact,
    /// When the vendor's follow-up is due, where the change asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub due: Option<Moment>,
    /// An admission or discharge that an earlier update told and that was none: its follow-up is off. The change is
    /// `CONTACT` then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::codes::acute_kind")]
    pub taken_back: Option<AcuteKind>,
}

/// `icm.referral.cancelled.v1`: an offer that was not accepted is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cancelled {
    /// Our id of the offer.
    pub placer_id: String,
    /// Why.
    pub reason: NeutralEnd,
}

/// `icm.referral.recalled.v1`: after acceptance, a request to stop, to be confirmed by `icm.vendor.recall.confirmed.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recalled {
    /// Our id of the offer, where one is open.
    pub placer_id: String,
    /// Why.
    pub reason: NeutralEnd,
    /// When the confirmation is due.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub confirm_due: Moment,
}

/// What became of a reply that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Taken {
    /// Applied to the case.
    Applied,
    /// Came before its turn and is kept; a second answer follows.
    Kept,
    /// Seen before: dropped.
    AlreadySeen,
}

/// `icm.reply.accepted.v1`: a reply was read and taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyAccepted {
    /// The vendor's message.
    pub message_id: String,
    /// What became of it.
    pub result: Taken,
}

/// `icm.reply.rejected.v1`: a reply was not taken. Never repeats a value of the reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyRejected {
    /// The vendor's message, where it could be read.
    pub message_id: String,
    /// Number: 4xxx business (see replies.csv), 5001 unreadable, 5002 unknown type, 5003 field.
    pub code: u16,
    /// The code in words.
    pub reason: String,
    /// JSON path of the field at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

macro_rules! types {
    ($($message:ident = $name:literal),+ $(,)?) => {$(
        impl Message for $message {
            const TYPE: &'static str = $name;
        }
    )+};
}

types! {
    Offered = "icm.referral.offered.v1",
    Updated = "icm.referral.updated.v1",
    Cancelled = "icm.referral.cancelled.v1",
    Recalled = "icm.referral.recalled.v1",
    ReplyAccepted = "icm.reply.accepted.v1",
    ReplyRejected = "icm.reply.rejected.v1",
}
