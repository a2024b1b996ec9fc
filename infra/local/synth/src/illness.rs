//! Chronic illness: who has what, what it is treated with, and how often it flares.

use crate::biller::Drug;
use crate::codes::dx;
use crate::random::Random;
use icm_domain::code::Code;

/// A chronic illness of the model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Illness {
    /// Its diagnosis at a visit.
    pub(crate) dx: Code,
    /// The principal diagnosis of an admission for it.
    pub(crate) acute: Option<Code>,
    /// Its maintenance drugs.
    pub(crate) drugs: &'static [Drug],
    /// Members in 1,000 who have it, by age: below 18, 18-44, 45-64, 65 and more.
    prevalence: [u32; 4],
    /// What it adds to the rate of admissions, in percent of a healthy member's.
    pub(crate) admission_weight: u32,
    /// Where it is treated.
    pub(crate) setting: Setting,
}

/// Who treats an illness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Primary care.
    Primary,
    /// A community behavioural-health clinic.
    Behavioural,
    /// A substance-use program: a 42 CFR Part 2 source.
    SubstanceUse,
}

const fn drug(number: u16, cents: i64) -> Drug {
    Drug { number, cents }
}

const fn illness(
    dx: Code,
    acute: Option<Code>,
    drugs: &'static [Drug],
    prevalence: [u32; 4],
    admission_weight: u32,
    setting: Setting,
) -> Illness {
    Illness { dx, acute, drugs, prevalence, admission_weight, setting }
}

/// The illnesses of the model. Prevalence follows the order of magnitude of national surveys.
pub(crate) const ILLNESSES: [Illness; 11] = {
    use Setting::{Behavioural, Primary, SubstanceUse};
    [
        illness(dx::HYPERTENSION, None, &[drug(1, 900), drug(2, 1100)], [2, 90, 380, 620], 10, Primary),
        illness(
            dx::DIABETES,
            Some(dx::DIABETES_UNCONTROLLED),
            &[drug(3, 1500), drug(4, 38_000)],
            [3, 40, 170, 260],
            60,
            Primary,
        ),
        illness(
            dx::HEART_FAILURE,
            Some(dx::HEART_FAILURE_ACUTE),
            &[drug(5, 2200), drug(6, 52_000)],
            [0, 4, 30, 110],
            420,
            Primary,
        ),
        illness(
            dx::COPD,
            Some(dx::COPD_ACUTE),
            &[drug(7, 31_000), drug(8, 4500)],
            [0, 6, 60, 120],
            200,
            Primary,
        ),
        illness(dx::ASTHMA, Some(dx::ASTHMA_ACUTE), &[drug(9, 18_000)], [80, 80, 70, 60], 40, Primary),
        illness(dx::KIDNEY, None, &[drug(10, 1300)], [1, 10, 60, 200], 90, Primary),
        illness(
            dx::CORONARY,
            Some(dx::INFARCTION),
            &[drug(11, 1400), drug(12, 2600)],
            [0, 6, 70, 210],
            110,
            Primary,
        ),
        illness(dx::DEPRESSION, None, &[drug(13, 1600)], [40, 130, 150, 110], 30, Primary),
        illness(dx::ANXIETY, None, &[drug(14, 1200)], [50, 120, 100, 60], 15, Primary),
        illness(
            dx::SCHIZOPHRENIA,
            Some(dx::SCHIZOPHRENIA),
            &[drug(15, 64_000), drug(16, 2900)],
            [1, 14, 18, 8],
            320,
            Behavioural,
        ),
        illness(
            dx::OPIOID,
            Some(dx::ALCOHOL_WITHDRAWAL),
            &[drug(17, 14_000)],
            [2, 38, 32, 8],
            170,
            SubstanceUse,
        ),
    ]
};

/// A member's illnesses: a set over [`ILLNESSES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Illnesses(u16);

impl Illnesses {
    /// Draws the illnesses of a member of this age; each one makes the next more likely (multimorbidity).
    pub(crate) fn draw(random: &mut Random, age: i32) -> Self {
        let band = match age {
            ..18 => 0,
            18..45 => 1,
            45..65 => 2,
            _ => 3,
        };
        let mut set = Self::default();
        let mut more = 90;
        for (at, illness) in ILLNESSES.iter().enumerate() {
            let prevalence = illness.prevalence.get(band).copied().unwrap_or_default();
            if random.per_mille(prevalence * more / 100) {
                set.0 |= 1 << at;
                more += 14;
            }
        }
        set
    }

    /// The set with the illness of this diagnosis.
    pub(crate) fn with(self, dx: Code) -> Self {
        let at = ILLNESSES.iter().position(|illness| illness.dx == dx);
        Self(self.0 | at.map_or(0, |at| 1 << at))
    }

    /// The illnesses.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'static Illness> {
        ILLNESSES.iter().enumerate().filter(move |(at, _)| self.0 >> at & 1 == 1).map(|(_, illness)| illness)
    }

    /// How many.
    pub(crate) const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether one of them is treated there.
    pub(crate) fn treated_in(self, setting: Setting) -> bool {
        self.iter().any(|illness| illness.setting == setting)
    }

    /// Whether the illness of this diagnosis is among them.
    pub(crate) fn has(self, dx: Code) -> bool {
        self.iter().any(|illness| illness.dx == dx)
    }

    /// The principal diagnosis of an admission for one of them, if one can lead to an admission.
    pub(crate) fn flare(self, random: &mut Random) -> Option<Code> {
        let weight: u32 = self.iter().filter(|i| i.acute.is_some()).map(|i| i.admission_weight).sum();
        let mut left = random.below(weight.max(1));
        self.iter().filter(|i| i.acute.is_some()).find_map(|illness| {
            let found = left < illness.admission_weight;
            left = left.saturating_sub(illness.admission_weight);
            if found { illness.acute } else { None }
        })
    }

    /// The rate of admissions in percent of a healthy member's.
    pub(crate) fn admission_percent(self) -> u32 {
        100 + self.iter().map(|illness| illness.admission_weight).sum::<u32>()
    }
}
