//! Open cases of another system are taken over before a program goes live: nobody is offered again, nothing is sent.

use crate::flow::{Flow, PROGRAM, vendors};
use icm_casework::InForce;
use icm_casework::import::{Imported, OpenCase, Reason, Standing, contacts, take};
use icm_domain::case::reason::ReviewReason;
use icm_domain::case::state::Stage;
use icm_domain::case::transition::LedgerNote;
use icm_domain::day::Day;
use icm_domain::facts::{Channel, Closure, ClosureKind, Fact, Preference, PreferenceKind};
use icm_domain::ids::{CaseId, MemberId, ProgramId, VendorId};
use icm_domain::program::definition::Mode;
use icm_ports::{Destination, EffectStatus, MemberRead, Moment};
use icm_testkit::run;
use serde_json::json;

fn row(name: &str, team: &VendorId, standing: Standing) -> OpenCase {
    OpenCase {
        member: MemberId::new(name),
        program: ProgramId::new(PROGRAM),
        id: CaseId::new(format!("I-{name}")),
        team: team.clone(),
        standing,
        since: Day::parse("2026-05-01").unwrap(),
        consent: Some(("ICM-1".into(), Day::parse("2026-04-20").unwrap())),
        start: Day::parse("2026-05-01"),
        hold: None,
        last_contact: Day::parse("2026-06-25"),
    }
}

fn import(flow: &Flow, row: &OpenCase) -> Imported {
    let catalogue = run(icm_casework::load_catalogue(&flow.world.open(), flow.now().day())).unwrap();
    let rules = InForce::shipped(icm_formats::tables::shipped().unwrap());
    run(take(&flow.world.open(), row, (&catalogue, &rules), flow.now())).unwrap()
}

#[test]
fn a_member_with_a_vendor_goes_on_there_and_is_never_offered_again() {
    let flow = Flow::new();
    flow.mode(Mode::Shadow, 0);
    let vendor = vendors()[0].clone();
    let member = flow.identified("m1");
    let Imported::Taken(case) = import(&flow, &row("m1", &vendor, Standing::Active)) else { panic!("taken") };
    assert_eq!(case.status.id(), "ACTIVE");
    flow.mode(Mode::Live, 100);
    for _ in 0..3 {
        flow.queue();
        flow.relay();
        run(flow.sweep_through(flow.world.open()));
        flow.later(24 * 60);
    }
    assert_eq!(flow.types_to(&Destination::Vendor(vendor.clone())), Vec::<String>::new());
    assert_eq!(flow.types_to(&Destination::Outreach), Vec::<String>::new());
    // The offer stands as sent: updates and recalls name it.
    let offer = flow.case(&member).assignment.unwrap();
    assert_eq!(offer.stage, Stage::Serving);
    let state = flow.world.state();
    let held = state.members.get(&member).unwrap().effects.get(offer.offer.as_str()).unwrap().clone();
    drop(state);
    assert_eq!(held.status, EffectStatus::Sent);
    flow.assert_log_explains(&member);
    // The vendor goes on from the number that the import names, and its replies find the case.
    assert_eq!(offer.inbox.awaited(), 3);
    let body = json!({"minutes": 20, "mode": "PHONE", "two_way": true});
    flow.receive(Flow::reply(&vendor, "m1", 3, "contact.completed", body));
    flow.relay();
    assert_eq!(flow.types_to(&Destination::Vendor(vendor)), ["icm.reply.accepted.v1"]);
}

#[test]
fn a_second_import_and_a_row_for_another_vendor_change_nothing() {
    let flow = Flow::new();
    flow.identified("m1");
    let [first, second] = [vendors()[0].clone(), vendors()[1].clone()];
    assert!(matches!(import(&flow, &row("m1", &first, Standing::Accepted)), Imported::Taken(_)));
    let before = (flow.record(&MemberId::new("m1")), flow.taken());
    assert!(matches!(import(&flow, &row("m1", &first, Standing::Accepted)), Imported::Known(_)));
    assert_eq!(import(&flow, &row("m1", &second, Standing::Active)), Imported::Refused(Reason::OtherTeam));
    assert_eq!((flow.record(&MemberId::new("m1")), flow.taken()), before);
    assert_eq!(flow.status(&MemberId::new("m1")), "VENDOR_ACCEPTED");
    assert_eq!(flow.taken(), 3);
}

#[test]
fn a_member_whom_no_decision_has_found_gets_a_case_of_the_given_id() {
    let flow = Flow::new();
    // Facts alone, without a case: the coverage is what an import needs.
    let known = flow.identified("m1");
    let facts = flow.world.state().members.get(&known).unwrap().packs.clone();
    let member = MemberId::new("m2");
    flow.world.state().members.entry(member.clone()).or_default().packs = facts;
    let Imported::Taken(case) = import(&flow, &row("m2", &vendors()[0], Standing::OnHold)) else {
        // Without a reason nobody is put on hold.
        let mut row = row("m2", &vendors()[0], Standing::OnHold);
        row.hold = icm_domain::case::reason::HoldReason::parse("IN_FACILITY");
        let Imported::Taken(case) = import(&flow, &row) else { panic!("taken") };
        assert_eq!((case.id.as_str(), case.status.id()), ("I-m2", "ON_HOLD"));
        flow.assert_log_explains(&member);
        return;
    };
    panic!("on hold without a reason: {}", case.status.id());
}

#[test]
fn rows_that_cannot_stand_are_named_and_change_nothing() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    let vendor = vendors()[0].clone();
    let before = flow.record(&member);
    let mut without = row("m1", &vendor, Standing::Active);
    without.consent = None;
    assert_eq!(import(&flow, &without), Imported::Refused(Reason::NoConsent));
    assert_eq!(
        import(&flow, &row("nobody", &vendor, Standing::Active)),
        Imported::Refused(Reason::NotCovered)
    );
    let stranger = VendorId::new("V-UNKNOWN");
    assert_eq!(import(&flow, &row("m1", &stranger, Standing::Active)), Imported::Refused(Reason::NoRoute));
    assert_eq!(flow.record(&member), before);
}

#[test]
fn whoever_said_no_is_not_taken_into_outreach_and_stays_with_whom_they_consented_to() {
    let flow = Flow::new();
    let known = flow.identified("m1");
    let covered = flow.world.state().members.get(&known).unwrap().packs.clone();
    let date = Day::parse("2026-04-01").unwrap();
    let no = |kind| Fact::Closure(Closure { kind, date, received: flow.now().day() });
    let silent = PreferenceKind::DoNotContact { set: true };
    let told = [
        ("opted", no(ClosureKind::OptOutPermanent), Reason::OptedOut),
        ("silent", no(ClosureKind::DoNotContact), Reason::DoNotContact),
        ("wish", Fact::Preference(Preference { received: date, what: silent }), Reason::DoNotContact),
        ("declined", no(ClosureKind::Declined), Reason::CoolDown(date.plus(180))),
    ];
    for (name, fact, reason) in told {
        let member = MemberId::new(name);
        flow.world.state().members.entry(member.clone()).or_default().packs = covered.clone();
        flow.tell(&member, &[fact]);
        let row = |standing| row(name, &vendors()[0], standing);
        assert_eq!(import(&flow, &row(Standing::Outreach)), Imported::Refused(reason), "{name}");
        assert!(flow.world.state().members.get(&member).unwrap().cases.is_empty(), "{name}");
        assert!(matches!(import(&flow, &row(Standing::Active)), Imported::Taken(_)), "{name}: consent");
    }
    // A cool-down that is over bars nobody.
    let member = MemberId::new("later");
    flow.world.state().members.entry(member.clone()).or_default().packs = covered;
    flow.tell(&member, &[no(ClosureKind::UnableToContact)]);
    let taken = import(&flow, &row("later", &vendors()[0], Standing::Outreach));
    assert!(matches!(taken, Imported::Taken(_)), "{taken:?}");
}

/// A member of whom nothing is known but coverage: no decision would ever find them.
fn covered(flow: &Flow, name: &str) -> MemberId {
    let known = flow.identified("known");
    let packs = flow.world.state().members.get(&known).unwrap().packs.clone();
    let member = MemberId::new(name);
    flow.world.state().members.entry(member.clone()).or_default().packs = packs;
    member
}

fn no(kind: ClosureKind, date: &str, flow: &Flow) -> Fact {
    Fact::Closure(Closure { kind, date: Day::parse(date).unwrap(), received: flow.now().day() })
}

fn silence(received: &str) -> Fact {
    let what = PreferenceKind::DoNotContact { set: true };
    Fact::Preference(Preference { received: Day::parse(received).unwrap(), what })
}

/// Everybody works for some days; what went to the vendor and to outreach.
fn days_later(flow: &Flow, vendor: &VendorId) -> (Vec<String>, Vec<String>) {
    for _ in 0..3 {
        flow.queue();
        flow.relay();
        run(flow.sweep_through(flow.world.open()));
        flow.later(24 * 60);
    }
    (flow.types_to(&Destination::Vendor(vendor.clone())), flow.types_to(&Destination::Outreach))
}

/// What the member has said since, as a fact.
type Said = fn(&Flow) -> Fact;

#[test]
fn service_of_a_member_who_has_said_no_since_ends_with_the_import_and_the_vendor_is_told_to_stop() {
    let vendor = vendors()[0].clone();
    // Consented on 20 April: a "no" of that day or later counts.
    let says: [(&str, Said, Reason); 3] = [
        ("left", |flow| no(ClosureKind::OptOutPermanent, "2026-04-20", flow), Reason::OptedOut),
        ("silent", |flow| no(ClosureKind::DoNotContact, "2026-04-20", flow), Reason::DoNotContact),
        ("wish", |_| silence("2026-05-03"), Reason::DoNotContact),
    ];
    for (told, said, reason) in says {
        let flow = Flow::new();
        flow.mode(Mode::Shadow, 0);
        let member = covered(&flow, "m1");
        flow.tell(&member, &[said(&flow)]);
        let Imported::Stopped(case, why) = import(&flow, &row("m1", &vendor, Standing::Active)) else {
            panic!("{told}: an opt-out ends it")
        };
        assert_eq!((why, case.is_open(), case.contact.opted_out), (reason, false, true));
        flow.assert_log_explains(&member);
        let (to_vendor, to_outreach) = days_later(&flow, &vendor);
        assert_eq!(to_vendor, ["icm.referral.recalled.v1"], "{told}: in shadow too");
        assert_eq!(to_outreach, Vec::<String>::new());
        let before = flow.record(&member);
        assert!(matches!(import(&flow, &row("m1", &vendor, Standing::Active)), Imported::Refused(_)));
        assert_eq!(flow.record(&member), before, "a second import changes nothing");
    }
}

#[test]
fn a_no_that_comes_with_a_later_import_ends_service_and_an_older_one_does_not() {
    let vendor = vendors()[0].clone();
    for (date, stops) in [("2026-04-19", false), ("2026-04-20", true), ("2026-06-01", true)] {
        for kind in [ClosureKind::OptOutPermanent, ClosureKind::DoNotContact] {
            let flow = Flow::new();
            flow.mode(Mode::Shadow, 0);
            let member = covered(&flow, "m1");
            assert!(matches!(import(&flow, &row("m1", &vendor, Standing::Active)), Imported::Taken(_)));
            flow.decided(&member, &[no(kind, date, &flow)]);
            assert_eq!(flow.case(&member).is_open(), !stops, "{kind:?} of {date}");
            let (to_vendor, _) = days_later(&flow, &vendor);
            assert_eq!(
                to_vendor.contains(&"icm.referral.recalled.v1".to_owned()),
                stops,
                "{kind:?} of {date}"
            );
            flow.assert_log_explains(&member);
        }
    }
}

#[test]
fn a_decline_since_the_consent_is_asked_about_once() {
    let flow = Flow::new();
    let member = covered(&flow, "m1");
    flow.tell(&member, &[no(ClosureKind::Declined, "2026-05-20", &flow)]);
    let vendor = vendors()[0].clone();
    let Imported::Taken(case) = import(&flow, &row("m1", &vendor, Standing::Active)) else { panic!("taken") };
    assert_eq!((case.status.id(), &case.reviews[..]), ("ACTIVE", &[ReviewReason::Excluded][..]));
    let before = flow.record(&member);
    assert!(matches!(import(&flow, &row("m1", &vendor, Standing::Active)), Imported::Known(_)));
    assert_eq!(flow.record(&member), before);
}

#[test]
fn contacts_of_another_system_count_in_the_ledger_once() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    let touch = |at: &str| LedgerNote::Touch {
        at: Moment::parse(at).unwrap(),
        program: ProgramId::new("OLD"),
        vendor: None,
        channel: Channel::Call,
        task: None,
    };
    let notes = [touch("2026-06-29T15:00:00Z"), touch("2026-06-25T15:00:00Z")];
    assert_eq!(run(contacts(&flow.world.open(), &member, &notes)).unwrap(), 2);
    assert_eq!(run(contacts(&flow.world.open(), &member, &notes)).unwrap(), 0);
    let head = run(flow.world.open().head(&member)).unwrap();
    assert_eq!(head.ledger, [touch("2026-06-25T15:00:00Z"), touch("2026-06-29T15:00:00Z")]);
}
