use crate::item::{Item, Reason};
use crate::options::{ReadOptions, Receipt};
use crate::testing::{self, items_with, ymd};
use icm_domain::facts::{
    Channel, ClosureKind, ConsentKind, Fact, LineOfBusiness, Model, OverrideKind, PreferenceKind,
    ReferralSource, RosterStatus,
};
use icm_domain::ids::SourceId;

fn facts(text: &str) -> Vec<(String, Fact)> {
    testing::facts(text.as_bytes())
}

fn problems(text: &str) -> Vec<(u64, String, Reason)> {
    testing::problems(text.as_bytes())
}

#[test]
fn a_roster_row_with_all_and_with_the_fewest_columns() {
    let facts = facts(
        "Program_ID;model;member_id;status;as_of;start;end;contacts;manager_name;manager_phone;available;part2\n\
         P1;m5;M1;Enrolled;2026-01-10;2025-10-01;;2025-12-01|1/5/2026;Ann Lee;555-0100;yes;true\n",
    );
    let Fact::Roster(row) = &facts[0].1 else { panic!() };
    assert_eq!(
        (row.model, row.status, row.part2, row.available),
        (Model::M5, RosterStatus::Enrolled, true, true)
    );
    assert_eq!(row.contacts, [ymd("2025-12-01"), ymd("2026-01-05")]);
    assert_eq!(row.received, ymd("2026-01-10"));
    assert_eq!(row.manager.as_ref().map(|m| &**m.expose()), Some("Ann Lee"));
    let fewest = super::tests::facts("program_id,model,member_id,status,as_of\nP1,M1A,M1,ended,2026-01-10\n");
    assert!(
        matches!(&fewest[0].1, Fact::Roster(row) if row.available && !row.part2 && row.contacts.is_empty())
    );
}

#[test]
fn bad_rows_are_problems_of_those_rows_alone() {
    let found = problems(
        "program_id,model,member_id,status,as_of,contacts\n\
         P1,M9,M1,enrolled,2026-01-10,\nP1,M5,,enrolled,2026-01-10,\nP1,M5,M1,maybe,2026-01-10,\n\
         P1,M5,M1,enrolled,2026-13-10,\nP1,M5,M1,enrolled,2026-01-10,2026-01-01;soon\nP1,M5,M1,enrolled,2026-01-10,\n",
    );
    let expected = [
        (1, "model", Reason::BadValue),
        (2, "member_id", Reason::BlankValue),
        (3, "status", Reason::BadValue),
        (4, "as_of", Reason::BadDate),
        (5, "contacts", Reason::BadDate),
    ];
    assert_eq!(found, expected.map(|(record, field, reason)| (record, field.to_owned(), reason)));
    assert_eq!(
        problems("program_id,member_id,status,as_of,contacts\nP,M,enrolled,2026-01-01,\n"),
        [(0, "model".to_owned(), Reason::MissingField)]
    );
}

#[test]
fn a_member_row_gives_profile_death_and_coverage() {
    let facts = facts(
        "member_id,line_of_business,death_date,address,city,state,zip,phones,language,county,race_ethnicity,chronic,meds,smi,\
         coverage_from\n\
         M1,MEDICAID,2026-02-01,1 Main St,Ypsilanti,MI,48197,555-0100;555-0101,es,26161,hispanic,4,11,yes,2025-01-01\n",
    );
    let Fact::Profile(profile) = &facts[0].1 else { panic!() };
    assert_eq!((profile.received, profile.death, profile.phones.len()), (None, None, 2));
    assert_eq!(
        (profile.lob, profile.chronic, profile.meds, profile.smi),
        (Some(LineOfBusiness::Medicaid), Some(4), Some(11), Some(true))
    );
    assert_eq!(&*profile.address.as_ref().unwrap().expose().zip, "48197");
    assert!(
        matches!(&facts[1].1, Fact::Profile(p) if p.death == p.received && p.death == Some(ymd("2026-02-01")))
    );
    assert!(
        matches!(&facts[2].1, Fact::Coverage(c) if c.lob == LineOfBusiness::Medicaid && c.thru.is_none())
    );
}

#[test]
fn consents_and_preferences() {
    let consents = facts(
        "member_id,consent,from,thru,revoked,scope\nM1,part2_tpo,2026-01-01,2026-12-31,,tpo\nM1,Part2 TPO,2026-03-01,,true,\n",
    );
    assert!(
        matches!(&consents[0].1, Fact::Consent(c) if c.kind == ConsentKind::Part2Tpo && !c.revoked && c.scope.as_deref() == Some("tpo"))
    );
    assert!(matches!(&consents[1].1, Fact::Consent(c) if c.revoked && c.received == ymd("2026-03-01")));
    assert_eq!(
        problems("member_id,consent,from,thru\nM1,part2_tpo,2026-01-01,2025-12-31\n"),
        [(1, "thru".to_owned(), Reason::BadValue)]
    );
    let preferences = facts(
        "member_id,preference,date,channel,allowed,set,phone,address,withdrawn\n\
         M1,channel_consent,2026-01-01,text,no,,,,\nM1,do_not_contact,2026-01-02,,,,,,\n\
         M1,safe_contact,2026-01-03,,,,555-0199,,\nM1,safe-contact,2026-01-04,,,,,,yes\n",
    );
    let kinds: Vec<&PreferenceKind> = preferences
        .iter()
        .filter_map(|(_, fact)| {
            let Fact::Preference(preference) = fact else { return None };
            Some(&preference.what)
        })
        .collect();
    assert!(matches!(kinds[0], PreferenceKind::ChannelConsent { channel: Channel::Text, allowed: false }));
    assert!(matches!(kinds[1], PreferenceKind::DoNotContact { set: true }));
    assert!(matches!(kinds[2], PreferenceKind::SafeContact { phone: Some(_), withdrawn: false, .. }));
    assert!(matches!(kinds[3], PreferenceKind::SafeContact { phone: None, withdrawn: true, .. }));
    assert_eq!(problems("member_id,preference,date,phone\nM1,safe_contact,2026-01-03,\n")[0].1, "phone");
}

#[test]
fn availability_closures_referrals_overrides_attribution() {
    let availability = items_with(
        "model,county,line_of_business,places\nM6,26161,medicaid,12\nM6,,,0\n".as_bytes(),
        &ReadOptions::new(SourceId::from("f")),
    );
    assert!(matches!(&availability[0], Item::Availability { row, .. }
        if row.places == 12 && row.county.as_deref() == Some("26161") && row.lob == Some(LineOfBusiness::Medicaid)));
    assert!(
        matches!(&availability[1], Item::Availability { row, .. } if row.places == 0 && row.county.is_none())
    );
    let closure = facts("member_id,closure,date\nM1,declined not now,2026-01-01\n");
    assert!(matches!(closure[0].1, Fact::Closure(c) if c.kind == ClosureKind::DeclinedNotNow));
    let referral = facts("member_id,referred_by,date,reason\nM1,discharge_planner,2026-01-01,R\n");
    assert!(
        matches!(&referral[0].1, Fact::Referral(r) if r.by == ReferralSource::DischargePlanner && &*r.reason == "R")
    );
    let overridden =
        facts("member_id,override,until,by,reason,date\nM1,snooze,2026-03-01,ops:ann,holiday,2026-01-01\n");
    assert!(
        matches!(&overridden[0].1, Fact::Override(o) if o.what == OverrideKind::Snooze && o.until == ymd("2026-03-01"))
    );
    let attributed = facts("person_id,year_month,payer_attributed_provider\nM1,202601,1234567893\n");
    assert!(
        matches!(&attributed[0].1, Fact::Profile(p) if p.pcp.as_deref() == Some("1234567893") && p.received == Some(ymd("2026-01-01")))
    );
}

#[test]
fn ingest_day_overrides_what_a_file_states() {
    let mut options = ReadOptions::new(SourceId::from("feed"));
    options.receipt = Receipt::Ingest(ymd("2026-06-01"));
    let items = items_with(
        "program_id,model,member_id,status,as_of,received\nP1,M1A,M1,ended,2026-01-10,2026-01-12\n"
            .as_bytes(),
        &options,
    );
    assert!(matches!(&items[0], Item::Fact { fact, .. } if fact.received() == ymd("2026-06-01")));
}
