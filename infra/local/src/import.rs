//! The files of an import: open cases and contact history of another system, as tables.

use crate::clock;
use icm_casework::import::{OpenCase, Standing};
use icm_contract::keys::short_hash;
use icm_domain::case::reason::HoldReason;
use icm_domain::case::transition::LedgerNote;
use icm_domain::day::Day;
use icm_domain::facts::Channel;
use icm_domain::ids::{CaseId, MemberId, ProgramId, VendorId};
use icm_domain::moment::Moment;
use std::collections::BTreeMap;
use std::path::Path;

/// The program of rows that name none.
const PROGRAM: &str = "ICM";

/// A row that cannot be used: its line and column, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: column {column}: {what}")]
pub struct Flaw {
    /// Line in the file, the header being 1.
    pub line: usize,
    /// Column.
    pub column: String,
    /// What is wrong.
    pub what: &'static str,
}

/// What a file of an import holds.
#[derive(Debug)]
pub enum Table {
    /// Open cases.
    Cases(Vec<Result<OpenCase, Flaw>>),
    /// Contacts.
    Contacts(Vec<Result<(MemberId, LedgerNote), Flaw>>),
    /// Something else: a side file, which ingestion reads.
    Other,
}

/// One row with its header.
struct Row<'r> {
    header: &'r csv::StringRecord,
    cells: &'r csv::StringRecord,
    line: usize,
}

impl Row<'_> {
    fn of(&self, column: &str) -> Option<&str> {
        let at = self.header.iter().position(|held| held == column)?;
        self.cells.get(at).map(str::trim).filter(|text| !text.is_empty())
    }

    fn flaw(&self, column: &str, what: &'static str) -> Flaw {
        Flaw { line: self.line, column: column.to_owned(), what }
    }

    fn needed(&self, column: &str) -> Result<&str, Flaw> {
        self.of(column).ok_or_else(|| self.flaw(column, "blank"))
    }

    fn day(&self, column: &str) -> Result<Option<Day>, Flaw> {
        let wrong = || self.flaw(column, "not a date of the form YYYY-MM-DD");
        self.of(column).map(|text| Day::parse(text).ok_or_else(wrong)).transpose()
    }
}

/// Reads a file. Open cases are told by the columns `member_id`, `team` and `status`, contacts by `member_id`,
/// `channel` and `at`.
///
/// # Errors
/// When the file cannot be read at all.
pub fn read(path: &Path) -> std::io::Result<Table> {
    let bytes = std::fs::read(path)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).delimiter(separator(&bytes)).from_reader(bytes.as_slice());
    let Ok(header) = reader.headers() else { return Ok(Table::Other) };
    let header: csv::StringRecord =
        header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase()).collect();
    let has = |names: &[&str]| names.iter().all(|name| header.iter().any(|held| held == *name));
    if has(&["member_id", "team", "status"]) {
        let read = reader.records().zip(2..).map(|(cells, line)| with(&header, cells, line, open_case));
        return Ok(Table::Cases(read.collect()));
    }
    if has(&["member_id", "channel", "at"]) {
        let read = reader.records().zip(2..).map(|(cells, line)| with(&header, cells, line, contact));
        return Ok(Table::Contacts(read.collect()));
    }
    Ok(Table::Other)
}

/// What stands between the columns: of the usual ones the one that the first line has most of.
fn separator(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let columns = |separator: &u8| first.split(|byte| byte == separator).count();
    b"|\t;,".iter().copied().max_by_key(columns).unwrap_or(b',')
}

fn with<T>(
    header: &csv::StringRecord,
    cells: csv::Result<csv::StringRecord>,
    line: usize,
    read: impl Fn(&Row<'_>) -> Result<T, Flaw>,
) -> Result<T, Flaw> {
    let cells = cells.map_err(|_| Flaw { line, column: "row".to_owned(), what: "not a row of text" })?;
    read(&Row { header, cells: &cells, line })
}

fn open_case(row: &Row<'_>) -> Result<OpenCase, Flaw> {
    let standing = match row.needed("status")?.to_ascii_uppercase().as_str() {
        "OUTREACH" => Standing::Outreach,
        "ACCEPTED" => Standing::Accepted,
        "ACTIVE" => Standing::Active,
        "ON_HOLD" => Standing::OnHold,
        _ => return Err(row.flaw("status", "not one of OUTREACH, ACCEPTED, ACTIVE, ON_HOLD")),
    };
    let hold = match row.of("hold_reason") {
        Some(text) => Some(HoldReason::parse(text).ok_or_else(|| row.flaw("hold_reason", "not a reason"))?),
        None => None,
    };
    let since = row.day("since")?.ok_or_else(|| row.flaw("since", "blank"))?;
    let consented = row.day("consent_on")?.unwrap_or(since);
    Ok(OpenCase {
        member: MemberId::new(row.needed("member_id")?),
        program: ProgramId::new(row.of("program").unwrap_or(PROGRAM)),
        id: row.of("case_id").map_or_else(|| fresh_id(row.line), CaseId::new),
        team: VendorId::new(row.needed("team")?),
        standing,
        since,
        consent: row.of("consent_scope").map(|scope| (scope.into(), consented)),
        start: row.day("start")?,
        hold,
        last_contact: row.day("last_contact")?,
    })
}

/// An id that says nothing: a keyed hash would need the deployment's secret, and a hash of the member would be one that
/// anybody can try.
fn fresh_id(line: usize) -> CaseId {
    let text = format!("{}#{line}", clock::unrepeated());
    CaseId::new(format!("I-{}", short_hash(text.as_bytes())))
}

fn contact(row: &Row<'_>) -> Result<(MemberId, LedgerNote), Flaw> {
    let text = row.needed("at")?;
    let at = Moment::parse(text).or_else(|| Day::parse(text).map(Moment::start_of));
    let channel = match row.needed("channel")? {
        "call" => Channel::Call,
        "text" => Channel::Text,
        "letter" => Channel::Letter,
        "visit" => Channel::Visit,
        _ => return Err(row.flaw("channel", "not one of call, text, letter, visit")),
    };
    let note = LedgerNote::Touch {
        at: at.ok_or_else(|| row.flaw("at", "not a date or a time with its zone"))?,
        program: ProgramId::new(row.of("program").unwrap_or(PROGRAM)),
        vendor: row.of("vendor").map(VendorId::new),
        channel,
        task: None,
    };
    Ok((MemberId::new(row.needed("member_id")?), note))
}

/// Contacts by member, in order of time.
pub fn by_member(rows: Vec<(MemberId, LedgerNote)>) -> BTreeMap<MemberId, Vec<LedgerNote>> {
    let mut all: BTreeMap<MemberId, Vec<LedgerNote>> = BTreeMap::new();
    for (member, note) in rows {
        all.entry(member).or_default().push(note);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Table, read};
    use icm_casework::import::Standing;

    fn file(text: &str) -> Table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, text).unwrap();
        read(&path).unwrap()
    }

    #[test]
    fn open_cases_are_read_and_a_bad_cell_is_named_without_its_value() {
        let Table::Cases(rows) = file(
            "member_id,team,status,since,consent_scope\n\
             M1,VENDOR-1,active,2026-01-05,ICM-1\n\
             M2,VENDOR-1,secret,2026-01-05,\n\
             M3,VENDOR-1,ACTIVE,secret,\n\
             ,VENDOR-1,ACTIVE,2026-01-05,\n",
        ) else {
            panic!("open cases")
        };
        assert_eq!(rows[0].as_ref().unwrap().standing, Standing::Active);
        let told: Vec<String> = rows[1..].iter().map(|row| row.as_ref().unwrap_err().to_string()).collect();
        assert!(told[0].starts_with("line 3: column status"));
        assert!(told[1].starts_with("line 4: column since"));
        assert!(told[2].starts_with("line 5: column member_id"));
        assert!(told.iter().all(|line| !line.contains("secret")));
    }

    #[test]
    fn tables_of_another_program_are_known_by_their_columns() {
        for text in [
            "Member_ID;TEAM;Status;Since\r\nM1;VENDOR-1;active;2026-01-05\r\n",
            "\u{feff}member_id|team|status|since\nM1|VENDOR-1|active|2026-01-05\n",
            "member_id\tteam\tstatus\tsince\nM1\tVENDOR-1\tactive\t2026-01-05\n",
        ] {
            let Table::Cases(rows) = file(text) else { panic!("open cases: {text}") };
            assert_eq!(rows[0].as_ref().unwrap().member.as_str(), "M1");
        }
    }

    #[test]
    fn contacts_are_read_and_other_tables_are_left_to_ingestion() {
        let Table::Contacts(rows) =
            file("member_id,at,channel\nM1,2026-06-01T15:00:00Z,call\nM1,2026-06-02,fax\n")
        else {
            panic!("contacts")
        };
        assert!(rows[0].is_ok());
        assert_eq!(rows[1].as_ref().unwrap_err().column, "channel");
        assert!(matches!(file("member_id,closure,date\nM1,declined,2026-01-01\n"), Table::Other));
    }
}
