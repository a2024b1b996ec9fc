//! What one ADT message says.

use super::segments::{Field, Segment};
use crate::dates::{believed, in_order};
use crate::item::{Item, Place, Problem, Reason};
use crate::options::ReadOptions;
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{AdtEvent, AdtKind, Fact, Profile};
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;

/// Longest identifier kept, in bytes.
const ID_BYTES_MAX: usize = 256;
/// Persons of one message; a merge names a few.
const MERGES_MAX: usize = 1000;

/// A message being read.
pub(super) struct Message {
    place: Place,
    kind: Box<str>,
    event: Box<str>,
    control_id: Box<str>,
    facility: Box<str>,
    sent: Date,
    /// MSH-7 to the second, where it is stated so.
    clock: Option<Moment>,
    recorded: Date,
    occurred: Date,
    member: Option<Box<str>>,
    /// The type of the identifier that names the member (PID-3.5).
    id_type: Option<Box<str>>,
    death: Date,
    visit: Option<Visit>,
    /// Surviving and former id of each merge.
    merges: Vec<(Box<str>, Box<str>)>,
    /// What is wrong with a merge (other events may carry an empty MRG).
    problem: Option<(&'static str, Reason)>,
}

struct Visit {
    class: Option<Code>,
    admit_type: Option<Code>,
    number: Option<Box<str>>,
    admit: Date,
    discharge: Date,
}

/// A time stamp's day: absent, a day, or something that is no date.
#[derive(Clone, Copy, Default)]
struct Date(Option<Result<Day, Reason>>);

impl Date {
    /// Reads `YYYYMMDD` with any time and zone behind. Less than a day's precision says nothing about the day.
    fn of(field: &Field<'_>) -> Self {
        let Some(text) = field.component(1) else { return Self(None) };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let partial =
            matches!(digits, 4 | 6) && matches!(text.as_bytes().get(digits), None | Some(b'+' | b'-'));
        let day = || text.get(..8).and_then(Day::parse).ok_or(Reason::BadDate).and_then(believed);
        Self((!partial).then(day))
    }

    fn read(self, field: &'static str) -> Result<Option<Day>, (&'static str, Reason)> {
        self.0.transpose().map_err(|reason| (field, reason))
    }
}

/// What becomes of an event.
enum Meaning {
    Stay(AdtKind),
    Merge,
    Ignore,
}

fn meaning(event: &str) -> Meaning {
    match event {
        "A01" | "A04" | "A06" | "A07" => Meaning::Stay(AdtKind::Visit),
        "A02" | "A08" => Meaning::Stay(AdtKind::Update),
        "A03" => Meaning::Stay(AdtKind::Discharge),
        "A11" => Meaning::Stay(AdtKind::CancelAdmit),
        "A13" => Meaning::Stay(AdtKind::CancelDischarge),
        "A18" | "A30" | "A34" | "A36" | "A39" | "A40" | "A46" | "A47" => Meaning::Merge,
        _ => Meaning::Ignore,
    }
}

impl Message {
    pub(super) fn begin(msh: &Segment<'_>, place: Place) -> Self {
        let text = |number, component| text(&msh.field(number), component).unwrap_or_default();
        Self {
            place,
            kind: text(9, 1),
            event: text(9, 2),
            control_id: text(10, 1),
            facility: text(4, 1),
            sent: Date::of(&msh.field(7)),
            clock: msh.field(7).component(1).and_then(|text| instant(&text)),
            recorded: Date::default(),
            occurred: Date::default(),
            member: None,
            id_type: None,
            death: Date::default(),
            visit: None,
            merges: Vec::new(),
            problem: None,
        }
    }

    pub(super) fn take(&mut self, segment: &Segment<'_>) {
        match segment.name() {
            b"EVN" => {
                if self.event.is_empty() {
                    self.event = text(&segment.field(1), 1).unwrap_or_default();
                }
                self.recorded = Date::of(&segment.field(2));
                self.occurred = Date::of(&segment.field(6));
            }
            b"PID" => {
                (self.member, self.id_type) = member(segment).unzip();
                self.id_type = self.id_type.take().filter(|stated| !stated.is_empty());
                self.death = Date::of(&segment.field(29));
            }
            b"PV1" if self.visit.is_none() => self.visit = Some(Visit::of(segment)),
            b"MRG" => self.merge(segment),
            _ => {}
        }
    }

    fn merge(&mut self, mrg: &Segment<'_>) {
        let ids = mrg.field(1);
        let alike = ids.repetitions().find(|id| text(id, 5) == self.id_type);
        let former = match alike {
            Some(id) => text(&id, 1),
            // A number of the plan's that is merged with a hospital's would be two persons'.
            None if self.id_type.as_deref() == Some("MB") => None,
            None => ids.repetitions().find_map(|id| text(&id, 1)),
        };
        match (self.member.clone(), former) {
            (Some(survivor), Some(former)) if self.merges.len() < MERGES_MAX => {
                self.merges.push((survivor, former));
            }
            (Some(_), Some(_)) => self.problem = Some(("MRG", Reason::TooLong)),
            (None, _) => self.problem = Some(("PID-3", Reason::BlankValue)),
            (Some(_), None) => self.problem = Some(("MRG-1", Reason::BlankValue)),
        }
    }

    /// The message ends in the middle.
    pub(super) fn cut(self) -> Item {
        Item::Problem(Problem { place: self.place, field: String::new(), reason: Reason::Truncated })
    }

    /// The facts of the message, or why there are none.
    pub(super) fn items(self, options: &ReadOptions) -> Vec<Item> {
        let place = self.place.clone();
        match self.facts(options) {
            Ok(facts) if facts.is_empty() => vec![Item::Ignored { rule: "adt_without_stay", place }],
            Ok(facts) => {
                let item = |(member, fact)| Item::Fact { member: Some(member), fact, place: place.clone() };
                facts.into_iter().map(item).collect()
            }
            Err((field, reason)) => vec![Item::Problem(Problem { place, field: field.to_owned(), reason })],
        }
    }

    fn facts(self, options: &ReadOptions) -> Result<Vec<(MemberId, Fact)>, (&'static str, Reason)> {
        if &*self.kind != "ADT" {
            return Err(("MSH-9", Reason::WrongTransaction));
        }
        let meaning = meaning(&self.event);
        if let (Meaning::Merge, Some(problem)) = (&meaning, self.problem) {
            return Err(problem);
        }
        let received = self.received(options)?;
        let mut facts = Vec::new();
        if let (Some(member), Some(death)) = (&self.member, self.death.read("PID-29")?) {
            let profile = Profile { received: Some(received), death: Some(death), ..Profile::default() };
            facts.push((MemberId::new(member.clone()), Fact::Profile(Box::new(profile))));
        }
        match meaning {
            Meaning::Stay(what) => facts.extend(self.stay(what, received)?),
            Meaning::Merge => facts.extend(self.merges.into_iter().map(|(survivor, former)| {
                (MemberId::new(survivor), Fact::Alias { received, other: MemberId::new(former) })
            })),
            Meaning::Ignore => {}
        }
        Ok(facts)
    }

    /// The day on which the message was sent, else recorded or occurred, else of the visit itself.
    fn received(&self, options: &ReadOptions) -> Result<Day, (&'static str, Reason)> {
        let visit = self.visit.as_ref();
        let stated = self
            .sent
            .read("MSH-7")?
            .or(self.recorded.read("EVN-2")?)
            .or(self.occurred.read("EVN-6")?)
            .or(visit.map_or(Ok(None), |visit| visit.discharge.read("PV1-45"))?)
            .or(visit.map_or(Ok(None), |visit| visit.admit.read("PV1-44"))?);
        options.received_if_known(stated).ok_or(("MSH-7", Reason::BlankValue))
    }

    /// The event of a stay; none when an update (A08) speaks of no visit.
    fn stay(self, what: AdtKind, received: Day) -> Result<Option<(MemberId, Fact)>, (&'static str, Reason)> {
        let member = self.member.ok_or(("PID-3", Reason::BlankValue))?;
        let Some(visit) = self.visit else {
            return if &*self.event == "A08" { Ok(None) } else { Err(("PV1", Reason::MissingField)) };
        };
        let opens = matches!(&*self.event, "A01" | "A04");
        let began = if opens { self.occurred.read("EVN-6")?.or(self.recorded.read("EVN-2")?) } else { None };
        let (admit, discharge) = (visit.admit.read("PV1-44")?, visit.discharge.read("PV1-45")?);
        if let (Some(admit), Some(discharge)) = (admit, discharge) {
            in_order(admit, discharge).map_err(|reason| ("PV1-45", reason))?;
        }
        let admit = admit.or(began);
        let event = AdtEvent {
            received,
            facility: self.facility,
            visit: visit.number.unwrap_or_default(),
            what,
            class: visit.class,
            admit_type: visit.admit_type,
            sent: self.clock,
            admit,
            discharge,
            control_id: self.control_id,
        };
        Ok(Some((MemberId::new(member), Fact::Adt(event))))
    }
}

impl Visit {
    fn of(pv1: &Segment<'_>) -> Self {
        Self {
            class: pv1.field(2).component(1).and_then(|class| Code::new(&class)),
            admit_type: pv1.field(4).component(1).and_then(|stated| admission_type(&stated)),
            number: text(&pv1.field(19), 1),
            admit: Date::of(&pv1.field(44)),
            discharge: Date::of(&pv1.field(45)),
        }
    }
}

/// The admission type in the numbers of the institutional bill; HL7 table 0007 has letters for them.
fn admission_type(stated: &str) -> Option<Code> {
    let number = match stated {
        "E" | "1" => "1",
        "U" | "2" => "2",
        "C" | "3" => "3",
        "N" | "4" => "4",
        "A" | "5" => "5",
        _ => return None,
    };
    Code::new(number)
}

/// A time stamp `YYYYMMDDHHMM[SS]` with any fraction, and its offset; without an offset as UTC.
fn instant(text: &str) -> Option<Moment> {
    let day = Day::parse(text.get(..8)?)?;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count().min(14);
    let part = |from: usize| text.get(from..from + 2).filter(|_| from + 2 <= digits)?.parse::<i64>().ok();
    let seconds = part(8)? * 3600 + part(10).unwrap_or(0) * 60 + part(12).unwrap_or(0);
    let offset = text.rsplit_once(['+', '-']).map_or(0, |(before, offset)| {
        let part =
            |from: usize| offset.get(from..from + 2).and_then(|part| part.parse::<i64>().ok()).unwrap_or(0);
        let behind = part(0) * 3600 + part(2) * 60;
        if text.as_bytes().get(before.len()) == Some(&b'-') { -behind } else { behind }
    });
    Some(Moment::start_of(day).plus_millis((seconds - offset) * 1000))
}

/// The member's id and its type: of the identifiers of PID-3 the one of type MB (member number), else the first.
fn member(pid: &Segment<'_>) -> Option<(Box<str>, Box<str>)> {
    let ids = pid.field(3);
    let read = |id: &Field<'_>| Some((text(id, 1)?, text(id, 5).unwrap_or_default()));
    let number = ids.repetitions().find(|id| id.component(5).as_deref() == Some("MB"));
    number.and_then(|id| read(&id)).or_else(|| ids.repetitions().find_map(|id| read(&id)))
}

fn text(field: &Field<'_>, component: usize) -> Option<Box<str>> {
    field.component(component).filter(|text| text.len() <= ID_BYTES_MAX).map(Into::into)
}
