//! The last check before sending (DESIGN D4, D12; FACTS §7: at send time, not at queue time).

use icm_casework::person::Around;
use icm_casework::{Barrier, Person, Switches};
use icm_domain::case::due::OfferLeft;
use icm_domain::case::effect::{EffectKind, NoticeCode, NoticeTo};
use icm_domain::case::event::{DropReason, Scheduled};
use icm_domain::case::state::{Case, Stage};
use icm_domain::case::status::Status;
use icm_domain::case::transition::LedgerNote;
use icm_domain::facts::Channel;
use icm_domain::ids::{EffectId, MemberId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::Phone;
use icm_domain::outreach::plan::{self, Release};
use icm_domain::program::Catalogue;
use icm_domain::program::definition::Program;
use icm_ports::{CaseRecord, EffectRecord, EffectStatus, Head};

/// What is to be done with a leased effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Send it, to this number where one is dialled.
    Send(Option<Phone>),
    /// Not now.
    Hold(Moment),
    /// Not now: release has stopped by itself, and a person should know.
    Stopped(Moment),
    /// Never: what it belonged to is over.
    Cancel,
    /// Never, and the case must know so that it plans again.
    Drop(DropReason),
}

/// How long something waits behind a switch or an open question before it is looked at again, in milliseconds.
const LOOK_AGAIN_MS: i64 = 15 * 60_000;

/// Everything known when an effect is about to leave.
pub(crate) struct Scene<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) switches: &'a Switches,
    pub(crate) head: &'a Head,
    pub(crate) cases: &'a [CaseRecord],
    pub(crate) effects: &'a [EffectRecord],
    pub(crate) person: &'a Person,
    pub(crate) member: &'a MemberId,
    pub(crate) now: Moment,
}

impl<'a> Scene<'a> {
    pub(crate) fn program(&self, record: &EffectRecord) -> Option<&'a Program> {
        self.catalogue.program(record.program.as_str())
    }

    pub(crate) fn case(&self, record: &EffectRecord) -> Option<&'a Case> {
        let id = record.case_id.as_ref()?;
        self.cases.iter().map(|held| &held.case).find(|case| case.id == *id)
    }

    /// The numbers that nobody has found to be wrong, as known now: by this case, an earlier one, or another program.
    pub(crate) fn phones(&self, record: &EffectRecord) -> Vec<Phone> {
        let unusable = self.case(record).map(|case| case.contact.unusable.as_slice()).unwrap_or_default();
        let wrong =
            |phone: &Phone| unusable.contains(phone) || self.head.ledger.iter().any(|note| note.bars(phone));
        self.person.phones().into_iter().filter(|phone| !wrong(phone)).collect()
    }

    /// Whether the touch of a task is reserved in the shared ledger: a task is sent no sooner.
    pub(crate) fn is_reserved(&self, task: &EffectId) -> bool {
        self.reserved_at(task).is_some()
    }

    /// From when on the touch of a task is reserved.
    pub(crate) fn reserved_at(&self, task: &EffectId) -> Option<Moment> {
        let reserved = |note: &LedgerNote| match note {
            LedgerNote::Reserved { at, task: held, .. } if held == task => Some(*at),
            LedgerNote::Reserved { .. }
            | LedgerNote::Touch { .. }
            | LedgerNote::Unusable(_)
            | LedgerNote::Released(_) => None,
        };
        self.head.ledger.iter().filter_map(reserved).max()
    }

    fn again(&self) -> Moment {
        self.now.plus_millis(LOOK_AGAIN_MS)
    }
}

/// Decides about one effect. The daily cap comes after this.
pub(crate) fn verdict(record: &EffectRecord, scene: &Scene<'_>) -> Verdict {
    let what = &record.effect.what;
    if what.stops_something() {
        return Verdict::Send(None);
    }
    if let Some(held) = behind_a_switch(record, scene).filter(|_| !what.says_stop()) {
        return held;
    }
    match what {
        EffectKind::OfferVendor { .. } => offer(record, scene),
        EffectKind::OutreachTask { step, channel, template, not_before, not_after } => {
            let task = Scheduled {
                step: *step,
                channel: *channel,
                template: template.clone(),
                not_before: *not_before,
                not_after: *not_after,
            };
            outreach(record, &task, scene)
        }
        EffectKind::UpdateVendor { vendor, .. } => update(record, vendor, scene),
        EffectKind::Notice { to: NoticeTo::MemberLetter, code, .. } => letter(*code, scene),
        EffectKind::Notice { to: NoticeTo::Pcp | NoticeTo::CurrentManager, .. }
        | EffectKind::AnswerReply { .. }
        | EffectKind::CaseConferenceRequest { .. }
        | EffectKind::InternalTask { .. }
        | EffectKind::CancelOffer { .. }
        | EffectKind::RecallVendor { .. }
        | EffectKind::CancelTask { .. } => Verdict::Send(None),
    }
}

/// Mode and pauses. An answer to a reply is owed whatever the program's mode.
fn behind_a_switch(record: &EffectRecord, scene: &Scene<'_>) -> Option<Verdict> {
    let what = &record.effect.what;
    let answer = matches!(what, EffectKind::AnswerReply { .. });
    let Some(program) = scene.program(record) else {
        return (!answer).then(|| Verdict::Hold(scene.again()));
    };
    match scene.switches.check(program, what.vendor(), channel_of(what)) {
        Ok(()) if what.rests_on_sources() => stopped(program, scene),
        Ok(()) => None,
        Err(Barrier::NotLive) if answer => None,
        Err(Barrier::NotLive | Barrier::Paused | Barrier::Stale | Barrier::Tripped) => {
            Some(Verdict::Hold(scene.again()))
        }
    }
}

/// A source that is too old, or a jump of identified members: what rests on them waits (DESIGN D12).
fn stopped(program: &Program, scene: &Scene<'_>) -> Option<Verdict> {
    let fresh = scene.switches.rests_on_fresh_sources(program, scene.now.day());
    fresh.is_err().then(|| Verdict::Stopped(scene.again()))
}

const fn channel_of(what: &EffectKind) -> Option<Channel> {
    match what {
        EffectKind::OutreachTask { channel, .. } => Some(*channel),
        EffectKind::Notice { to: NoticeTo::MemberLetter, .. } => Some(Channel::Letter),
        EffectKind::Notice { to: NoticeTo::Pcp | NoticeTo::CurrentManager, .. }
        | EffectKind::OfferVendor { .. }
        | EffectKind::CancelOffer { .. }
        | EffectKind::RecallVendor { .. }
        | EffectKind::UpdateVendor { .. }
        | EffectKind::AnswerReply { .. }
        | EffectKind::CancelTask { .. }
        | EffectKind::CaseConferenceRequest { .. }
        | EffectKind::InternalTask { .. } => None,
    }
}

/// An update is for the vendor that has the member, and goes after its offer: of a member who was never offered a vendor
/// learns nothing (FACTS §7), and an offer that is held back carries the latest when it leaves.
fn update(record: &EffectRecord, vendor: &VendorId, scene: &Scene<'_>) -> Verdict {
    let held = scene.case(record).and_then(|case| case.assignment.as_ref());
    let Some(held) = held.filter(|held| held.vendor == *vendor) else { return Verdict::Cancel };
    let offer = scene.effects.iter().find(|effect| effect.effect.id == held.offer);
    // Called back before it left: the vendor knows of the member only where it has answered.
    if held.stage == Stage::Offered && offer.is_some_and(|offer| offer.status == EffectStatus::Cancelled) {
        return Verdict::Cancel;
    }
    let left = offer.map_or(OfferLeft::AtOnce, EffectRecord::offer_left);
    if left == OfferLeft::NotYet { Verdict::Hold(scene.again()) } else { Verdict::Send(None) }
}

/// An offer leaves only while the case still stands behind it. What the member has said meanwhile, a pause of the case and
/// a gap in coverage hold it until the case itself has been decided about.
fn offer(record: &EffectRecord, scene: &Scene<'_>) -> Verdict {
    let Some(case) = scene.case(record) else { return Verdict::Cancel };
    let stands = case.assignment.as_ref().is_some_and(|held| held.offer == record.effect.dedup);
    if !case.is_open() || !stands || case.contact.opted_out {
        return Verdict::Cancel;
    }
    // Paused: a member who is said to have died, or who asked for quiet, is not handed to anybody.
    let paused = case.status == Status::OnHold;
    if paused || scene.person.permissions.do_not_contact || !scene.person.covered() || !case.coverage.covered
    {
        return Verdict::Hold(scene.again());
    }
    Verdict::Send(None)
}

fn outreach(record: &EffectRecord, task: &Scheduled, scene: &Scene<'_>) -> Verdict {
    let Some(case) = scene.case(record) else { return Verdict::Cancel };
    let Some(open) = case.open_tasks.iter().find(|open| open.effect == record.effect.id) else {
        return Verdict::Cancel;
    };
    if !case.contact.allows(task.channel) {
        return Verdict::Drop(DropReason::NotAllowed);
    }
    let dialled = matches!(task.channel, Channel::Call | Channel::Text);
    let phone = if dialled { scene.phones(record).into_iter().next() } else { None };
    let reachable = if dialled { phone.is_some() } else { scene.person.address().is_some() };
    if !reachable {
        return Verdict::Drop(DropReason::NotAllowed);
    }
    let around = Around::of(scene.person, &scene.head.ledger, &scene.catalogue.calendars);
    let surroundings = around.as_surroundings();
    match plan::at_send(task, phone.as_ref(), surroundings, false, scene.now) {
        Release::Defer(until) => return Verdict::Hold(until),
        Release::Drop(reason) => return Verdict::Drop(reason),
        Release::Send => {}
    }
    // The member named the time: the caps give way, the hours do not.
    if scene.is_reserved(&record.effect.id) || open.asked.is_some() {
        return Verdict::Send(phone);
    }
    let free = surroundings.ledger.free_from(task.channel, scene.now, surroundings.caps);
    if free >= task.not_after {
        return Verdict::Drop(DropReason::LedgerFull);
    }
    if free > scene.now { Verdict::Hold(free) } else { Verdict::Send(phone) }
}

/// The confirmation of a stop is the one letter that a stop does not stop (FACTS §5.3).
fn letter(code: NoticeCode, scene: &Scene<'_>) -> Verdict {
    let confirmation = code == NoticeCode::StopConfirmed;
    let permitted = scene.person.permissions.permits(Channel::Letter, confirmation).is_ok();
    if permitted && scene.person.address().is_some() { Verdict::Send(None) } else { Verdict::Cancel }
}
