//! Claim adjustment reason codes (CARC): what they say about whether the service took place.

use icm_domain::claim::Denial;

/// What a reason says about the service that it adjusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bearing {
    /// No service of this member took place (FACTS §1.1, ruling 4): 18 exact duplicate and B13 previously paid; 26, 27,
    /// 31-34, 177 and 200 coverage; 112 not furnished and 115 postponed or cancelled.
    Erases(Denial),
    /// A price was agreed on (42, 45, A2) or cut by law (253): it goes along with any other reason and says nothing.
    Reprices,
    /// The service stands, whoever pays for it.
    Stands,
}

/// What a reason code says.
pub(crate) fn bearing(code: &str) -> Bearing {
    match code {
        "18" | "B13" => Bearing::Erases(Denial::Duplicate),
        "26" | "27" | "31" | "32" | "33" | "34" | "177" | "200" => Bearing::Erases(Denial::Eligibility),
        "112" | "115" => Bearing::Erases(Denial::NotRendered),
        "42" | "45" | "253" | "A2" => Bearing::Reprices,
        _ => Bearing::Stands,
    }
}

/// Why something was denied, of all reasons that its source states: it is erased only where no reason leaves the service
/// standing. A stay of which a part was refused as not necessary took place. None without any reason.
pub(crate) fn denial_of(reasons: impl IntoIterator<Item = Bearing>) -> Option<Denial> {
    reasons.into_iter().fold(None, |kept, reason| match (kept, reason) {
        (Some(Denial::Other), _) | (_, Bearing::Stands) => Some(Denial::Other),
        (Some(kept), _) => Some(kept),
        (None, Bearing::Erases(denial)) => Some(denial),
        (None, Bearing::Reprices) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_erases_only_where_every_reason_does() {
        let of = |codes: &[&str]| denial_of(codes.iter().map(|code| bearing(code)));
        assert_eq!(of(&["18"]), Some(Denial::Duplicate));
        assert_eq!(of(&["45", "18", "45"]), Some(Denial::Duplicate));
        assert_eq!(of(&["27", "18"]), Some(Denial::Eligibility));
        for codes in [&["50", "18"], &["18", "50"], &["112", "97"]] {
            assert_eq!(of(codes), Some(Denial::Other), "{codes:?}");
        }
        assert_eq!(of(&["45"]), None);
        assert_eq!(of(&[]), None);
    }
}
