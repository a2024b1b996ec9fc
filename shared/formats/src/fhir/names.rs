//! The ids of resources beside the numbers of their claims: a claim that follows another may point to the resource
//! (`related[].claim.reference`), while claims are known by their `uc` identifier (CLAIM_FORMATS §4.4).

use super::claim::claim_id;
use super::resource::Resource;
use icm_domain::claim::ClaimVersion;
use icm_domain::ids::ClaimId;
use std::collections::HashMap;

/// Resources of one file that are remembered, about 10 MiB: a version follows soon, and the memory is bounded.
const KNOWN_MAX: usize = 100_000;

/// The claim numbers of the resources read so far whose id is another.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, ClaimId>,
}

impl Names {
    /// Remembers a resource, and turns the id of one that was read before into its claim's number where the version replaces
    /// it. A resource of another file, or one that comes later, stays named by its id.
    pub(super) fn follow(&mut self, resource: &Resource<'_>, version: &mut ClaimVersion) {
        let named = version.replaces.as_ref().and_then(|named| self.numbers.get(named.as_str()));
        if let Some(number) = named {
            version.replaces = Some(number.clone());
        }
        let Some(id) = resource.id.get().filter(|id| claim_id(resource) != Some(id)) else { return };
        if self.numbers.len() < KNOWN_MAX {
            self.numbers.insert(id.into(), version.claim_id.clone());
        }
    }
}
