//! One reply about one case.

use crate::{Receiver, ReceiverStore, answer, roster, until_done};
use icm_casework::person::Around;
use icm_casework::{CASE_SOURCE, Person, Work};
use icm_contract::vendor::{Inbound, VendorMessage};
use icm_domain::case::event::{CaseEvent, EventKind};
use icm_domain::case::log::CaseLine;
use icm_domain::case::refusal::Refusal;
use icm_domain::case::state::Case;
use icm_domain::case::transition::LedgerNote;
use icm_domain::facts::Channel;
use icm_domain::ids::{ActorId, CaseId, ClaimId, MemberId, SourceId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::{Consequence, Phone};
use icm_domain::program::Catalogue;
use icm_domain::vendor::reply::{Report, VendorReply};
use icm_lambda::Metrics;
use icm_ports::{Clock, Result};

/// Takes a message that was read.
pub(crate) async fn take<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    message: VendorMessage,
    catalogue: &Catalogue,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    match message.what {
        Inbound::Report { case, reply } => about_case(&case, *reply, catalogue, receiver).await,
        Inbound::Roster(part) => {
            roster::take(vendor, &message.id, message.time, *part, catalogue, receiver).await
        }
    }
}

/// A case of another vendor and a case that does not exist get the same answer: a vendor learns nothing about others.
async fn about_case<S: ReceiverStore, C: Clock>(
    case: &CaseId,
    reply: VendorReply,
    catalogue: &Catalogue,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    let control = ClaimId::new(case.as_str());
    let found = receiver.store.locate(&SourceId::new(CASE_SOURCE), &control).await?;
    let Some(member) = found else {
        return answer::refused(&reply.vendor, &reply.message, Refusal::NotYourCase, receiver).await;
    };
    until_done("take reply", || apply(&member, case, reply.clone(), catalogue, receiver)).await
}

/// Loads the case, applies the reply, commits case, event and answer together.
async fn apply<S: ReceiverStore, C: Clock>(
    member: &MemberId,
    case: &CaseId,
    mut reply: VendorReply,
    catalogue: &Catalogue,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    let (store, now) = (&receiver.store, receiver.clock.now());
    // A vendor's clock may be wrong; what is told has happened. Of the future it would stand before every later contact.
    reply.occurred = reply.occurred.min(now);
    let head = store.head(member).await?;
    let held = store.cases(member).await?.into_iter().find(|record| record.case.id == *case);
    let Some(record) = held else {
        return answer::refused(&reply.vendor, &reply.message, Refusal::NotYourCase, receiver).await;
    };
    if let Report::Rejected { next, .. } = &mut reply.report {
        *next = next_team(&record.case, member, catalogue, receiver).await?;
    }
    let tried = tried(member, &mut reply, receiver).await?;
    let (vendor, message) = (reply.vendor.clone(), reply.message.clone());
    let event = CaseEvent {
        key: format!("reply#{}#{message}", vendor.as_str()).into(),
        actor: ActorId::new(format!("vendor:{}", vendor.as_str())),
        occurred: reply.occurred,
        recorded: now,
        kind: EventKind::VendorReplied(reply),
    };
    let mut work = Work::of(member.clone(), &head, record, store.effects(member).await?);
    match work.apply(&event) {
        Ok(_) => {
            if let Some(tried) = &tried {
                report(tried, &head.ledger, event.occurred, catalogue, receiver);
            }
            // A vendor that reached the member itself has enrolled them: the plan begins from the template.
            icm_casework::make_plan(&mut work, catalogue, &format!("vendor:{}", vendor.as_str()), now);
            work.commit(store).await.map(drop)
        }
        // The very message was applied before, and answered in that commit: a redelivery. Another one under its id is none.
        Err(Refusal::Repeated) if work.case().has_seen(&event.key) => {
            if is_another(member, case, &event, receiver).await? {
                return answer::refused(&vendor, &message, Refusal::Inconsistent, receiver).await;
            }
            Ok(())
        }
        Err(refusal) => {
            // The answer first: it is made once per message, so a crash in between repeats nothing.
            answer::refused(&vendor, &message, refusal, receiver).await?;
            if recorded(member, case, &event, receiver).await? {
                return Ok(());
            }
            work.refuse(&event, refusal);
            work.commit(store).await.map(drop)
        }
    }
}

/// A vendor's try to reach the member itself.
struct Tried {
    person: Person,
    channel: Channel,
    phone: Option<Phone>,
}

/// The try that a report tells of, if it does. A number that was found to be wrong and that the vendor does not name is the
/// member's own when there is one alone.
async fn tried<S: ReceiverStore, C: Clock>(
    member: &MemberId,
    reply: &mut VendorReply,
    receiver: &Receiver<S, C>,
) -> Result<Option<Tried>> {
    let Report::OutreachAttempted { channel, outcome, phone } = &mut reply.report else { return Ok(None) };
    let person = Person::load(&receiver.store, member, receiver.clock.today()).await?;
    let dialled = matches!(channel, Channel::Call | Channel::Text);
    if phone.is_none() && dialled && outcome.consequence() == Consequence::NumberUnusable {
        let mut numbers = person.phones().into_iter();
        *phone = numbers.next().filter(|_| numbers.next().is_none());
    }
    Ok(Some(Tried { channel: *channel, phone: phone.clone(), person }))
}

/// Counts an attempt outside the member's hours or beyond the caps of the shared ledger: the rules of contact bind vendors
/// too (FACTS §5.3; an offer names them), and compliance must hear of it. The attempt stands all the same. Where the
/// vendor does not say which number was dialled, the first one binds.
fn report<S, C: Clock>(
    tried: &Tried,
    ledger: &[LedgerNote],
    at: Moment,
    catalogue: &Catalogue,
    receiver: &Receiver<S, C>,
) {
    let around = Around::of(&tried.person, ledger, &catalogue.calendars);
    let phones = tried.person.phones();
    let outside = around.outside_hours(at, tried.channel, tried.phone.as_ref().or(phones.first()));
    let beyond = around.beyond_caps(at, tried.channel);
    if outside || beyond {
        Metrics::of("receive-vendor")
            .count("contacts_outside_hours", u64::from(outside))
            .count("contacts_over_caps", u64::from(beyond))
            .emit(receiver.clock.now());
    }
}

/// Whether the message that was applied under this key said something else: a vendor that numbers its messages anew would
/// be dropped without a word.
async fn is_another<S: ReceiverStore, C>(
    member: &MemberId,
    case: &CaseId,
    told: &CaseEvent,
    receiver: &Receiver<S, C>,
) -> Result<bool> {
    let said = |event: &CaseEvent| {
        if let EventKind::VendorReplied(reply) = &event.kind {
            return Some((reply.sequence, reply.report.id()));
        }
        None
    };
    let lines = receiver.store.events(member, case).await?;
    let applied = lines.iter().find_map(|record| match &record.line {
        CaseLine::Applied { event, .. } if event.key == told.key => Some(event),
        CaseLine::Applied { .. } | CaseLine::Opened(_) | CaseLine::Refused { .. } => None,
    });
    Ok(applied.is_some_and(|applied| said(applied) != said(told)))
}

/// Whether this refusal stands in the log already.
async fn recorded<S: ReceiverStore, C>(
    member: &MemberId,
    case: &CaseId,
    event: &CaseEvent,
    receiver: &Receiver<S, C>,
) -> Result<bool> {
    let lines = receiver.store.events(member, case).await?;
    let same = |line: &CaseLine| match line {
        CaseLine::Refused { event: known, .. } => known.key == event.key,
        CaseLine::Opened(_) | CaseLine::Applied { .. } => false,
    };
    Ok(lines.iter().any(|record| same(&record.line)))
}

/// Who may be asked next, in the program's order. A free place is the admission's question.
async fn next_team<S: ReceiverStore, C: Clock>(
    case: &Case,
    member: &MemberId,
    catalogue: &Catalogue,
    receiver: &Receiver<S, C>,
) -> Result<Option<VendorId>> {
    let person = Person::load(&receiver.store, member, receiver.clock.today()).await?;
    let program = catalogue.program(case.program.as_str());
    let candidates = program
        .zip(person.locality())
        .map(|(program, locality)| catalogue.candidates(program, locality, &case.vendors_tried));
    Ok(candidates.into_iter().flatten().map(|candidate| candidate.team).next())
}
