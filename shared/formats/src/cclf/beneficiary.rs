//! CCLF8 (beneficiaries) and CCLF9 (changes of identifier).

use super::{About, member};
use crate::options::ReadOptions;
use crate::table::{Cells, Malformed};
use crate::tuva::eligibility::sex;
use icm_domain::day::Day;
use icm_domain::facts::{Address, Coverage, Fact, LineOfBusiness, Profile};
use icm_domain::ids::MemberId;
use icm_domain::phi::Phi;

/// Profile, death, and coverage from the first day of part A or B. The file states no end of coverage.
pub(super) fn facts(cells: &Cells<'_>, options: &ReadOptions) -> Result<Vec<About>, Malformed> {
    let member = member(cells)?;
    let starts = [cells.day("bene_part_a_enrlmt_bgn_dt")?, cells.day("bene_part_b_enrlmt_bgn_dt")?];
    let from = starts.into_iter().flatten().min();
    let mut facts = vec![Fact::Profile(Box::new(profile(cells, from.map(|day| options.received(day)))?))];
    if let Some(death) = cells.day("bene_death_dt")? {
        let received = Some(options.received(death));
        facts.push(Fact::Profile(Box::new(Profile { received, death: Some(death), ..Profile::default() })));
    }
    facts.extend(from.map(|from| {
        Fact::Coverage(Coverage {
            source: options.source.clone(),
            received: options.received(from),
            lob: LineOfBusiness::MedicareAdvantage,
            from,
            thru: None,
            retracted: false,
        })
    }));
    Ok(facts.into_iter().map(|fact| (member.clone(), fact)).collect())
}

fn profile(cells: &Cells<'_>, received: Option<Day>) -> Result<Profile, Malformed> {
    let names = [cells.text("bene_1st_name")?, cells.text("bene_midl_name")?, cells.text("bene_last_name")?];
    let names: Vec<Box<str>> = names.into_iter().flatten().collect();
    let county = [cells.text("bene_fips_state_cd")?, cells.text("bene_fips_cnty_cd")?];
    let county: String = county.into_iter().flatten().collect();
    Ok(Profile {
        received,
        birth: cells.day("bene_dob")?,
        sex: cells.text("bene_sex_cd")?.map(|text| sex(&text)),
        name: (!names.is_empty()).then(|| Phi::new(names.join(" ").into())),
        address: address(cells)?.map(Phi::new),
        county: (!county.is_empty()).then(|| county.into()),
        race_ethnicity: cells
            .text("bene_race_cd")?
            .and_then(|code| race(&code))
            .map(|race| Phi::new(race.into())),
        ..Profile::default()
    })
}

/// CMS's race codes.
fn race(code: &str) -> Option<&'static str> {
    match code {
        "1" => Some("white"),
        "2" => Some("black"),
        "3" => Some("other"),
        "4" => Some("asian"),
        "5" => Some("hispanic"),
        "6" => Some("north american native"),
        _ => None,
    }
}

fn address(cells: &Cells<'_>) -> Result<Option<Address>, Malformed> {
    let mut street = Vec::new();
    for name in ["bene_line_1_adr", "bene_line_2_adr", "bene_line_3_adr"] {
        street.extend(cells.text(name)?);
    }
    if street.is_empty() {
        return Ok(None);
    }
    Ok(Some(Address {
        street: street.join(", ").into(),
        city: cells.text("geo_zip_plc_name")?.unwrap_or_default(),
        state: cells.text("geo_usps_state_cd")?.unwrap_or_default(),
        zip: cells.text("geo_zip5_cd")?.unwrap_or_default(),
    }))
}

/// The former identifier of a beneficiary; nothing when it is the current one. Known from the day on which the
/// former one ended (else began, else from the beginning).
pub(super) fn alias(cells: &Cells<'_>, options: &ReadOptions) -> Result<Vec<About>, Malformed> {
    let current = cells.required("crnt_num")?;
    let former = cells.required("prvs_num")?;
    if current == former {
        return Ok(Vec::new());
    }
    let changed = match cells.end_day("prvs_id_obslt_dt")? {
        Some(day) => Some(day),
        None => cells.day("prvs_id_efctv_dt")?,
    };
    let received = options.received(changed.unwrap_or(Day::from_count(0)));
    Ok(vec![(MemberId::new(current), Fact::Alias { received, other: MemberId::new(former) })])
}
