//! Typed reading of the cells of a row.
//!
//! A blank cell, and the spellings of "null" that exports leave behind, read as absent. Anything else that is not
//! what the column should hold makes the record malformed: a date that does not exist is never read as "no date".

use super::Malformed;
use super::header::{Column, Header};
use super::rows::Row;
use crate::dates::{believed, believed_end};
use crate::item::Reason;
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::money::Cents;
use std::borrow::Cow;

/// Longest identifier, name or other free text of a cell, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;

/// One row with named columns.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    /// Names of the columns.
    pub header: &'a Header,
    /// The row.
    pub row: &'a Row<'a>,
}

impl Cells<'_> {
    /// Text of a column; none when blank or when the file has no such column.
    pub fn text(&self, name: &'static str) -> Result<Option<Box<str>>, Malformed> {
        text(self.row, self.header.column(name), name)
    }

    /// Text of a column as it stands in the row, to be looked at and not kept.
    pub fn words(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, Malformed> {
        words(self.row, self.header.column(name), name)
    }

    /// Decimal text of a column, as it stands there (units of a line).
    pub fn decimal(&self, name: &'static str) -> Result<Option<Box<str>>, Malformed> {
        decimal(self.row, self.header.column(name), name)
    }

    /// The number of a member; it must not be blank.
    pub fn required_number(&self, name: &'static str) -> Result<Box<str>, Malformed> {
        self.number(name)?.ok_or(Malformed::new(name, Reason::BlankValue))
    }

    /// The number of a member; none when blank.
    pub fn number(&self, name: &'static str) -> Result<Option<Box<str>>, Malformed> {
        number(self.row, self.header.column(name), name)
    }

    /// Text of a column that must not be blank.
    pub fn required(&self, name: &'static str) -> Result<Box<str>, Malformed> {
        self.text(name)?.ok_or(Malformed::new(name, Reason::BlankValue))
    }

    /// A date.
    pub fn day(&self, name: &'static str) -> Result<Option<Day>, Malformed> {
        day(self.row, self.header.column(name), name)
    }

    /// The last day of a span that may be open.
    pub fn end_day(&self, name: &'static str) -> Result<Option<Day>, Malformed> {
        dated(self.row, self.header.column(name), name, believed_end)
    }

    /// A date that must not be blank.
    pub fn required_day(&self, name: &'static str) -> Result<Day, Malformed> {
        self.day(name)?.ok_or(Malformed::new(name, Reason::BlankValue))
    }

    /// An amount.
    pub fn cents(&self, name: &'static str) -> Result<Option<Cents>, Malformed> {
        cents(self.row, self.header.column(name), name)
    }

    /// A code, canonicalised by `parse`.
    pub fn code(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<Code>,
    ) -> Result<Option<Code>, Malformed> {
        code(self.row, self.header.column(name), name, parse)
    }

    /// A code of a column whose name is made up (`icd_dgns_cd7`); `field` names it in a problem.
    pub(crate) fn code_of(
        &self,
        name: &str,
        field: &'static str,
        parse: impl FnOnce(&str) -> Option<Code>,
    ) -> Result<Option<Code>, Malformed> {
        code(self.row, self.header.column(name), field, parse)
    }

    /// True or false, in the spellings of exports.
    pub fn flag(&self, name: &'static str) -> Result<Option<bool>, Malformed> {
        flag(self.row, self.header.column(name), name)
    }

    /// A count.
    pub fn count(&self, name: &'static str) -> Result<Option<u32>, Malformed> {
        let Some(text) = self.words(name)? else { return Ok(None) };
        let whole = text.strip_suffix(".0").unwrap_or(&text);
        whole.parse().map(Some).map_err(|_| Malformed::new(name, Reason::BadNumber))
    }

    /// Several values in one cell, set apart by `;` or `|`.
    pub fn list(&self, name: &'static str) -> Result<Vec<Box<str>>, Malformed> {
        let text = self.header.column(name).index().map_or(Cow::Borrowed(""), |index| self.row.text(index));
        let parts = text.split([';', '|']).map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| {
                if part.len() > TEXT_BYTES_MAX {
                    return Err(Malformed::new(name, Reason::TooLong));
                }
                Ok(part.into())
            })
            .collect()
    }

    /// One of a closed set of words, as `parse` knows them (given in lower case, `_` for blanks and dashes).
    pub fn word<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Malformed> {
        let Some(text) = self.words(name)? else { return Ok(None) };
        let word: String = text.to_ascii_lowercase().replace([' ', '-'], "_");
        parse(&word).map(Some).ok_or(Malformed::new(name, Reason::BadValue))
    }

    /// As [`Self::word`], and must not be blank.
    pub fn required_word<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Malformed> {
        self.word(name, parse)?.ok_or(Malformed::new(name, Reason::BlankValue))
    }
}

/// The bytes of a cell, none when blank or null.
pub(crate) fn bytes<'a>(row: &Row<'a>, column: Column) -> Option<&'a [u8]> {
    let cell = row.cell(column.index()?);
    if cell.is_empty() || matches!(cell, b"NULL" | b"null" | b"\\N" | b"NaN" | b"nan" | b"<NA>" | b"~") {
        None
    } else {
        Some(cell)
    }
}

/// True or false of a cell.
pub(crate) fn flag(row: &Row<'_>, column: Column, field: &'static str) -> Result<Option<bool>, Malformed> {
    let Some(cell) = bytes(row, column) else { return Ok(None) };
    let is_one_of = |words: [&[u8]; 6]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    if is_one_of([b"1", b"1.0", b"true", b"t", b"yes", b"y"]) {
        Ok(Some(true))
    } else if is_one_of([b"0", b"0.0", b"false", b"f", b"no", b"n"]) {
        Ok(Some(false))
    } else {
        Err(Malformed::new(field, Reason::BadValue))
    }
}

/// Text of a cell.
pub(crate) fn text(
    row: &Row<'_>,
    column: Column,
    field: &'static str,
) -> Result<Option<Box<str>>, Malformed> {
    words(row, column, field).map(|words| words.map(Into::into))
}

/// A number that a spreadsheet took for an amount (`1234567893.0`), as it was; any other text as it is.
pub(crate) fn unfloated(text: &str) -> &str {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, "0" | "00")) if digits(whole) => whole,
        Some(_) | None => text,
    }
}

/// The number of a member or provider.
pub(crate) fn number(
    row: &Row<'_>,
    column: Column,
    field: &'static str,
) -> Result<Option<Box<str>>, Malformed> {
    words(row, column, field).map(|words| words.map(|words| unfloated(&words).into()))
}

/// A revenue code, also one that is filled up with more zeros than four digits have (`00450`).
pub(crate) fn revenue(text: &str) -> Option<Code> {
    let surplus = unfloated(text).len().saturating_sub(4);
    let (zeros, rest) = text.split_at_checked(surplus)?;
    Code::revenue(if zeros.bytes().all(|byte| byte == b'0') { rest } else { text })
}

/// A diagnosis-related group, also one that a spreadsheet took for an amount.
pub(crate) fn drg(text: &str) -> Option<Code> {
    let whole = unfloated(text);
    let code = Code::new(whole)?;
    Some(if whole.len() < text.len() { code.padded(2).padded(3) } else { code })
}

/// Decimal text of a cell, as it stands there (units of a line).
pub(crate) fn decimal(
    row: &Row<'_>,
    column: Column,
    field: &'static str,
) -> Result<Option<Box<str>>, Malformed> {
    match text(row, column, field)? {
        Some(number) if Cents::parse(&number).is_none() => Err(Malformed::new(field, Reason::BadNumber)),
        found => Ok(found),
    }
}

/// Text of a cell as it stands in the row.
fn words<'a>(row: &Row<'a>, column: Column, field: &'static str) -> Result<Option<Cow<'a, str>>, Malformed> {
    let Some(cell) = bytes(row, column) else { return Ok(None) };
    if cell.len() > TEXT_BYTES_MAX {
        return Err(Malformed::new(field, Reason::TooLong));
    }
    Ok(Some(super::rows::decode(cell)))
}

/// A date of a cell: `YYYY-MM-DD` (a time behind it is dropped), `YYYYMMDD`, or `M/D/YYYY` as spreadsheets write it.
/// The null markers of mainframes (`0000-00-00`, `00000000`, `1000-01-01`) and the open end (`9999-12-31`) are absent.
pub(crate) fn day(row: &Row<'_>, column: Column, field: &'static str) -> Result<Option<Day>, Malformed> {
    dated(row, column, field, believed)
}

fn dated(
    row: &Row<'_>,
    column: Column,
    field: &'static str,
    believed: fn(Day) -> Result<Day, Reason>,
) -> Result<Option<Day>, Malformed> {
    let Some(cell) = bytes(row, column) else { return Ok(None) };
    if let Some(day) = Day::from_bytes(cell).filter(|day| !NULL_DAYS.contains(day)) {
        return believed(day).map(Some).map_err(|reason| Malformed::new(field, reason));
    }
    let text = std::str::from_utf8(cell).map_err(|_| Malformed::new(field, Reason::BadDate))?;
    if is_null_day(text) {
        return Ok(None);
    }
    let day = parse_day(text).ok_or(Reason::BadDate).and_then(believed);
    day.map(Some).map_err(|reason| Malformed::new(field, reason))
}

/// The null markers that are days: 1000-01-01 and 9999-12-31.
const NULL_DAYS: [Day; 2] = [Day::from_count(-354_285), Day::from_count(2_932_896)];

/// Whether a date text is a null marker.
pub(crate) fn is_null_day(text: &str) -> bool {
    let text = text.get(..10).filter(|date| date.contains('-')).unwrap_or(text);
    matches!(
        text,
        "0000-00-00"
            | "00000000"
            | "1000-01-01"
            | "10000101"
            | "9999-12-31"
            | "99991231"
            | "9999-99-99"
            | "99999999"
    )
}

/// A date in any of the spellings that are read: ISO, `M/D/YYYY` of spreadsheets, `DD-MON-YYYY` of mainframes.
pub(crate) fn parse_day(text: &str) -> Option<Day> {
    Day::parse(text).or_else(|| {
        let date = text.split_ascii_whitespace().next()?;
        let mut parts = date.split(['/', '-']);
        let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
        if year.len() != 4 || parts.next().is_some() {
            return None;
        }
        let year = year.parse().ok()?;
        match (date.contains('/'), month_name(second)) {
            (true, _) => Day::from_ymd(year, first.parse().ok()?, second.parse().ok()?),
            (false, Some(month)) => Day::from_ymd(year, month, first.parse().ok()?),
            (false, None) => None,
        }
    })
}

fn month_name(text: &str) -> Option<i8> {
    const NAMES: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let found = NAMES.iter().position(|name| name.eq_ignore_ascii_case(text))?;
    i8::try_from(found + 1).ok()
}

/// An amount without its dollar sign and its thousands commas; none where commas stand otherwise: `800,00` is eight hundred
/// to whoever wrote it, and eighty thousand to nobody.
fn plain(cell: &[u8]) -> Option<Vec<u8>> {
    let (sign, rest) = match cell.split_first() {
        Some((b'-', rest)) => (Some(b'-'), rest),
        _ => (None, cell),
    };
    let amount = rest.strip_prefix(b"$").unwrap_or(rest);
    let whole = amount.split(|byte| *byte == b'.').next().unwrap_or_default();
    let mut groups = whole.split(|byte| *byte == b',');
    let leads = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) || !whole.contains(&b','));
    let grouped = leads && groups.all(|group| group.len() == 3);
    let digits = amount.iter().copied().filter(|byte| *byte != b',');
    grouped.then(|| sign.into_iter().chain(digits).collect())
}

/// An amount of a cell, with or without thousands commas and a dollar sign.
pub(crate) fn cents(row: &Row<'_>, column: Column, field: &'static str) -> Result<Option<Cents>, Malformed> {
    let Some(cell) = bytes(row, column) else { return Ok(None) };
    Cents::from_bytes(cell)
        .or_else(|| Cents::from_bytes(&plain(cell)?))
        .map(Some)
        .ok_or(Malformed::new(field, Reason::BadNumber))
}

/// A code of a cell, canonicalised by `parse` ([`Code::new`], [`Code::revenue`], …).
pub(crate) fn code(
    row: &Row<'_>,
    column: Column,
    field: &'static str,
    parse: impl FnOnce(&str) -> Option<Code>,
) -> Result<Option<Code>, Malformed> {
    let Some(cell) = bytes(row, column) else { return Ok(None) };
    let text = std::str::from_utf8(cell).map_err(|_| Malformed::new(field, Reason::BadValue))?;
    parse(text).map(Some).ok_or(Malformed::new(field, Reason::BadValue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_are_thousands_or_nothing() {
        let read =
            |text: &str| plain(text.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(read("$1,234,567.50").as_deref(), Some("1234567.50"));
        assert_eq!(read("-$12,345").as_deref(), Some("-12345"));
        assert_eq!(read("$800.00").as_deref(), Some("800.00"));
        for text in ["800,00", "1,2,3", ",5", "1,00", "12,3456", "1234,567"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn dates_of_spreadsheets_and_mainframes() {
        assert_eq!(parse_day("1/31/2026"), Day::from_ymd(2026, 1, 31));
        assert_eq!(parse_day("01/31/2026 00:00:00"), Day::from_ymd(2026, 1, 31));
        assert_eq!(parse_day("2026-01-31 08:00:00"), Day::from_ymd(2026, 1, 31));
        for text in ["31/1/2026", "1/31/26", "2026-02-30", "1/2/3/2026", "x"] {
            assert_eq!(parse_day(text), None, "{text}");
        }
        assert!(is_null_day("9999-12-31 00:00:00") && is_null_day("00000000") && !is_null_day("2026-01-31"));
    }
}
