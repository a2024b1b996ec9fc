//! May an effect that was committed earlier still leave? The relay asks with the case *as it is now* (DESIGN D12:
//! released effects are checked again before sending). Between commit and release the member may have opted out, the
//! offer may have been cancelled, the enrolment may have ended.

use crate::case::effect::{Effect, EffectKind, NoticeCode, NoticeTo};
use crate::case::state::{Case, Stage};
use crate::case::status::Phase;
use crate::coded::coded;

coded! {
    /// Why an effect must not leave any more.
    pub enum Obsolete {
        /// The offer was answered, cancelled or given to somebody else.
        OfferEnded = "OFFER_ENDED",
        /// The vendor no longer has the member: nothing more is disclosed to it.
        NotWithVendor = "NOT_WITH_VENDOR",
        /// The outreach task was cancelled, dropped or done.
        TaskEnded = "TASK_ENDED",
        /// The member opted out.
        OptedOut = "OPTED_OUT",
        /// The enrolment that the notice tells of has ended.
        NotEnrolled = "NOT_ENROLLED",
        /// The case has ended.
        CaseClosed = "CASE_CLOSED",
    }
}

/// Whether `effect` of `case` may still be released. What stops something, and answers to vendors, always may.
pub fn check(case: &Case, effect: &Effect) -> Result<(), Obsolete> {
    match &effect.what {
        EffectKind::CancelOffer { .. }
        | EffectKind::RecallVendor { .. }
        | EffectKind::CancelTask { .. }
        | EffectKind::AnswerReply { .. }
        // A person's task stays in the payer.
        | EffectKind::InternalTask { .. } => Ok(()),
        EffectKind::OfferVendor { vendor } => {
            let open = case.assignment.as_ref().is_some_and(|assignment| {
                assignment.vendor == *vendor
                    && assignment.offer == effect.dedup
                    && matches!(assignment.stage, Stage::Offered | Stage::Received)
            });
            rule(open, Obsolete::OfferEnded)
        }
        EffectKind::UpdateVendor { vendor, .. } => {
            let has = case.assignment.as_ref().is_some_and(|assignment| assignment.vendor == *vendor);
            rule(has, Obsolete::NotWithVendor)
        }
        EffectKind::OutreachTask { channel, .. } => {
            rule(case.open_tasks.iter().any(|task| task.effect == effect.id), Obsolete::TaskEnded)?;
            rule(case.contact.allows(*channel), Obsolete::OptedOut)
        }
        EffectKind::Notice { to, code, .. } => notice(case, *to, *code),
        EffectKind::CaseConferenceRequest { .. } => rule(case.is_open(), Obsolete::CaseClosed),
    }
}

fn notice(case: &Case, to: NoticeTo, code: NoticeCode) -> Result<(), Obsolete> {
    if to == NoticeTo::MemberLetter && case.contact.opted_out {
        return Err(Obsolete::OptedOut);
    }
    match code {
        NoticeCode::Enrolled => rule(case.phase() == Phase::Enrolled, Obsolete::NotEnrolled),
        NoticeCode::CoManaged => rule(case.is_open(), Obsolete::CaseClosed),
        NoticeCode::Ended | NoticeCode::UnableToReach | NoticeCode::StopConfirmed => Ok(()),
    }
}

fn rule(holds: bool, otherwise: Obsolete) -> Result<(), Obsolete> {
    if holds { Ok(()) } else { Err(otherwise) }
}

#[cfg(test)]
mod tests {
    use super::{Obsolete, check};
    use crate::case::event::{EventKind, OptOutScope};
    use crate::case::state::{Delivery, HandOver};
    use crate::case::tests::life::Life;
    use crate::facts::Channel;
    use crate::vendor::reply::Report;
    use crate::vendor::sla::SlaStep;

    fn offered() -> Life {
        Life::new(Delivery::External, HandOver::Enrolment).enrolled("V1")
    }

    /// What of everything committed so far may still leave.
    fn leaves(life: &Life) -> Vec<&'static str> {
        let ok = life.effects.iter().filter(|effect| check(&life.case, effect).is_ok());
        ok.map(|effect| effect.what.id()).collect()
    }

    #[test]
    fn after_an_opt_out_only_what_stops_something_leaves() {
        let mut life = offered();
        life.does(EventKind::OfferClock { step: SlaStep::Resend, next: None });
        life.does(EventKind::ContactDetailsChanged);
        assert_eq!(leaves(&life), ["OFFER_VENDOR", "NOTICE", "OFFER_VENDOR", "UPDATE_VENDOR"]);
        life.does(EventKind::OptedOut(OptOutScope::Program));
        assert_eq!(leaves(&life), ["NOTICE"], "the practice is told that the enrolment has ended");
    }

    #[test]
    fn an_offer_that_was_accepted_is_not_sent_again() {
        let mut life = offered();
        life.hears("V1", Report::Accepted);
        let offer = life.effects[0].clone();
        assert_eq!(check(&life.case, &offer), Err(Obsolete::OfferEnded));
    }

    #[test]
    fn a_task_leaves_while_it_is_open() {
        let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1");
        life.plans(Channel::Call);
        let task = life.effects.last().unwrap().clone();
        assert_eq!(check(&life.case, &task), Ok(()));
        life.does(EventKind::ChannelsRefused(vec![Channel::Call]));
        assert_eq!(check(&life.case, &task), Err(Obsolete::TaskEnded));
    }
}
