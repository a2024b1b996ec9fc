//! Messages to visits.

use crate::code::Code;
use crate::day::Day;
use crate::facts::{AdtEvent, AdtKind};
use crate::moment::Moment;
use std::collections::BTreeMap;

/// What kind of visit the patient class says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// Inpatient.
    Inpatient,
    /// Under observation.
    Observation,
    /// In an emergency department.
    Emergency,
}

impl Setting {
    /// By the class of HL7 table 0004, or of the codes of HL7 version 3 that some senders write there. Outpatients,
    /// preadmissions, recurring and obstetric visits are none: maternity never triggers (ruling 11).
    pub fn of(class: &Code) -> Option<Self> {
        match class.as_str() {
            "I" | "INPATIENT" | "IMP" | "ACUTE" => Some(Self::Inpatient),
            "OBS" | "OBSENC" | "OBSERVATION" => Some(Self::Observation),
            "E" | "EMERGENCY" | "EMER" | "ER" | "ED" => Some(Self::Emergency),
            _ => None,
        }
    }

    /// Whether it is a stay: what a discharge from is followed up.
    pub const fn is_stay(self) -> bool {
        matches!(self, Self::Inpatient | Self::Observation)
    }
}

/// One visit, as the messages known on a day tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Sending facility (MSH-4).
    pub facility: Box<str>,
    /// Visit number (PV1-19); the admission day where the sender gives none.
    pub number: Box<str>,
    /// The kind of visit, as told last.
    pub setting: Setting,
    /// Admission type, in the numbers of the institutional bill.
    pub admit_type: Option<Code>,
    /// Day of admission or registration.
    pub admit: Day,
    /// Day of discharge.
    pub discharge: Option<Day>,
    /// Day on which the plan received the discharge.
    pub discharge_told: Option<Day>,
    /// Day on which the plan received the last message.
    pub last: Day,
}

/// The visits told by the messages received by `as_of`, without those cancelled and those of no setting that matters,
/// by admission.
pub fn visits(events: &[AdtEvent], as_of: Day) -> Vec<Visit> {
    let mut known: Vec<&AdtEvent> = events.iter().filter(|event| event.received <= as_of).collect();
    known.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut told: BTreeMap<(&str, Box<str>), Telling> = BTreeMap::new();
    let mut unnumbered: BTreeMap<&str, Box<str>> = BTreeMap::new();
    for event in known {
        let facility: &str = &event.facility;
        let number = if event.visit.is_empty() {
            // Without a visit number the admission day tells visits apart; a message without either is about the
            // visit that the facility told of last.
            let same = unnumbered.entry(facility).or_default();
            if let Some(admit) = event.admit {
                *same = admit.to_string().into();
            }
            same.clone()
        } else {
            event.visit.clone()
        };
        told.entry((facility, number)).or_default().take(event);
    }
    let mut visits: Vec<Visit> = told
        .into_iter()
        .filter_map(|((facility, number), telling)| telling.visit(facility.into(), number))
        .collect();
    visits.sort_by(|a, b| (a.admit, &a.facility, &a.number).cmp(&(b.admit, &b.facility, &b.number)));
    visits
}

/// Messages in the order in which their sender sent them; the content comes last, so that the order of arrival cannot
/// matter.
fn order(event: &AdtEvent) -> impl Ord + use<'_> {
    (
        event.sent.unwrap_or(Moment::start_of(event.received)),
        event.what,
        &event.control_id,
        event.received,
        (event.admit, event.discharge, event.class, event.admit_type),
    )
}

/// What the messages of one visit have told so far.
#[derive(Default)]
struct Telling {
    class: Option<Code>,
    admit_type: Option<Code>,
    first: Option<Day>,
    admit: Option<Day>,
    discharge: Option<Day>,
    discharge_told: Option<Day>,
    last: Option<Day>,
    cancelled: bool,
}

impl Telling {
    fn take(&mut self, event: &AdtEvent) {
        let day = event.sent.map_or(event.received, Moment::day).min(event.received);
        self.first.get_or_insert(day);
        self.last = self.last.max(Some(event.received));
        match event.what {
            AdtKind::CancelAdmit => self.cancelled = true,
            AdtKind::CancelDischarge => (self.discharge, self.discharge_told) = (None, None),
            AdtKind::Visit | AdtKind::Update | AdtKind::Discharge => {
                self.class = event.class.or(self.class);
                self.admit_type = event.admit_type.or(self.admit_type);
                self.admit = event.admit.or(self.admit);
                // An admission after its cancellation is one again.
                self.cancelled &= event.what != AdtKind::Visit;
                let left = (event.what == AdtKind::Discharge).then_some(day);
                if let Some(discharge) = event.discharge.or(left) {
                    self.discharge = Some(discharge);
                    self.discharge_told = self.discharge_told.or(Some(event.received));
                }
            }
        }
    }

    fn visit(self, facility: Box<str>, number: Box<str>) -> Option<Visit> {
        let setting = self.class.as_ref().and_then(Setting::of).filter(|_| !self.cancelled)?;
        // Where no message states the admission, the first one dates it; the discharge at the latest.
        let told = [self.first, self.discharge].into_iter().flatten().min();
        let admit = self.admit.or(told)?;
        Some(Visit {
            facility,
            number,
            setting,
            admit_type: self.admit_type,
            admit,
            discharge: self.discharge.map(|day| day.max(admit)),
            discharge_told: self.discharge_told,
            last: self.last?,
        })
    }
}
