//! What decides about members besides what is known of them: criteria, code tables, cost cut-offs (DESIGN D1, D6).

use crate::rules;
use icm_contract::keys::short_hash;
use icm_contract::stored::to_json;
use icm_domain::criteria::{Criteria, in_force};
use icm_domain::day::Day;
use icm_domain::decision::{Cutoffs, Policy};
use icm_domain::facts::MemberFacts;
use icm_domain::tables::Tables;
use icm_ports::{RegistryRead, Result};

/// Criteria of every line of business and date, with the tables that they are read with.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Criteria where none are published for the member's line of business and day.
    pub criteria: Criteria,
    /// Criteria as published, of every line of business and date.
    pub published: Vec<Criteria>,
    /// Code tables.
    pub tables: Tables,
    /// Cost cut-offs; without them rule R9 is not evaluated.
    pub cutoffs: Option<Cutoffs>,
}

impl InForce {
    /// What ships with the project, with these tables; nothing is published.
    pub fn shipped(tables: Tables) -> Self {
        Self { criteria: Criteria::default(), published: Vec::new(), tables, cutoffs: None }
    }

    /// What is published in a registry, over the criteria and tables of this.
    pub async fn published_in<R: RegistryRead>(&self, registry: &R) -> Result<Self> {
        let mut tables = self.tables.clone();
        tables.availability = rules::availability(registry).await?;
        Ok(Self {
            criteria: self.criteria.clone(),
            published: rules::criteria(registry).await?,
            tables,
            cutoffs: rules::cutoffs(registry).await?,
        })
    }

    /// What holds for a member on a day: the published criteria of the member's line of business.
    pub fn policy(&self, facts: &MemberFacts, as_of: Day) -> Policy<'_> {
        let published = facts.lob(as_of).and_then(|lob| in_force(&self.published, lob, as_of));
        let criteria = published.unwrap_or(&self.criteria);
        Policy { criteria, tables: &self.tables, cutoffs: self.cutoffs.as_ref() }
    }

    /// What would hold if `draft` were published: for members of its lines of business the draft, whatever its dates;
    /// for others what is in force.
    pub fn policy_under<'a>(&'a self, draft: &'a Criteria, facts: &MemberFacts, as_of: Day) -> Policy<'a> {
        let live = self.policy(facts, as_of);
        let lines = &draft.lines_of_business;
        let concerned = lines.is_empty() || facts.lob(as_of).is_some_and(|lob| lines.contains(&lob));
        if concerned { Policy { criteria: draft, ..live } } else { live }
    }

    /// What is in force, as a short text: it changes when something is published.
    pub fn fingerprint(&self) -> String {
        let availability = &self.tables.availability;
        short_hash(to_json(&(&self.criteria, &self.published, &self.cutoffs, availability)).as_bytes())
    }
}
