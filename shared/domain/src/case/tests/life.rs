//! A case that lives through events; what the tests of the machine are written in.

use crate::calendar::business::HolidayCalendar;
use crate::case::apply;
use crate::case::due::{OfferLeft, TimerRules, due};
use crate::case::effect::{Effect, EffectKind};
use crate::case::event::{CaseEvent, EventKind, Scheduled};
use crate::case::open::{Opening, open};
use crate::case::refusal::Refusal;
use crate::case::required::{Participation, Required};
use crate::case::state::{Case, Delivery, HandOver, Place, ProgramConsent, Terms};
use crate::case::status::Status;
use crate::case::transition::Transition;
use crate::day::Day;
use crate::decision::priority::{Persistence, Priority, Tier};
use crate::facts::Channel;
use crate::ids::EffectId;
use crate::moment::Moment;
use crate::outreach::attempt::{Attempt, NumberClass, Outcome, Phone};
use crate::vendor::reply::{Report, VendorReply};
use crate::vendor::sla::OfferClocks;

/// A case, its clock, and everything that it has caused.
pub(crate) struct Life {
    pub(crate) case: Case,
    pub(crate) now: Moment,
    pub(crate) effects: Vec<Effect>,
    pub(crate) events: Vec<CaseEvent>,
    serial: u64,
    said: u64,
}

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub(crate) fn opening(terms: Terms, participation: Participation, at: Moment) -> Opening {
    Opening {
        id: "C1".into(),
        member: "M1".into(),
        program: "ICM".into(),
        terms,
        priority: Priority {
            tier: Tier::High,
            persistence: Persistence::Usual,
            not_impactable: 1,
            waiting_since: at.day(),
        },
        participation,
        facts_version: 7,
        co_managers: Vec::new(),
        details: None,
        at,
    }
}

pub(crate) fn terms(delivery: Delivery, hand_over: HandOver) -> Terms {
    Terms { delivery, hand_over, ..Terms::default() }
}

pub(crate) fn required() -> Participation {
    Participation::Required(Required {
        legal_basis: "42 CFR 431.54(e)".into(),
        emergency_exempt: true,
        notice: None,
        appeal_pending: false,
    })
}

pub(crate) fn place(team: &str) -> Place {
    Place { team: team.into(), county: None, language: None, lob: None }
}

pub(crate) fn consent(at: Moment) -> ProgramConsent {
    ProgramConsent { scope: "ICM-1".into(), given: at, recorded_by: "ops:anna".into() }
}

/// An event by a person.
pub(crate) fn event(key: &str, at: Moment, kind: EventKind) -> CaseEvent {
    CaseEvent { key: key.into(), actor: "ops:anna".into(), occurred: at, recorded: at, kind }
}

impl Life {
    /// A voluntary case with the given route, identified on 2026-06-01 at 15:00 UTC.
    pub(crate) fn new(delivery: Delivery, hand_over: HandOver) -> Self {
        Self::of(opening(terms(delivery, hand_over), Participation::Voluntary, start()))
    }

    pub(crate) fn of(opening: Opening) -> Self {
        let now = opening.at;
        let case = open(opening, None, None).unwrap();
        Self { case, now, effects: Vec::new(), events: Vec::new(), serial: 0, said: 0 }
    }

    pub(crate) fn later(&mut self, days: i64) -> &mut Self {
        self.now = self.now.plus_days(days);
        self
    }

    fn next(&mut self, kind: EventKind) -> CaseEvent {
        self.serial += 1;
        event(&format!("e{}", self.serial), self.now, kind)
    }

    /// Applies an event that must go through.
    pub(crate) fn does(&mut self, kind: EventKind) -> Transition {
        let event = self.next(kind);
        let transition = apply(&self.case, &event).unwrap();
        self.case = transition.case.clone();
        self.effects.extend(transition.effects.iter().cloned());
        self.events.push(event);
        transition
    }

    /// Applies an event that must be refused.
    pub(crate) fn refused(&mut self, kind: EventKind) -> Refusal {
        let event = self.next(kind);
        apply(&self.case, &event).unwrap_err()
    }

    /// The vendor's next reply, in sequence.
    pub(crate) fn hears(&mut self, vendor: &str, report: Report) -> Transition {
        self.said += 1;
        let reply = self.reply(vendor, self.said, report);
        self.does(EventKind::VendorReplied(reply))
    }

    pub(crate) fn reply(&self, vendor: &str, sequence: u64, report: Report) -> VendorReply {
        let message = format!("{vendor}-{sequence}").into();
        VendorReply { vendor: vendor.into(), message, sequence, answers: None, occurred: self.now, report }
    }

    /// A new vendor numbers from 1.
    pub(crate) fn other_vendor(&mut self) {
        self.said = 0;
    }

    pub(crate) fn queued(mut self) -> Self {
        self.does(EventKind::Queued);
        self
    }

    pub(crate) fn admitted(mut self, team: &str) -> Self {
        self = self.queued();
        self.does(EventKind::Admitted { place: place(team), wave: "W1".into() });
        self
    }

    pub(crate) fn consented(mut self, team: &str) -> Self {
        self = self.admitted(team);
        self.does(EventKind::ConsentRecorded(consent(self.now)));
        self
    }

    pub(crate) fn enrolled(mut self, team: &str) -> Self {
        self = self.consented(team);
        let (to, start) = (team.into(), self.now.day());
        self.does(EventKind::Enrolled { to, start, facts_version: 7 });
        self
    }

    /// In service with an external vendor.
    pub(crate) fn active(mut self, vendor: &str) -> Self {
        self = self.enrolled(vendor);
        self.hears(vendor, Report::Received);
        self.hears(vendor, Report::Accepted);
        self.hears(vendor, Report::Enrolled { start: self.now.day() });
        assert_eq!(self.case.status, Status::Active);
        self
    }

    /// Plans a contact on a channel; gives its effect.
    pub(crate) fn plans(&mut self, channel: Channel) -> EffectId {
        let scheduled = self.scheduled(channel);
        let transition = self.does(EventKind::OutreachScheduled(scheduled));
        transition.effects.last().unwrap().id.clone()
    }

    pub(crate) fn scheduled(&self, channel: Channel) -> Scheduled {
        Scheduled {
            step: self.case.contact.step,
            channel,
            template: None,
            not_before: self.now,
            not_after: self.now.plus_hours(6),
        }
    }

    pub(crate) fn attempt(&self, task: Option<EffectId>, channel: Channel, outcome: Outcome) -> Attempt {
        Attempt {
            task,
            at: self.now,
            channel,
            number_class: NumberClass::Mobile,
            phone: Phone::parse("312-555-0100"),
            outcome,
            call_back: None,
        }
    }

    /// Plans a call and records how it ended.
    pub(crate) fn calls(&mut self, outcome: Outcome) -> Transition {
        let task = self.plans(Channel::Call);
        let attempt = self.attempt(Some(task), Channel::Call, outcome);
        self.does(EventKind::AttemptRecorded(attempt))
    }
}

pub(crate) fn start() -> Moment {
    Moment::parse("2026-06-01T15:00:00Z").unwrap()
}

/// The names of effects, in order.
pub(crate) fn names<'e>(effects: impl IntoIterator<Item = &'e Effect>) -> Vec<&'static str> {
    effects.into_iter().map(|effect| effect.what.id()).collect()
}

pub(crate) fn contacts(transition: &Transition) -> usize {
    transition.effects.iter().filter(|effect| effect.what.contacts_member()).count()
}

pub(crate) fn answers(transition: &Transition) -> Vec<&EffectKind> {
    let answers = transition.effects.iter().map(|effect| &effect.what);
    answers.filter(|what| matches!(what, EffectKind::AnswerReply { .. })).collect()
}

/// What time alone makes due until an instant, with the usual clocks and weekends.
pub(crate) fn due_until(case: &Case, until: Moment) -> Vec<(Moment, EventKind)> {
    due(case, timer_rules(&HolidayCalendar::default()), until)
}

/// The usual clocks, for a member of no known state, of an offer that left as it was made.
pub(crate) fn timer_rules(calendar: &HolidayCalendar) -> TimerRules<'_> {
    TimerRules { clocks: OfferClocks::default(), calendar, state: None, offer: OfferLeft::AtOnce }
}
