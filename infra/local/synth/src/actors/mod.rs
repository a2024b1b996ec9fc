//! The people and vendors of the main job: pure models of behaviour, driven by a seed. They know nothing of the
//! system but what an outsider sees: the main job hands them the messages of their queue and worklist and carries
//! their actions to the API and the reply queues. No clock, no I/O: `step(now, observed) -> actions`.
//!
//! What a member does depends on the seed, the member and the number of the attempt, never on the order of asking:
//! a job that is killed and run again meets the same people.

mod coordinator;
mod person;
mod vendor;

pub use coordinator::{Coordinator, StaffAction, StaffMessage, Step, Task};
pub use person::{Answer, SimulatedMember};
pub use vendor::{SimulatedVendor, Temper, VendorAction, VendorMessage};

/// A number for a text, the same on every machine (FNV-1a): the index of a draw about a member or a case.
fn number_of(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}
