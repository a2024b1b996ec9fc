//! Fakes of every port, the contract suite that holds fakes and engines to the same behaviour, and the harnesses that
//! crash, interleave and redeliver handlers (DESIGN §7).
//!
//! Handlers are plain futures: no simulated runtime is needed. [`Gate`] numbers every port call of one invocation and
//! can yield, fail or stop there; [`explore`] polls invocations alternately in every order.

pub mod clock;
pub mod contract;
pub mod explore;
pub mod gate;
pub mod plant;
pub mod runtime;
pub mod world;

pub use clock::FixedClock;
pub use explore::{explore, run, run_until_stuck};
pub use gate::{Fault, Gate};
pub use plant::Plant;
pub use world::{Ports, World};
