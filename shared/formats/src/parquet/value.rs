//! One value as the text of a cell.

use icm_domain::day::Day;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::schema::types::ColumnDescriptor;
use std::io::Write;

/// What a column's values mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it stands: text, whole numbers, floats, flags.
    Plain,
    /// Whole numbers of which none is negative.
    Unsigned,
    /// A number with so many decimal places.
    Decimal(usize),
    /// Days since 1970-01-01.
    Date,
    /// A point in time, so many of its units a day; its date is read.
    Time(i64),
}

const SECONDS_A_DAY: i64 = 86_400;
const MILLIS_A_DAY: i64 = SECONDS_A_DAY * 1000;

impl Kind {
    /// By the column's type; none for types that no table here has (times of day, identifiers in bytes, geometry).
    pub(super) fn of(field: &ColumnDescriptor) -> Option<Self> {
        let places = || usize::try_from(field.type_scale()).ok();
        let converted = field.converted_type();
        match field.logical_type_ref() {
            Some(LogicalType::Decimal(_)) => return places().map(Self::Decimal),
            Some(LogicalType::Date) => return Some(Self::Date),
            Some(LogicalType::Timestamp(time)) => {
                return Some(Self::Time(match time.unit {
                    TimeUnit::MILLIS => MILLIS_A_DAY,
                    TimeUnit::MICROS => MILLIS_A_DAY * 1000,
                    TimeUnit::NANOS => MILLIS_A_DAY * 1_000_000,
                }));
            }
            Some(LogicalType::Time(_)) => return None,
            _ => {}
        }
        match (converted, field.physical_type()) {
            (ConvertedType::DECIMAL, _) => places().map(Self::Decimal),
            (ConvertedType::DATE, _) => Some(Self::Date),
            (ConvertedType::TIMESTAMP_MILLIS, _) | (_, Type::INT96) => Some(Self::Time(MILLIS_A_DAY)),
            (ConvertedType::TIMESTAMP_MICROS, _) => Some(Self::Time(MILLIS_A_DAY * 1000)),
            (ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS, _)
            | (_, Type::FIXED_LEN_BYTE_ARRAY) => None,
            (ConvertedType::UINT_32 | ConvertedType::UINT_64, _) => Some(Self::Unsigned),
            _ => Some(Self::Plain),
        }
    }
}

/// A value that can be written into a cell.
pub(super) trait Written {
    /// Writes it.
    fn write(&self, kind: Kind, cell: &mut Vec<u8>);
}

fn put(cell: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing into memory does not fail.
    let _ = cell.write_fmt(text);
}

fn whole(number: i64, kind: Kind, cell: &mut Vec<u8>) {
    match kind {
        Kind::Plain | Kind::Unsigned => put(cell, format_args!("{number}")),
        Kind::Decimal(places) => decimal(i128::from(number), places, cell),
        Kind::Date => date(number, cell),
        Kind::Time(units) => date(number.div_euclid(units), cell),
    }
}

/// A day that no calendar of four-digit years has is written as its count: no reader takes that for a date.
fn date(days: i64, cell: &mut Vec<u8>) {
    match i32::try_from(days).map(Day::from_count) {
        Ok(day) if (-719_162..2_932_897).contains(&days) => put(cell, format_args!("{day}")),
        _ => put(cell, format_args!("{days}")),
    }
}

fn decimal(number: i128, places: usize, cell: &mut Vec<u8>) {
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = places.min(64) + 1);
    let (whole, part) = digits.split_at(digits.len() - places.min(64));
    let point = if part.is_empty() { "" } else { "." };
    put(cell, format_args!("{sign}{whole}{point}{part}"));
}

/// A number in big-endian two's complement; longer ones than any amount are not written.
fn decimal_of_bytes(bytes: &[u8], places: usize, cell: &mut Vec<u8>) {
    let sign = if bytes.first().is_some_and(|first| *first >= 0x80) { 0xFF } else { 0 };
    let mut whole = [sign; 16];
    if let Some(low) = 16_usize.checked_sub(bytes.len()).and_then(|from| whole.get_mut(from..)) {
        low.copy_from_slice(bytes);
        decimal(i128::from_be_bytes(whole), places, cell);
    }
}

impl Written for bool {
    fn write(&self, _: Kind, cell: &mut Vec<u8>) {
        put(cell, format_args!("{self}"));
    }
}

impl Written for i32 {
    fn write(&self, kind: Kind, cell: &mut Vec<u8>) {
        let unsigned = kind == Kind::Unsigned;
        whole(if unsigned { i64::from(self.cast_unsigned()) } else { i64::from(*self) }, kind, cell);
    }
}

impl Written for i64 {
    fn write(&self, kind: Kind, cell: &mut Vec<u8>) {
        if kind == Kind::Unsigned {
            return put(cell, format_args!("{}", self.cast_unsigned()));
        }
        whole(*self, kind, cell);
    }
}

impl Written for Int96 {
    fn write(&self, kind: Kind, cell: &mut Vec<u8>) {
        whole(self.to_millis(), kind, cell);
    }
}

/// The shortest decimal text of the number, as with the numbers of JSON; not a number is no value.
impl Written for f32 {
    fn write(&self, _: Kind, cell: &mut Vec<u8>) {
        if self.is_finite() {
            put(cell, format_args!("{self}"));
        }
    }
}

impl Written for f64 {
    fn write(&self, _: Kind, cell: &mut Vec<u8>) {
        if self.is_finite() {
            put(cell, format_args!("{self}"));
        }
    }
}

impl Written for ByteArray {
    fn write(&self, kind: Kind, cell: &mut Vec<u8>) {
        match kind {
            Kind::Decimal(places) => decimal_of_bytes(self.data(), places, cell),
            Kind::Plain | Kind::Unsigned | Kind::Date | Kind::Time(_) => cell.extend_from_slice(self.data()),
        }
    }
}

impl Written for FixedLenByteArray {
    fn write(&self, kind: Kind, cell: &mut Vec<u8>) {
        if let Kind::Decimal(places) = kind {
            decimal_of_bytes(self.data(), places, cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &impl Written, kind: Kind) -> String {
        let mut cell = Vec::new();
        value.write(kind, &mut cell);
        String::from_utf8(cell).unwrap()
    }

    #[test]
    fn decimals_keep_their_places_and_their_sign() {
        for (number, places, expected) in
            [(0, 2, "0.00"), (5, 2, "0.05"), (-5, 2, "-0.05"), (-12_345, 2, "-123.45"), (7, 0, "7")]
        {
            assert_eq!(text(&number, Kind::Decimal(places)), expected);
            let bytes = ByteArray::from(i32::to_be_bytes(number).to_vec());
            assert_eq!(text(&bytes, Kind::Decimal(places)), expected);
        }
        assert_eq!(text(&i64::MIN, Kind::Decimal(4)), "-922337203685477.5808");
    }

    #[test]
    fn points_in_time_are_their_day_also_before_1970() {
        assert_eq!(text(&-1_i64, Kind::Time(MILLIS_A_DAY)), "1969-12-31");
        assert_eq!(text(&(19_723 * MILLIS_A_DAY), Kind::Time(MILLIS_A_DAY)), "2024-01-01");
        assert_eq!(text(&i32::MAX, Kind::Date), "2147483647", "no calendar has that day");
        assert_eq!(text(&-719_162, Kind::Date), "0001-01-01");
        assert_eq!(text(&2_932_896, Kind::Date), "9999-12-31");
    }

    #[test]
    fn floats_are_their_shortest_text_and_no_number_is_no_value() {
        assert_eq!(text(&0.1_f64, Kind::Plain), "0.1");
        assert_eq!(text(&0.1_f32, Kind::Plain), "0.1");
        assert_eq!(text(&131.0_f64, Kind::Plain), "131");
        assert_eq!(text(&f64::NAN, Kind::Plain), "");
        assert_eq!(
            [text(&-1_i32, Kind::Unsigned), text(&-1_i64, Kind::Unsigned)],
            ["4294967295", "18446744073709551615"]
        );
    }
}
