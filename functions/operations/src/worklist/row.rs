//! A row of a worklist: what FIELD §3.1 asks for, from the projection alone.

use super::Band;
use super::query::{status, step, turn};
use icm_casework::standing::Standings;
use icm_contract::vendor::codes;
use icm_domain::case::next_step::{StepKind, Turn};
use icm_domain::case::reason::ReviewReason;
use icm_domain::case::state::{Case, Lead};
use icm_domain::day::Day;
use icm_domain::decision::priority::Tier;
use icm_domain::facts::{Channel, LineOfBusiness};
use icm_domain::ids::{CaseId, MemberId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::Outcome;
use icm_domain::queue::Standing;
use icm_ports::CaseRecord;
use schemars::JsonSchema;
use serde::Serialize;

/// Who leads: a person or a vendor, by id.
pub(super) fn lead(case: &Case) -> Option<&str> {
    case.lead.as_ref().map(|lead| match lead {
        Lead::Person(actor) => actor.as_str(),
        Lead::Vendor(vendor) => vendor.as_str(),
    })
}

/// The latest attempt.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Attempted {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) at: Moment,
    /// How.
    #[schemars(schema_with = "codes::channel")]
    pub(crate) channel: Channel,
    /// What came of it.
    #[schemars(schema_with = "codes::outcome")]
    pub(crate) outcome: Outcome,
}

/// A row.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// The member.
    pub(crate) member_id: String,
    /// Name, where held.
    pub(crate) name: Option<String>,
    /// Age in whole years, where held.
    pub(crate) age: Option<i32>,
    /// Line of business.
    #[schemars(with = "Option<String>")]
    pub(crate) lob: Option<LineOfBusiness>,
    /// County.
    pub(crate) county: Option<String>,
    /// Preferred language.
    pub(crate) language: Option<String>,
    /// Attributed practice.
    pub(crate) practice: Option<String>,
    /// The case.
    pub(crate) case_id: String,
    /// Program.
    pub(crate) program: String,
    /// The version that a command may name in `If-Match`.
    pub(crate) version: u64,
    /// Status.
    #[schemars(schema_with = "status")]
    pub(crate) status: &'static str,
    /// Since when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) since: Moment,
    /// Who acts next.
    #[schemars(schema_with = "turn")]
    pub(crate) turn: Turn,
    /// What is to be done next.
    #[schemars(schema_with = "step")]
    pub(crate) step: StepKind,
    /// By when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) due: Moment,
    /// Not before.
    #[schemars(with = "Option<String>")]
    pub(crate) not_before: Option<Moment>,
    /// How soon that is.
    pub(crate) band: Band,
    /// Urgency.
    #[schemars(schema_with = "codes::tier")]
    pub(crate) tier: Tier,
    /// The planned channel, when a contact is planned.
    #[schemars(with = "Option<String>")]
    pub(crate) channel: Option<Channel>,
    /// Attempts so far.
    pub(crate) attempts: u16,
    /// The latest attempt.
    pub(crate) last_attempt: Option<Attempted>,
    /// The last conversation.
    #[schemars(with = "Option<String>")]
    pub(crate) last_two_way: Option<Moment>,
    /// Team or vendor that holds the place.
    pub(crate) team: Option<String>,
    /// Who leads.
    pub(crate) lead: Option<String>,
    /// Identified on.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) identified: Day,
    /// Open questions for a person.
    #[schemars(with = "Vec<String>")]
    pub(crate) reviews: Vec<ReviewReason>,
    /// For who waits for a place: where the case stands in the queue, and why.
    pub(crate) standing: Option<Stands>,
}

/// Where a waiting case stands in the queue, by the latest look at it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Stands {
    /// When the queue was looked at.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) at: Moment,
    /// How the cases were ordered: `PRIORITY`, or `DRAW` in an approved evaluation.
    pub(crate) order: &'static str,
    /// Its rank, 1 first.
    pub(crate) rank: u32,
    /// Its recorded draw.
    pub(crate) draw: String,
    /// Why it waits; none: it has just been given a place.
    pub(crate) reason: Option<&'static str>,
    /// Cases before it that could take one of the same places.
    pub(crate) ahead: u32,
    /// It has waited as long as it may: decided again, or passed on with reason `CAPACITY`.
    pub(crate) limit_reached: bool,
}

impl Stands {
    /// The standing of a case; none: it came after the latest look.
    fn of(standings: &Standings, case: &CaseId) -> Option<Self> {
        let row = standings.rows.get(case)?;
        let (reason, ahead, limit_reached) = match &row.standing {
            Standing::Admitted { .. } => (None, 0, false),
            Standing::Waits { reason, ahead, limit_reached } => (Some(reason.id()), *ahead, *limit_reached),
        };
        let (order, draw) = (standings.order.id(), format!("{:016x}", row.draw));
        Some(Self { at: standings.at, order, rank: row.rank, draw, reason, ahead, limit_reached })
    }
}

impl Row {
    /// The row of a record.
    pub(crate) fn of(member: &MemberId, record: &CaseRecord, now: Moment) -> Self {
        let (case, about) = (&record.case, &record.about);
        let text = |value: &str| value.to_owned();
        let (turn, step, due, not_before) = match record.next {
            Some(next) => (next.turn(), next.what, next.due, next.from),
            // A case of before the projection: shown where it cannot be overlooked.
            None => (Turn::Plan, StepKind::Review, case.since, None),
        };
        Self {
            member_id: text(member.as_str()),
            name: about.name.as_ref().map(|name| text(name.expose())),
            age: about.birth.as_ref().map(|birth| now.day().age_from(*birth.expose())),
            lob: about.lob,
            county: about.county.as_deref().map(text),
            language: about.language.as_deref().map(text),
            practice: about.practice.as_deref().map(text),
            case_id: text(case.id.as_str()),
            program: text(case.program.as_str()),
            version: record.lines,
            status: case.status.id(),
            since: case.since,
            turn,
            step,
            due,
            not_before,
            band: Band::of(due, now),
            tier: case.priority.tier,
            channel: case.open_tasks.first().map(|task| task.channel),
            attempts: case.contact.attempts,
            last_attempt: case.contact.history.last().map(|attempt| Attempted {
                at: attempt.at,
                channel: attempt.channel,
                outcome: attempt.outcome,
            }),
            last_two_way: case.contact.last_two_way,
            team: case.place.as_ref().map(|place| text(place.team.as_str())),
            lead: lead(case).map(text),
            identified: case.opened.day(),
            reviews: case.reviews.clone(),
            standing: None,
        }
    }

    /// The same with its place in the queue, for who waits.
    pub(crate) fn standing_in(self, standings: Option<&Standings>, record: &CaseRecord) -> Self {
        let waits = record.case.status.is_waiting();
        let standing = standings.filter(|_| waits).and_then(|all| Stands::of(all, &record.case.id));
        Self { standing, ..self }
    }
}
