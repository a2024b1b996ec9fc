//! What the receipts do not measure, or not as it would be in AWS, with the numbers that follow from those measured.

use super::{Receipts, claims};

/// Claims of a member in a year: 5 million a day for 50 million members (infra/SCALE.md).
const CLAIMS_A_YEAR: f64 = 36.5;

/// Sizes that no machine of ours holds.
const SIZES: [(f64, &str); 2] = [(1.0e6, "1,000,000"), (50.0e6, "50,000,000")];

/// The list.
pub(super) fn list(measured: &Receipts) -> Vec<String> {
    let mut list: Vec<String> =
        SIZES.iter().filter_map(|(members, name)| population(*members, name, measured)).collect();
    list.extend([
        format!("Lambda: {} ms stated for an invocation of identify-members with a full batch, memory of the template", claims::MILLIS),
        "SQS: batches of 10 are full; an idle queue's empty long polls are not in the receipt".to_owned(),
        "relay, vendors, reviews by time and the locator of member-less remittances: in the receipt of icm run, not here"
            .to_owned(),
        "latency: this machine's engines; AWS adds up to 1 s of batching window before the decision, and up to 60 s until \
         the schedule of queue-outreach gives a place"
            .to_owned(),
        "cold start: this machine and the profile of the binaries; Lambda's own share, about as much again, comes on top"
            .to_owned(),
        "storage, logs, keys, backups, data transfer and free tiers: left out".to_owned(),
    ]);
    list
}

/// Cost of a larger population: no key of the claim path is shared between members (a test shows it), so what a claim
/// costs is taken as measured.
fn population(members: f64, name: &str, measured: &Receipts) -> Option<String> {
    let per_million = measured.usd_per_million_claims.get("file_mode_4")?.as_f64();
    let single = measured.usd_per_million_claims.get("one_by_one")?.as_f64();
    let claims = members * CLAIMS_A_YEAR / 365.0;
    let dollars = |per_million: f64| claims / 1.0e6 * per_million;
    Some(format!(
        "{name} members, {claims:.0} claims a day: ${:.2} a day in file mode, ${:.2} one by one; a claim costs what it \
         costs in the largest population measured, as no key of its path is shared between members",
        dollars(per_million),
        dollars(single)
    ))
}
