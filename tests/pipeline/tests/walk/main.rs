//! One case from identified to active, through the functions over the fakes; crashes, duplicates and second thoughts on
//! the way (FACTS §10, DESIGN §7).

mod crashes;
mod flow;
mod operations;
mod path;
mod rosters;
mod second_thoughts;
mod switches;
