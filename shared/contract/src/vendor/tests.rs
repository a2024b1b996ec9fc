//! The contract as vendors see it: golden messages, published files, and what is said of malformed replies.

use super::inbound::{Inbound, VendorMessage};
use super::neutral::{Buckets, NeutralEnd, NeutralReason};
use super::outbound::{Contact, Offered, PostalAddress};
use super::{Envelope, published};
use crate::MalformedKind;
use icm_domain::case::reason::CloseReason;
use icm_domain::case::state::HandOver;
use icm_domain::day::Day;
use icm_domain::decision::Counts;
use icm_domain::decision::priority::Tier;
use icm_domain::facts::{Channel, LineOfBusiness};
use icm_domain::ids::{CaseId, EffectId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::phi::Phi;
use icm_domain::vendor::reply::Report;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn at(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn reply(kind: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"v-1","source":"urn:acme","type":"icm.vendor.{kind}.v1","subject":"case-1","time":"2026-06-30T10:00:00Z","sequence":3,"data":{data}}}"#
    )
}

fn report(body: &str) -> Report {
    let message = VendorMessage::parse(&VendorId::new("ACME"), body).unwrap();
    match message.what {
        Inbound::Report { case, reply } => {
            assert_eq!(case, CaseId::new("case-1"));
            assert_eq!(reply.vendor, VendorId::new("ACME"));
            assert_eq!(reply.sequence, 3);
            reply.report
        }
        Inbound::Roster(_) => panic!("a report was sent"),
    }
}

#[test]
fn every_report_of_the_domain_has_a_type_and_is_read() {
    let bodies = [
        ("received", "{}"),
        ("accepted", r#"{"placer_id":"case-1#000001","filler_id":"A77"}"#),
        ("rejected", r#"{"reason":"NO_CAPACITY"}"#),
        ("outreach.attempted", r#"{"channel":"call","outcome":"NO_ANSWER"}"#),
        ("engaged", "{}"),
        ("consented", r#"{"scope":"ICM-1"}"#),
        ("declined", r#"{"not_now":true}"#),
        ("unreachable", "{}"),
        ("stop.requested", "{}"),
        ("enrolled", r#"{"start":"2026-07-01"}"#),
        ("contact.completed", r#"{"minutes":25,"mode":"PHONE","two_way":true}"#),
        ("hold", r#"{"reason":"IN_FACILITY"}"#),
        ("resumed", "{}"),
        ("graduated", "{}"),
        ("disenrolled", r#"{"reason":"MOVED_OUT_OF_AREA"}"#),
        ("recall.confirmed", "{}"),
    ];
    for (kind, data) in bodies {
        assert_eq!(report(&reply(kind, data)).id(), kind);
    }
}

#[test]
fn what_a_newer_minor_version_adds_is_ignored() {
    let body = reply("accepted", r#"{"new_field":[1,2]}"#).replace("\"id\"", "\"newattribute\":7,\"id\"");
    assert_eq!(report(&body), Report::Accepted);
}

#[test]
fn a_malformed_reply_is_named_by_path_and_never_by_value() {
    let cases = [
        ("secret".to_owned(), "$", MalformedKind::NotJson),
        ("{\"id\":\"v-1\",\"type\"".to_owned(), "$", MalformedKind::Truncated),
        (reply("secret", "{}"), "$.type", MalformedKind::UnknownVersion),
        (reply("accepted", "{}").replace(".v1", ".v9"), "$.type", MalformedKind::UnknownVersion),
        (reply("rejected", r#"{"reason":"secret"}"#), "$.data.reason", MalformedKind::WrongShape),
        (reply("enrolled", r#"{"start":"secret"}"#), "$.data.start", MalformedKind::WrongShape),
        (reply("enrolled", "{}"), "$.data.start", MalformedKind::Blank),
        (reply("accepted", "{}").replace(",\"data\":{}", ""), "$.data", MalformedKind::Blank),
        (reply("accepted", "{}").replace("\"type\"", "\"kind\""), "$.type", MalformedKind::Blank),
        (reply("accepted", "{}").replace("case-1", " "), "$.subject", MalformedKind::Blank),
        (reply("accepted", "{}").replace("case-1", &"x".repeat(3_000)), "$.subject", MalformedKind::TooLarge),
        (reply("accepted", "{}").replace("v-1", &"x".repeat(200_000)), "$.id", MalformedKind::TooLarge),
        (
            reply("accepted", &format!(r#"{{"filler_id":"{}"}}"#, "x".repeat(257))),
            "$.data.filler_id",
            MalformedKind::TooLarge,
        ),
        (reply("consented", r#"{"scope":" "}"#), "$.data.scope", MalformedKind::Blank),
        (
            reply("consented", &format!(r#"{{"scope":"{}"}}"#, "x".repeat(65))),
            "$.data.scope",
            MalformedKind::TooLarge,
        ),
        (reply("accepted", "{}").replace(":3,", ":0,"), "$.sequence", MalformedKind::WrongShape),
        (reply("accepted", "{}").replace("2026-06-30T", "secret"), "$.time", MalformedKind::WrongShape),
        (
            reply("accepted", "{}").replace("\"1.0\"", "\"0.3\""),
            "$.specversion",
            MalformedKind::UnknownVersion,
        ),
    ];
    for (body, path, kind) in cases {
        let unread = VendorMessage::parse(&VendorId::new("ACME"), &body).unwrap_err();
        assert_eq!((&*unread.flaw.field, unread.flaw.kind), (path, kind), "{body}");
        assert!(!unread.flaw.to_string().contains("secret"));
    }
}

fn offered() -> Envelope<Offered> {
    let (case, effect) = (CaseId::new("case-1"), EffectId::new("case-1#000004"));
    let address = PostalAddress {
        street: "1 Main St".into(),
        city: "Springfield".into(),
        state: "IL".into(),
        zip: "62701".into(),
    };
    let member = Contact {
        name: Some(Phi::new("DOE^JANE".into())),
        birth_date: Day::parse("1970-02-03").map(Phi::new),
        coverage_id: Phi::new("M1".into()),
        line_of_business: Some(LineOfBusiness::Medicaid),
        address: Some(Phi::new(address)),
        phones: vec![Phi::new("3125550100".into())],
        channels_barred: vec![Channel::Text],
        language: Some("es".into()),
        interpreter: true,
        confidential: false,
    };
    let counts = Counts { stays180: 2, ed180: 6, ..Counts::default() };
    let data = Offered {
        placer_id: effect.as_str().into(),
        program: "ICM".into(),
        hand_over: HandOver::Enrolment,
        priority: Tier::High,
        reason: NeutralReason::AcuteUtilization,
        utilization: Buckets::of(&counts),
        last_discharge: Day::parse("2026-06-20"),
        member,
        pcp: Some("1234567893".into()),
        consent: None,
        start: Day::parse("2026-07-01"),
        receipt_due: at("2026-06-30T14:00:00Z"),
        answer_due: at("2026-07-03T00:00:00Z"),
        reply_sequence: 1,
        test: false,
        contact_rules: None,
    };
    Envelope::of(&case, &effect, &effect, 4, at("2026-06-30T10:00:00Z"), data)
}

/// A stored example of each version that ever shipped stays readable, and is what is written today.
#[test]
fn the_golden_offer_is_what_is_sent() {
    let path = root().join("tests/data/golden/vendor/icm.referral.offered.v1.json");
    let now = serde_json::to_string_pretty(&offered()).unwrap() + "\n";
    if std::env::var_os("ICM_WRITE_CONTRACTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &now).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert_eq!(now, golden);
    assert_eq!(serde_json::from_str::<Envelope<Offered>>(&golden).unwrap(), offered());
}

#[test]
fn the_published_contract_is_what_the_code_says() {
    let folder = root().join("infra/contracts");
    let stale = |path: &PathBuf, text: &str| std::fs::read_to_string(path).is_ok_and(|held| held == text);
    for (name, text) in published::files() {
        let path = folder.join(&name);
        if std::env::var_os("ICM_WRITE_CONTRACTS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        assert!(stale(&path, &text), "{name} is stale: run the tests once with ICM_WRITE_CONTRACTS=1");
    }
}

#[test]
fn no_published_field_can_carry_a_diagnosis_a_facility_or_a_score() {
    let offer = published::files().remove("schemas/icm.referral.offered.v1.json").unwrap().to_lowercase();
    for word in ["diagnos", "facility", "claim", "drug", "icd", "score", "trigger", "drg"] {
        assert!(!offer.contains(word), "{word}");
    }
}

#[test]
fn endings_that_disclose_a_condition_are_one_neutral_word() {
    for reason in
        [CloseReason::Hospice, CloseReason::Incarcerated, CloseReason::Deceased, CloseReason::LtcAdmission]
    {
        assert_eq!(NeutralEnd::of(reason), NeutralEnd::ProgramEnded);
    }
    assert_eq!(NeutralEnd::of(CloseReason::EligLost), NeutralEnd::Coverage);
}

proptest! {
    /// Whatever comes by the queue: read or refused, never a panic, never a value in the error.
    #[test]
    fn any_text_is_read_or_refused(body in ".{0,200}") {
        if let Err(unread) = VendorMessage::parse(&VendorId::new("ACME"), &body) {
            prop_assert!(unread.flaw.field.starts_with('$'));
        }
    }
}
