//! Everybody who waits for a place, from the projections: who they are to the queue, and who may take them.

use crate::{Queue, QueueStore};
use icm_casework::Person;
use icm_domain::case::reason::{PendReason, ReviewReason};
use icm_domain::case::required::Participation;
use icm_domain::case::state::Case;
use icm_domain::case::status::Status;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::ids::{CaseId, MemberId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::program::definition::Program;
use icm_domain::program::{Catalogue, Locality};
use icm_domain::queue;
use icm_ports::{Clock, Result, WorkRow};
use std::collections::BTreeMap;

/// Cases without a known line of business whose facts one run reads: the list may be older than the facts.
const UNKNOWN_MAX: usize = 200;

/// Tier, persistence and week of identification: within them an approved evaluation orders by the draw alone.
type Stratum = (Tier, Persistence, i32);

/// A waiting case, as the admission sees it.
type Waiting = queue::Waiting<Priority, Stratum>;

/// Everybody who waits.
#[derive(Default)]
pub(crate) struct Line {
    /// As the admission sees them.
    pub(crate) cases: Vec<Waiting>,
    /// Whose cases they are.
    pub(crate) members: BTreeMap<CaseId, MemberId>,
}

impl Line {
    /// Since when each waits.
    pub(crate) fn since(&self) -> BTreeMap<&CaseId, Moment> {
        self.cases.iter().map(|waiting| (&waiting.case, waiting.since)).collect()
    }

    fn add(&mut self, member: MemberId, case: &Case, locality: Locality<'_>, open: &Open<'_>) {
        self.cases.push(open.waiting(case, locality));
        self.members.insert(case.id.clone(), member);
    }
}

/// Reads everybody who waits, however many: the share of the longest-waiting and the cells that few can use are for
/// those far behind as well. Of each only what the order needs is held.
pub(crate) async fn read<S: QueueStore, C: Clock>(
    program: &Program,
    catalogue: &Catalogue,
    queue: &Queue<S, C>,
) -> Result<Line> {
    let open = Open { program, catalogue };
    let mut line = Line::default();
    let mut unknown: Vec<WorkRow> = Vec::new();
    for status in [Status::Queued, Status::Pended(PendReason::Capacity)] {
        let mut visit = |row: WorkRow| {
            // Nobody may be contacted without coverage or against an appeal: a place would be held for nobody.
            if !may_begin(&row.case.case) {
                return;
            }
            let about = &row.case.about;
            let Some(lob) = about.lob else {
                unknown.push(row);
                return;
            };
            let (county, language) = (about.county.as_deref(), about.language.as_deref());
            let locality = Locality { county, language, lob, practice: about.practice.as_deref() };
            line.add(row.member.clone(), &row.case.case, locality, &open);
        };
        queue.store.every_row(&program.id, status.id(), &mut visit).await?;
    }
    unknown.sort_by(|one, other| one.case.work.cmp(&other.case.work));
    for row in unknown.into_iter().take(UNKNOWN_MAX) {
        let person = Person::load(&queue.store, &row.member, queue.clock.today()).await?;
        // Without a line of business nobody can be asked: coverage has to come first.
        if let Some(locality) = person.locality() {
            line.add(row.member.clone(), &row.case.case, locality, &open);
        }
    }
    Ok(line)
}

fn may_begin(case: &Case) -> bool {
    let appeals = matches!(&case.participation, Participation::Required(required) if required.appeal_pending);
    // A person decides first whether there is still a reason.
    let in_question = case.reviews.contains(&ReviewReason::TriggerReversed);
    // What a vendor said before it was asked to let go is not read yet: it may be the member's "no".
    let unread = case.reply_gap_since().is_some();
    case.coverage.covered && !appeals && !in_question && !unread
}

/// What a program has to offer.
struct Open<'a> {
    program: &'a Program,
    catalogue: &'a Catalogue,
}

impl Open<'_> {
    fn waiting(&self, case: &Case, locality: Locality<'_>) -> Waiting {
        let found = self.catalogue.candidates(self.program, locality, &case.vendors_tried);
        let mut teams: Vec<VendorId> = found.into_iter().map(|candidate| candidate.team).collect();
        // Whom a rejection or a silent vendor named comes first.
        teams.sort_by_key(|team| case.next_vendor.as_ref() != Some(team));
        let week = case.opened.day().count().div_euclid(7);
        Waiting {
            case: case.id.clone(),
            key: case.priority,
            stratum: (case.priority.tier, case.priority.persistence, week),
            draw: draw(&case.id),
            since: case.waiting_since.unwrap_or(case.opened),
            days_max: case.terms.waiting_days_max,
            county: locality.county.map(Into::into),
            language: locality.language.map(Into::into),
            lob: locality.lob,
            teams,
        }
    }
}

/// The recorded draw of a case: a hash of its id, so that nobody can choose it and everybody can check it.
fn draw(case: &CaseId) -> u64 {
    icm_contract::keys::hash_number(format!("draw#{}", case.as_str()).as_bytes())
}
