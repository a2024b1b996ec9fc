//! Deterministic simulation of the composed pipeline (DESIGN §7): files and messages, decisions, the relay, the queue,
//! commands of staff, offers, replies of vendors and timers, over the fakes, on one thread, by one random source.
//!
//! A run has a safety phase with faults and a second phase without, in which everything must drain; every rule is checked
//! after every step, and at the end the state is compared with that of somebody who reads every input once, one after the
//! other. A seed is a run: `ICM_SIM_SEED=17` runs that one and prints what happened last.
//!
//! ```sh
//! cargo test --workspace --test sim                                    # the kept seeds, 256 more, every planted mistake
//! ICM_SIM_SEEDS=100000 cargo test --workspace --release --test sim seeds  # many
//! ```
#![expect(clippy::unwrap_used, reason = "a run that cannot be set up has failed")]
#![expect(clippy::indexing_slicing, reason = "positions that were just found")]
#![expect(clippy::print_stderr, reason = "what a run found is what people read")]
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::match_same_arms,
    reason = "a planted mistake concerns one arm"
)]
#![expect(clippy::needless_for_each, reason = "one line for one effect on the state")]
#![expect(clippy::struct_field_names, reason = "vendors are what vendors has")]
#![expect(clippy::unnecessary_wraps, reason = "wishes are all optional")]
#![expect(clippy::wrong_self_convention, reason = "a run is driven to its end")]

mod act;
mod check;
mod drain;
mod invoke;
mod planted;
mod plants;
mod queue;
mod scenarios;
mod seeds;
mod sim;
mod staff;
mod story;
mod swarm;
mod vendors;
