//! Benchmarks and endurance of the hand-over to vendors: invented cases that are offered at once, through the outbox, the
//! relay and the queues, to receivers that count.

pub mod drain;
mod latency;
pub mod live;
mod seed;

use crate::run::functions;
use icm_domain::case::state::{Delivery, HandOver};
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::{ProgramId, VendorId};
use icm_domain::program::Catalogue;
use icm_domain::program::definition::{Mode, Program, Route};
use icm_domain::program::team::{CapacityRow, Team};

pub use latency::Latency;

/// The program of invented cases.
pub const PROGRAM: &str = "BENCH";

/// The shipped definitions with one more program, live and without a cap, whose cases are offered to these vendors as
/// soon as they have a place.
fn catalogue(vendors: &[VendorId]) -> Result<Catalogue, serde_json::Error> {
    let mut shipped = functions::shipped()?;
    let route = Route {
        delivery: Delivery::External,
        hand_over: HandOver::OutreachDelegated,
        counties: Vec::new(),
        lines_of_business: vec![LineOfBusiness::Medicaid],
        teams: vendors.to_vec(),
    };
    let like = shipped.programs.first().cloned();
    shipped.programs.extend(like.map(|program| Program {
        id: ProgramId::new(PROGRAM),
        mode: Mode::Live,
        daily_cap: u32::MAX,
        routes: vec![route],
        required_sources: Vec::new(),
        ..program
    }));
    let like = shipped.teams.iter().find(|team| team.contract_major.is_some()).cloned();
    let known: Vec<VendorId> = shipped.teams.iter().map(|team| team.id.clone()).collect();
    let new = vendors.iter().filter(|vendor| !known.contains(vendor));
    let capacity = vec![CapacityRow { county: None, language: None, lob: None, points: u32::MAX }];
    let made = new.zip(like.iter().cycle()).map(|(vendor, team)| Team {
        id: vendor.clone(),
        test: false,
        capacity: capacity.clone(),
        ..team.clone()
    });
    shipped.teams.extend(made);
    Ok(shipped)
}
