//! What members asked for and agreed to: Part 2 consent, channel consents, do-not-contact, safe contact, and how
//! earlier offers of this program ended.

use crate::pathway::Span;
use crate::random::Random;
use icm_domain::day::Day;
use icm_domain::facts::{Channel, Closure, ClosureKind, Consent, ConsentKind, Preference, PreferenceKind};
use icm_domain::phi::Phi;

fn some_day(random: &mut Random, span: Span) -> Day {
    span.first.plus(random.between(0, span.last.since(span.first)))
}

/// Part 2 consent: 45% of the members of a substance-use program gave it, one in ten of them revoked it later.
pub(crate) fn consents(random: &mut Random, substance: bool, span: Span) -> Vec<Consent> {
    let mut consents = Vec::new();
    if substance && random.per_mille(450) {
        let from = some_day(random, span);
        let scope = Some(Box::from("TPO"));
        let given =
            Consent { kind: ConsentKind::Part2Tpo, received: from, from, thru: None, revoked: false, scope };
        let later = from.plus(random.between(20, 200));
        if random.per_mille(100) && later <= span.last {
            consents.push(Consent { received: later, from: later, revoked: true, ..given.clone() });
        }
        consents.push(given);
    }
    consents
}

/// Channel consents of a third of the members; do-not-contact of 7 and safe contact of 3 in a thousand.
pub(crate) fn preferences(random: &mut Random, span: Span) -> Vec<Preference> {
    let mut preferences = Vec::new();
    let mut add =
        |random: &mut Random, what| preferences.push(Preference { received: some_day(random, span), what });
    match random.below(1000) {
        0..=299 => add(random, PreferenceKind::ChannelConsent { channel: Channel::Text, allowed: true }),
        300..=379 => add(random, PreferenceKind::ChannelConsent { channel: Channel::Text, allowed: false }),
        380..=389 => add(random, PreferenceKind::ChannelConsent { channel: Channel::Call, allowed: false }),
        _ => {}
    }
    match random.below(1000) {
        0..=6 => add(random, PreferenceKind::DoNotContact { set: true }),
        7..=9 => {
            let phone = Some(Phi::new(format!("61555501{:02}", random.below(100)).into()));
            add(random, PreferenceKind::SafeContact { phone, address: None, withdrawn: false });
        }
        _ => {}
    }
    preferences
}

/// Earlier cases of 8 members in a thousand.
pub(crate) fn closures(random: &mut Random, span: Span) -> Vec<Closure> {
    if !random.per_mille(8) {
        return Vec::new();
    }
    let kind = random.weighted(&[
        (30, ClosureKind::UnableToContact),
        (25, ClosureKind::Declined),
        (20, ClosureKind::DeclinedNotNow),
        (18, ClosureKind::Graduated),
        (5, ClosureKind::OptOutPermanent),
        (2, ClosureKind::DoNotContact),
    ]);
    let date = some_day(random, span);
    vec![Closure { kind, date, received: date }]
}
