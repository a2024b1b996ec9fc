//! The desk at which somebody works: who acts, on which ports. Member data is reached through it alone: it looks whether
//! the line of business may be seen and writes the audit trail before anything is shown or done.

use super::{Identity, Permission};
use crate::Ports;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use http::request::Parts;
use icm_casework::Person;
use icm_domain::day::Day;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use icm_ports::{CaseRecord, CasesRead, Clock};
use std::sync::Arc;

/// Longest id that is looked for; no plan numbers members so, and a store's keys have an end.
const ID_MAX: usize = 128;

/// Who acts, on which ports.
pub(crate) struct Desk<P> {
    ports: Arc<P>,
    /// Who acts.
    pub(crate) who: Identity,
}

impl<P: Ports> FromRequestParts<Arc<P>> for Desk<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, ports: &Arc<P>) -> Result<Self, Problem> {
        let who = Identity::from_request_parts(parts, ports).await?;
        Ok(Self { ports: Arc::clone(ports), who })
    }
}

impl<P: Ports> Desk<P> {
    /// The ports.
    pub(crate) fn ports(&self) -> &P {
        &self.ports
    }

    /// The store.
    pub(crate) fn store(&self) -> &P::Store {
        self.ports.store()
    }

    /// Now.
    pub(crate) fn now(&self) -> Moment {
        self.ports.clock().now()
    }

    /// Today.
    pub(crate) fn today(&self) -> Day {
        self.now().day()
    }

    /// Refuses what the roles do not allow, where a route needs more than its own permission.
    pub(crate) fn needs(&self, permission: Permission) -> Result<(), Problem> {
        if self.who.may(permission) { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// A member, before anything of them is shown or changed. Whoever may not see the line of business gets the same
    /// answer as for a member that does not exist; the try stands in the audit trail.
    pub(crate) async fn member(&self, member: &MemberId, act: Act) -> Result<Person, Problem> {
        if member.as_str().len() > ID_MAX {
            return Err(Problem::not_found("member"));
        }
        let person = Person::load(self.store(), member, self.today()).await?;
        if person.facts.coverage.is_empty()
            && person.facts.profiles.is_empty()
            && person.facts.claims.is_empty()
        {
            return self.without_facts(member, act, person).await;
        }
        self.admit(member, person.lob(), act).await?;
        Ok(person)
    }

    /// A member of whom no facts are stored: the case says which line of business it is.
    async fn without_facts(&self, member: &MemberId, act: Act, person: Person) -> Result<Person, Problem> {
        let cases = self.store().cases(member).await?;
        let first = cases.first().ok_or_else(|| Problem::not_found("member"))?;
        self.admit(member, first.about.lob, act).await?;
        Ok(person)
    }

    async fn admit(&self, member: &MemberId, lob: Option<LineOfBusiness>, act: Act) -> Result<(), Problem> {
        if self.who.sees(lob) {
            return self.audit(Entry::about(act, member)).await;
        }
        self.audit(Entry::about(Act::Refused, member)).await?;
        Err(Problem::not_found("member"))
    }

    /// Whether a row of a list may be shown.
    pub(crate) fn shows(&self, record: &CaseRecord) -> bool {
        self.who.sees(record.about.lob)
    }

    /// Writes a line of the audit trail. Before what it is about: an act without a line cannot happen.
    pub(crate) async fn audit(&self, entry: Entry) -> Result<(), Problem> {
        crate::audit::write(self.store(), &self.who, self.now(), entry).await
    }
}
