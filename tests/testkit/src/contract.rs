//! The contract of the store's ports: one suite, run on the fakes and on the embedded engine through the real SDK.
//! Every check uses its own member ids, so that all run on one store.

use icm_domain::case::effect::{Due, Effect, EffectKind, TaskKind};
use icm_domain::case::open::{Opening, open};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::required::Participation;
use icm_domain::case::state::Terms;
use icm_domain::day::Day;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::decision::{DecisionKind, Outcome, Rule};
use icm_domain::ids::{CaseId, ClaimId, EffectId, MemberId, ProgramId, SourceId};
use icm_domain::moment::Moment;
use icm_domain::phi::Phi;
use icm_ports::{
    AuditRead, AuditRecord, AuditSpan, AuditWrite, Body, CapacityTake, CasesRead, Commit, DueEntry, DueIndex,
    DueKind, DueSubject, EffectRecord, EffectStatus, EffectsLease, EffectsRead, FactsAppend, FactsRead, Head,
    Lease, LocatorRead, LocatorWrite, MemberCommit, MemberRead, MembersPage, Pack, PackKey, Parked,
    PortError, QuarantineRead, QuarantineRecord, QuarantineWrite, RegistryKind, RegistryRead, RegistryRecord,
    RegistryWrite, Result, Version, WorkRow, Worklist,
};

icm_ports::bundle! {
    /// Every port that the suite checks.
    pub trait Everything:
        FactsAppend,
        FactsRead,
        MemberRead,
        MembersPage,
        MemberCommit,
        CasesRead,
        Worklist,
        EffectsRead,
        EffectsLease,
        DueIndex,
        LocatorRead,
        LocatorWrite,
        QuarantineRead,
        QuarantineWrite,
        AuditRead,
        AuditWrite,
        RegistryRead,
        RegistryWrite;
}

/// Runs the whole suite. Panics with the first difference; an error is a port that failed.
pub async fn check(store: &impl Everything) -> Result<()> {
    packs_are_appended_once(store).await?;
    large_histories_are_read_to_the_end(store).await?;
    a_commit_needs_the_version_that_was_read(store).await?;
    an_older_day_is_refused(store).await?;
    every_decided_member_is_on_one_page(store).await?;
    guards_hold_other_heads(store).await?;
    effects_are_released_once(store).await?;
    what_is_due_is_found(store).await?;
    a_long_worklist_is_read_to_the_end(store).await?;
    capacity_is_never_exceeded(store).await?;
    registry_records_move_by_one_revision(store).await?;
    parked_facts_are_found(store).await?;
    quarantine_keeps_records_in_order(store).await?;
    a_long_quarantine_is_read_to_the_end(store).await?;
    a_long_day_of_the_audit_trail_is_read_to_the_end(store).await
}

fn moment(hours: i64) -> Moment {
    Moment::start_of(Day::from_count(20_000)).plus_hours(hours)
}

fn is_conflict<T>(result: &Result<T>) -> bool {
    matches!(result, Err(PortError::Conflict { .. }))
}

/// An effect of the suite.
fn effect(id: &str) -> EffectRecord {
    let what = EffectKind::InternalTask {
        task: TaskKind::FindContact,
        review: None,
        model: None,
        due: Due::BusinessDays(1),
    };
    let effect = Effect { id: EffectId::new(id), dedup: EffectId::new(id), sequence: 1, what };
    EffectRecord::pending(effect, ProgramId::new("ICM"), None, moment(1))
}

fn outcome() -> Outcome {
    Outcome {
        decision: DecisionKind::IdentifiedIcm,
        reason: "UNMANAGED".to_owned(),
        triggers: vec![Rule::R1],
        lead: None,
        next_review: Some(Day::from_count(20_001)),
    }
}

async fn packs_are_appended_once(store: &impl Everything) -> Result<()> {
    let member = MemberId::new("contract-packs");
    let pack =
        |key: &str| Pack { key: PackKey::new(key), bytes: vec![1, 2, 3], expires: Some(1_900_000_000) };
    let packs = [pack("202401#cg#aa"), pack("202312#kg#bb")];
    store.append(&member, &packs).await?;
    store.append(&member, &packs[..1]).await?;
    let keys: Vec<PackKey> = store.pack_keys(&member).await?;
    assert_eq!(keys, ["202312#kg#bb", "202401#cg#aa"].map(PackKey::new));
    let read = store.packs(&member).await?;
    assert_eq!(read.iter().map(|pack| &pack.key).collect::<Vec<_>>(), keys.iter().collect::<Vec<_>>());
    assert!(read.iter().all(|pack| pack.bytes == [1, 2, 3] && pack.expires == Some(1_900_000_000)));
    assert!(store.packs(&MemberId::new("contract-nobody")).await?.is_empty());
    Ok(())
}

async fn large_histories_are_read_to_the_end(store: &impl Everything) -> Result<()> {
    let member = MemberId::new("contract-large");
    // More than one page of one megabyte, more than one batch of 25.
    let pack = |n: u8| Pack {
        key: PackKey::new(format!("202401#cg#{n:03}")),
        bytes: vec![n; 60_000],
        expires: None,
    };
    let packs: Vec<Pack> = (0..28).map(pack).collect();
    store.append(&member, &packs).await?;
    assert_eq!(store.packs(&member).await?, packs);
    assert_eq!(store.pack_keys(&member).await?.len(), packs.len());
    Ok(())
}

async fn a_commit_needs_the_version_that_was_read(store: &impl Everything) -> Result<()> {
    let member = MemberId::new("contract-commit");
    let read = store.head(&member).await?;
    assert_eq!(read, Head::default());
    let head = Head {
        as_of: Some(Day::from_count(20_000)),
        outcome: Some(outcome()),
        review: Some(moment(24)),
        ..Head::default()
    };
    let mut commit = Commit::of_head(member.clone(), &read, head.clone());
    commit.decision = Some(Body::new(1, "{\"a\":1}"));
    commit.effects = vec![effect("contract-commit#1")];
    store.commit(&commit).await?;
    let stands = Head { version: Version(1), ..head.clone() };
    assert_eq!(store.head(&member).await?, stands);
    assert_eq!(store.decision(&member).await?, Some(Body::new(1, "{\"a\":1}")));
    assert_eq!(store.effects(&member).await?, commit.effects);
    let repeated = store.commit(&commit).await;
    assert!(repeated.is_ok() || is_conflict(&repeated));
    let late = Commit::of_head(member.clone(), &read, Head { outcome: None, ..head.clone() });
    assert!(is_conflict(&store.commit(&late).await));
    let mut doubled = Commit::of_head(member.clone(), &stands, head);
    doubled.effects = vec![effect("contract-commit#1")];
    assert!(is_conflict(&store.commit(&doubled).await), "an effect is written once");
    assert_eq!(store.head(&member).await?, stands, "a refused commit changes nothing");
    Ok(())
}

async fn an_older_day_is_refused(store: &impl Everything) -> Result<()> {
    let member = MemberId::new("contract-older");
    let at = |day: i32| Head { as_of: Some(Day::from_count(day)), ..Head::default() };
    store.commit(&Commit::of_head(member.clone(), &Head::default(), at(20_000))).await?;
    let read = store.head(&member).await?;
    assert!(is_conflict(&store.commit(&Commit::of_head(member.clone(), &read, at(19_999))).await));
    store.commit(&Commit::of_head(member.clone(), &read, at(20_000))).await
}

async fn guards_hold_other_heads(store: &impl Everything) -> Result<()> {
    let (member, other) = (MemberId::new("contract-guard"), MemberId::new("contract-guarded"));
    let guarded = |version| {
        let mut commit = Commit::of_head(member.clone(), &Head::default(), Head::default());
        commit.guards = vec![(other.clone(), Version(version))];
        commit
    };
    assert!(is_conflict(&store.commit(&guarded(1)).await));
    store.commit(&Commit::of_head(other.clone(), &Head::default(), Head::default())).await?;
    assert!(is_conflict(&store.commit(&guarded(0)).await));
    store.commit(&guarded(1)).await
}

async fn effects_are_released_once(store: &impl Everything) -> Result<()> {
    let member = MemberId::new("contract-lease");
    let ids = ["contract-lease#1", "contract-lease#2", "contract-lease#3"].map(EffectId::new);
    let mut commit = Commit::of_head(member.clone(), &Head::default(), Head::default());
    commit.effects = ids.iter().map(|id| effect(id.as_str())).collect();
    store.commit(&commit).await?;
    let [first, second, third] = &ids;
    let lease = |token: &str, until| Lease { token: token.into(), until: moment(until) };

    let leased = store.lease(&member, first, &lease("a", 3), moment(2)).await?;
    assert_eq!((leased.status, leased.attempts), (EffectStatus::Leased, 1));
    assert!(is_conflict(&store.lease(&member, first, &lease("b", 4), moment(2)).await));
    let taken_over = store.lease(&member, first, &lease("b", 6), moment(4)).await?;
    assert_eq!(taken_over.attempts, 2);
    assert!(is_conflict(&store.mark_sent(&member, first, "a", moment(4)).await), "the lease went on");
    store.mark_sent(&member, first, "b", moment(5)).await?;
    assert!(is_conflict(&store.lease(&member, first, &lease("c", 9), moment(8)).await), "sent is sent");

    store.lease(&member, second, &lease("a", 3), moment(2)).await?;
    store.give_back(&member, second, "a", Some(moment(7))).await?;
    let held = store.effect(&member, second).await?.map(|effect| (effect.status, effect.since, effect.lease));
    assert_eq!(held, Some((EffectStatus::Held, moment(7), None)));

    let mut cancel = Commit::of_head(member.clone(), &store.head(&member).await?, Head::default());
    cancel.cancels = vec![second.clone(), third.clone()];
    store.commit(&cancel).await?;
    assert!(is_conflict(&store.lease(&member, third, &lease("d", 9), moment(8)).await), "cancelled");
    let mut again = Commit::of_head(member.clone(), &store.head(&member).await?, Head::default());
    again.cancels = vec![first.clone()];
    assert!(is_conflict(&store.commit(&again).await), "what is sent cannot be cancelled");
    Ok(())
}

async fn what_is_due_is_found(store: &impl Everything) -> Result<()> {
    let member = MemberId::new("contract-due");
    let head = Head { review: Some(moment(-1000)), ..Head::default() };
    let mut commit = Commit::of_head(member.clone(), &Head::default(), head);
    let mut early = effect("contract-due#1");
    early.since = moment(-999);
    commit.effects = vec![early];
    store.commit(&commit).await?;
    let shard = icm_contract::keys::shard(&member);
    let mine = async |kind, until| -> Result<Vec<DueEntry>> {
        let entries = store.due(kind, shard, until, None, 50).await?;
        Ok(entries.into_iter().filter(|entry| entry.member == member).collect())
    };
    assert!(mine(DueKind::Member, moment(-1001)).await?.is_empty());
    let member_due = mine(DueKind::Member, moment(-1000)).await?;
    assert_eq!(member_due.first().map(|entry| &entry.what), Some(&DueSubject::Member));
    let effect_due = mine(DueKind::Effect, moment(-900)).await?;
    assert_eq!(effect_due.first().map(|entry| entry.at), Some(moment(-999)));
    let lease = Lease { token: "a".into(), until: moment(-990) };
    let id = EffectId::new("contract-due#1");
    store.lease(&member, &id, &lease, moment(-995)).await?;
    assert_eq!(mine(DueKind::Effect, moment(-900)).await?.first().map(|entry| entry.at), Some(moment(-990)));
    store.mark_sent(&member, &id, "a", moment(-994)).await?;
    assert!(mine(DueKind::Effect, moment(-900)).await?.is_empty(), "what is sent is not due");
    Ok(())
}

/// A case of a program of its own, with so much about the member that a dozen of them are more than one answer holds.
async fn open_case(store: &impl Everything, member: &MemberId, program: &ProgramId) -> Result<()> {
    let opening = Opening {
        id: CaseId::new(format!("case-{}", member.as_str())),
        member: member.clone(),
        program: program.clone(),
        terms: Terms::default(),
        priority: Priority {
            tier: Tier::High,
            persistence: Persistence::Usual,
            not_impactable: 1,
            waiting_since: moment(0).day(),
        },
        participation: Participation::Voluntary,
        facts_version: 0,
        co_managers: Vec::new(),
        details: None,
        at: moment(0),
    };
    let case = open(opening, None, None).map_err(|_| PortError::Corrupt { operation: "open case" })?;
    let about = Particulars { name: Some(Phi::new("N".repeat(100_000).into())), ..Particulars::default() };
    let head = store.head(member).await?;
    let mut commit = Commit::of_head(member.clone(), &head, head.clone());
    commit.add_opening(case, about, None, moment(0));
    store.commit(&commit).await
}

async fn a_long_worklist_is_read_to_the_end(store: &impl Everything) -> Result<()> {
    let program = ProgramId::new("LONG-LIST");
    let of_one_shard = |member: &MemberId| icm_contract::keys::shard(member) == 3;
    let members = (0..).map(|nth| MemberId::new(format!("listed-{nth:05}")));
    let members: Vec<MemberId> = members.filter(of_one_shard).take(15).collect();
    for member in &members {
        open_case(store, member, &program).await?;
    }
    let mut seen = Vec::new();
    store.every_row(&program, "IDENTIFIED", &mut |row: WorkRow| seen.push(row.member)).await?;
    seen.sort();
    assert_eq!(seen, members, "every row once, also behind the first megabyte");
    let rows = store.work(&program, "IDENTIFIED", None, 100).await?;
    assert_eq!(rows.iter().map(|row| &row.member).collect::<Vec<_>>(), members.iter().collect::<Vec<_>>());
    let fifth = rows.get(4).and_then(|row| row.case.work.as_ref()).map(|work| work.sort.as_ref());
    let rest = store.work(&program, "IDENTIFIED", fifth, 8).await?;
    assert_eq!(
        rest.iter().map(|row| &row.member).collect::<Vec<_>>(),
        members.iter().skip(5).take(8).collect::<Vec<_>>()
    );
    Ok(())
}

async fn capacity_is_never_exceeded(store: &impl Everything) -> Result<()> {
    let member = MemberId::new("contract-capacity");
    let take = async |take| -> Result<()> {
        let mut commit = Commit::of_head(member.clone(), &store.head(&member).await?, Head::default());
        commit.capacity = vec![CapacityTake { key: "ICM#V1#contract".into(), take, limit: 5 }];
        store.commit(&commit).await
    };
    assert!(is_conflict(&take(6).await));
    take(3).await?;
    assert!(is_conflict(&take(3).await));
    take(2).await?;
    assert_eq!(store.taken("ICM#V1#contract").await?, 5);
    take(-4).await?;
    assert_eq!(store.taken("ICM#V1#contract").await?, 1);
    assert_eq!(store.taken("ICM#V1#nobody").await?, 0);
    Ok(())
}

async fn registry_records_move_by_one_revision(store: &impl Everything) -> Result<()> {
    let kind = RegistryKind::Criteria;
    let record = |revision, text: &str| RegistryRecord {
        key: "contract#1".into(),
        revision,
        body: Body::new(1, text),
    };
    assert!(is_conflict(&store.write(kind, &record(2, "b")).await));
    store.write(kind, &record(1, "a")).await?;
    assert!(is_conflict(&store.write(kind, &record(1, "b")).await), "a version is published once");
    store.write(kind, &record(2, "b")).await?;
    assert_eq!(RegistryRead::record(store, kind, "contract#1").await?, Some(record(2, "b")));
    assert_eq!(RegistryRead::records(store, kind, "contract#").await?, [record(2, "b")]);
    assert_eq!(RegistryRead::records(store, kind, "").await?.len(), 1);
    assert!(RegistryRead::records(store, RegistryKind::Pause, "").await?.is_empty());
    Ok(())
}

async fn parked_facts_are_found(store: &impl Everything) -> Result<()> {
    let (source, control) = (SourceId::new("payer"), ClaimId::new("ICN-1"));
    let fact = Parked { id: "f1".into(), bytes: vec![9] };
    assert_eq!(store.locate(&source, &control).await?, None);
    store.park(&source, &control, &fact).await?;
    store.park(&source, &control, &fact).await?;
    let place = [(control.clone(), MemberId::new("m0")), (control.clone(), MemberId::new("m1"))];
    LocatorWrite::record(store, &source, &place).await?;
    assert_eq!(store.locate(&source, &control).await?, Some(MemberId::new("m1")));
    assert_eq!(store.parked(&source, &control).await?, [fact]);
    store.unpark(&source, &control, "f1").await?;
    assert!(store.parked(&source, &control).await?.is_empty());
    Ok(())
}

async fn every_decided_member_is_on_one_page(store: &impl Everything) -> Result<()> {
    let members: Vec<MemberId> = (0..9).map(|n| MemberId::new(format!("page-{n}"))).collect();
    for member in &members {
        let before = store.head(member).await?;
        let next = Head { as_of: Some(Day::from_count(1)), ..before.clone() };
        store.commit(&Commit::of_head(member.clone(), &before, next)).await?;
    }
    // Facts alone make no head: nobody was decided.
    let undecided = Pack { key: PackKey::new("202401#cg#aa"), bytes: vec![1], expires: None };
    store.append(&MemberId::new("page-facts"), &[undecided]).await?;
    let (mut seen, mut after) = (Vec::new(), None::<Box<str>>);
    loop {
        let (page, next) = store.members_after(after.as_deref()).await?;
        seen.extend(page.into_iter().filter(|member| member.as_str().starts_with("page-")));
        after = next;
        if after.is_none() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, members);
    Ok(())
}

async fn quarantine_keeps_records_in_order(store: &impl Everything) -> Result<()> {
    let record = |n: u32| QuarantineRecord {
        origin: "contract/file.csv".into(),
        id: format!("{n:010}#from").into(),
        field: "from".into(),
        reason: "not a date that exists".into(),
        at: moment(0),
        content: None,
        replayed: false,
    };
    store.quarantine(&[record(2), record(1)]).await?;
    store.quarantine(&[record(2)]).await?;
    assert_eq!(store.origins().await?, ["contract/file.csv".into()]);
    let read = QuarantineRead::records(store, "contract/file.csv", None, 10).await?;
    assert_eq!(read, [record(1), record(2)]);
    let after = read.first().map(|record| record.id.as_ref());
    assert_eq!(QuarantineRead::records(store, "contract/file.csv", after, 1).await?, [record(2)]);
    Ok(())
}

async fn a_long_quarantine_is_read_to_the_end(store: &impl Everything) -> Result<()> {
    let record = |number: u32| QuarantineRecord {
        origin: "contract-long.csv".into(),
        id: format!("{number:010}#").into(),
        field: "".into(),
        reason: "not a row".into(),
        at: moment(0),
        content: Some("x".repeat(150_000).into()),
        replayed: false,
    };
    for number in 0..10 {
        store.quarantine(&[record(number)]).await?;
    }
    let records = QuarantineRead::records(store, "contract-long.csv", None, 100).await?;
    assert_eq!(records.len(), 10, "also behind the first megabyte");
    let rest = QuarantineRead::records(store, "contract-long.csv", Some(&record(1).id), 7).await?;
    assert_eq!(
        rest.iter().map(|held| held.id.clone()).collect::<Vec<_>>(),
        (2..9).map(|n| record(n).id).collect::<Vec<_>>()
    );
    Ok(())
}

/// Lines of the same actor in the same moment stand beside each other; those of a day are found to the last.
async fn a_long_day_of_the_audit_trail_is_read_to_the_end(store: &impl Everything) -> Result<()> {
    let member = MemberId::new("contract-audited");
    let line = |number: u32| AuditRecord {
        at: moment(0),
        id: format!("contract{number:04}").into(),
        actor: "ops:contract".into(),
        body: Body::new(1, "y".repeat(150_000)),
    };
    for number in 0..12 {
        store.audit_about(&line(number), &member).await?;
        store.audit_about(&line(number), &member).await?;
    }
    let all = AuditSpan { after: None, limit: 500 };
    let about = store.audited_about(&member, all).await?;
    assert_eq!(about.len(), 12, "each once, also behind the first megabyte");
    let day = store.audited_on(moment(0).day(), all).await?;
    assert_eq!(day.iter().filter(|held| held.actor.as_str() == "ops:contract").count(), 12);
    let after = line(3).place();
    let rest = store.audited_about(&member, AuditSpan { after: Some(&after), limit: 5 }).await?;
    assert_eq!(
        rest.iter().map(|held| held.id.clone()).collect::<Vec<_>>(),
        (4..9).map(|n| line(n).id).collect::<Vec<_>>()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_fakes_keep_the_contract() {
        let world = crate::World::new();
        assert_eq!(crate::run(super::check(&world.open())), Ok(()));
    }
}
