//! Lists of members, of the vendor's and of the payer's making.

use super::super::{attribution, list, text};
use super::{published, resource, resources, vendor, words};
use crate::vendor::VendorMessage;
use crate::vendor::file;
use crate::vendor::inbound::Inbound;
use crate::vendor::roster::{Assembly, assemble};
use icm_domain::day::Day;
use icm_domain::facts::LineOfBusiness;
use icm_domain::moment::Moment;
use icm_domain::phi::Phi;
use serde_json::{Value, json};

fn listed(nth: usize) -> attribution::Listed {
    attribution::Listed {
        case: format!("case-{nth}"),
        state: "ACTIVE",
        since: Day::parse("2026-05-04").unwrap(),
        coverage_id: Phi::new(format!("M{nth}").into()),
        name: Some(Phi::new("DOE^JANE".into())),
        birth_date: Day::parse("1970-02-03").map(Phi::new),
        line_of_business: Some(LineOfBusiness::Medicaid),
        confidential: nth == 1,
    }
}

fn list_of(count: usize) -> Value {
    let members: Vec<_> = (0..count).map(listed).collect();
    attribution::list_of(&vendor(), "S-1", Moment::parse("2026-06-30T06:00:00Z").unwrap(), &members)
}

/// The parts of a list that came as a file, put together.
fn assembled(bytes: &[u8]) -> Assembly {
    let bodies = file::to_bodies(&vendor(), bytes).unwrap();
    let parts: Vec<_> = bodies
        .into_iter()
        .map(|body| match VendorMessage::parse(&vendor(), &body.unwrap()).unwrap().what {
            Inbound::Roster(part) => *part,
            Inbound::Report { .. } => panic!("no report was sent"),
        })
        .collect();
    assemble(&parts)
}

/// What the payer gives a vendor is a list that a vendor may give the payer: both are the guide's Group.
#[test]
fn a_list_of_any_length_is_read_as_the_parts_of_a_snapshot() {
    for count in [0, 1, 999, 1000, 1001, 5000] {
        let Assembly::Complete(rows) = assembled(list_of(count).to_string().as_bytes()) else {
            panic!("{count} members make no whole")
        };
        assert_eq!(rows.len(), count);
    }
    let group = resource(&list_of(3), "Group").to_string();
    assert!(matches!(assembled(group.as_bytes()), Assembly::Complete(rows) if rows.len() == 3));
    let by_queue = VendorMessage::parse(&vendor(), &group).unwrap();
    assert!(matches!(by_queue.what, Inbound::Roster(part) if part.count == 3 && part.lines.len() == 3));
}

#[test]
fn members_who_left_are_not_listed_and_a_draft_is_no_list() {
    let mut group = resource(&list_of(4), "Group").clone();
    group["member"][0]["inactive"] = json!(true);
    group["member"][1]["extension"][0] = json!({
        "url": "http://hl7.org/fhir/us/davinci-atr/StructureDefinition/ext-changeType", "valueCode": "dropped"});
    group["quantity"] = json!(2);
    assert!(matches!(assembled(group.to_string().as_bytes()), Assembly::Complete(rows) if rows.len() == 2));
    let flaw_of = |group: &Value| {
        let unread = VendorMessage::parse(&vendor(), &group.to_string()).unwrap_err();
        assert_eq!(unread.id.as_deref(), Some("roster-S-1-1"));
        unread.flaw.field.into_owned()
    };
    let mut draft = group.clone();
    draft["extension"][0]["valueCode"] = json!("draft");
    assert_eq!(flaw_of(&draft), "Group.extension(ext-attributionListStatus)");
    let mut nameless = group.clone();
    nameless["member"][3]["entity"] = json!({ "reference": "Patient/1" });
    assert_eq!(flaw_of(&nameless), "Group.member[3].entity.identifier");
    let mut unknown = group.clone();
    unknown["member"][2]["extension"][2]["valueCode"] = json!("SECRET");
    assert_eq!(flaw_of(&unknown), "Group.member[2].extension(urn:icm:extension:state)");
    // A file whose count is not that of its members was cut or put together wrongly.
    group["quantity"] = json!(3);
    let bodies = file::to_bodies(&vendor(), group.to_string().as_bytes()).unwrap();
    assert_eq!(bodies[0].as_ref().unwrap_err().field, "line 1 Group.quantity");
}

/// A Group of the guide is numbered by NPI and TIN, which are the same every day; a list that is known is not read again.
#[test]
fn a_list_is_known_by_its_number_in_the_contract_or_by_its_version() {
    let npi = json!({ "system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893" });
    let ours = json!({ "system": "urn:icm:snapshot", "value": "S-9" });
    let snapshot = |identifiers: Value, updated: &str| {
        let mut group = resource(&list_of(1), "Group").clone();
        group["id"] = json!("always-the-same");
        group["identifier"] = identifiers;
        group["meta"]["lastUpdated"] = json!(updated);
        match VendorMessage::parse(&vendor(), &group.to_string()).unwrap().what {
            Inbound::Roster(part) => part.snapshot_id,
            Inbound::Report { .. } => panic!("no report was sent"),
        }
    };
    assert_eq!(snapshot(json!([npi, ours]), "2026-06-30T06:00:00Z"), "S-9");
    assert_eq!(snapshot(json!([npi]), "2026-06-30T06:00:00.5-05:00"), "2026-06-30T060000.5-0500");
    assert_ne!(
        snapshot(json!([npi]), "2026-07-01T06:00:00Z"),
        snapshot(json!([npi]), "2026-06-30T06:00:00Z")
    );
    assert_ne!(snapshot(json!([]), "2026-07-01T06:00:00Z"), snapshot(json!([]), "2026-06-30T06:00:00Z"));
}

#[test]
fn a_number_of_the_vendors_own_is_no_case_and_a_day_is_no_instant() {
    let flaw_of = |change: &dyn Fn(&mut Value)| {
        let mut group = resource(&list_of(2), "Group").clone();
        change(&mut group);
        VendorMessage::parse(&vendor(), &group.to_string()).unwrap_err().flaw.field.into_owned()
    };
    let own = json!({ "system": "urn:oid:1.2.3", "value": "SECRET" });
    assert_eq!(
        flaw_of(&|group| group["member"][1]["entity"]["identifier"] = own.clone()),
        "Group.member[1].entity.identifier"
    );
    for updated in ["2026-06-30", "2026-06", "2026-06-30T06:00:00", "SECRET"] {
        assert_eq!(flaw_of(&|group| group["meta"]["lastUpdated"] = json!(updated)), "Group.meta.lastUpdated");
    }
}

/// Of two things in one Bundle one would be lost without an answer.
#[test]
fn a_list_comes_alone_and_is_answered_under_the_id_of_the_message_that_brings_it() {
    let entry = |resource: &Value| json!({ "resource": resource });
    let group = resource(&list_of(2), "Group").clone();
    let header = json!({ "resourceType": "MessageHeader", "id": "h-1" });
    let bundle = |held: &[&Value]| {
        let entries: Vec<Value> = held.iter().map(|held| entry(held)).collect();
        json!({ "resourceType": "Bundle", "type": "message", "entry": entries })
    };
    let alone = VendorMessage::parse(&vendor(), &bundle(&[&header, &group]).to_string()).unwrap();
    assert_eq!(&*alone.id, "h-1");
    let task = json!({ "resourceType": "Task", "status": "accepted" });
    for more in [&group, &task] {
        let both = bundle(&[&header, &group, more]).to_string();
        let unread = VendorMessage::parse(&vendor(), &both).unwrap_err();
        assert_eq!((&*unread.flaw.field, unread.id.as_deref()), ("Bundle.entry(Group)", Some("h-1")));
        let by_file = file::to_bodies(&vendor(), both.as_bytes()).unwrap();
        assert_eq!(by_file[0].as_ref().unwrap_err().field, "line 1 Bundle.entry(Group)");
    }
}

/// Names and dates of the list are those of the members, and every member has a Patient and a Coverage.
#[test]
fn the_list_for_a_vendor_points_to_everybody() {
    let bundle = list_of(3);
    let urls: Vec<&str> = list(&bundle, "/entry").filter_map(|entry| text(entry, "/fullUrl")).collect();
    for reference in words(&bundle).iter().filter(|word| word.starts_with("urn:uuid:")) {
        assert!(urls.contains(&reference.as_str()), "{reference} leads nowhere");
    }
    assert_eq!((resources(&bundle, "Patient").count(), resources(&bundle, "Coverage").count()), (3, 3));
    let patient = resource(&bundle, "Patient");
    assert_eq!((&patient["birthDate"], &patient["name"][0]["family"]), (&json!("1970-02-03"), &json!("DOE")));
    assert_eq!(resource(&bundle, "Group")["quantity"], 3);
    let labels: Vec<bool> = resources(&bundle, "Patient").map(|held| held.get("meta").is_some()).collect();
    assert_eq!(labels, [false, true, false], "whose means of contact are restricted");
}

/// The guide's profiles want a name, a gender and the span of coverage; the allow-list of FACTS §7 has the first alone.
#[test]
fn what_the_guide_requires_and_nobody_is_told_is_said_to_be_absent() {
    let why = |held: &Value| held["extension"][0]["valueCode"].clone();
    let mut nameless = listed(1);
    nameless.name = None;
    let bundle = attribution::list_of(&vendor(), "S-1", Moment::from_millis(0), &[nameless]);
    let patient = resource(&bundle, "Patient");
    assert_eq!((why(&patient["name"][0]), why(&patient["_gender"])), (json!("unknown"), json!("masked")));
    assert_eq!(patient.get("gender"), None);
    assert_eq!(why(&resource(&bundle, "Coverage")["period"]), "masked");
    let payer = &resource(&bundle, "Coverage")["payor"][0]["reference"];
    assert_eq!(*payer, resource(&bundle, "Group")["managingEntity"]["reference"]);
}

/// The example of a list that vendors are given.
#[test]
fn the_example_of_a_list_is_what_is_written() {
    published("group", &list_of(2));
}
