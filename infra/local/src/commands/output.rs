//! Results on standard output, diagnostics on standard error, one exit code.

use super::exit;
use crate::population::Population;
use icm_formats::Problem;
use serde::Serialize;
use std::io::{self, BufWriter, Stdout, Write};
use std::process::ExitCode;

/// NDJSON on standard output. The first failure to write is kept and decides the exit code.
pub struct Lines {
    out: BufWriter<Stdout>,
    broken: Option<io::Error>,
}

impl Lines {
    /// Output to the process's standard output.
    pub fn new() -> Self {
        Self { out: BufWriter::with_capacity(1 << 16, io::stdout()), broken: None }
    }

    /// Writes one object; false when the reader is gone.
    pub fn put(&mut self, line: &impl Serialize) -> bool {
        if self.broken.is_none() {
            let written = serde_json::to_writer(&mut self.out, line).map_err(io::Error::from);
            self.broken = written.and_then(|()| self.out.write_all(b"\n")).err();
        }
        self.broken.is_none()
    }

    /// Writes text as it is.
    pub fn put_text(&mut self, text: &str) {
        self.broken = self.out.write_all(text.as_bytes()).err();
    }

    /// Writes one object over several lines, for people who will edit it.
    pub fn put_pretty(&mut self, value: &impl Serialize) {
        let written = serde_json::to_writer_pretty(&mut self.out, value).map_err(io::Error::from);
        self.broken = written.and_then(|()| self.out.write_all(b"\n")).err();
    }

    /// Flushes; the exit code, `result` where all was written.
    pub fn finish(mut self, result: ExitCode) -> ExitCode {
        let flushed = self.out.flush();
        match self.broken.or(flushed.err()) {
            // The reader of a pipe may stop early (`| head`): that is its right, and no error.
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Some(_) => ExitCode::from(exit::OUTPUT),
            None => result,
        }
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes one diagnostic line. When standard error is closed the result still goes out.
pub fn diagnose(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Diagnoses and fails.
pub fn fail((line, code): (String, u8)) -> ExitCode {
    diagnose(&format!("icm: {line}"));
    ExitCode::from(code)
}

/// One line of a problem: file, record, field, reason; never the value.
pub fn describe(file: &str, problem: &Problem) -> String {
    let record =
        if problem.place.record > 0 { format!(" record {}", problem.place.record) } else { String::new() };
    let offset = problem.place.offset.map_or_else(String::new, |at| format!(" byte {at}"));
    let field = if problem.field.is_empty() { String::new() } else { format!(" field {}", problem.field) };
    format!("{}{record}{offset}{field}: {}", name(file), problem.reason.text())
}

/// A file's name on one line, whatever somebody has put into it.
pub fn name(file: &str) -> String {
    file.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Says what was read, and gives the exit code of a command whose result was made from it.
pub fn report(population: &Population) -> ExitCode {
    for path in &population.missing {
        diagnose(&format!("{}: cannot be opened", name(path)));
    }
    for (file, problem) in &population.problems {
        diagnose(&describe(file, problem));
    }
    let records = &population.records;
    diagnose(&format!(
        "{} members, {} facts; {} records read: {} used, {} parked, {} quarantined, {} ignored by rule",
        population.members.len(),
        population.facts,
        records.read(),
        records.used,
        records.parked,
        records.quarantined,
        records.ignored,
    ));
    if population.files == 0 {
        diagnose("icm: there is no file under these names");
        return ExitCode::from(exit::NOTHING_READ);
    }
    if population.is_usable() { ExitCode::SUCCESS } else { ExitCode::from(exit::NOTHING_READ) }
}
