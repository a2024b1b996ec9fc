//! The admission itself.

use super::{AdmittedBy, Capacity, Order, POINTS_NEW, Standing, WaitReason, Waiting, Wave, WaveRow, fits};
use crate::case::state::Place;
use crate::moment::Moment;
use crate::program::Locality;
use std::cmp::Ordering;

/// Gives the free places to waiting cases.
///
/// `longest_percent` of the places of each cell go to those who have waited longest (ruling: default 20). The result
/// does not depend on the order of the input.
pub fn admit<K: Ord, S: Ord>(
    waiting: &[Waiting<K, S>],
    capacities: &[Capacity],
    order: Order,
    longest_percent: u8,
    at: Moment,
) -> Wave {
    // In an evaluation the draw alone decides (FACTS §9): no share, and no debt of one.
    let longest_percent = if order == Order::Draw { 0 } else { longest_percent };
    let mut queue: Vec<&Waiting<K, S>> = waiting.iter().collect();
    queue.sort_by(|a, b| compare(a, b, order));
    let mut cells: Vec<Cell> =
        capacities.iter().map(|capacity| Cell::new(capacity, longest_percent)).collect();
    cells.sort_by(|a, b| a.capacity.place.cmp(&b.capacity.place));
    let mut taken: Vec<Option<(Place, AdmittedBy)>> =
        queue.iter().map(|case| Some((take(case, &mut cells, Cell::general)?, AdmittedBy::Order))).collect();
    let mut by_wait: Vec<usize> = (0..queue.len()).collect();
    by_wait.sort_by_key(|&index| queue.get(index).map(|case| (case.since, &case.case)));
    for index in by_wait {
        if let (Some(case), Some(slot @ None)) = (queue.get(index), taken.get_mut(index)) {
            *slot = take(case, &mut cells, Cell::any).map(|place| (place, AdmittedBy::LongestWaiting));
        }
    }
    record(&queue, &cells, taken, order, at)
}

/// Before the tie-breakers, priority or stratum and draw; then who waits longest, the draw, the id.
fn compare<K: Ord, S: Ord>(a: &Waiting<K, S>, b: &Waiting<K, S>, order: Order) -> Ordering {
    let by_order = match order {
        Order::Priority => a.key.cmp(&b.key).then(a.since.cmp(&b.since)),
        Order::Draw => a.stratum.cmp(&b.stratum),
    };
    by_order.then(a.draw.cmp(&b.draw)).then_with(|| a.case.cmp(&b.case))
}

/// A cell while places are given.
struct Cell {
    capacity: Capacity,
    /// Share of the longest-waiting, in percent.
    percent: u32,
    /// Places kept for them.
    kept: u32,
    /// Places given so far, and of these to the longest-waiting.
    given: u32,
    given_by_wait: u32,
}

impl Cell {
    fn new(capacity: &Capacity, longest_percent: u8) -> Self {
        let percent = u32::from(longest_percent.min(100));
        let free = capacity.free_places();
        let owed = if percent == 0 { 0 } else { capacity.share_owed };
        let kept = ((free * percent + owed) / 100).min(free);
        Self { capacity: capacity.clone(), percent, kept, given: 0, given_by_wait: 0 }
    }

    /// A place outside the share of the longest-waiting.
    fn general(&mut self) -> bool {
        let free = self.capacity.free_places() > self.kept;
        if free {
            self.give();
        }
        free
    }

    /// Any place, by waiting time: all others have been given by the order.
    fn any(&mut self) -> bool {
        let free = self.capacity.free_places() > 0;
        if free {
            self.give();
            self.given_by_wait += 1;
        }
        free
    }

    fn give(&mut self) {
        self.capacity.taken += POINTS_NEW;
        self.given += 1;
    }

    /// The capacity after the wave; the share is owed on places that were given while others waited for them, not on
    /// those that stayed free.
    fn after(&self, contested: bool) -> Capacity {
        if !contested {
            return Capacity { share_owed: 0, ..self.capacity.clone() };
        }
        let owed = self.capacity.share_owed + self.given * self.percent;
        let share_owed = owed.saturating_sub(self.given_by_wait * 100);
        Capacity { share_owed, ..self.capacity.clone() }
    }

    fn fits(&self, member: Locality<'_>) -> bool {
        fits(&self.capacity.place, member)
    }

    /// How narrow the cell is: the narrowest that fits is used first, so that open cells stay for others.
    fn narrowness(&self) -> usize {
        let place = &self.capacity.place;
        usize::from(place.county.is_some())
            + usize::from(place.language.is_some())
            + usize::from(place.lob.is_some())
    }
}

/// Takes a place for a case: the first of its teams that has one, in the narrowest cell that fits.
fn take<K, S>(
    case: &Waiting<K, S>,
    cells: &mut [Cell],
    mut free: impl FnMut(&mut Cell) -> bool,
) -> Option<Place> {
    for team in &case.teams {
        let mut fitting: Vec<&mut Cell> = cells
            .iter_mut()
            .filter(|cell| cell.capacity.place.team == *team && cell.fits(case.locality()))
            .collect();
        fitting.sort_by_key(|cell| std::cmp::Reverse(cell.narrowness()));
        if let Some(cell) = fitting.into_iter().find_map(|cell| free(cell).then_some(cell)) {
            return Some(cell.capacity.place.clone());
        }
    }
    None
}

fn record<K, S>(
    queue: &[&Waiting<K, S>],
    cells: &[Cell],
    taken: Vec<Option<(Place, AdmittedBy)>>,
    order: Order,
    at: Moment,
) -> Wave {
    let mut rows = Vec::with_capacity(queue.len());
    let mut cut_off = None;
    let mut competing = vec![0_u32; cells.len()];
    let mut contested = vec![false; cells.len()];
    for (rank, (case, place)) in (1..).zip(queue.iter().zip(taken)) {
        let open: Vec<usize> = reachable(case, cells);
        let standing = if let Some((place, by)) = place {
            Standing::Admitted { place, by }
        } else {
            let reason = why(case, cells);
            if reason == WaitReason::Full && cut_off.is_none() {
                cut_off = Some(rank);
            }
            for &cell in &open {
                if let Some(waits) = contested.get_mut(cell) {
                    *waits = true;
                }
            }
            let ahead = open.iter().filter_map(|&cell| competing.get(cell)).max().copied().unwrap_or(0);
            Standing::Waits { reason, ahead, limit_reached: limit_reached(case, at) }
        };
        for cell in open {
            if let Some(count) = competing.get_mut(cell) {
                *count += 1;
            }
        }
        rows.push(WaveRow { case: case.case.clone(), rank, draw: case.draw, standing });
    }
    let capacities = cells.iter().zip(contested).map(|(cell, contested)| cell.after(contested)).collect();
    let cases = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    Wave { at, order, cases, rows, capacities, cut_off }
}

/// The cells that a case could take.
fn reachable<K, S>(case: &Waiting<K, S>, cells: &[Cell]) -> Vec<usize> {
    let fits = |cell: &Cell| case.teams.contains(&cell.capacity.place.team) && cell.fits(case.locality());
    cells.iter().enumerate().filter(|(_, cell)| fits(cell)).map(|(index, _)| index).collect()
}

/// Whether the case has waited as long as it may (FACTS §6.4: admitted, decided again, or passed on).
pub fn limit_reached<K, S>(case: &Waiting<K, S>, at: Moment) -> bool {
    at.day().since(case.since.day()) >= i32::from(case.days_max)
}

/// Why a case got no place: the first thing that would have to change.
fn why<K, S>(case: &Waiting<K, S>, cells: &[Cell]) -> WaitReason {
    let member = case.locality();
    let mine: Vec<&Cell> =
        cells.iter().filter(|cell| case.teams.contains(&cell.capacity.place.team)).collect();
    let in_county = |cell: &&&Cell| {
        cell.capacity.place.county.as_deref().is_none_or(|county| member.county == Some(county))
    };
    let speaks = |cell: &&&Cell| {
        cell.capacity.place.language.as_deref().is_none_or(|language| member.language == Some(language))
    };
    if mine.is_empty() {
        WaitReason::NoTeamLeft
    } else if mine.iter().any(|cell| cell.fits(member)) {
        WaitReason::Full
    } else if !mine.iter().any(|cell| in_county(&cell)) {
        WaitReason::NoTeamInCounty
    } else if !mine.iter().any(|cell| in_county(&cell) && speaks(&cell)) {
        WaitReason::NoTeamForLanguage
    } else {
        WaitReason::NoTeamForLob
    }
}
