//! One case from identified to active, through the functions over the fakes; crashes, duplicates and second thoughts on
//! the way (FACTS §10, DESIGN §7).
#![expect(clippy::unwrap_used, reason = "a step that cannot be made is a failed test")]
#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are passed")]
#![expect(clippy::indexing_slicing, reason = "JSON values and lists of a test")]

mod access;
mod after_end;
mod bounds;
mod console;
mod crashes;
mod crossings;
mod flow;
mod forms;
mod freshness;
mod golden;
mod imports;
mod kept_word;
mod lines;
mod operations;
mod path;
mod publishing;
mod purged;
mod queue_limits;
mod remedies;
mod reports;
mod rosters;
mod routes;
mod second_thoughts;
mod slips;
mod state_tests;
mod switches;
mod trail;
mod vendor_clocks;
mod vendor_fhir;
mod vendor_files;
mod whatif;
