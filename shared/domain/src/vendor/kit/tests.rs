//! A good vendor passes; each planted fault fails by its name.

use super::{Fault, Line, SCENARIOS, Sent, Step, judge};
use crate::case::state::HandOver;
use crate::day::Day;
use crate::facts::Channel;
use crate::outreach::attempt::Outcome;
use crate::vendor::reply::{ContactMode, Report};
use std::collections::{BTreeMap, BTreeSet};

/// What a planted vendor does differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plant {
    Nothing,
    SilentReceipt,
    NeverDecides,
    ActsTwice,
    SkipsNumbers,
    ReusesNumbers,
    ReusesIds,
    IgnoresCancel,
    NeverConfirms,
    ServesOn,
    EnrolsFirst,
    ForgetsConsent,
    WrongCase,
    CallsOn,
    ReportsOutreach,
    SpeaksGibberish,
}

/// A small vendor: reads the steps of a scenario and answers as a good one does, but for what is planted.
struct Vendor {
    plant: Plant,
    hand_over: HandOver,
    lines: Vec<Line>,
    numbers: BTreeMap<u8, u64>,
    acted: BTreeMap<u8, u64>,
    open: BTreeSet<u8>,
}

impl Vendor {
    fn say(&mut self, case: u8, report: Report) {
        let number = self.numbers.entry(case).or_insert(0);
        *number += if self.plant == Plant::SkipsNumbers { 2 } else { 1 };
        if self.plant == Plant::ReusesNumbers {
            *number = 1;
        }
        let sequence = *number;
        let named = if self.plant == Plant::WrongCase { 99 } else { case };
        let id = if self.plant == Plant::ReusesIds {
            "same".into()
        } else {
            format!("{case}-{}", self.lines.len())
        };
        let case = format!("C{named}").as_str().into();
        self.lines.push(Line::Said { case, message: id.into(), sequence, report });
    }

    fn work(&mut self, case: u8) {
        let start = Day::from_count(20_000);
        if self.plant == Plant::EnrolsFirst {
            self.say(case, Report::Enrolled { start });
        }
        if self.plant == Plant::SpeaksGibberish {
            self.lines.push(Line::Unreadable { case: format!("C{case}").as_str().into() });
        }
        if self.plant != Plant::SilentReceipt {
            self.say(case, Report::Received);
        }
        if self.plant == Plant::NeverDecides {
            return;
        }
        self.say(case, Report::Accepted);
        self.open.insert(case);
        let attempt = || Report::OutreachAttempted {
            channel: Channel::Call,
            outcome: Outcome::ReachedMember,
            phone: None,
        };
        if self.hand_over == HandOver::OutreachDelegated {
            self.say(case, attempt());
            if self.plant != Plant::ForgetsConsent {
                self.say(case, Report::Consented { scope: "S".into() });
            }
        }
        if self.plant == Plant::ReportsOutreach {
            self.say(case, attempt());
        }
        self.say(case, Report::Enrolled { start });
        if self.plant == Plant::CallsOn {
            self.say(case, Report::StopRequested);
            self.say(case, attempt());
        }
    }

    fn hear(&mut self, case: u8, what: Sent, sequence: u64) {
        self.lines.push(Line::Sent {
            case: format!("C{case}").as_str().into(),
            what,
            sequence,
            dedup: format!("C{case}#offer").as_str().into(),
        });
        let known = what == Sent::Offer && self.acted.contains_key(&case);
        let last = self.acted.get(&case).copied().unwrap_or(0);
        let twice = self.plant == Plant::ActsTwice && last <= 1;
        let careless = what == Sent::Offer && (twice || self.plant == Plant::IgnoresCancel);
        self.acted.insert(case, sequence.max(last));
        if (sequence <= last || known) && !careless {
            return;
        }
        match what {
            Sent::Offer => self.work(case),
            Sent::Cancel | Sent::Recall if self.plant == Plant::NeverConfirms => {}
            Sent::Cancel | Sent::Recall => {
                self.open.remove(&case);
                self.say(case, Report::RecallConfirmed);
                if self.plant == Plant::ServesOn {
                    let contact =
                        Report::ContactCompleted { minutes: 9, mode: ContactMode::Phone, two_way: true };
                    self.say(case, contact);
                }
            }
            Sent::Update => {}
        }
    }
}

fn faults(plant: Plant, hand_over: HandOver) -> Vec<Fault> {
    let mut found: Vec<Fault> = SCENARIOS
        .iter()
        .flat_map(|scenario| {
            let mut vendor = Vendor {
                plant,
                hand_over,
                lines: Vec::new(),
                numbers: BTreeMap::default(),
                acted: BTreeMap::default(),
                open: BTreeSet::default(),
            };
            for step in scenario.steps {
                match *step {
                    Step::Send { case, what, sequence } => vendor.hear(case, what, sequence),
                    Step::Settle => vendor.lines.push(Line::Settled),
                }
            }
            judge(hand_over, &vendor.lines).into_iter().map(|finding| finding.fault)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn a_good_vendor_passes_in_both_modes() {
    for hand_over in [HandOver::Enrolment, HandOver::OutreachDelegated] {
        assert_eq!(faults(Plant::Nothing, hand_over), []);
    }
}

#[test]
fn each_planted_fault_fails_by_name() {
    let both = HandOver::Enrolment;
    let planted = [
        (Plant::SilentReceipt, both, Fault::NoReceipt),
        (Plant::NeverDecides, both, Fault::NoDecision),
        (Plant::ActsTwice, both, Fault::ActedTwice),
        (Plant::SkipsNumbers, both, Fault::SequenceGap),
        (Plant::ReusesNumbers, both, Fault::SequenceReused),
        (Plant::ReusesIds, both, Fault::MessageIdReused),
        (Plant::IgnoresCancel, both, Fault::AcceptedAfterCancel),
        (Plant::NeverConfirms, both, Fault::NotConfirmed),
        (Plant::ServesOn, both, Fault::ServedAfterRecall),
        (Plant::EnrolsFirst, both, Fault::OutOfOrder),
        (Plant::WrongCase, both, Fault::UnknownCase),
        (Plant::ReportsOutreach, both, Fault::WrongMode),
        (Plant::SpeaksGibberish, both, Fault::Malformed),
        (Plant::ForgetsConsent, HandOver::OutreachDelegated, Fault::NoConsent),
        (Plant::CallsOn, HandOver::OutreachDelegated, Fault::ContactAfterStop),
    ];
    for (plant, hand_over, fault) in planted {
        let found = faults(plant, hand_over);
        assert!(found.contains(&fault), "{} is missing in {found:?}", fault.id());
    }
    assert_eq!(planted.len(), Fault::ALL.len());
}

#[test]
fn a_redelivered_message_of_the_vendor_is_no_fault() {
    let case = || "C1".into();
    let sent = Line::Sent { case: case(), what: Sent::Offer, sequence: 1, dedup: "C1#1".into() };
    let said = |message: &str, sequence, report| Line::Said {
        case: case(),
        message: message.into(),
        sequence,
        report,
    };
    let received = said("a", 1, Report::Received);
    let lines = [sent, received.clone(), received, said("b", 2, Report::Accepted)];
    assert_eq!(judge(HandOver::Enrolment, &lines), []);
}

#[test]
fn every_scenario_has_a_name_of_its_own_and_ends_settled() {
    let names: BTreeSet<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), SCENARIOS.len());
    assert!(SCENARIOS.iter().all(|scenario| scenario.steps.last() == Some(&Step::Settle)));
}

#[test]
fn an_acceptance_that_crosses_our_cancel_is_no_fault() {
    let case = || "C1".into();
    let sent = |what, sequence| Line::Sent { case: case(), what, sequence, dedup: "C1#offer".into() };
    let said = |sequence: u64, report| Line::Said {
        case: case(),
        message: format!("m{sequence}").into(),
        sequence,
        report,
    };
    let mut lines = vec![
        sent(Sent::Offer, 1),
        sent(Sent::Cancel, 2),
        said(1, Report::Received),
        said(2, Report::Accepted),
        said(3, Report::RecallConfirmed),
        Line::Settled,
    ];
    assert_eq!(judge(HandOver::Enrolment, &lines), []);
    lines.push(said(4, Report::Accepted));
    let found: Vec<Fault> = judge(HandOver::Enrolment, &lines).into_iter().map(|found| found.fault).collect();
    assert!(found.contains(&Fault::AcceptedAfterCancel));
}
