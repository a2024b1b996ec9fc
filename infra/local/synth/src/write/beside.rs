//! Eligibility and the side files: members, rosters, consents, preferences, earlier cases, places of programs.

use super::row::Table;
use crate::availability::Availability;
use crate::biller::SOURCE;
use crate::member::SyntheticMember;
use icm_domain::code::Code;
use icm_domain::facts::{
    Address, Channel, Closure, ClosureKind, Consent, ConsentKind, Coverage, LineOfBusiness, Preference,
    PreferenceKind, RosterRow, RosterStatus, Sex,
};
use std::io;

pub(super) const ELIGIBILITY: &str = "person_id,member_id,subscriber_id,gender,race,birth_date,death_date,\
death_flag,enrollment_start_date,enrollment_end_date,payer,payer_type,plan,original_reason_entitlement_code,\
dual_status_code,medicare_status_code,enrollment_status,hospice_flag,institutional_snp_flag,medicaid_indicator,\
long_term_institutional_flag,part_d_raf_type,low_income_subsidy_indicator,metal_level,csr_indicator,\
enrollment_duration_months,esrd_status,transplant_duration_months,group_id,group_name,name_suffix,first_name,\
middle_name,last_name,social_security_number,subscriber_relation,address,city,state,zip_code,phone,email,ethnicity,\
snp_type,data_source,file_date,file_name,ingest_datetime,received";
/// Columns before `first_name`, `address` and `data_source`.
const FIRST_NAME: usize = 31;
const ADDRESS: usize = 36;
const DATA_SOURCE: usize = 44;
pub(super) const MEMBER: &str = "member_id,line_of_business,birth_date,death_date,sex,name,address,city,state,\
zip,phones,language,county,race_ethnicity,pcp";
pub(super) const ROSTER: &str = "program_id,model,member_id,status,as_of,start,end,contacts,manager_name,\
manager_phone,available,part2,received";
pub(super) const CONSENT: &str = "member_id,consent,from,thru,revoked,scope,received";
pub(super) const PREFERENCE: &str =
    "member_id,preference,date,channel,allowed,set,phone,address,city,state,zip,withdrawn";
pub(super) const CLOSURE: &str = "member_id,closure,date";
pub(super) const AVAILABILITY: &str = "model,county,line_of_business,places";

const fn yes(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

const fn sex(sex: Option<Sex>) -> &'static str {
    match sex {
        Some(Sex::Female) => "female",
        Some(Sex::Male) => "male",
        Some(Sex::Unknown) | None => "unknown",
    }
}

const fn payer(lob: LineOfBusiness) -> &'static str {
    match lob {
        LineOfBusiness::Medicaid => "medicaid",
        LineOfBusiness::MedicareAdvantage => "medicare",
        LineOfBusiness::Commercial => "commercial",
    }
}

const fn line_of_business(lob: LineOfBusiness) -> &'static str {
    match lob {
        LineOfBusiness::Medicaid => "MEDICAID",
        LineOfBusiness::MedicareAdvantage => "MEDICARE_ADVANTAGE",
        LineOfBusiness::Commercial => "COMMERCIAL",
    }
}

/// One span of coverage.
pub(super) fn eligibility(table: &mut Table, member: &SyntheticMember, span: &Coverage) -> io::Result<()> {
    let profile = &member.profile;
    for _ in 0..3 {
        table.text(member.id.as_str())?;
    }
    table.text(sex(profile.sex))?;
    table.text(profile.race_ethnicity.as_ref().map_or("", |race| race.expose()))?;
    table.day(profile.birth)?;
    table.day(profile.death)?;
    table.text(if profile.death.is_some() { "1" } else { "0" })?;
    table.day(Some(span.from))?;
    table.day(span.thru)?;
    table.text("synthetic plan")?;
    table.text(payer(span.lob))?;
    table.text("synthetic plan")?;
    table.blank_to(FIRST_NAME)?;
    let name = profile.name.as_ref().map_or("", |name| name.expose());
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    table.text(first)?;
    table.blank(1)?;
    table.text(last)?;
    table.blank_to(ADDRESS)?;
    address(table, profile.address.as_ref().map(icm_domain::phi::Phi::expose))?;
    // Phones are in member.csv, all of them; one here would speak over those.
    table.blank_to(DATA_SOURCE)?;
    table.text(SOURCE)?;
    table.blank(3)?;
    table.day(Some(span.received))?;
    table.end()
}

/// Street, city, state, ZIP.
fn address(table: &mut Table, address: Option<&Address>) -> io::Result<()> {
    let Some(address) = address else { return table.blank(4) };
    for part in [&address.street, &address.city, &address.state, &address.zip] {
        table.text(part)?;
    }
    Ok(())
}

/// Who a member is.
pub(super) fn member(table: &mut Table, member: &SyntheticMember) -> io::Result<()> {
    let profile = &member.profile;
    table.text(member.id.as_str())?;
    table.text(member.coverage.first().map_or("", |span| line_of_business(span.lob)))?;
    table.day(profile.birth)?;
    table.day(profile.death)?;
    table.text(sex(profile.sex))?;
    table.text(profile.name.as_ref().map_or("", |name| name.expose()))?;
    address(table, profile.address.as_ref().map(icm_domain::phi::Phi::expose))?;
    let phones: Vec<&str> = profile.phones.iter().map(|phone| &**phone.expose()).collect();
    table.text(&phones.join(";"))?;
    table.text(profile.language.as_ref().map_or("", Code::as_str))?;
    table.text(profile.county.as_deref().unwrap_or_default())?;
    table.text(profile.race_ethnicity.as_ref().map_or("", |race| race.expose()))?;
    table.text(profile.pcp.as_deref().unwrap_or_default())?;
    table.end()
}

/// A row of another program's roster.
pub(super) fn roster(table: &mut Table, member: &SyntheticMember, row: &RosterRow) -> io::Result<()> {
    table.text(row.program.as_str())?;
    table.text(row.model.id())?;
    table.text(member.id.as_str())?;
    table.text(match row.status {
        RosterStatus::Enrolled => "enrolled",
        RosterStatus::Declined => "declined",
        RosterStatus::Unreachable => "unreachable",
        RosterStatus::Ended => "ended",
    })?;
    table.day(Some(row.as_of))?;
    table.day(row.start)?;
    table.day(row.end)?;
    let contacts: Vec<String> = row.contacts.iter().map(ToString::to_string).collect();
    table.text(&contacts.join(";"))?;
    table.text(row.manager.as_ref().map_or("", |name| name.expose()))?;
    table.text(row.manager_phone.as_ref().map_or("", |phone| phone.expose()))?;
    table.text(yes(row.available))?;
    table.text(yes(row.part2))?;
    table.day(Some(row.received))?;
    table.end()
}

/// A consent, given or revoked.
pub(super) fn consent(table: &mut Table, member: &SyntheticMember, consent: &Consent) -> io::Result<()> {
    table.text(member.id.as_str())?;
    table.text(match consent.kind {
        ConsentKind::Part2Tpo => "part2_tpo",
        ConsentKind::Program => "program",
    })?;
    table.day(Some(consent.from))?;
    table.day(consent.thru)?;
    table.text(yes(consent.revoked))?;
    table.text(consent.scope.as_deref().unwrap_or_default())?;
    table.day(Some(consent.received))?;
    table.end()
}

/// A preference; its day is its day of receipt.
pub(super) fn preference(
    table: &mut Table,
    member: &SyntheticMember,
    preference: &Preference,
) -> io::Result<()> {
    table.text(member.id.as_str())?;
    match &preference.what {
        PreferenceKind::ChannelConsent { channel, allowed } => {
            table.text("channel_consent")?;
            table.day(Some(preference.received))?;
            table.text(match channel {
                Channel::Call => "call",
                Channel::Text => "text",
                Channel::Letter => "letter",
                Channel::Visit => "visit",
            })?;
            table.text(yes(*allowed))?;
        }
        PreferenceKind::DoNotContact { set } => {
            table.text("do_not_contact")?;
            table.day(Some(preference.received))?;
            table.blank(2)?;
            table.text(yes(*set))?;
        }
        PreferenceKind::SafeContact { phone, address: safe, withdrawn } => {
            table.text("safe_contact")?;
            table.day(Some(preference.received))?;
            table.blank(3)?;
            table.text(phone.as_ref().map_or("", |phone| phone.expose()))?;
            address(table, safe.as_ref().map(icm_domain::phi::Phi::expose))?;
            table.text(yes(*withdrawn))?;
        }
    }
    table.end()
}

/// The end of an earlier case of this program.
pub(super) fn closure(table: &mut Table, member: &SyntheticMember, closure: Closure) -> io::Result<()> {
    table.text(member.id.as_str())?;
    table.text(match closure.kind {
        ClosureKind::Declined => "DECLINED",
        ClosureKind::DeclinedNotNow => "DECLINED_NOT_NOW",
        ClosureKind::UnableToContact => "UNABLE_TO_CONTACT",
        ClosureKind::Graduated => "GRADUATED",
        ClosureKind::OptOutPermanent => "OPT_OUT_PERMANENT",
        ClosureKind::DoNotContact => "DO_NOT_CONTACT",
    })?;
    table.day(Some(closure.date))?;
    table.end()
}

/// The places of one model in one county for one line of business.
pub(super) fn availability(table: &mut Table, place: &Availability) -> io::Result<()> {
    table.text(place.model.id())?;
    table.text(place.county)?;
    table.text(line_of_business(place.lob))?;
    table.shown(place.places)?;
    table.end()
}
