//! Who was meant for a place: read from the recorded waves, not from what became of the cases.

use super::{Arm, Assignment, Design};
use icm_domain::day::Day;
use icm_domain::ids::CaseId;
use icm_domain::queue::{AdmittedBy, Order, Standing, WaitReason, Wave, WaveRow};
use std::collections::BTreeMap;

/// Days from the first wave within which a place must have been given to count as offered: the longest that a case
/// waits (FACTS §6.4).
pub const OFFER_DAYS: i32 = 60;

/// What the waves say of the cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Cases that can be compared, by design.
    pub cases: BTreeMap<CaseId, (Design, Assignment)>,
    /// Cases that no place could have served (county, language, line of business): no comparison.
    pub nowhere_to_go: u32,
}

/// A case as its waves show it.
struct Seen {
    first: Day,
    order: Order,
    draw: u64,
    rank: u32,
    cut_off: Option<u32>,
    cases: u32,
    wave: usize,
    competed: bool,
    by_order: bool,
    placed: bool,
}

/// Assigns the cases of all waves of a program, which come in the order of time.
///
/// *Wait list*: within a stratum the order of the draw decides. Whoever drew at or before the last number that the order
/// gave a place to was meant for one, also where the case ended before its turn; else leaving early would decide the
/// arm. *Cut-off*: whoever stood before the first refused rank of the first wave. `stratum` names the stratum of a case:
/// what the order put before the draw.
pub fn assign(waves: &[Wave], stratum: impl Fn(&CaseId) -> Option<Box<str>>) -> Assigned {
    let mut seen: BTreeMap<&CaseId, Seen> = BTreeMap::new();
    for (at, wave) in waves.iter().enumerate() {
        for row in &wave.rows {
            seen.entry(&row.case).or_insert_with(|| first_seen(at, wave, row)).follow(wave, row);
        }
    }
    let mut assigned = Assigned::default();
    let mut last_drawn: BTreeMap<Box<str>, u64> = BTreeMap::new();
    let mut drawn = Vec::new();
    for (case, seen) in seen {
        if !seen.competed {
            assigned.nowhere_to_go += 1;
        } else if seen.order == Order::Draw {
            let Some(stratum) = stratum(case) else { continue };
            if seen.by_order {
                let last = last_drawn.entry(stratum.clone()).or_default();
                *last = seen.draw.max(*last);
            }
            drawn.push((case, stratum, seen));
        } else if let Some(cut_off) = seen.cut_off {
            let arm = if seen.rank < cut_off { Arm::Offered } else { Arm::Control };
            let wave = format!("wave {}", seen.wave).into();
            assigned.cases.insert(case.clone(), (Design::CutOff, seen.assignment(arm, wave)));
        }
    }
    for (case, stratum, seen) in drawn {
        let meant = last_drawn.get(&stratum).is_some_and(|last| seen.draw <= *last);
        let arm = if meant { Arm::Offered } else { Arm::Control };
        assigned.cases.insert(case.clone(), (Design::WaitList, seen.assignment(arm, stratum)));
    }
    assigned
}

fn first_seen(at: usize, wave: &Wave, row: &WaveRow) -> Seen {
    Seen {
        first: wave.at.day(),
        order: wave.order,
        draw: row.draw,
        rank: row.rank,
        cut_off: wave.cut_off,
        cases: wave.cases.max(u32::try_from(wave.rows.len()).unwrap_or(u32::MAX)),
        wave: at,
        competed: false,
        by_order: false,
        placed: false,
    }
}

impl Seen {
    fn follow(&mut self, wave: &Wave, row: &WaveRow) {
        let in_time = wave.at.day().since(self.first) <= OFFER_DAYS;
        match &row.standing {
            Standing::Admitted { by, .. } => {
                self.competed = true;
                self.placed |= in_time;
                self.by_order |= in_time && *by == AdmittedBy::Order && wave.order == self.order;
            }
            Standing::Waits { reason, .. } => self.competed |= *reason == WaitReason::Full,
        }
    }

    fn assignment(&self, arm: Arm, stratum: Box<str>) -> Assignment {
        Assignment {
            arm,
            stratum,
            rank: self.rank,
            cut_off: self.cut_off.unwrap_or_default(),
            cases: self.cases,
            offered: self.placed,
        }
    }
}
