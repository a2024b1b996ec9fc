//! Reads `infra/template.yaml` into typed tables, queues, functions and event sources (DESIGN D9).
//!
//! The template that deploys to AWS is the only description of the infrastructure: the local stack
//! creates what it finds here, and `tests/infra_rules` holds it to rules.
//!
//! * [`Document`]: the text as a tree, with CloudFormation's short tags written out.
//! * [`Resources`]: every resource with its references resolved, nested stacks included.
//! * [`Template`]: the parts that the local stack makes, typed.

mod document;
mod error;
mod functions;
mod model;
mod resolve;
mod resources;
#[cfg(test)]
mod tests;

pub use document::{Document, Folder};
pub use error::TemplateError;
pub use functions::{Function, QueueTrigger, Schedule, StreamTrigger, folder_of};
pub use model::{Bucket, Drops, Index, KeyNames, Queue, Table, Template};
pub use resources::{Parameters, Resource, Resources};
