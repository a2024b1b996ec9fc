//! Schemas of the domain's codes: the list of spellings, taken from the code itself.

use icm_domain::case::effect::{NoticeCode, NoticeTo, TaskKind, UpdateKind};
use icm_domain::case::event::AcuteKind;
use icm_domain::case::reason::{HoldReason, RejectReason, ReviewReason};
use icm_domain::outreach::attempt::Outcome;
use icm_domain::vendor::reconcile::VendorStatus;
use icm_domain::vendor::reply::{ContactMode, VendorEnding};
use schemars::{Schema, SchemaGenerator, json_schema};

macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident: $code:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub fn $name(_: &mut SchemaGenerator) -> Schema {
            let spellings: Vec<&str> = $code::ALL.iter().map(|code| code.id()).collect();
            json_schema!({ "type": "string", "enum": spellings })
        }
    )+};
}

schemas! {
    /// Why a vendor does not take a member.
    reject_reason: RejectReason,
    /// Why service pauses.
    hold_reason: HoldReason,
    /// Why a vendor ended its service.
    vendor_ending: VendorEnding,
    /// How a contact was made.
    contact_mode: ContactMode,
    /// How an attempt ended.
    outcome: Outcome,
    /// Where a case stands at the vendor.
    vendor_status: VendorStatus,
    /// What changed.
    update_kind: UpdateKind,
    /// An admission or a discharge.
    acute_kind: AcuteKind,
    /// A task of a person.
    task_kind: TaskKind,
    /// Who gets a notice.
    notice_to: NoticeTo,
    /// What a notice says.
    notice_code: NoticeCode,
    /// What a person is asked to look at.
    review_reason: ReviewReason,
}

/// A means of contact.
pub fn channel(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["call", "text", "letter", "visit"] })
}

/// A list of means of contact.
pub fn channels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string", "enum": ["call", "text", "letter", "visit"] } })
}

/// A line of business.
pub fn line_of_business(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["MEDICAID", "MEDICARE_ADVANTAGE", "COMMERCIAL"] })
}

/// A priority tier.
pub fn tier(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["CRITICAL", "HIGH", "STANDARD"] })
}

/// When the hand-over takes place.
pub fn hand_over(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["ENROLMENT", "OUTREACH_DELEGATED"] })
}
