//! Readers and writers of everything payers send: claims, eligibility, rosters, consents, ADT.
//!
//! [`read`] turns an [`Input`] into [`Item`]s, streaming, in constant memory; the format is recognised from the
//! content, gzip and byte order marks are taken off. Whatever cannot be used becomes a [`Problem`] that names file,
//! record, position, field and reason and **never carries the value**.

pub mod cclf;
pub mod claim_line;
mod dates;
pub mod fhir;
pub mod files;
mod gather;
mod gzip;
mod hl7;
pub mod input;
pub mod item;
pub mod options;
mod parquet;
pub mod read;
mod reason;
pub mod recognise;
pub mod record_count;
pub mod rif;
mod scan;
mod side;
pub mod table;
pub mod tables;
#[cfg(test)]
mod testing;
pub mod tuva;
pub mod vignettes;
pub mod x12;

pub use input::Input;
pub use item::{Availability, Item, Place, Problem, Reason};
pub use options::{ReadOptions, Receipt};
pub use parquet::Store;
pub use read::{Sink, read};
pub use record_count::{RecordCount, Records};
