//! From an effect to its message: read from what is known now, so that an update always carries the present contact
//! data (FACTS §7).

use crate::check::Scene;
use icm_casework::person::Around;
use icm_contract::decision::DecisionRecord;
use icm_contract::stored::Stored;
use icm_contract::vendor::neutral::{Buckets, NeutralEnd, NeutralReason};
use icm_contract::vendor::outbound::{
    Cancelled, ConsentGiven, Contact, ContactRules, Offered, PostalAddress, Recalled, ReplyAccepted,
    ReplyRejected, Taken, Updated,
};
use icm_contract::vendor::published::UNREADABLE;
use icm_contract::vendor::tasks::{ConferenceRequested, Notice, OutreachCancelled, OutreachTask, StaffTask};
use icm_contract::vendor::{Envelope, Message, addressed};
use icm_domain::case::effect::{AnswerVerdict, Due, EffectKind, NoticeTo, UpdateKind};
use icm_domain::case::event::AcuteKind;
use icm_domain::case::reason::CloseReason;
use icm_domain::case::state::HandOver;
use icm_domain::decision::Counts;
use icm_domain::facts::{Address, Channel};
use icm_domain::ids::{CaseId, EffectId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::Phone;
use icm_domain::phi::Phi;
use icm_domain::program::Catalogue;
use icm_domain::program::team::{MessageFormat, Team};
use icm_domain::vendor::sla::RECALL_BUSINESS_DAYS;
use icm_ports::{Body, EffectRecord};

/// Business days until an admission or discharge is followed up (FACTS §6.1).
const FOLLOW_UP_DAYS: u16 = 2;

/// What of the decision record may leave: the counts of the shareable view, where the record has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outward(Option<Counts>);

impl Outward {
    /// Without a record, or with an older one, nothing is said.
    pub(crate) fn of(decision: Option<&Body>) -> Self {
        let read = decision.and_then(|body| DecisionRecord::read(body.version, &body.text).ok());
        Self(read.and_then(|record| record.outward_counts))
    }
}

/// The body of the message of an effect.
pub(crate) fn body(
    record: &EffectRecord,
    phone: Option<&Phone>,
    outward: &Outward,
    scene: &Scene<'_>,
) -> String {
    match &record.effect.what {
        EffectKind::OfferVendor { vendor } => offered(record, vendor, outward, scene),
        EffectKind::CancelOffer { offer, reason, .. } => {
            let placer_id = dedup_of(offer, scene);
            seal(record, scene, Cancelled { placer_id, reason: NeutralEnd::of(*reason) })
        }
        EffectKind::RecallVendor { vendor, reason } => recalled(record, vendor, *reason, scene),
        EffectKind::UpdateVendor { vendor, change, taken_back } => {
            updated(record, vendor, (*change, *taken_back), scene)
        }
        EffectKind::AnswerReply { message, verdict, .. } => answer(record, message, verdict, scene),
        EffectKind::OutreachTask { step, channel, template, not_before, not_after } => {
            let task = OutreachTask {
                task_id: record.effect.id.as_str().to_owned(),
                program: record.program.as_str().to_owned(),
                channel: *channel,
                step: *step,
                template: template.as_deref().map(str::to_owned),
                not_before: *not_before,
                not_after: *not_after,
                phone: phone.map(digits),
                member: contact(record, scene),
            };
            seal(record, scene, task)
        }
        EffectKind::CancelTask { task } => {
            seal(record, scene, OutreachCancelled { task_id: task.as_str().to_owned() })
        }
        EffectKind::Notice { to, program, code } => {
            let practice = scene.person.profile.pcp.as_deref().filter(|_| *to == NoticeTo::Pcp);
            let notice = Notice {
                notice_id: record.effect.id.as_str().to_owned(),
                program: record.program.as_str().to_owned(),
                to: *to,
                to_program: program.as_deref().map(str::to_owned),
                to_practice: practice.map(str::to_owned),
                notice: *code,
                member: contact(record, scene),
            };
            seal(record, scene, notice)
        }
        EffectKind::CaseConferenceRequest { program, model, answer_by } => {
            let request = ConferenceRequested {
                request_id: record.effect.id.as_str().to_owned(),
                to_program: program.as_ref().to_owned(),
                model: model.id().to_owned(),
                member_id: coverage_id(record, scene),
                answer_due: Moment::start_of(answer_by.plus(1)),
            };
            seal(record, scene, request)
        }
        EffectKind::InternalTask { .. } => staff_task(record, scene),
    }
}

/// The message in the form and major of the contract that its vendor's definition names; none: nobody speaks it.
pub(crate) fn as_agreed(record: &EffectRecord, body: String, catalogue: &Catalogue) -> Option<String> {
    let Some(vendor) = record.effect.what.vendor() else { return Some(body) };
    let team = catalogue.team(vendor);
    let format = team.map_or(MessageFormat::Native, |team| team.message_format);
    addressed(body, vendor, format, team.and_then(|team| team.contract_major).unwrap_or(1))
}

fn seal<D: Message>(record: &EffectRecord, scene: &Scene<'_>, data: D) -> String {
    let none = CaseId::new("");
    let case = record.case_id.as_ref().unwrap_or(&none);
    let effect = &record.effect;
    Envelope::of(case, &effect.id, &effect.dedup, effect.sequence, scene.now, data).to_body()
}

fn offered(record: &EffectRecord, vendor: &VendorId, outward: &Outward, scene: &Scene<'_>) -> String {
    let Some(case) = scene.case(record) else { return String::new() };
    let team = scene.catalogue.team(vendor);
    let clocks = team.map(|team| team.clocks).unwrap_or_default();
    let awaited = case.assignment.as_ref().map_or(1, |assignment| assignment.inbox.awaited());
    let recent = case.contact.discharge_to_tell().filter(|day| scene.now.day().since(*day) <= 30);
    let offered = Offered {
        placer_id: record.effect.dedup.as_str().to_owned(),
        program: record.program.as_str().to_owned(),
        hand_over: case.terms.hand_over,
        priority: case.priority.tier,
        reason: if recent.is_some() { NeutralReason::Transition } else { NeutralReason::AcuteUtilization },
        utilization: outward.0.as_ref().map(Buckets::of).unwrap_or_default(),
        last_discharge: recent,
        member: contact(record, scene),
        pcp: scene.person.profile.pcp.as_deref().map(str::to_owned),
        consent: case
            .consent
            .as_ref()
            .map(|consent| ConsentGiven { scope: consent.scope.as_ref().to_owned(), given: consent.given }),
        start: case.start,
        receipt_due: scene.now.plus_hours(i64::from(clocks.warn_hours)),
        answer_due: business_days(clocks.answer_business_days, scene),
        reply_sequence: awaited,
        test: team.is_some_and(|team: &Team| team.test),
        contact_rules: (case.terms.hand_over == HandOver::OutreachDelegated).then(|| contact_rules(scene)),
    };
    seal(record, scene, offered)
}

/// What binds whoever reaches the member: caps, what others have used of them, and hours.
fn contact_rules(scene: &Scene<'_>) -> ContactRules {
    let around = Around::of(scene.person, &scene.head.ledger, &scene.catalogue.calendars);
    ContactRules::of(around.as_surroundings(), scene.now)
}

fn recalled(record: &EffectRecord, vendor: &VendorId, reason: CloseReason, scene: &Scene<'_>) -> String {
    let recalled = Recalled {
        placer_id: latest_offer(record, vendor, scene),
        reason: NeutralEnd::of(reason),
        confirm_due: business_days(RECALL_BUSINESS_DAYS, scene),
    };
    seal(record, scene, recalled)
}

fn updated(
    record: &EffectRecord,
    vendor: &VendorId,
    (change, taken_back): (UpdateKind, Option<AcuteKind>),
    scene: &Scene<'_>,
) -> String {
    let acute = matches!(change, UpdateKind::Admitted | UpdateKind::Discharged);
    let updated = Updated {
        placer_id: latest_offer(record, vendor, scene),
        change,
        member: contact(record, scene),
        due: acute.then(|| business_days(FOLLOW_UP_DAYS, scene)),
        taken_back,
    };
    seal(record, scene, updated)
}

fn answer(record: &EffectRecord, message: &str, verdict: &AnswerVerdict, scene: &Scene<'_>) -> String {
    let message_id = message.to_owned();
    let taken = |result| seal(record, scene, ReplyAccepted { message_id: message.to_owned(), result });
    match verdict {
        AnswerVerdict::Accepted => taken(Taken::Applied),
        AnswerVerdict::Kept => taken(Taken::Kept),
        AnswerVerdict::AlreadySeen => taken(Taken::AlreadySeen),
        AnswerVerdict::Rejected(refusal) => {
            let (code, reason) = (refusal.number(), refusal.id().to_owned());
            seal(record, scene, ReplyRejected { message_id, code, reason, path: None })
        }
        AnswerVerdict::Unreadable { code, path } => {
            let named = UNREADABLE.iter().find(|(known, _)| known == code);
            let reason = named.map_or("UNREADABLE", |(_, reason)| reason).to_owned();
            let path = Some(path.as_ref().to_owned());
            seal(record, scene, ReplyRejected { message_id, code: *code, reason, path })
        }
    }
}

fn staff_task(record: &EffectRecord, scene: &Scene<'_>) -> String {
    let EffectKind::InternalTask { task, review, model, due } = &record.effect.what else {
        return String::new();
    };
    let due = match due {
        Due::BusinessDays(days) => business_days(u16::from(*days), scene),
        Due::On(day) => Moment::start_of(day.plus(1)),
    };
    let team = scene.case(record).and_then(|case| case.place.as_ref());
    let staff = StaffTask {
        task_id: record.effect.id.as_str().to_owned(),
        program: record.program.as_str().to_owned(),
        member_id: coverage_id(record, scene),
        task: *task,
        review: *review,
        model: model.map(|model| model.id().to_owned()),
        team: team.map(|place| place.team.as_str().to_owned()),
        due,
    };
    seal(record, scene, staff)
}

/// The end of the business day so many days from now, where the member lives.
fn business_days(days: u16, scene: &Scene<'_>) -> Moment {
    let state = scene.person.address().map(|address| address.expose().state.as_ref());
    scene.catalogue.calendars.holidays.deadline(scene.now, days, state)
}

/// The deduplication key of the latest offer to this vendor: the placer id that the vendor knows.
fn latest_offer(record: &EffectRecord, vendor: &VendorId, scene: &Scene<'_>) -> String {
    let to_vendor = |other: &&EffectRecord| {
        other.case_id == record.case_id
            && matches!(&other.effect.what, EffectKind::OfferVendor { vendor: to } if to == vendor)
    };
    let latest = scene.effects.iter().filter(to_vendor).max_by_key(|other| other.effect.sequence);
    latest.map(|offer| offer.effect.dedup.as_str().to_owned()).unwrap_or_default()
}

fn dedup_of(offer: &EffectId, scene: &Scene<'_>) -> String {
    let held = scene.effects.iter().find(|other| other.effect.id == *offer);
    held.map_or(offer, |held| &held.effect.dedup).as_str().to_owned()
}

/// The id under which the member is known now.
fn coverage_id(record: &EffectRecord, scene: &Scene<'_>) -> Phi<Box<str>> {
    Phi::new(scene.case(record).map_or(scene.member, |case| &case.member).as_str().into())
}

fn digits(phone: &Phone) -> Phi<Box<str>> {
    Phi::new(phone.expose_digits().into())
}

/// How to reach the member, by what may be used now.
fn contact(record: &EffectRecord, scene: &Scene<'_>) -> Contact {
    let (person, case) = (scene.person, scene.case(record));
    let barred = |channel: &Channel| {
        let refused = case.is_some_and(|case| !case.contact.allows(*channel));
        refused || person.permissions.permits(*channel, false).is_err()
    };
    let all = [Channel::Call, Channel::Text, Channel::Letter, Channel::Visit];
    Contact {
        name: person.profile.name.clone(),
        birth_date: person.profile.birth.map(Phi::new),
        coverage_id: coverage_id(record, scene),
        line_of_business: person.lob(),
        address: person.address().map(|address| Phi::new(postal(address.expose()))),
        phones: scene.phones(record).iter().map(digits).collect(),
        channels_barred: all.into_iter().filter(barred).collect(),
        language: person.language().map(str::to_owned),
        interpreter: case.is_some_and(|case| case.contact.interpreter),
        confidential: person.permissions.safe.is_some(),
    }
}

fn postal(address: &Address) -> PostalAddress {
    PostalAddress {
        street: address.street.as_ref().to_owned(),
        city: address.city.as_ref().to_owned(),
        state: address.state.as_ref().to_owned(),
        zip: address.zip.as_ref().to_owned(),
    }
}
