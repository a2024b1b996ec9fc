//! A synthetic population for payer-run intensive care management: members with coverage, claims, rosters, consents
//! and preferences, drawn from a seed. The same seed gives the same population on every machine; each member
//! depends on the seed and the member's index alone, so a population can be made in parts, in parallel, streamed.
//! Nobody in it exists: names are invented words, phones are of the range kept for fiction, provider and drug
//! numbers belong to nobody.
//!
//! # What it is made of
//! - [`Population`] says how many, from which seed, how many months, as of which day; it yields
//!   [`SyntheticMember`]s.
//! - Most members live through a course of illness: a lasting frailty, a latent severity that jumps and decays,
//!   and the visits, tests, drugs, emergencies, stays, after-care and readmissions that follow.
//! - Pathways of others run beside it: pregnancy, dialysis, cancer, injury, nursing facilities, hospice, death.
//! - Other programs of the continuum engage some of them, by claims and by rosters, working and failing.
//! - On the way to the payer claims come late, are replaced (7), voided (8), duplicated, denied, pended.
//! - [`STORIES`], each once in every [`BLOCK`] members, make sure that every kind of decision occurs, and state
//!   which one it must be.
//! - [`actors`] are the members, staff and vendors of the main job: models of behaviour without I/O.
//! - [`Folder`] writes a population as the files that the system reads.
//!
//! # What it is held to (tests/calibration.rs, seed 42, 20,000 members, 12 months)
//! | measure | target | orientation |
//! |---|---|---|
//! | share of the allowed cost that the top 5% carry | 40% to 60% | about half (FACTS 2.1) |
//! | members who meet a trigger | 3% to 6% | 3% to 5% (FACTS 2.1) |
//! | emergency visits per 1,000 Medicaid member-years | 400 to 600 | published Medicaid rates |
//! | emergency visits per 1,000 commercial member-years | 150 to 260 | about 200 |
//! | emergency visits per 1,000 Medicare Advantage member-years | 300 to 500 | published Medicare rates |
//! | unplanned stays per 1,000 member-years: Medicaid, Medicare Advantage, commercial | 75 to 120, 180 to 270, 55 to 90 | 80 to 250 by line of business |
//! | readmissions of stays within 30 days | 9% to 18% | about one in seven |
//! | of members with two stays in one half-year, those with two in the next | 15% to 45% | below one half after seven months (FACTS 2.3) |
//! | claim lines per member-year | 20 to 36 | about 30 |
//!
//! It is no model of any real population: rates are of the right order, relations between them are simple.

pub mod actors;
mod availability;
mod biller;
mod codes;
mod course;
mod coverage;
mod engagement;
mod hospital;
mod illness;
mod journey;
mod member;
mod pathway;
mod person;
mod population;
mod preference;
mod random;
mod story;
mod write;

pub use availability::Availability;
pub use member::SyntheticMember;
pub use population::Population;
pub use random::{Random, Subject};
pub use story::{BLOCK, STORIES, Story};
pub use write::{Folder, Receipt, Written};
