//! Claim adjustment reason codes (CARC): what they say about whether the service took place.

use icm_domain::claim::Denial;

/// The kind of denial that a reason code stands for, none for reasons that leave the service standing (FACTS §1.1,
/// ruling 4): 18 exact duplicate and B13 previously paid; 26, 27, 31-34, 177 and 200 coverage; 112 not furnished and
/// 115 postponed or cancelled.
pub(crate) fn denial_of(code: &str) -> Option<Denial> {
    match code {
        "18" | "B13" => Some(Denial::Duplicate),
        "26" | "27" | "31" | "32" | "33" | "34" | "177" | "200" => Some(Denial::Eligibility),
        "112" | "115" => Some(Denial::NotRendered),
        _ => None,
    }
}
