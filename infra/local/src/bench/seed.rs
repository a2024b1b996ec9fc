//! Invented members with a case that has a place, committed as the functions do it: facts, opening, admission with offer.

use super::PROGRAM;
use icm_casework::Work;
use icm_casework::work::event_of;
use icm_contract::pack;
use icm_domain::case::event::EventKind;
use icm_domain::case::open::{Opening, open};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::required::Participation;
use icm_domain::case::state::{Place, Terms};
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::facts::{Coverage, Fact, LineOfBusiness, Profile};
use icm_domain::ids::{CaseId, MemberId, ProgramId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::phi::Phi;
use icm_domain::program::Catalogue;
use icm_ports::{
    CapacityTake, CasesRead, Commit, EffectsRead, FactsAppend, MemberCommit, MemberRead, Pack, PackKey,
    PortError, Result,
};

/// What seeding does to a store.
pub(super) trait SeedStore: FactsAppend + MemberRead + CasesRead + EffectsRead + MemberCommit {}
impl<S: FactsAppend + MemberRead + CasesRead + EffectsRead + MemberCommit> SeedStore for S {}

/// The member of number `nth`.
pub(super) fn member(nth: usize) -> MemberId {
    MemberId::new(format!("BENCH{nth:06}"))
}

/// The case of number `nth`.
pub(super) fn case_id(nth: usize) -> CaseId {
    CaseId::new(format!("K-{nth:06}"))
}

/// Makes member and case of number `nth` unless they are there, and offers the case to `vendor` in the last commit.
/// A process that is killed on the way goes on with it.
pub(super) async fn offered<S: SeedStore>(
    store: &S,
    nth: usize,
    vendor: &VendorId,
    catalogue: &Catalogue,
    now: Moment,
) -> Result<()> {
    let member = member(nth);
    let program = ProgramId::new(PROGRAM);
    let Some(terms) = terms(catalogue, vendor) else {
        return Err(PortError::Corrupt { operation: "seed case" });
    };
    let found = Work::load(store, &member, &program).await?;
    let loaded = if found.is_some() {
        found
    } else {
        store.append(&member, &packs(&member, now)).await?;
        opened(store, nth, &member, terms.clone(), now).await?;
        Work::load(store, &member, &program).await?
    };
    let Some(mut work) = loaded.filter(|work| work.case().assignment.is_none()) else { return Ok(()) };
    let place = Place { team: vendor.clone(), county: None, language: None, lob: None };
    let key = place.key();
    let events =
        [EventKind::Queued, EventKind::Routed(terms), EventKind::Admitted { place, wave: PROGRAM.into() }];
    for kind in events {
        let event = event_of(format!("seed#{}", kind.id()), "system:bench", now, kind);
        if work.apply(&event).is_err() {
            return Err(PortError::Corrupt { operation: "seed case" });
        }
    }
    work.take(CapacityTake { key, take: 3, limit: i64::MAX });
    work.commit(store).await.map(drop)
}

fn terms(catalogue: &Catalogue, vendor: &VendorId) -> Option<Terms> {
    let program = catalogue.program(PROGRAM)?;
    let route = program.routes.iter().find(|route| route.teams.contains(vendor))?;
    Some(program.terms(route))
}

fn packs(member: &MemberId, now: Moment) -> Vec<Pack> {
    let today = now.day();
    let coverage = Coverage {
        source: "bench".into(),
        received: today.plus(-30),
        lob: LineOfBusiness::Medicaid,
        from: today.plus(-365),
        thru: None,
        retracted: false,
    };
    let profile = Profile {
        received: Some(today.plus(-30)),
        birth: Some(today.plus(-20_000)),
        name: Some(Phi::new("TEST^MEMBER".into())),
        phones: vec![Phi::new("217-555-0100".into())],
        ..Profile::default()
    };
    let facts = [Fact::Coverage(coverage), Fact::Profile(Box::new(profile))];
    let pack = |made: pack::EncodedPack| Pack {
        key: PackKey::new(made.key),
        bytes: made.bytes,
        expires: made.expires,
    };
    pack::encode(member, &facts).into_iter().map(pack).collect()
}

async fn opened<S: SeedStore>(
    store: &S,
    nth: usize,
    member: &MemberId,
    terms: Terms,
    now: Moment,
) -> Result<()> {
    let head = store.head(member).await?;
    let opening = Opening {
        id: case_id(nth),
        member: member.clone(),
        program: ProgramId::new(PROGRAM),
        terms,
        priority: Priority {
            tier: Tier::High,
            persistence: Persistence::Usual,
            not_impactable: 1,
            waiting_since: now.day(),
        },
        participation: Participation::Voluntary,
        facts_version: head.version.0,
        co_managers: Vec::new(),
        details: None,
        at: now,
    };
    let case = open(opening, None, None).map_err(|_| PortError::Corrupt { operation: "seed case" })?;
    let mut commit = Commit::of_head(member.clone(), &head, head.clone());
    commit.add_opening(case, Particulars::default(), None, now);
    store.commit(&commit).await
}
