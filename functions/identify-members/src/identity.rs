//! Ids of cases and effects: opaque, because they appear in vendor messages and logs, and the same for the same
//! happening, because a delivery may be repeated.

use icm_domain::ids::{CaseId, EffectId, MemberId, ProgramId};

/// The key under which ids are made: without it nobody finds the member of an id by trying member numbers.
#[derive(Clone)]
pub struct IdKey([u8; 32]);

impl IdKey {
    /// A key derived from a secret.
    pub fn of(secret: impl AsRef<[u8]>) -> Self {
        Self(blake3::derive_key("icm case and effect ids v1", secret.as_ref()))
    }

    fn id(&self, parts: &[&str]) -> String {
        let mut hash = blake3::Hasher::new_keyed(&self.0);
        for part in parts {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().to_hex().as_str().chars().take(20).collect()
    }

    /// The id of a member's case after `previous` in a program.
    pub fn case(&self, member: &MemberId, program: &ProgramId, previous: Option<&CaseId>) -> CaseId {
        let previous = previous.map_or("", CaseId::as_str);
        CaseId::new(format!("C-{}", self.id(&["case", member.as_str(), program.as_str(), previous])))
    }

    /// The id of what happened to a member as messages tell it, by the parts that tell happenings apart.
    pub fn told(&self, member: &MemberId, program: &ProgramId, parts: &[&str]) -> EffectId {
        let parts = [&["told", member.as_str(), program.as_str()], parts].concat();
        EffectId::new(format!("T-{}", self.id(&parts)))
    }

    /// The id of the effect of a decision that belongs to no case, by the commit that makes it.
    pub fn effect(&self, member: &MemberId, program: &ProgramId, version: u64) -> EffectId {
        let version = version.to_string();
        EffectId::new(format!("D-{}", self.id(&["effect", member.as_str(), program.as_str(), &version])))
    }
}
