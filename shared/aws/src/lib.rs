//! The ports on AWS: DynamoDB, SQS, and S3 behind the feature `s3`. The only library crate that uses an AWS SDK;
//! no decision is taken here.

pub mod client;
mod error;
mod folder;
mod item;
mod outlet;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "kms")]
mod secret;
mod sqs;
mod store;
mod wall_clock;

pub use client::{Clients, Connection};
pub use folder::Folder;
pub use outlet::{Drops, FROM_VENDORS, Outlet};
#[cfg(feature = "s3")]
pub use s3::{Bucket, VendorBucket};
#[cfg(feature = "kms")]
pub use secret::IdSecret;
pub use sqs::{Queues, Sender};
pub use store::{Store, Tables};
pub use wall_clock::WallClock;
