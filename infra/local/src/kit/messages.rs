//! What the kit writes: offers of invented members, their ends, and answers to replies.

use super::{Plan, wall_now};
use icm_contract::vendor::inbound::{Inbound, Unread, VendorMessage};
use icm_contract::vendor::neutral::{Buckets, NeutralEnd, NeutralReason};
use icm_contract::vendor::outbound::{
    Cancelled, ConsentGiven, Contact, ContactRules, Offered, PostalAddress, Recalled, ReplyAccepted,
    ReplyRejected, Taken, Updated,
};
use icm_contract::vendor::published::UNREADABLE;
use icm_contract::vendor::{Envelope, Message, addressed};
use icm_domain::calendar::business::HolidayCalendar;
use icm_domain::case::effect::UpdateKind;
use icm_domain::case::state::HandOver;
use icm_domain::day::Day;
use icm_domain::decision::priority::Tier;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::{CaseId, EffectId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::outreach::hours::CallingHours;
use icm_domain::outreach::ledger::{ContactCaps, ContactLedger};
use icm_domain::outreach::permission::Permissions;
use icm_domain::outreach::plan::Surroundings;
use icm_domain::phi::Phi;
use icm_domain::program::team::MessageFormat;
use icm_domain::vendor::kit::Sent;

/// Our numbers of a case have gaps, as in service: answers and internal tasks are numbered too.
const STRIDE: u64 = 100;

/// A message of the kit.
pub(super) struct Letter {
    pub(super) case: CaseId,
    pub(super) dedup: EffectId,
    pub(super) body: String,
}

/// Writes messages, and remembers how cases are named.
pub(super) struct Letters {
    run: String,
    hand_over: HandOver,
    vendor: VendorId,
    format: MessageFormat,
    major: u16,
    answers: u64,
}

impl Letters {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            run: plan.run.clone(),
            hand_over: plan.hand_over,
            vendor: VendorId::new(super::SANDBOX),
            format: plan.format,
            major: plan.major,
            answers: 0,
        }
    }

    fn case(&self, scenario: usize, case: u8) -> CaseId {
        CaseId::new(format!("{}-{scenario}-{case}", self.run))
    }

    /// The scenario of a case of this run.
    pub(super) fn scenario_of(&self, case: &CaseId) -> Option<usize> {
        let rest = case.as_str().strip_prefix(self.run.as_str())?.strip_prefix('-')?;
        rest.split_once('-')?.0.parse().ok()
    }

    /// The message of a step. All offers of a case are one offer: an offer that is sent again keeps its key.
    pub(super) fn letter(&self, scenario: usize, case: u8, what: Sent, sequence: u64) -> Letter {
        let case = self.case(scenario, case);
        let offer = EffectId::new(format!("{}#offer", case.as_str()));
        let id = EffectId::new(format!("{}#{:06}", case.as_str(), sequence * STRIDE));
        let placer_id = offer.as_str().to_owned();
        let number = sequence * STRIDE;
        let (dedup, body) = match what {
            Sent::Offer => {
                let body = seal(&case, &id, &offer, number, self.offer(placer_id, &case));
                (offer, body)
            }
            Sent::Cancel => {
                let data = Cancelled { placer_id, reason: NeutralEnd::Coverage };
                (id.clone(), seal(&case, &id, &id, number, data))
            }
            Sent::Recall => {
                let confirm_due = wall_now().plus_hours(48);
                let data = Recalled { placer_id, reason: NeutralEnd::Reassigned, confirm_due };
                (id.clone(), seal(&case, &id, &id, number, data))
            }
            Sent::Update => {
                let member = invented(&case);
                let data =
                    Updated { placer_id, change: UpdateKind::Contact, member, due: None, taken_back: None };
                (id.clone(), seal(&case, &id, &id, number, data))
            }
        };
        Letter { case, dedup, body: self.addressed(body) }
    }

    /// The body in the form and major of the kit; the command line takes no other than those that are spoken.
    fn addressed(&self, body: String) -> String {
        addressed(body, &self.vendor, self.format, self.major).unwrap_or_default()
    }

    fn offer(&self, placer_id: String, case: &CaseId) -> Offered {
        let now = wall_now();
        let consent = match self.hand_over {
            HandOver::Enrolment => Some(ConsentGiven { scope: "ICM-PROGRAM".to_owned(), given: now }),
            HandOver::OutreachDelegated => None,
        };
        Offered {
            placer_id,
            program: "ICM".to_owned(),
            hand_over: self.hand_over,
            priority: Tier::High,
            reason: NeutralReason::AcuteUtilization,
            utilization: Buckets { stays: Some("2-3".to_owned()), ed_visits: Some("5-9".to_owned()) },
            last_discharge: None,
            member: invented(case),
            pcp: None,
            start: Some(now.day()),
            consent,
            receipt_due: now.plus_hours(4),
            answer_due: now.plus_hours(48),
            reply_sequence: 1,
            test: true,
            contact_rules: (self.hand_over == HandOver::OutreachDelegated).then(|| usual_rules(now)),
        }
    }

    /// The answer to a reply that could be read.
    pub(super) fn taken(&mut self, message: &VendorMessage) -> String {
        let case = match &message.what {
            Inbound::Report { case, .. } => case.clone(),
            Inbound::Roster(_) => CaseId::new(""),
        };
        let data = ReplyAccepted { message_id: message.id.as_ref().to_owned(), result: Taken::Applied };
        self.answer(&case, data)
    }

    /// The answer to a reply that could not.
    pub(super) fn refused(&mut self, case: &CaseId, unread: &Unread) -> String {
        let code = unread.number();
        let reason = UNREADABLE.iter().find(|(known, _)| *known == code).map_or("", |(_, reason)| reason);
        let data = ReplyRejected {
            message_id: unread.id.as_deref().unwrap_or_default().to_owned(),
            code,
            reason: reason.to_owned(),
            path: Some(unread.flaw.field.to_string()),
        };
        self.answer(case, data)
    }

    fn answer<D: Message>(&mut self, case: &CaseId, data: D) -> String {
        self.answers += 1;
        let id = EffectId::new(format!("{}#answer{:06}", self.run, self.answers));
        // An answer belongs to no offer: its number orders nothing.
        self.addressed(seal(case, &id, &id, 0, data))
    }
}

fn seal<D: Message>(case: &CaseId, id: &EffectId, dedup: &EffectId, sequence: u64, data: D) -> String {
    Envelope::of(case, id, dedup, sequence, wall_now(), data).to_body()
}

/// Nobody: a name and a number that are reserved for fiction.
fn invented(case: &CaseId) -> Contact {
    let address = PostalAddress {
        street: "1 Test Street".to_owned(),
        city: "Springfield".to_owned(),
        state: "IL".to_owned(),
        zip: "62701".to_owned(),
    };
    Contact {
        name: Some(Phi::new("TEST^MEMBER".into())),
        birth_date: Day::from_ymd(1970, 1, 1).map(Phi::new),
        coverage_id: Phi::new(format!("TEST-{}", case.as_str()).into()),
        line_of_business: Some(LineOfBusiness::Medicaid),
        address: Some(Phi::new(address)),
        phones: vec![Phi::new("2175550100".into())],
        channels_barred: Vec::new(),
        language: Some("en".to_owned()),
        interpreter: false,
        confidential: false,
    }
}

/// What binds a vendor about an invented member of Chicago whom nobody has contacted.
fn usual_rules(now: Moment) -> ContactRules {
    let around = Surroundings {
        permissions: &Permissions::default(),
        phones: &[],
        address: Some(("IL", "60601")),
        ledger: &ContactLedger::default(),
        caps: ContactCaps::default(),
        hours: &CallingHours::default(),
        calendar: &HolidayCalendar::default(),
    };
    ContactRules::of(around, now)
}
