//! Interchanges, groups and transaction sets: which reader gets which segment.

use super::bill::Bills;
use super::enrolment::Enrolments;
use super::out::Out;
use super::record::TransactionSet;
use super::remit::Remits;
use super::segment::Segment;
use super::structure::Structure;
use super::tokens::Flaw;
use crate::item::Reason;
use icm_domain::day::Day;
use std::ops::ControlFlow;

/// What a group and a transaction set say about themselves.
#[derive(Clone, Default)]
pub(crate) struct Header {
    /// Implementation guide: ST03, else GS08 (ST03 is absent in 4010). ISA12 is not trusted.
    pub(crate) version: Box<[u8]>,
    /// The group's date, GS04: a date of last resort.
    pub(crate) written: Option<Day>,
}

impl Header {
    /// Whether the guide is one of these (`X222`, …).
    pub(crate) fn is(&self, guides: &[&str]) -> bool {
        guides.iter().any(|guide| {
            self.version.windows(guide.len()).any(|window| window.eq_ignore_ascii_case(guide.as_bytes()))
        })
    }
}

/// Walks the envelope segments and hands the others on.
pub(crate) struct Envelope<'a, 's> {
    structure: &'a Structure,
    out: Out<'a, 's>,
    group: Header,
    /// The transaction set at hand; none between sets, and in one that is not read.
    set: Option<Box<dyn TransactionSet>>,
    interchanges: u64,
    transactions: u64,
    /// Inside an interchange that is read.
    reading: bool,
    /// Inside any interchange.
    inside: bool,
    /// Inside an interchange that is read, and outside any transaction set.
    between: bool,
    /// Inside a group: its GE is still to come.
    grouped: bool,
    /// Segments outside an interchange or a set were reported already.
    strays: bool,
    /// Segments since ST, groups and sets since their headers, for the counts of the trailers.
    counts: Counts,
    /// Control numbers of the set, group and interchange at hand.
    controls: Controls,
}

#[derive(Default)]
struct Counts {
    segments: u64,
    sets: u64,
    groups: u64,
}

/// A control number without leading zeros: it has nine digits at most, of a longer one sixteen are compared.
type Control = [u8; 16];

#[derive(Default)]
struct Controls {
    set: Control,
    group: Control,
    interchange: Control,
}

fn control(segment: &Segment<'_>, number: usize) -> Control {
    let mut control = Control::default();
    let digits = segment.elements();
    let digits = digits.at(number).iter().skip_while(|byte| **byte == b'0');
    control.iter_mut().zip(digits).for_each(|(slot, byte)| *slot = *byte);
    control
}

impl<'a, 's> Envelope<'a, 's> {
    pub(crate) fn new(structure: &'a Structure, out: Out<'a, 's>) -> Self {
        Self {
            structure,
            out,
            group: Header::default(),
            set: None,
            interchanges: 0,
            transactions: 0,
            reading: false,
            inside: false,
            between: false,
            grouped: false,
            strays: false,
            counts: Counts::default(),
            controls: Controls::default(),
        }
    }

    /// Takes one segment.
    pub(crate) fn take(&mut self, segment: &Segment<'_>) -> ControlFlow<()> {
        self.counts.segments += 1;
        match segment.name() {
            b"ISA" => self.open_interchange(segment),
            b"ST" => self.open_set(segment),
            _ if !self.inside => self.stray(segment),
            _ if !self.reading => ControlFlow::Continue(()),
            b"GS" => {
                self.ungrouped(segment)?;
                self.grouped = true;
                let elements = segment.elements();
                self.counts.groups += 1;
                self.counts.sets = 0;
                self.group =
                    Header { version: elements.at(8).into(), written: elements.day(4).ok().flatten() };
                self.controls.group = control(segment, 6);
                ControlFlow::Continue(())
            }
            b"SE" => {
                self.close_set()?;
                self.trailer(segment, self.counts.segments, self.controls.set)
            }
            b"GE" => {
                self.grouped = false;
                self.trailer(segment, self.counts.sets, self.controls.group)
            }
            b"IEA" => {
                self.ungrouped(segment)?;
                (self.reading, self.inside) = (false, false);
                self.trailer(segment, self.counts.groups, self.controls.interchange)
            }
            b"TA1" => {
                let place = self.out.open(segment.offset);
                self.out.ignored(place, "x12_acknowledgement")
            }
            name => match &mut self.set {
                Some(set) if segment.is_named() => set.take(name, segment, &mut self.out),
                Some(set) => set.damaged(segment, &mut self.out),
                None if self.between => self.loose(segment),
                None => ControlFlow::Continue(()),
            },
        }
    }

    /// The end of the file, or the place where it cannot be read further.
    pub(crate) fn end(&mut self, flaw: Option<Flaw>) -> ControlFlow<()> {
        let Some(flaw) = flaw else { return ControlFlow::Continue(()) };
        let place = self.out.open(0);
        self.out.problem(crate::item::Place { offset: None, ..place }, flaw.field, flaw.reason)
    }

    fn open_interchange(&mut self, segment: &Segment<'_>) -> ControlFlow<()> {
        self.set = None;
        self.group = Header::default();
        self.grouped = false;
        self.counts = Counts::default();
        self.reading = self.structure.interchange_is_complete(self.interchanges);
        self.inside = true;
        self.between = true;
        self.strays = false;
        self.controls.interchange = control(segment, 13);
        self.interchanges += 1;
        // The flaw that ends the file is reported once, at its end.
        let last = self.structure.interchange_is_last(self.interchanges - 1);
        if self.reading || (last && self.structure.flaw.is_some()) {
            return ControlFlow::Continue(());
        }
        let place = self.out.open(segment.offset);
        self.out.problem(place, "IEA", Reason::Truncated)
    }

    fn stray(&mut self, segment: &Segment<'_>) -> ControlFlow<()> {
        self.headless(segment, "ISA")
    }

    /// A segment between two transaction sets, where none belongs: a set has lost its ST.
    fn loose(&mut self, segment: &Segment<'_>) -> ControlFlow<()> {
        self.headless(segment, "ST")
    }

    /// Segments without the header that should stand before them; said once.
    fn headless(&mut self, segment: &Segment<'_>, header: &str) -> ControlFlow<()> {
        if std::mem::replace(&mut self.strays, true) {
            return ControlFlow::Continue(());
        }
        let place = self.out.open(segment.offset);
        self.out.problem(place, header, Reason::MissingField)
    }

    fn open_set(&mut self, segment: &Segment<'_>) -> ControlFlow<()> {
        let complete = self.structure.transaction_is_complete(self.transactions);
        self.transactions += 1;
        self.set = None;
        self.between = false;
        self.controls.set = control(segment, 2);
        self.counts.segments = 1;
        self.counts.sets += 1;
        if !self.inside {
            return self.stray(segment);
        }
        if !self.reading {
            return ControlFlow::Continue(());
        }
        self.strays = false;
        if !complete {
            let place = self.out.open(segment.offset);
            return self.out.problem(place, "SE", Reason::Truncated);
        }
        let elements = segment.elements();
        let mut header = self.group.clone();
        if !elements.at(3).is_empty() {
            header.version = elements.at(3).into();
        }
        match elements.at(1) {
            // Predetermination guides are no services (CLAIM_FORMATS §3).
            b"837" if header.is(&["X291", "X292"]) => {
                let place = self.out.open(segment.offset);
                return self.out.ignored(place, "x12_predetermination");
            }
            b"837" => self.set = Some(Box::new(Bills::new(header))),
            b"835" => self.set = Some(Box::new(Remits::new(&header))),
            b"834" => self.set = Some(Box::new(Enrolments::new(&header))),
            b"997" | b"999" | b"824" | b"864" => {
                let place = self.out.open(segment.offset);
                return self.out.ignored(place, "x12_acknowledgement");
            }
            _ => {
                let place = self.out.open(segment.offset);
                return self.out.problem(place, "ST01", Reason::WrongTransaction);
            }
        }
        ControlFlow::Continue(())
    }

    fn close_set(&mut self) -> ControlFlow<()> {
        self.between = true;
        match self.set.take() {
            Some(mut set) => set.finish(&mut self.out),
            None => ControlFlow::Continue(()),
        }
    }

    /// A group that ends without its trailer is noted; its sets have theirs, and stand.
    fn ungrouped(&mut self, segment: &Segment<'_>) -> ControlFlow<()> {
        if std::mem::take(&mut self.grouped) {
            return self.out.note(segment.offset, "x12_missing_trailer");
        }
        ControlFlow::Continue(())
    }

    /// A trailer whose count or control number is wrong is noted; the claims stand (CLAIM_FORMATS §3).
    fn trailer(&mut self, segment: &Segment<'_>, counted: u64, stated: Control) -> ControlFlow<()> {
        if segment.elements().count(1) != Some(counted) {
            self.out.note(segment.offset, "x12_wrong_count")?;
        }
        if control(segment, 2) != stated {
            self.out.note(segment.offset, "x12_wrong_control_number")?;
        }
        ControlFlow::Continue(())
    }
}
