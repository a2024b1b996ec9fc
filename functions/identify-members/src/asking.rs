//! What people are asked because of a decision that opens no case: the exclusive manager a case conference, a person of
//! the payer what may not leave it (FACTS §3.3; DESIGN D8). Each is asked once, not at every message. Whether a case that
//! somebody ended is begun anew is asked on the case itself (`reentry`).

use crate::Ports;
use crate::decider::{Decided, Decider};
use crate::identify::Identify;
use crate::view::View;
use icm_domain::case::effect::{Due, Effect, EffectKind, TaskKind};
use icm_domain::case::state::CoManager;
use icm_domain::day::Day;
use icm_domain::decision::DecisionKind;
use icm_ports::{Clock, Commit, EffectRecord, Moment, Result};

/// Days that an exclusive manager has to answer (FACTS §3.3).
const ANSWER_DAYS: i32 = 14;

/// Days after which an unanswered question, or one that a person has looked at, is asked afresh if it still stands. A
/// default of this project: a quarter, the window in which needs are called recent (FACTS §2.1).
const AFRESH_DAYS: i32 = 90;

/// What is to be asked now, and when to look again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asking {
    pub(crate) what: Option<EffectKind>,
    pub(crate) again: Option<Day>,
}

impl Asking {
    /// Reads what was asked before. Only decisions that ask for something cost the read.
    pub(crate) async fn of<P: Ports, D: Decider, C: Clock>(
        identify: &Identify<'_, P, D, C>,
        view: &View,
        decided: &Decided,
        as_of: Day,
    ) -> Result<Self> {
        let outcome = decided.outcome().decision;
        let manager = decided.escalate_to.as_ref();
        let conference = manager.filter(|_| outcome == DecisionKind::EscalateToCurrentManager);
        let inside = outcome == DecisionKind::IdentifiedInternalOnly;
        if !identify.decider.opens_cases() || (conference.is_none() && !inside) {
            return Ok(Self::default());
        }
        let asked = identify.ports.effects(&view.home).await?;
        Ok(conference
            .map_or_else(|| of_reviewer(&asked, as_of), |manager| of_manager(manager, &asked, as_of)))
    }

    /// Adds to the commit what is asked.
    pub(crate) fn add<P, D: Decider, C>(
        self,
        identify: &Identify<'_, P, D, C>,
        view: &View,
        now: Moment,
        commit: &mut Commit,
    ) {
        let Some(what) = self.what else { return };
        let program = identify.decider.program().clone();
        let version = commit.head.version.0;
        let id = identify.ids.effect(&view.home, &program, version);
        let effect = Effect { dedup: id.clone(), id, sequence: version, what };
        commit.effects.push(EffectRecord::pending(effect, program, None, now));
    }
}

/// The manager is asked once and has fourteen days; what is then unanswered a person decides (FACTS §3.3).
fn of_manager(manager: &CoManager, asked: &[EffectRecord], as_of: Day) -> Asking {
    let answer_by = |held: &EffectRecord| {
        if let EffectKind::CaseConferenceRequest { program, model, answer_by } = &held.effect.what
            && *program == manager.program
            && *model == manager.model
        {
            return Some(*answer_by);
        }
        None
    };
    match asked.iter().filter_map(answer_by).max() {
        Some(by) if by >= as_of => Asking { what: None, again: Some(by.plus(1)) },
        Some(by) if as_of.since(by) <= AFRESH_DAYS => {
            let looked = asked.iter().any(|held| is_review(held) && held.since.day() > by);
            let afresh = Some(by.plus(AFRESH_DAYS + 1));
            Asking { what: (!looked).then(review), again: afresh }
        }
        Some(_) | None => Asking {
            what: Some(EffectKind::CaseConferenceRequest {
                program: manager.program.clone(),
                model: manager.model,
                answer_by: as_of.plus(ANSWER_DAYS),
            }),
            again: Some(as_of.plus(ANSWER_DAYS + 1)),
        },
    }
}

fn of_reviewer(asked: &[EffectRecord], as_of: Day) -> Asking {
    let last = asked.iter().filter(|held| is_review(held)).map(|held| held.since.day()).max();
    match last.map(|day| day.plus(AFRESH_DAYS)).filter(|afresh| *afresh > as_of) {
        Some(afresh) => Asking { what: None, again: Some(afresh) },
        None => Asking { what: Some(review()), again: Some(as_of.plus(AFRESH_DAYS)) },
    }
}

const fn review() -> EffectKind {
    EffectKind::InternalTask { task: TaskKind::Review, review: None, model: None, due: Due::BusinessDays(3) }
}

/// A question to a person about the member, not about a case.
fn is_review(held: &EffectRecord) -> bool {
    held.case_id.is_none()
        && matches!(&held.effect.what, EffectKind::InternalTask { task: TaskKind::Review, .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use icm_domain::facts::Model;
    use icm_domain::ids::{EffectId, ProgramId};

    fn day(count: i32) -> Day {
        Day::from_count(20_000 + count)
    }

    fn manager() -> CoManager {
        CoManager { model: Model::M5, program: "ACT".into() }
    }

    fn sent(asking: Asking, on: Day) -> EffectRecord {
        let id = EffectId::new("D-1");
        let effect = Effect { dedup: id.clone(), id, sequence: 1, what: asking.what.unwrap() };
        EffectRecord::pending(effect, ProgramId::new("ICM"), None, Moment::start_of(on))
    }

    #[test]
    fn a_manager_is_asked_once_then_a_person_then_after_a_quarter_the_manager_again() {
        let first = of_manager(&manager(), &[], day(0));
        assert!(
            matches!(first.what, Some(EffectKind::CaseConferenceRequest { answer_by, .. }) if answer_by == day(14))
        );
        assert_eq!(first.again, Some(day(15)));
        let mut asked = vec![sent(first, day(0))];
        for on in [0, 1, 14] {
            let asking = of_manager(&manager(), &asked, day(on));
            assert_eq!(asking, Asking { what: None, again: Some(day(15)) }, "day {on}");
        }
        let second = of_manager(&manager(), &asked, day(15));
        assert_eq!(second.what, Some(review()));
        asked.push(sent(second, day(15)));
        assert_eq!(of_manager(&manager(), &asked, day(16)).what, None);
        assert_eq!(of_manager(&manager(), &asked, day(14 + 90)).what, None);
        let afresh = of_manager(&manager(), &asked, day(14 + 91));
        assert!(matches!(afresh.what, Some(EffectKind::CaseConferenceRequest { .. })));
    }

    #[test]
    fn another_manager_is_asked_on_its_own() {
        let asked = [sent(of_manager(&manager(), &[], day(0)), day(0))];
        let other = CoManager { program: "WAIVER".into(), ..manager() };
        assert!(of_manager(&other, &asked, day(1)).what.is_some());
    }

    #[test]
    fn a_person_of_the_payer_is_asked_once_a_quarter() {
        let asked = [sent(of_reviewer(&[], day(0)), day(0))];
        for (on, asks) in [(0, false), (89, false), (90, true)] {
            assert_eq!(of_reviewer(&asked, day(on)).what.is_some(), asks, "day {on}");
        }
    }
}
