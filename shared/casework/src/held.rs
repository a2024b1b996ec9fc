//! Which cases stand with a vendor, from the projections (DESIGN D13).

use icm_contract::vendor::fhir::attribution::Listed;
use icm_domain::case::due::OfferLeft;
use icm_domain::case::state::{Case, Stage};
use icm_domain::case::status::Status;
use icm_domain::day::Day;
use icm_domain::ids::{MemberId, VendorId};
use icm_domain::phi::Phi;
use icm_domain::program::Catalogue;
use icm_domain::vendor::reconcile::held_by;
use icm_ports::{EffectRecord, EffectStatus, EffectsRead, FactsRead, MemberRead, Result, WorkRow, Worklist};
use std::collections::BTreeMap;

use crate::Person;

/// Cases by id.
pub type Held = BTreeMap<Box<str>, (MemberId, Case)>;

/// The worklists on which a case can stand that a vendor holds.
const HOLDING: [Status; 10] = [
    Status::Queued,
    Status::Outreach,
    Status::Engaged,
    Status::Consented,
    Status::Enrolled,
    Status::VendorAccepted,
    Status::Active,
    Status::OnHold,
    Status::Review,
    Status::RequiredNonparticipating,
];

/// Our open cases that stand with the vendor.
///
/// # Errors
/// When the store does not answer.
pub async fn by_vendor<S: Worklist>(store: &S, vendor: &VendorId, catalogue: &Catalogue) -> Result<Held> {
    let mut held = Held::new();
    for program in &catalogue.programs {
        for status in HOLDING {
            let mut visit = |WorkRow { member, case: record }: WorkRow| {
                if held_by(&record.case, vendor).is_some() {
                    held.insert(record.case.id.as_str().into(), (member, record.case));
                }
            };
            store.every_row(&program.id, status.id(), &mut visit).await?;
        }
    }
    Ok(held)
}

/// The members whom a vendor holds or was offered, as a list of them may say it: only those of whom it has been told. An
/// offer that has not left, because of a pause or a cap, is no knowledge of the vendor's yet; one that was called back before
/// it left never was.
///
/// # Errors
/// When the store does not answer.
pub async fn told_to<S>(
    store: &S,
    vendor: &VendorId,
    catalogue: &Catalogue,
    today: Day,
) -> Result<Vec<Listed>>
where
    S: Worklist + EffectsRead + FactsRead + MemberRead,
{
    let mut listed = Vec::new();
    for (id, (member, case)) in by_vendor(store, vendor, catalogue).await? {
        let Some(assignment) = &case.assignment else { continue };
        let offer = store.effect(&member, &assignment.offer).await?;
        // Called back before it left, as when the member said no: the vendor knows of it only where it has answered.
        let never_left = offer.as_ref().is_some_and(|offer| offer.status == EffectStatus::Cancelled);
        if never_left && assignment.stage == Stage::Offered {
            continue;
        }
        let left = offer.as_ref().map_or(OfferLeft::AtOnce, EffectRecord::offer_left);
        let (Some(since), Some(state)) = (left.since(assignment.offered), held_by(&case, vendor)) else {
            continue;
        };
        let person = Person::load(store, &member, today).await?;
        listed.push(Listed {
            case: id.into(),
            state: state.id(),
            since: since.day(),
            coverage_id: Phi::new(case.member.as_str().into()),
            name: person.profile.name.clone(),
            birth_date: person.profile.birth.map(Phi::new),
            line_of_business: person.lob(),
            confidential: person.permissions.safe.is_some(),
        });
    }
    Ok(listed)
}
