//! Gathers the rows of a claim, wherever they stand in the file, in bounded memory.
//!
//! A first pass ([`survey`]) finds the claims whose rows are not adjacent. The second hands over a claim as soon as
//! its run of rows ends; only the claims found by the survey are held back to the end. When those are very many (a
//! file sorted by date) the file is read several times, each time holding another part of them.

mod survey;

use crate::input::Input;
use crate::item::{Item, Place, Problem, Reason};
use crate::options::ReadOptions;
use crate::read::Sink;
use crate::table::{Header, Malformed, Row, Table, broken, open, require};
use icm_domain::claim::ClaimVersion;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use std::collections::HashMap;
use std::ops::ControlFlow;
use survey::{Survey, survey};

/// Lines of one claim; more is a broken file (X12 allows 999).
const LINES_MAX: usize = 10_000;

/// How many values of a claim that its rows repeat are compared.
pub(crate) const REPEATED: usize = 8;

/// To which claim a row belongs, and where in it it stands.
pub(crate) trait Keys {
    /// The feed and the claim's number, raw.
    fn key<'a>(&self, row: &Row<'a>) -> [&'a [u8]; 2];
    /// The member, raw.
    fn member<'a>(&self, row: &Row<'a>) -> &'a [u8];
    /// The row's line number, if it states one.
    fn line_number(&self, row: &Row<'_>) -> Result<Option<u32>, Malformed>;
    /// The day on which the row was paid, where the table states it.
    fn paid_on(&self, _row: &Row<'_>) -> Result<Option<Day>, Malformed> {
        Ok(None)
    }
}

/// How the rows of a table become claims.
pub(crate) trait Layout<'o>: Sized {
    /// What a row says about the whole claim.
    type Head;
    /// What a row adds to the claim: a service line, or a code.
    type Part: PartialEq;
    /// What tells to which claim a row belongs.
    type Keys: Keys;
    /// Finds the columns.
    fn of(header: &Header, options: &'o ReadOptions) -> Self;
    /// What tells to which claim a row belongs.
    fn keys(&self) -> &Self::Keys;
    /// What the row says about the claim.
    fn head(&self, row: &Row<'_>) -> Result<Self::Head, Malformed>;
    /// Whether the dates of the claim can be read on a row that does not speak for it.
    fn check(&self, row: &Row<'_>) -> Result<(), Malformed>;
    /// What every row of a claim repeats about it, raw: first the bill type and the frequency, which decide what the claim does.
    fn repeated<'a>(&self, _row: &Row<'a>) -> Option<[&'a [u8]; REPEATED]> {
        None
    }
    /// What the row adds.
    fn part(&self, row: &Row<'_>) -> Result<Self::Part, Malformed>;
    /// The claim of its head, its parts in order, and the last day on which one of them was paid.
    fn claim(
        &self,
        head: Self::Head,
        parts: Vec<Self::Part>,
        paid_on: Option<Day>,
    ) -> Result<ClaimVersion, Malformed>;
}

/// A claim whose rows are being gathered.
struct Draft<H, P> {
    key: Vec<u8>,
    place: Place,
    member: Box<[u8]>,
    /// The lowest line number so far: its row speaks for the claim.
    speaks: u32,
    head: Option<H>,
    paid_on: Option<Day>,
    /// What its first row says and others repeat, with a zero byte between.
    said: Vec<u8>,
    /// Another row says something else.
    unequal: bool,
    parts: Vec<(u32, P)>,
    problem: Option<Problem>,
}

/// Reads the claims of a table.
pub(crate) fn read<'o, L: Layout<'o>>(
    input: &dyn Input,
    table: Table,
    options: &'o ReadOptions,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let survey = match survey::<L>(input, table, options) {
        Ok(survey) => survey,
        // Half a file of claims looks like a full one: none of it is handed over.
        Err((place, error)) => return broken(sink, place, &error),
    };
    for part in 0..survey.parts() {
        Pass { survey: &survey, part, open: None, held: Vec::new(), index: HashMap::new() }
            .run::<L>(input, table, options, sink)?;
    }
    ControlFlow::Continue(())
}

/// One reading of the file.
struct Pass<'s, H, P> {
    survey: &'s Survey,
    part: u64,
    /// The claim of the current run of rows.
    open: Option<Draft<H, P>>,
    /// Claims held back, in the order of their first row.
    held: Vec<Draft<H, P>>,
    index: HashMap<Vec<u8>, usize>,
}

impl<H, P: PartialEq> Pass<'_, H, P> {
    fn run<'o, L: Layout<'o, Head = H, Part = P>>(
        mut self,
        input: &dyn Input,
        table: Table,
        options: &'o ReadOptions,
        sink: &mut Sink<'_>,
    ) -> ControlFlow<()> {
        let (header, mut rows) = match open(input, table.cut) {
            Ok(opened) => opened,
            Err(error) => return broken(sink, Place::default(), &error),
        };
        require(&header, table.kind, sink)?;
        if !header.has_all(table.kind.required()) {
            return ControlFlow::Continue(());
        }
        let layout = L::of(&header, options);
        loop {
            match rows.next_row() {
                Ok(None) => break,
                Ok(Some(Ok(row))) => self.take(&layout, &row, sink)?,
                Ok(Some(Err(problem))) => self.report(Item::Problem(problem), sink)?,
                Err(error) => {
                    // The last claim may have lost its other rows: it is not handed over.
                    self.open = None;
                    self.held.clear();
                    return broken(sink, rows.place(), &error);
                }
            }
        }
        for draft in self.open.into_iter().chain(self.held) {
            hand_over(&layout, draft, sink)?;
        }
        ControlFlow::Continue(())
    }

    /// Problems of rows that belong to no claim are reported in the first pass alone.
    fn report(&self, item: Item, sink: &mut Sink<'_>) -> ControlFlow<()> {
        if self.part == 0 { sink(item) } else { ControlFlow::Continue(()) }
    }

    fn take<'o, L: Layout<'o, Head = H, Part = P>>(
        &mut self,
        layout: &L,
        row: &Row<'_>,
        sink: &mut Sink<'_>,
    ) -> ControlFlow<()> {
        let [source, id] = layout.keys().key(row);
        if id.is_empty() {
            let blank = Malformed::new("claim_id", Reason::BlankValue);
            return self.report(blank.at(row.place()), sink);
        }
        if let Some(draft) = &mut self.open
            && same_key(&draft.key, source, id)
        {
            return leave_out(draft.add(layout, row), row, sink);
        }
        if let Some(done) = self.open.take() {
            hand_over(layout, done, sink)?;
        }
        match self.survey.treatment(source, id, self.part) {
            Treatment::Skip => {}
            Treatment::Stream => self.open = Some(Draft::begin(layout, row)),
            Treatment::Hold => return leave_out(self.hold(layout, row), row, sink),
        }
        ControlFlow::Continue(())
    }

    fn hold<'o, L: Layout<'o, Head = H, Part = P>>(
        &mut self,
        layout: &L,
        row: &Row<'_>,
    ) -> Option<&'static str> {
        let [source, id] = layout.keys().key(row);
        let known = self.index.get(&joined(source, id)).and_then(|index| self.held.get_mut(*index));
        if let Some(draft) = known {
            return draft.add(layout, row);
        }
        self.index.insert(joined(source, id), self.held.len());
        self.held.push(Draft::begin(layout, row));
        None
    }
}

/// What one pass does with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// Its rows may be apart: gather to the end of the file.
    Hold,
    /// Its rows are adjacent: hand over when the run ends.
    Stream,
    /// Another pass does it.
    Skip,
}

fn joined(source: &[u8], id: &[u8]) -> Vec<u8> {
    [source, &[0], id].concat()
}

fn same_key(key: &[u8], source: &[u8], id: &[u8]) -> bool {
    key.len() == source.len() + 1 + id.len() && key.starts_with(source) && key.ends_with(id)
}

impl<H, P: PartialEq> Draft<H, P> {
    fn begin<'o, L: Layout<'o, Head = H, Part = P>>(layout: &L, row: &Row<'_>) -> Self {
        let [source, id] = layout.keys().key(row);
        let mut draft = Self {
            key: joined(source, id),
            place: row.place(),
            member: layout.keys().member(row).into(),
            speaks: u32::MAX,
            head: None,
            paid_on: None,
            said: Vec::new(),
            unequal: false,
            parts: Vec::new(),
            problem: None,
        };
        draft.add(layout, row);
        draft
    }

    /// Takes a row; the rule by which a row is left out, if one is. The first thing wrong with a claim quarantines it
    /// whole: half a claim would count wrongly.
    fn add<'o, L: Layout<'o, Head = H, Part = P>>(
        &mut self,
        layout: &L,
        row: &Row<'_>,
    ) -> Option<&'static str> {
        if self.problem.is_some() {
            return None;
        }
        self.try_add(layout, row).unwrap_or_else(|Malformed { field, reason }| {
            self.problem = Some(Problem { place: row.place(), field: field.to_owned(), reason });
            None
        })
    }

    fn try_add<'o, L: Layout<'o, Head = H, Part = P>>(
        &mut self,
        layout: &L,
        row: &Row<'_>,
    ) -> Result<Option<&'static str>, Malformed> {
        if layout.keys().member(row) != &*self.member {
            return Err(Malformed::new("person_id", Reason::MixedMembers));
        }
        if self.parts.len() >= LINES_MAX {
            return Err(Malformed::new("claim_line_number", Reason::TooLong));
        }
        if let Some(repeated) = layout.repeated(row) {
            self.compare(repeated)?;
        }
        let next = self.parts.last().map_or(1, |(last, _)| last.saturating_add(1));
        let number = layout.keys().line_number(row)?.unwrap_or(next);
        if number < self.speaks {
            self.head = Some(layout.head(row)?);
            self.speaks = number;
        } else {
            layout.check(row)?;
        }
        self.paid_on = self.paid_on.max(layout.keys().paid_on(row)?);
        let part = layout.part(row)?;
        if number >= next {
            self.parts.push((number, part));
            return Ok(None);
        }
        Ok(self.place_part(number, part))
    }

    /// Whether this row says of the claim what its first row says. Rows that disagree on what the claim does (whether it voids,
    /// replaces or is the first) quarantine it: no line number tells which of them is right.
    fn compare(&mut self, repeated: [&[u8]; REPEATED]) -> Result<(), Malformed> {
        let repeated = repeated.map(bare);
        if self.said.is_empty() {
            self.said = repeated.join(&0);
            return Ok(());
        }
        let pairs = self.said.split(|byte| *byte == 0).zip(repeated);
        for (at, (before, now)) in pairs.enumerate() {
            if before.is_empty() || now.is_empty() || before == now {
                continue;
            }
            match at {
                0 if before.last() != now.last() => {
                    return Err(Malformed::new("bill_type_code", Reason::BadValue));
                }
                1 => return Err(Malformed::new("claim_frequency", Reason::BadValue)),
                _ => self.unequal = true,
            }
        }
        Ok(())
    }

    /// A line number met before: the same line again is left out, another line under the number takes its place
    /// (ruling 2: of one id, what came last speaks). A number that was passed over goes where it belongs.
    fn place_part(&mut self, number: u32, part: P) -> Option<&'static str> {
        match self.parts.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(index) => {
                let (_, held) = self.parts.get_mut(index)?;
                let rule = if *held == part { "repeated_line" } else { "superseded_line" };
                *held = part;
                Some(rule)
            }
            Err(index) => {
                self.parts.insert(index, (number, part));
                None
            }
        }
    }
}

/// A cell without the zeros that spreadsheets put around a number: `0111`, `111.0` and `111` are one bill type.
fn bare(cell: &[u8]) -> &[u8] {
    let cell = cell.strip_suffix(b".0").unwrap_or(cell);
    let zeros = cell.iter().take_while(|byte| **byte == b'0').count();
    cell.get(zeros..).unwrap_or_default()
}

/// Says that a row is left out.
fn leave_out(rule: Option<&'static str>, row: &Row<'_>, sink: &mut Sink<'_>) -> ControlFlow<()> {
    match rule {
        Some(rule) => sink(Item::Ignored { rule, place: row.place() }),
        None => ControlFlow::Continue(()),
    }
}

/// Emits the claim, or its problem.
fn hand_over<'o, L: Layout<'o>>(
    layout: &L,
    draft: Draft<L::Head, L::Part>,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    if let Some(problem) = draft.problem {
        return sink(Item::Problem(problem));
    }
    let Some(head) = draft.head else { return ControlFlow::Continue(()) };
    let parts = draft.parts.into_iter().map(|(_, part)| part).collect();
    match layout.claim(head, parts, draft.paid_on) {
        Ok(claim) => {
            let member = claim.member_id.clone();
            let place = draft.place.clone();
            sink(Item::Fact { member, fact: Fact::Claim(Box::new(claim)), place: draft.place })?;
            if draft.unequal {
                sink(Item::Ignored { rule: "unequal_header", place })
            } else {
                ControlFlow::Continue(())
            }
        }
        Err(malformed) => sink(malformed.at(draft.place)),
    }
}
