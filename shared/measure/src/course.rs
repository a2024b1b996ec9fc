//! The course of a case, read from its log: what it reached and when, what was tried, what was served.

use icm_domain::case::event::{AcuteKind, CaseEvent, EventKind};
use icm_domain::case::log::CaseLine;
use icm_domain::case::state::Case;
use icm_domain::case::status::Status;
use icm_domain::day::Day;
use icm_domain::facts::Channel;
use icm_domain::ids::VendorId;
use icm_domain::moment::Moment;
use icm_domain::vendor::reply::{ContactMode, Report};
use std::collections::BTreeMap;

/// How far a case can come (FACTS §9), in the order of the funnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Milestone {
    /// Identified: the case was opened.
    Identified,
    /// Waited for a place.
    Queued,
    /// Given a place: outreach began.
    Outreach,
    /// An attempt that allows a direct reply was made (letters do not).
    Attempted,
    /// Both sides spoke.
    Reached,
    /// The member let the program in: engaged, or anything later.
    Engaged,
    /// Consented.
    Consented,
    /// Enrolled and offered.
    Enrolled,
    /// Taken by a team or vendor.
    Accepted,
    /// Service began.
    InService,
    /// Goals met.
    Graduated,
}

impl Milestone {
    /// Every milestone, in order.
    pub const ALL: [Self; 11] = [
        Self::Identified,
        Self::Queued,
        Self::Outreach,
        Self::Attempted,
        Self::Reached,
        Self::Engaged,
        Self::Consented,
        Self::Enrolled,
        Self::Accepted,
        Self::InService,
        Self::Graduated,
    ];

    /// The spelling of reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Identified => "identified",
            Self::Queued => "queued",
            Self::Outreach => "in_outreach",
            Self::Attempted => "attempted",
            Self::Reached => "reached",
            Self::Engaged => "engaged",
            Self::Consented => "consented",
            Self::Enrolled => "enrolled",
            Self::Accepted => "accepted",
            Self::InService => "in_service",
            Self::Graduated => "graduated",
        }
    }

    /// What a case has reached by standing in this status.
    const fn of(status: Status) -> Option<Self> {
        match status {
            Status::Queued => Some(Self::Queued),
            Status::Outreach => Some(Self::Outreach),
            Status::Engaged => Some(Self::Engaged),
            Status::Consented => Some(Self::Consented),
            Status::Enrolled => Some(Self::Enrolled),
            Status::VendorAccepted => Some(Self::Accepted),
            Status::Active => Some(Self::InService),
            Status::Graduated => Some(Self::Graduated),
            Status::Identified
            | Status::Pended(_)
            | Status::OnHold
            | Status::Review
            | Status::RequiredNonparticipating
            | Status::Transferred
            | Status::Disenrolled
            | Status::Withdrawn
            | Status::Declined
            | Status::UnableToContact
            | Status::ReferredOther => None,
        }
    }
}

/// A try to reach the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Try {
    /// When.
    pub at: Moment,
    /// How.
    pub channel: Channel,
    /// Both sides spoke.
    pub two_way: bool,
}

/// A contact of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceContact {
    /// When.
    pub at: Moment,
    /// Minutes.
    pub minutes: u16,
    /// How.
    pub mode: ContactMode,
    /// Both sides spoke.
    pub two_way: bool,
}

/// A time in one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// The status.
    pub status: Status,
    /// Since when.
    pub from: Moment,
    /// Until when; none: still.
    pub until: Option<Moment>,
}

/// A time in service with one team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The team, practice or vendor; none: not stated.
    pub team: Option<VendorId>,
    /// First day.
    pub from: Day,
    /// Last day; none: still.
    pub thru: Option<Day>,
}

/// The course of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course<'a> {
    /// The case as it stands.
    pub case: &'a Case,
    first: BTreeMap<Milestone, Moment>,
    /// Tries to reach the member, those of a vendor too.
    pub tries: Vec<Try>,
    /// Contacts of service.
    pub contacts: Vec<ServiceContact>,
    /// Times in each status.
    pub spells: Vec<Spell>,
    /// Times in service.
    pub services: Vec<Service>,
    /// Calls and texts after the member had asked to be left alone: must be none (FACTS §9).
    pub after_opt_out: u32,
    opted_out: Option<Moment>,
    team: Option<VendorId>,
    /// Discharges that the case heard of: when, and of which day.
    discharges: Vec<(Moment, Day)>,
}

impl<'a> Course<'a> {
    /// Reads a log; the lines in their order.
    pub fn of(case: &'a Case, lines: &[CaseLine]) -> Self {
        let mut course = Self {
            case,
            first: BTreeMap::from([(Milestone::Identified, case.opened)]),
            tries: Vec::new(),
            contacts: Vec::new(),
            spells: Vec::new(),
            services: Vec::new(),
            after_opt_out: 0,
            opted_out: None,
            team: None,
            discharges: Vec::new(),
        };
        for line in lines {
            match line {
                CaseLine::Opened(opened) => course.stands(opened.status, opened.opened),
                CaseLine::Applied { event, entry } => {
                    course.hears(event);
                    if course.spells.last().is_none_or(|spell| spell.status != entry.to) {
                        course.stands(entry.to, entry.recorded);
                    }
                }
                CaseLine::Refused { .. } => {}
            }
        }
        course
    }

    /// When the case first reached a milestone.
    pub fn reached(&self, milestone: Milestone) -> Option<Moment> {
        self.first.get(&milestone).copied()
    }

    /// When the first attempt was made that allows a direct reply.
    pub fn first_try(&self) -> Option<Moment> {
        self.reached(Milestone::Attempted)
    }

    /// From when on the first attempt was due after a discharge: the first one that the case heard of before it, but not
    /// before there was a place to reach the member from.
    pub fn discharged_before_attempt(&self) -> Option<Day> {
        let (place, attempt) = self.reached(Milestone::Outreach).zip(self.first_try())?;
        let heard = self.discharges.iter().filter(|(heard, _)| *heard <= attempt);
        heard.map(|(_, on)| (*on).max(place.day())).min()
    }

    /// The team that serves or served last.
    pub const fn team(&self) -> Option<&VendorId> {
        self.team.as_ref()
    }

    fn reaches(&mut self, milestone: Milestone, at: Moment) {
        let first = self.first.entry(milestone).or_insert(at);
        *first = at.min(*first);
    }

    fn stands(&mut self, status: Status, at: Moment) {
        if let Some(spell) = self.spells.last_mut() {
            spell.until = Some(at);
            if spell.status == Status::Active
                && let Some(service) = self.services.last_mut()
            {
                service.thru = Some(at.day());
            }
        }
        self.spells.push(Spell { status, from: at, until: None });
        if status == Status::Active {
            self.services.push(Service { team: self.team.clone(), from: at.day(), thru: None });
        }
        if let Some(milestone) = Milestone::of(status) {
            self.reaches(milestone, at);
        }
    }

    fn hears(&mut self, event: &CaseEvent) {
        let kind = &event.kind;
        if let EventKind::Enrolled { to, .. } = kind {
            self.team = Some(to.clone());
        } else if let EventKind::Admitted { place, .. } = kind {
            self.team = Some(place.team.clone());
        } else if let EventKind::AttemptRecorded(attempt) = kind {
            self.tries(Try { at: attempt.at, channel: attempt.channel, two_way: attempt.outcome.two_way() });
        } else if let EventKind::ContactLogged { minutes, mode, two_way } = kind {
            let contact =
                ServiceContact { at: event.occurred, minutes: *minutes, mode: *mode, two_way: *two_way };
            self.contacts.push(contact);
        } else if let EventKind::AcuteEvent { kind: AcuteKind::Discharged, on, .. } = kind {
            self.discharges.push((event.recorded, *on));
        } else if let EventKind::AcuteTakenBack { kind: AcuteKind::Discharged, on } = kind {
            self.discharges.retain(|(_, held)| held != on);
        } else if let EventKind::OptedOut(_) = kind {
            self.opted_out = Some(event.occurred);
        } else if let EventKind::VendorReplied(reply) = kind {
            self.vendor_says(&reply.report, reply.occurred);
        }
    }

    fn vendor_says(&mut self, report: &Report, at: Moment) {
        match report {
            Report::OutreachAttempted { channel, outcome, .. } => {
                self.tries(Try { at, channel: *channel, two_way: outcome.two_way() });
            }
            Report::Engaged => self.reaches(Milestone::Reached, at),
            Report::ContactCompleted { minutes, mode, two_way } => {
                self.contacts.push(ServiceContact { at, minutes: *minutes, mode: *mode, two_way: *two_way });
            }
            Report::Received
            | Report::Accepted
            | Report::Rejected { .. }
            | Report::Consented { .. }
            | Report::Declined { .. }
            | Report::Unreachable
            | Report::StopRequested
            | Report::Enrolled { .. }
            | Report::Hold { .. }
            | Report::Resumed
            | Report::Graduated
            | Report::Disenrolled { .. }
            | Report::RecallConfirmed => {}
        }
    }

    fn tries(&mut self, one: Try) {
        if one.channel != Channel::Letter {
            self.reaches(Milestone::Attempted, one.at);
            self.after_opt_out += u32::from(self.opted_out.is_some_and(|stop| one.at > stop));
        }
        if one.two_way {
            self.reaches(Milestone::Reached, one.at);
        }
        self.tries.push(one);
    }
}
