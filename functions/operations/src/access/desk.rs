//! The desk at which somebody works: who acts, on which ports. Member data is reached through it alone: it looks whether
//! the line of business may be seen and writes the audit trail before anything is shown or done.

use super::{Identity, Permission, RequestId};
use crate::Ports;
use crate::audit::{self, Act, Entry, Outcome, Pen};
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use http::request::Parts;
use icm_casework::Person;
use icm_domain::day::Day;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use icm_ports::{CaseRecord, CasesRead, Clock};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Longest id that is looked for; no plan numbers members so, and a store's keys have an end.
const ID_MAX: usize = 128;

/// Who acts, on which ports.
pub(crate) struct Desk<P> {
    ports: Arc<P>,
    /// Who acts.
    pub(crate) who: Identity,
    /// In which request.
    request: RequestId,
    /// Lines that the request has written.
    lines: AtomicU32,
}

impl<P: Ports> FromRequestParts<Arc<P>> for Desk<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, ports: &Arc<P>) -> Result<Self, Problem> {
        let who = Identity::from_request_parts(parts, ports).await?;
        let Ok(request) = RequestId::from_request_parts(parts, ports).await;
        Ok(Self { ports: Arc::clone(ports), who, request, lines: AtomicU32::new(0) })
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

    /// Refuses whoever is restricted to some lines of business, for what concerns every line.
    pub(crate) fn every_line(&self) -> Result<(), Problem> {
        if self.who.sees(None) { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// A member, before anything of them is shown. Whoever may not see the line of business gets the same answer as for a
    /// member that does not exist; the try stands in the audit trail, and so does the look.
    pub(crate) async fn member(&self, member: &MemberId, act: Act) -> Result<Person, Problem> {
        let person = self.find(member).await?;
        self.audit(Entry::about(act, member)).await?;
        Ok(person)
    }

    /// A member, before an act on them: whose line of business may be seen. The act writes its own line.
    pub(crate) async fn find(&self, member: &MemberId) -> Result<Person, Problem> {
        if member.as_str().len() > ID_MAX {
            return Err(Problem::not_found("member"));
        }
        let person = Person::load(self.store(), member, self.today()).await?;
        let unknown = person.facts.coverage.is_empty()
            && person.facts.profiles.is_empty()
            && person.facts.claims.is_empty();
        let lob = if unknown { self.line_of_case(member).await? } else { person.lob() };
        if self.who.sees(lob) {
            return Ok(person);
        }
        self.audit(Entry::about(Act::Refused, member)).await?;
        Err(Problem::not_found("member"))
    }

    /// All ids of a person, the one that was asked for first: ids change (FACTS §6.2, code 5), and whoever asks may know
    /// any of them.
    pub(crate) fn ids(asked: &MemberId, person: &Person) -> Vec<MemberId> {
        let others: BTreeSet<&MemberId> = person.facts.aliases.iter().filter(|id| *id != asked).collect();
        std::iter::once(asked).chain(others).cloned().collect()
    }

    /// The id under which a person's cases stand: of several the one with an open case, then one with any; without a case
    /// the one that was asked for.
    pub(crate) async fn home(&self, asked: &MemberId, person: &Person) -> Result<MemberId, Problem> {
        let mut home = ((false, false), asked.clone());
        let ids = Self::ids(asked, person);
        for id in ids.into_iter().filter(|_| !person.facts.aliases.is_empty()) {
            let cases = self.store().cases(&id).await?;
            let standing = (cases.iter().any(|record| record.case.is_open()), !cases.is_empty());
            if standing > home.0 {
                home = (standing, id);
            }
        }
        Ok(home.1)
    }

    /// The line of business of a member of whom no facts are stored, as the case says.
    async fn line_of_case(&self, member: &MemberId) -> Result<Option<LineOfBusiness>, Problem> {
        let cases = self.store().cases(member).await?;
        let first = cases.first().ok_or_else(|| Problem::not_found("member"))?;
        Ok(first.about.lob)
    }

    /// Whether a row of a list may be shown.
    pub(crate) fn shows(&self, record: &CaseRecord) -> bool {
        self.who.sees(record.about.lob)
    }

    /// Writes a line of the audit trail, before what it is about is shown.
    pub(crate) async fn audit(&self, entry: Entry) -> Result<(), Problem> {
        audit::write(self.store(), &self.pen(), &entry, None).await
    }

    /// Does something, with its line in the audit trail: begun before it is done, so that an act without a line cannot
    /// happen, and ended with what came of it before it is answered.
    pub(crate) async fn act<T>(
        &self,
        entry: Entry,
        doing: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        self.act_as(entry, |_| Outcome::Done, doing).await
    }

    /// The same, where not every answer means that something was done.
    pub(crate) async fn act_as<T>(
        &self,
        entry: Entry,
        told: impl Fn(&T) -> Outcome,
        doing: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let pen = self.pen();
        audit::write(self.store(), &pen, &entry, Some(Outcome::Asked)).await?;
        let done = doing.await;
        audit::write(self.store(), &pen, &entry, Some(audit::outcome_of(&done, told))).await?;
        done
    }

    fn pen(&self) -> Pen<'_> {
        let line = self.lines.fetch_add(1, Ordering::Relaxed);
        Pen { who: &self.who, now: self.now(), request: &self.request, line }
    }
}
