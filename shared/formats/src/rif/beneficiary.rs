//! RIF beneficiaries.

use crate::options::ReadOptions;
use crate::table::{Cells, Malformed};
use crate::tuva::eligibility::sex;
use icm_domain::facts::{Address, Coverage, Fact, LineOfBusiness, Profile};
use icm_domain::ids::MemberId;
use icm_domain::phi::Phi;

/// Profile, death, and the part A span where the file states one.
pub(crate) fn facts(cells: &Cells<'_>, options: &ReadOptions) -> Result<Vec<(MemberId, Fact)>, Malformed> {
    let member = MemberId::new(cells.required("bene_id")?);
    let from = match cells.day("pta_cvrg_strt_dt")? {
        Some(day) => Some(day),
        None => cells.day("ptb_cvrg_strt_dt")?,
    };
    let names = [cells.text("bene_gvn_name")?, cells.text("bene_mdl_name")?, cells.text("bene_srnm_name")?];
    let names: Vec<Box<str>> = names.into_iter().flatten().collect();
    let mut facts = vec![Fact::Profile(Box::new(Profile {
        received: from.map(|day| options.received(day)),
        birth: cells.day("bene_birth_dt")?,
        sex: cells.text("bene_sex_ident_cd")?.map(|text| sex(&text)),
        name: (!names.is_empty()).then(|| Phi::new(names.join(" ").into())),
        address: address(cells)?.map(Phi::new),
        ..Profile::default()
    }))];
    if let Some(death) = cells.day("death_dt")? {
        let received = Some(options.received(death));
        facts.push(Fact::Profile(Box::new(Profile { received, death: Some(death), ..Profile::default() })));
    }
    if let Some(from) = from {
        facts.push(Fact::Coverage(Coverage {
            source: options.source.clone(),
            received: options.received(from),
            lob: LineOfBusiness::MedicareAdvantage,
            from,
            thru: cells.end_day("pta_cvrg_end_dt")?,
            retracted: false,
        }));
    }
    Ok(facts.into_iter().map(|fact| (member.clone(), fact)).collect())
}

fn address(cells: &Cells<'_>) -> Result<Option<Address>, Malformed> {
    let mut street = Vec::new();
    for name in ["drvd_line_1_adr", "drvd_line_2_adr", "drvd_line_3_adr"] {
        street.extend(cells.text(name)?);
    }
    if street.is_empty() {
        return Ok(None);
    }
    let zip: String = cells.text("bene_zip_cd")?.unwrap_or_default().chars().take(5).collect();
    Ok(Some(Address {
        street: street.join(", ").into(),
        city: cells.text("city_name")?.unwrap_or_default(),
        state: cells.text("state_cd")?.unwrap_or_default(),
        zip: zip.into(),
    }))
}
