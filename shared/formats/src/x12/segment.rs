//! Segments, their elements and components, and the values claims write into them.

use super::tokens::Flaw;
use crate::dates::{believed, believed_end, in_order};
use crate::item::Reason;
use crate::scan;
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::money::Cents;
use std::borrow::Cow;

/// The separators of one interchange, as its ISA segment declares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delimiters {
    /// Between elements: the byte after `ISA`.
    pub(crate) element: u8,
    /// Between components of a composite element: ISA16.
    pub(crate) component: u8,
    /// Between repetitions of an element: ISA11 of 5010; 4010 has a letter there, and no repetitions.
    pub(crate) repetition: Option<u8>,
    /// Ends a segment: the byte after ISA16.
    pub(crate) terminator: u8,
}

/// One segment as it stands in the file.
#[derive(Clone, Copy)]
pub(crate) struct Segment<'a> {
    /// The segment without its terminator.
    pub(crate) bytes: &'a [u8],
    /// Separators in force.
    pub(crate) delimiters: Delimiters,
    /// Byte offset in the content.
    pub(crate) offset: u64,
}

/// More elements than any segment that is read here has (CAS has 19).
const ELEMENTS_MAX: usize = 24;

impl<'a> Segment<'a> {
    /// The segment's name: `CLM`, `NM1`, …
    pub(crate) fn name(&self) -> &'a [u8] {
        let end = self.bytes.iter().position(|byte| *byte == self.delimiters.element);
        self.bytes.get(..end.unwrap_or(self.bytes.len())).unwrap_or_default().trim_ascii()
    }

    /// Whether the name is one: two or three letters and digits.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self.name(), [a, b] | [a, b, _] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric())
            && self.name().last().is_some_and(u8::is_ascii_alphanumeric)
    }

    /// Finds the elements once; elements beyond the twenty-third are not looked at.
    pub(crate) fn elements(&self) -> Elements<'a> {
        let mut ends = [0_u32; ELEMENTS_MAX];
        let mut count = 0;
        let mut note = |at: usize| {
            if let (Some(end), Ok(at)) = (ends.get_mut(count), u32::try_from(at)) {
                *end = at;
                count += 1;
            }
        };
        scan::each(self.bytes, self.delimiters.element, &mut note);
        note(self.bytes.len());
        Elements { bytes: self.bytes, ends, count, delimiters: self.delimiters }
    }
}

/// The elements of one segment, numbered as the standard numbers them: 1 is the first after the name.
pub(crate) struct Elements<'a> {
    bytes: &'a [u8],
    /// Where each element ends; the name is element 0.
    ends: [u32; ELEMENTS_MAX],
    count: usize,
    delimiters: Delimiters,
}

impl<'a> Elements<'a> {
    /// How many elements there are, the name not counted.
    pub(crate) fn count_of(&self) -> usize {
        self.count.saturating_sub(1)
    }

    /// The element, without surrounding blanks; empty when absent.
    pub(crate) fn at(&self, number: usize) -> &'a [u8] {
        if number >= self.count {
            return &[];
        }
        let end = |number: usize| self.ends.get(number).and_then(|end| usize::try_from(*end).ok());
        let from = number.checked_sub(1).and_then(end).map_or(0, |end| end + 1);
        end(number).and_then(|end| self.bytes.get(from..end)).unwrap_or_default().trim_ascii()
    }

    /// The element as text, none when blank.
    pub(crate) fn text(&self, number: usize) -> Option<Cow<'a, str>> {
        text(self.at(number))
    }

    /// The element as a code.
    pub(crate) fn code(&self, number: usize) -> Option<Code> {
        Code::from_bytes(self.at(number))
    }

    /// An amount that decides what a record is worth: what is written there and is no number is the record's flaw.
    pub(crate) fn amount(
        &self,
        number: usize,
        field: &'static str,
        flaw: &mut Option<Flaw>,
    ) -> Option<Cents> {
        let written = self.at(number);
        stated(written, Cents::from_bytes(written), Flaw { field, reason: Reason::BadNumber }, flaw)
    }

    /// Decimal text (units of a line), kept as it is written; what is no number is the record's flaw.
    pub(crate) fn decimal(
        &self,
        number: usize,
        field: &'static str,
        flaw: &mut Option<Flaw>,
    ) -> Option<Box<str>> {
        self.amount(number, field, flaw)?;
        self.text(number).map(|text| text.into_owned().into_boxed_str())
    }

    /// A revenue code, also one that was written as an amount (`450.00`); what is written there and is none is the
    /// record's flaw.
    pub(crate) fn revenue(
        &self,
        number: usize,
        field: &'static str,
        flaw: &mut Option<Flaw>,
    ) -> Option<Code> {
        let written = self.at(number);
        let text = std::str::from_utf8(written).unwrap_or_default();
        let whole = text.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|byte| byte == b'0'));
        let code = Code::revenue(whole.map_or(text, |(whole, _)| whole));
        stated(written, code, Flaw { field, reason: Reason::BadValue }, flaw)
    }

    /// The element as a count.
    pub(crate) fn count(&self, number: usize) -> Option<u64> {
        std::str::from_utf8(self.at(number)).ok()?.parse().ok()
    }

    /// The element as a date; none when blank or a marker for none.
    ///
    /// # Errors
    /// As [`stated_day`].
    pub(crate) fn day(&self, number: usize) -> Result<Option<Day>, Reason> {
        stated_day(self.at(number))
    }

    /// The components of a composite element.
    pub(crate) fn composite(&self, number: usize) -> Composite<'a> {
        Composite { bytes: self.at(number), component: self.delimiters.component }
    }

    /// The composites of an element that may be repeated.
    pub(crate) fn composites(&self, number: usize) -> impl Iterator<Item = Composite<'a>> + use<'a> {
        let Delimiters { component, repetition, .. } = self.delimiters;
        let repeated = self.at(number).split(move |byte| Some(*byte) == repetition);
        repeated.map(move |bytes| Composite { bytes: bytes.trim_ascii(), component })
    }
}

/// What was read of something written; where nothing could be, the record has this flaw.
pub(crate) fn stated<T>(
    written: &[u8],
    read: Option<T>,
    otherwise: Flaw,
    flaw: &mut Option<Flaw>,
) -> Option<T> {
    if read.is_none() && !written.is_empty() {
        flaw.get_or_insert(otherwise);
    }
    read
}

/// A composite element.
#[derive(Clone, Copy)]
pub(crate) struct Composite<'a> {
    bytes: &'a [u8],
    component: u8,
}

impl<'a> Composite<'a> {
    /// The components in order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let component = self.component;
        self.bytes.split(move |byte| *byte == component).map(<[u8]>::trim_ascii)
    }

    /// The component, numbered from 1; empty when absent.
    pub(crate) fn at(&self, number: usize) -> &'a [u8] {
        self.parts().nth(number.saturating_sub(1)).unwrap_or_default()
    }

    /// The component as a code.
    pub(crate) fn code(&self, number: usize) -> Option<Code> {
        Code::from_bytes(self.at(number))
    }
}

/// Text of an element: UTF-8, else Latin-1 (CLAIM_FORMATS §3: decode, never fail). None when blank.
pub(crate) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if bytes.is_empty() {
        return None;
    }
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    })
}

/// A date from the first eight digits of CCYYMMDD or CCYYMMDDHHMM; six digits are YYMMDD (D6).
fn day(bytes: &[u8]) -> Option<Day> {
    let (head, time) = bytes.split_at_checked(8).unwrap_or((bytes, &[]));
    if !time.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if head.len() == 6 {
        let century = if head < b"70".as_slice() { b"20" } else { b"19" };
        return Day::from_bytes(&[century.as_slice(), head].concat());
    }
    Day::from_bytes(head)
}

/// A date that is written, none when blank or one of the markers that stand for none: all zeros, all nines.
///
/// # Errors
/// When it does not exist, or cannot be meant.
pub(crate) fn stated_day(bytes: &[u8]) -> Result<Option<Day>, Reason> {
    written_day(bytes, believed)
}

fn written_day(bytes: &[u8], believed: fn(Day) -> Result<Day, Reason>) -> Result<Option<Day>, Reason> {
    let repeats = |digit: u8| bytes.iter().all(|byte| *byte == digit);
    if repeats(b'0') || repeats(b'9') {
        return Ok(None);
    }
    day(bytes).ok_or(Reason::BadDate).and_then(believed).map(Some)
}

/// The date or range of a DTP segment: qualifier element 2, value element 3. Times of day are no dates.
///
/// # Errors
/// When a date is written that does not exist or cannot be meant, or a range ends before it begins.
pub(crate) fn period(elements: &Elements<'_>) -> Result<Option<(Day, Day)>, Reason> {
    let value = elements.at(3);
    if matches!(elements.at(2), b"TM" | b"TT" | b"TS") {
        return Ok(None);
    }
    let mut ends = value.splitn(2, |byte| *byte == b'-').map(|end| stated_day(end.trim_ascii()));
    let first = ends.next().transpose()?.flatten();
    let last = ends.next().transpose()?.flatten();
    first.or(last).map(|day| in_order(day, last.unwrap_or(day))).transpose()
}

/// The last day of a DTP segment of coverage, which may be open.
///
/// # Errors
/// As [`period`].
pub(crate) fn end_of_coverage(elements: &Elements<'_>) -> Result<Option<Day>, Reason> {
    written_day(elements.at(3), believed_end)
}

/// A national drug code: eleven digits. Hyphenated ten-digit forms get the zero of their short part.
pub(crate) fn ndc(bytes: &[u8]) -> Option<Code> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut parts = text.split('-');
    let (Some(labeler), Some(product), Some(package), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Code::new(text);
    };
    Code::new(&format!("{labeler:0>5}{product:0>4}{package:0>2}"))
}
