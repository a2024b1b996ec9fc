//! The job behind the reports: it goes through every member of a store once, which no request ever does (DESIGN D13),
//! and keeps what it counted. The same job for a store on this machine and for a deployment.

use super::{PROGRAM, RunError, rules};
use futures_util::{StreamExt, TryStreamExt, stream};
use icm_aws::Store;
use icm_casework::person::Around;
use icm_casework::{Person, load_catalogue};
use icm_domain::case::event::EventKind;
use icm_domain::case::log::CaseLine;
use icm_domain::case::transition::LedgerNote;
use icm_domain::day::Day;
use icm_domain::decision::{Standing, decide};
use icm_domain::facts::{Channel, MemberFacts};
use icm_domain::ids::{MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::program::{Calendars, Catalogue};
use icm_domain::queue::Wave;
use icm_measure::member::{CaseLog, MemberRecord, Watch};
use icm_measure::table::Report;
use icm_measure::{Measures, Setting};
use icm_ports::{CasesRead, Head, MembersPage, PortError};
use identify_members::{Rules, standing_decision};
use operations::Lines;
use operations::reports::{keep, scopes};
use std::collections::{BTreeMap, BTreeSet};

/// Members that are read at the same time.
const AT_ONCE: usize = 16;

/// The reports of everybody, and how many members were counted.
pub struct Measured {
    /// Through when everything known is in them.
    pub through: Moment,
    /// Members counted.
    pub members: u64,
    /// The reports, of all lines of business.
    pub reports: Vec<Report>,
}

/// Counts every member of the store and keeps the reports, once for every choice of lines of business that a reader may
/// be restricted to.
pub async fn measure(store: &Store, through: Moment) -> Result<Measured, RunError> {
    let wrong = |error: PortError| RunError::Function(error.to_string());
    let rules = rules::in_force(store, through.day()).await?;
    let catalogue = load_catalogue(store, through.day()).await.map_err(wrong)?;
    let setting = Setting {
        through,
        waves: waves(store, &catalogue).await.map_err(wrong)?,
        calendar: catalogue.calendars.holidays.clone(),
        teams: catalogue.teams.clone(),
        cadences: catalogue.cadences.clone(),
    };
    let mut counted: Vec<(Lines, Measures)> =
        scopes().into_iter().map(|lines| (lines, Measures::new(setting.clone()))).collect();
    let (mut members, mut after) = (0, None::<Box<str>>);
    loop {
        let (page, next) = store.members_after(after.as_deref()).await.map_err(wrong)?;
        let reading =
            page.iter().map(|member| record(store, member, &rules, (&setting, &catalogue.calendars)));
        let read: Vec<Option<MemberRecord>> =
            stream::iter(reading).buffered(AT_ONCE).try_collect().await.map_err(wrong)?;
        for record in read.iter().flatten() {
            members += 1;
            let own = counted.iter_mut().filter(|(lines, _)| lines.see(record.traits.lob));
            own.for_each(|(_, measures)| measures.add(record));
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    let mut everybody = Vec::new();
    for (lines, measures) in &counted {
        let reports = measures.reports();
        keep(store, lines, through, &reports).await.map_err(wrong)?;
        if *lines == Lines::All {
            everybody = reports;
        }
    }
    Ok(Measured { through, members, reports: everybody })
}

/// The recorded waves of every program.
async fn waves(store: &Store, catalogue: &Catalogue) -> Result<Vec<(ProgramId, Vec<Wave>)>, PortError> {
    let mut all = Vec::new();
    for program in &catalogue.programs {
        all.push((program.id.clone(), icm_casework::waves::load(store, &program.id).await?));
    }
    Ok(all)
}

/// A member; none where the person stands under another id.
async fn record(
    store: &Store,
    member: &MemberId,
    rules: &Rules,
    (setting, calendars): (&Setting, &Calendars),
) -> Result<Option<MemberRecord>, PortError> {
    let (home, head, facts) = standing_decision(store, member, &ProgramId::new(PROGRAM)).await?;
    if home != *member {
        return Ok(None);
    }
    let as_of = head.as_of.map_or(setting.today(), |decided| decided.max(setting.today()));
    let policy = rules.policy(&facts, as_of);
    let decision = decide(&facts, &Standing::default(), as_of, policy);
    let mut cases = Vec::new();
    for held in store.cases(member).await? {
        let events = store.events(member, &held.case.id).await?;
        cases.push(CaseLog { lines: events.into_iter().map(|event| event.line).collect(), case: held.case });
    }
    let touches: Vec<Moment> = head
        .ledger
        .iter()
        .filter_map(|note| match note {
            LedgerNote::Touch { at, channel, .. } if *channel != Channel::Letter => Some(*at),
            LedgerNote::Touch { .. }
            | LedgerNote::Unusable(_)
            | LedgerNote::Reserved { .. }
            | LedgerNote::Released(_) => None,
        })
        .collect();
    let watch = watched(&facts, &head, &cases, calendars);
    let mut record = MemberRecord::of(&facts, &decision, cases, &touches, setting.first_day(), policy);
    // The decision that stands: it knows of open cases and cool-downs.
    record.decision = head.outcome.map(|outcome| outcome.decision).or(record.decision);
    record.watch = watch;
    Ok(Some(record))
}

/// What guardrails count: calls outside the member's hours, days on which two programs came.
fn watched(facts: &MemberFacts, head: &Head, cases: &[CaseLog], calendars: &Calendars) -> Watch {
    let mut watch = Watch { decided: head.as_of, ..Watch::default() };
    let mut days: BTreeMap<Day, BTreeSet<&ProgramId>> = BTreeMap::new();
    for note in &head.ledger {
        if let LedgerNote::Touch { at, program, channel, .. } = note
            && *channel != Channel::Letter
        {
            days.entry(at.day()).or_default().insert(program);
        }
    }
    let counted = |days: usize| u32::try_from(days).unwrap_or(u32::MAX);
    watch.contact_days = counted(days.len());
    watch.shared_days = counted(days.values().filter(|programs| programs.len() > 1).count());
    for line in cases.iter().flat_map(|log| &log.lines) {
        let CaseLine::Applied { event, .. } = line else { continue };
        let EventKind::AttemptRecorded(attempt) = &event.kind else { continue };
        if matches!(attempt.channel, Channel::Call | Channel::Text) {
            let person = Person::of(facts.clone(), attempt.at.day());
            watch.dialled += 1;
            let around = Around::of(&person, &[], calendars);
            let outside = around.outside_hours(attempt.at, attempt.channel, attempt.phone.as_ref());
            watch.outside_hours += u32::from(outside);
        }
    }
    watch
}
