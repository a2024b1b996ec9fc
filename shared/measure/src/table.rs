//! A report as tables: one shape for the API, the console, CSV and the command line.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Its name, as the API and files spell it.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Definitions that a reader needs, in sentences.
    pub says: Vec<String>,
    /// Tables.
    pub tables: Vec<Table>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// Its id within the report.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows: one cell per column.
    pub rows: Vec<Vec<Cell>>,
    /// How it is drawn, where a picture says it better.
    pub plot: Option<Plot>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// Id.
    pub id: String,
    /// Title with unit.
    pub title: String,
}

/// A picture of a table; columns by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Plot {
    /// A bar per row.
    Bars {
        /// What the bar is.
        label: String,
        /// How long it is.
        value: String,
    },
    /// A line per group over an ordered label.
    Lines {
        /// The ordered label: months.
        label: String,
        /// The group.
        group: String,
        /// How high.
        value: String,
    },
    /// An interval about a figure per row, with a line at zero.
    Intervals {
        /// What the row is.
        label: String,
        /// The figure.
        value: String,
        /// The lower end.
        low: String,
        /// The upper end.
        high: String,
    },
}

/// A cell. In JSON a text, a number or null.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is nothing to say: no denominator, not known.
    Absent,
    /// A whole number; money in cents.
    Count(u64),
    /// A figure of statistics.
    Figure(f64),
    /// A text, or [`crate::withhold::WITHHELD`].
    Text(String),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The number, where it is one.
    #[expect(clippy::cast_precision_loss, reason = "for drawing")]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(*count as f64),
            Self::Figure(figure) => Some(*figure),
            Self::Absent | Self::Text(_) => None,
        }
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<Option<u64>> for Cell {
    fn from(count: Option<u64>) -> Self {
        count.map_or(Self::Absent, Self::Count)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// As people and CSV files read it: nothing for what is absent, two decimals at most.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => Ok(()),
            Self::Count(count) => count.fmt(f),
            Self::Figure(figure) if figure.abs() >= 100.0 => write!(f, "{figure:.0}"),
            Self::Figure(figure) => write!(f, "{figure:.2}"),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Figure(figure) => serializer.serialize_f64(*figure),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

struct ReadCell;

impl Visitor<'_> for ReadCell {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Cell, E> {
        Ok(Cell::Absent)
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Cell, E> {
        Ok(Cell::Count(count))
    }

    fn visit_i64<E: Error>(self, count: i64) -> Result<Cell, E> {
        u64::try_from(count).map(Cell::Count).map_err(|_| E::custom("a count below zero"))
    }

    fn visit_f64<E: Error>(self, figure: f64) -> Result<Cell, E> {
        Ok(Cell::Figure(figure))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::text(text))
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadCell)
    }
}

impl JsonSchema for Cell {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cell".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "null"] })
    }
}

impl Report {
    /// A report without tables.
    pub fn new(name: &str, title: &str, says: &[&str]) -> Self {
        let says = says.iter().map(|says| (*says).to_owned()).collect();
        Self { name: name.to_owned(), title: title.to_owned(), says, tables: Vec::new() }
    }

    /// With a table.
    #[must_use]
    pub fn with(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }
}

impl Table {
    /// A table without rows; columns as id and title.
    pub fn new(id: &str, title: &str, columns: &[(&str, &str)]) -> Self {
        let column = |(id, title): &(&str, &str)| Column { id: (*id).to_owned(), title: (*title).to_owned() };
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
            plot: None,
        }
    }

    /// Drawn with a bar per row.
    #[must_use]
    pub fn bars(mut self, label: &str, value: &str) -> Self {
        self.plot = Some(Plot::Bars { label: label.to_owned(), value: value.to_owned() });
        self
    }

    /// Drawn with a line per group.
    #[must_use]
    pub fn lines(mut self, label: &str, group: &str, value: &str) -> Self {
        let plot = Plot::Lines { label: label.to_owned(), group: group.to_owned(), value: value.to_owned() };
        self.plot = Some(plot);
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The cells of a column, by its id.
    pub fn column(&self, id: &str) -> Option<impl Iterator<Item = &Cell>> {
        let at = self.columns.iter().position(|column| column.id == id)?;
        Some(self.rows.iter().filter_map(move |row| row.get(at)))
    }
}
