//! Attribution lists as FHIR Groups (Da Vinci ATR): which practice a member belongs to.
//!
//! Each member of the group becomes a profile fact with the attributed practice. Received: the group's
//! `meta.lastUpdated`, else the first day of the member's attribution. A member that left the group, or whose attribution ended
//! before that day, is ignored by rule: the practice that takes them over sends its own list.

use super::dates::stated_day;
use super::party::plain;
use super::resource::{GroupMember, Reference, Resource, tail};
use crate::item::Reason;
use crate::options::ReadOptions;
use icm_domain::day::Day;
use icm_domain::facts::Profile;
use icm_domain::ids::MemberId;

/// What becomes of one member of a group.
pub(super) enum Attribution {
    /// The member's profile with the practice.
    Profile(MemberId, Box<Profile>),
    /// Left out by a rule.
    Ignored(&'static str),
    /// Cannot be used: field and reason.
    Problem(&'static str, Reason),
}

/// Reads the members of a group, in order.
pub(super) fn attributions<'r>(
    group: &'r Resource<'_>,
    options: &'r ReadOptions,
) -> impl Iterator<Item = Attribution> + 'r {
    let updated = group.meta.0.as_ref().map_or(Ok(None), |meta| stated_day(&meta.last_updated));
    let entity = group.managing_entity.0.as_ref().and_then(name);
    group.member.0.iter().map(move |member| attribution(member, entity, updated, options))
}

fn attribution(
    member: &GroupMember<'_>,
    entity: Option<&str>,
    updated: Result<Option<Day>, Reason>,
    options: &ReadOptions,
) -> Attribution {
    let extension = |wanted: &str| {
        member.extension.0.iter().find(|extension| extension.url.get().is_some_and(|url| tail(url) == wanted))
    };
    let dropped = extension("ext-changeType").is_some_and(|change| change.value_code.is(&["dropped"]));
    if dropped || member.inactive.is(&["true"]) {
        return Attribution::Ignored("fhir_attribution_ended");
    }
    let Some(id) = member.entity.0.as_ref().and_then(name) else {
        return Attribution::Problem("member.entity", Reason::MissingField);
    };
    let start = member.period.0.as_ref().map_or(Ok(None), |period| stated_day(&period.start));
    let stated = match (updated, start) {
        (Err(reason), _) => return Attribution::Problem("meta.lastUpdated", reason),
        (_, Err(reason)) => return Attribution::Problem("member.period", reason),
        (Ok(updated), Ok(start)) => updated.or(start),
    };
    let ended = member.period.0.as_ref().map_or(Ok(None), |period| stated_day(&period.end));
    match ended {
        Err(reason) if reason != Reason::ImplausibleDate => {
            return Attribution::Problem("member.period", reason);
        }
        Ok(Some(ended)) if stated.is_some_and(|listed| ended < listed) => {
            return Attribution::Ignored("fhir_attribution_ended");
        }
        Ok(_) | Err(_) => {}
    }
    let Some(received) = options.received_if_known(stated) else {
        return Attribution::Problem("meta.lastUpdated", Reason::MissingField);
    };
    let provider =
        extension("ext-attributedProvider").and_then(|extension| extension.value_reference.0.as_ref());
    let Some(practice) = provider.and_then(|provider| name(provider)).or(entity) else {
        return Attribution::Problem("managingEntity", Reason::MissingField);
    };
    let profile = Profile { received: Some(received), pcp: Some(practice.into()), ..Profile::default() };
    Attribution::Profile(MemberId::new(id), Box::new(profile))
}

/// What a reference points to: its id, else its identifier.
fn name<'r>(reference: &'r Reference<'_>) -> Option<&'r str> {
    let stated = reference.reference.get().map(plain);
    stated.or_else(|| reference.identifier.0.as_ref()?.value.get())
}
