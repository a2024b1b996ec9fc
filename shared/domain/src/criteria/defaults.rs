//! The shipped defaults (FACTS §2.2, §3.2, §4, §5.4): marked (D) there, to be confirmed by a clinician.

use super::{CountDenied, Criteria, Critical, Triggers, Windows};
use crate::adt::AdtRules;
use crate::facts::{ClosureKind, Model};
use std::collections::BTreeMap;

impl Default for Windows {
    fn default() -> Self {
        Self { long: 365, mid: 180, recent: 90, readmit: 30 }
    }
}

impl Default for Critical {
    fn default() -> Self {
        Self { stays180: 4, ed180: 10 }
    }
}

impl Default for Triggers {
    fn default() -> Self {
        Self {
            r1_stays180: 2,
            r2_stays365: 3,
            r3_ed365: 6,
            r3_ed90: 1,
            r4_ed180: 5,
            r5_stays180: 1,
            r5_ed180: 3,
            r6_stays365: 2,
            r7_readmit180: 1,
            r7_chronic: 2,
            r7_meds: 5,
            r8_pqi365: 2,
            r10_pqe365: 4,
        }
    }
}

impl Default for Criteria {
    fn default() -> Self {
        Self {
            id: "icm-core".into(),
            version: "2026.1".into(),
            lines_of_business: Vec::new(),
            effective_from: None,
            effective_thru: None,
            draft: false,
            transfer_gap_days: 1,
            ed_admit_gap_days: 1,
            count_observation_as_stay: true,
            count_rehab_as_stay: false,
            count_0456_as_ed: false,
            include_provisional: true,
            count_denied: CountDenied::ServiceOccurred,
            windows: Windows::default(),
            grace_days: 90,
            ramp_days: 30,
            hospice_active_days: 60,
            active_lookback_months: 4,
            dose_months_required: 2,
            critical: Critical::default(),
            cooldown_days: default_cooldowns(),
            triggers: Triggers::default(),
            disabled_rules: Vec::new(),
            age_min: 18,
            ltc_days: 90,
            prefer_other_models: false,
            accept_fall_permille: None,
            adt: AdtRules::default(),
            services: default_services(),
        }
    }
}

fn default_cooldowns() -> BTreeMap<ClosureKind, Option<i32>> {
    BTreeMap::from([
        (ClosureKind::DeclinedNotNow, Some(90)),
        (ClosureKind::Declined, Some(180)),
        (ClosureKind::UnableToContact, Some(90)),
        (ClosureKind::Graduated, Some(180)),
        (ClosureKind::OptOutPermanent, None),
        (ClosureKind::DoNotContact, None),
    ])
}

/// Type and amount of service by model (FACTS §4, columns "amount" and "setting / staff").
fn default_services() -> BTreeMap<Model, String> {
    let rows = [
        (Model::M1A, "1-2 contacts a month; practice; RN"),
        (Model::M1B, "2-4 contacts a month; behavioural-health clinic"),
        (Model::M1C, "joint plan; integrated team"),
        (
            Model::M2,
            "weekly to biweekly first, 4-6 months; primary care; care manager and psychiatric consultant",
        ),
        (Model::M3, "several contacts a week, 24/7; community; team"),
        (Model::M4, "letters and portal, 0-4 a year; plan or ACO"),
        (Model::M5, "2-4 contacts a month, 3-6 months; system or ACO; RN, pharmacist, social worker"),
        (Model::M6, "weekly face to face; home and community; CHW or peer"),
        (
            Model::M7,
            "contact in 2 business days, visit in 7 or 14 days, weekly for 4 weeks; hospital or plan; RN",
        ),
        (Model::M8, "weekly for 4-8 weeks, face to face monthly, then taper, 3-9 months; payer or vendor"),
    ];
    rows.into_iter().map(|(model, text)| (model, text.to_owned())).collect()
}
