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
    /// How often an admission or discharge of the visit was taken back: what is told after that is told anew.
    pub retold: u16,
}

/// An admission or a discharge that messages told and later messages took back (A11, A13, another day of discharge).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// Sending facility.
    pub facility: Box<str>,
    /// Visit number, as in [`Visit`].
    pub number: Box<str>,
    /// Whether it was the discharge; else the admission.
    pub discharge: bool,
    /// The day that was told.
    pub on: Day,
    /// [`Visit::retold`] when it was told.
    pub retold: u16,
}

/// The visits told by the messages received by `as_of`, without those cancelled and those of no setting that matters,
/// by admission.
pub fn visits(events: &[AdtEvent], as_of: Day) -> Vec<Visit> {
    let told = tellings(events, as_of).into_iter();
    let mut visits: Vec<Visit> =
        told.filter_map(|((facility, number), telling)| telling.visit(facility.into(), number)).collect();
    visits.sort_by(|a, b| (a.admit, &a.facility, &a.number).cmp(&(b.admit, &b.facility, &b.number)));
    visits
}

/// What the messages received by `as_of` told and took back again.
pub fn taken_back(events: &[AdtEvent], as_of: Day) -> Vec<TakenBack> {
    let told = tellings(events, as_of).into_iter();
    told.flat_map(|((facility, number), telling)| {
        let admit = telling.began();
        telling.taken_back.into_iter().map(move |(discharge, on, retold)| TakenBack {
            facility: facility.into(),
            number: number.clone(),
            discharge,
            on: if discharge { admit.map_or(on, |admit| on.max(admit)) } else { on },
            retold,
        })
    })
    .collect()
}

/// The messages known on a day, by facility and visit.
fn tellings(events: &[AdtEvent], as_of: Day) -> BTreeMap<(&str, Box<str>), Telling> {
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
    told
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
    /// Discharges and admissions told and taken back, with their days, and the count before each.
    taken_back: Vec<(bool, Day, u16)>,
    retold: u16,
}

impl Telling {
    fn take(&mut self, event: &AdtEvent) {
        let day = event.sent.map_or(event.received, Moment::day).min(event.received);
        self.first.get_or_insert(day);
        self.last = self.last.max(Some(event.received));
        match event.what {
            AdtKind::CancelAdmit => {
                if !self.cancelled {
                    let told = [self.discharge.map(|on| (true, on)), self.began().map(|on| (false, on))];
                    self.take_back(told.into_iter().flatten());
                }
                self.cancelled = true;
            }
            AdtKind::CancelDischarge => {
                self.take_back(self.discharge.map(|on| (true, on)));
                (self.discharge, self.discharge_told) = (None, None);
            }
            AdtKind::Visit | AdtKind::Update | AdtKind::Discharge => {
                self.class = event.class.or(self.class);
                self.admit_type = event.admit_type.or(self.admit_type);
                self.admit = event.admit.or(self.admit);
                // An admission after its cancellation is one again.
                self.cancelled &= event.what != AdtKind::Visit;
                let left = (event.what == AdtKind::Discharge).then_some(day);
                if let Some(discharge) = event.discharge.or(left) {
                    if let Some(before) = self.discharge.filter(|before| *before != discharge) {
                        self.taken_back.push((true, before, self.retold));
                    }
                    self.discharge = Some(discharge);
                    self.discharge_told = self.discharge_told.or(Some(event.received));
                }
            }
        }
    }

    fn take_back(&mut self, told: impl IntoIterator<Item = (bool, Day)>) {
        let before = self.taken_back.len();
        self.taken_back.extend(told.into_iter().map(|(discharge, on)| (discharge, on, self.retold)));
        self.retold += u16::from(self.taken_back.len() > before);
    }

    /// The admission. Where no message states it, the first one dates it; the discharge at the latest.
    fn began(&self) -> Option<Day> {
        let told = [self.first, self.discharge].into_iter().flatten().min();
        self.admit.or(told)
    }

    fn visit(self, facility: Box<str>, number: Box<str>) -> Option<Visit> {
        let setting = self.class.as_ref().and_then(Setting::of).filter(|_| !self.cancelled)?;
        let admit = self.began()?;
        Some(Visit {
            facility,
            number,
            setting,
            admit_type: self.admit_type,
            admit,
            discharge: self.discharge.map(|day| day.max(admit)),
            discharge_told: self.discharge_told,
            last: self.last?,
            retold: self.retold,
        })
    }
}
