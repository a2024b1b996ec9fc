//! Reads files and says how many records they hold: what a reader takes in time and memory, and nothing else.
//!
//!     cargo run --release -p icm-formats --example parse -- FILE …

use icm_domain::ids::SourceId;
use icm_formats::{Input, ReadOptions, RecordCount, files};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let inputs: Vec<&dyn Input> = paths.iter().map(|path| path as &dyn Input).collect();
    let mut count = RecordCount::default();
    let mut problem = None;
    let flow = files::read_all(&inputs, &ReadOptions::new(SourceId::new("feed")), &mut |file, item| {
        count.take(file, &item);
        if let icm_formats::Item::Problem(found) = item {
            problem.get_or_insert(found);
        }
        ControlFlow::Continue(())
    });
    let whole = if flow.is_continue() { "" } else { " (stopped)" };
    writeln!(std::io::stdout(), "{:?}{whole}, first problem: {problem:?}", count.records())
}
