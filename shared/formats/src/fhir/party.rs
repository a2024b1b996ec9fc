//! Who: the member and the provider of an EOB.

use super::resource::{Identifier, Reference, Resource, contains_ignoring_case};

/// The member: the patient's reference without its resource type, else the patient's identifier.
pub(super) fn member(resource: &Resource<'_>) -> Option<Box<str>> {
    let patient = resource.patient.0.as_ref()?;
    let identifier = patient.identifier.0.as_ref().and_then(|identifier| identifier.value.get());
    // A reference to a contained patient says nothing outside the resource.
    let reference = patient.reference.get().filter(|reference| !reference.starts_with('#'));
    reference.map(plain).or(identifier).map(Box::from)
}

/// `Patient/1`, `https://host/Patient/1`, `Patient/1/_history/2` and `urn:uuid:1` are all `1`.
pub(super) fn plain(reference: &str) -> &str {
    let reference = reference.split("/_history/").next().unwrap_or(reference);
    let last = reference.rsplit('/').next().unwrap_or(reference);
    last.rsplit(':').next().unwrap_or(last)
}

/// Billing provider and facility.
#[derive(Default)]
pub(super) struct Provider {
    /// National provider identifier.
    pub(super) npi: Option<Box<str>>,
    /// NPI, else the CMS certification number, else the source's own id.
    pub(super) facility: Option<Box<str>>,
}

/// Reads `facility`, `organization` (STU3) and `provider`, resolved in `contained` where they point there.
pub(super) fn provider(resource: &Resource<'_>) -> Provider {
    let parties = [&resource.organization, &resource.provider, &resource.facility];
    let known: Vec<_> = parties.iter().filter_map(|party| party.0.as_ref()).collect();
    let npi = known.iter().find_map(|party| identifier(resource, party, is_npi));
    let facility = resource.facility.0.as_ref().and_then(|party| identifier(resource, party, is_npi));
    let certified = || known.iter().find_map(|party| identifier(resource, party, is_certification));
    let own = || {
        let reference = resource.provider.0.as_ref()?.reference.get()?;
        (!reference.starts_with('#')).then(|| plain(reference).into())
    };
    Provider { facility: facility.or_else(|| npi.clone()).or_else(certified).or_else(own), npi }
}

fn identifier(
    resource: &Resource<'_>,
    party: &Reference<'_>,
    wanted: fn(&Identifier<'_>) -> bool,
) -> Option<Box<str>> {
    let direct = party.identifier.0.iter();
    let target = party.reference.get().and_then(|reference| reference.strip_prefix('#'));
    let contained = resource.contained.0.iter().filter(|inner| target.is_some() && inner.id.get() == target);
    let found = direct
        .chain(contained.flat_map(|inner| &inner.identifier.0))
        .find(|identifier| wanted(identifier))?;
    found.value.get().map(Box::from)
}

fn is_npi(identifier: &Identifier<'_>) -> bool {
    identifier.system.get().is_some_and(|system| contains_ignoring_case(system, "us-npi"))
        || identifier.r#type.0.as_ref().is_some_and(|concept| concept.has(&["npi"]))
}

fn is_certification(identifier: &Identifier<'_>) -> bool {
    let by_system =
        |system: &str| contains_ignoring_case(system, "prvdr_num") || contains_ignoring_case(system, "/ccn");
    identifier.system.get().is_some_and(by_system)
        || identifier.r#type.0.as_ref().is_some_and(|concept| concept.has(&["prn", "ccn"]))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_reference_is_reduced_to_the_id() {
        for reference in ["Patient/1", "https://host/v1/Patient/1", "Patient/1/_history/2", "urn:uuid:1", "1"]
        {
            assert_eq!(plain(reference), "1", "{reference}");
        }
    }
}
