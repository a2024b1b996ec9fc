//! Admissions and discharges that were told and are none: taken back by messages (A11, A13, another day), or by claims that
//! were voided or replaced. An open case forgets them, and whoever serves the member hears of it.

use crate::acute::{event_of, id_of_claim, id_of_taken_back, is_news};
use crate::decider::Decider;
use crate::identify::Identify;
use crate::stays::StayTold;
use crate::view::View;
use icm_domain::adt::{self, TakenBack};
use icm_domain::case::acute::AcuteNote;
use icm_domain::case::event::{AcuteKind, CaseEvent, EventKind};
use icm_domain::case::state::Case;
use icm_domain::claim::{Action, ClaimVersion};
use icm_domain::day::Day;
use icm_ports::Moment;

/// Days back in which what a case has heard is compared with what claims tell; they tell stays of three months.
const GONE_DAYS: i32 = 60;

/// What an open case is told to forget: what messages took back, unless another message or a claim says the same.
pub(crate) fn by_messages<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    stays: &[StayTold],
    back: &[TakenBack],
    as_of: Day,
) -> Vec<CaseEvent> {
    if back.is_empty() {
        return Vec::new();
    }
    let visits = adt::visits(&view.facts.adt, as_of);
    let told = visits.iter().filter(|visit| visit.setting.is_stay());
    let told = told.map(|visit| (visit.admit, visit.discharge));
    let told: Vec<_> = told.chain(stays.iter().map(|stay| (stay.admit, stay.discharge))).collect();
    let stands = |back: &&TakenBack| {
        told.iter()
            .any(|(admit, left)| if back.discharge { *left == Some(back.on) } else { *admit == back.on })
    };
    let event = |back: &TakenBack| {
        let (kind, on) = (kind_of(back), back.on);
        let key = format!("{}#taken-back", id_of_taken_back(identify, view, back).as_str());
        event_of(key.into(), EventKind::AcuteTakenBack { kind, on }, Moment::start_of(as_of))
    };
    back.iter().filter(|back| !stands(back)).map(event).collect()
}

/// Which it was.
pub(crate) const fn kind_of(back: &TakenBack) -> AcuteKind {
    if back.discharge { AcuteKind::Discharged } else { AcuteKind::Admitted }
}

/// The events of what claims do not tell any more.
pub(crate) fn by_claims<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    gone: &[AcuteNote],
    as_of: Day,
) -> Vec<CaseEvent> {
    let event = |note: &AcuteNote| {
        let (kind, on) = (note.kind, note.on);
        let key = id_of_claim(identify, view, "unsaid", kind, (note.admitted, on));
        event_of(key.as_str().into(), EventKind::AcuteTakenBack { kind, on }, Moment::start_of(as_of))
    };
    gone.iter().map(event).collect()
}

/// Whether claims that were taken back or replaced came just now: what they told may not be so.
pub(crate) fn reversed(view: &View, as_of: Day) -> bool {
    let back = |claim: &ClaimVersion| {
        matches!(claim.action, Action::Void | Action::Replace) && is_news(claim.received, as_of)
    };
    view.facts.claims.iter().any(back)
}

/// What the case has heard of in the last weeks and that neither claims nor messages tell any more.
pub(crate) fn gone(view: &View, case: &Case, stays: &[StayTold], as_of: Day) -> Vec<AcuteNote> {
    let visits = adt::visits(&view.facts.adt, as_of);
    let visits = visits.iter().map(|visit| (visit.admit, visit.discharge));
    let told: Vec<_> = visits.chain(stays.iter().map(|stay| (stay.admit, stay.discharge))).collect();
    // Two tellings of one happening may differ by a day (CLAIM_FORMATS §4.6).
    let tells = |note: &AcuteNote| {
        told.iter().any(|(admit, left)| admit.plus(-1) <= note.on && note.on <= left.unwrap_or(as_of).plus(1))
    };
    let recent = |note: &&AcuteNote| (0..=GONE_DAYS).contains(&as_of.since(note.on));
    case.contact.acute.iter().filter(recent).filter(|note| !tells(note)).copied().collect()
}
