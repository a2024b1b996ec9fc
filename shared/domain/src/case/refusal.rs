//! Why an event does not apply: a business "no", recorded and acknowledged (DESIGN D11). Each has a number that the
//! vendor contract publishes; numbers are never reused.

use crate::coded::coded;

coded! {
    /// Why an event is refused. The text of [`Refusal::id`] and the number of [`Refusal::number`] are the contract.
    pub enum Refusal {
        /// The case has ended; a later try is a new case.
        CaseClosed = "CASE_CLOSED",
        /// The event is not possible in the present status.
        NotInThisStatus = "NOT_IN_THIS_STATUS",
        /// The same command was applied already.
        Repeated = "REPEATED",
        /// The case is on hold.
        OnHold = "ON_HOLD",
        /// A person must decide an open review first.
        UnderReview = "UNDER_REVIEW",
        /// The time for it has not come.
        TooEarly = "TOO_EARLY",
        /// A field contradicts another or its meaning.
        Inconsistent = "INCONSISTENT",
        /// No consent to the program.
        NoConsent = "NO_CONSENT",
        /// No coverage, or not seen on the version that the event names.
        NoCoverage = "NO_COVERAGE",
        /// The member opted out.
        OptedOut = "OPTED_OUT",
        /// The member does not allow the channel.
        ChannelNotAllowed = "CHANNEL_NOT_ALLOWED",
        /// A task on this channel is open already.
        TaskOpen = "TASK_OPEN",
        /// Somebody leads already.
        LeadExists = "LEAD_EXISTS",
        /// The vendor has not been offered this case.
        NotYourCase = "NOT_YOUR_CASE",
        /// A vendor holds or is offered the case already.
        AlreadyOffered = "ALREADY_OFFERED",
        /// The vendor was asked before.
        VendorTriedBefore = "VENDOR_TRIED_BEFORE",
        /// The offer was cancelled or the member recalled; confirm and stop.
        OfferEnded = "OFFER_ENDED",
        /// Not possible in the hand-over mode of the program.
        WrongHandOver = "WRONG_HAND_OVER",
        /// Not possible for this kind of team.
        WrongDelivery = "WRONG_DELIVERY",
        /// No place in a caseload, or a place of another team.
        NoPlace = "NO_PLACE",
        /// Too many replies ahead of a missing one; send again later.
        InboxFull = "INBOX_FULL",
        /// The reason code does not apply in this part of the case's life.
        ReasonNotApplicable = "REASON_NOT_APPLICABLE",
        /// Only a person may decide this.
        NeedsPerson = "NEEDS_PERSON",
        /// The participation is voluntary.
        NotRequired = "NOT_REQUIRED",
        /// The notice period of a required program is not over.
        NoticePeriod = "NOTICE_PERIOD",
        /// An appeal is pending.
        AppealPending = "APPEAL_PENDING",
        /// The notice lacks what the law demands.
        NoticeUnlawful = "NOTICE_UNLAWFUL",
        /// The earlier case is still open.
        PreviousOpen = "PREVIOUS_OPEN",
        /// The cool-down of the earlier case has not ended.
        CoolDown = "COOL_DOWN",
    }
}

impl Refusal {
    /// The number of the contract.
    pub const fn number(self) -> u16 {
        match self {
            Self::CaseClosed => 4001,
            Self::NotInThisStatus => 4002,
            Self::Repeated => 4003,
            Self::OnHold => 4004,
            Self::TooEarly => 4005,
            Self::Inconsistent => 4006,
            Self::UnderReview => 4007,
            Self::NoConsent => 4010,
            Self::NoCoverage => 4011,
            Self::OptedOut => 4012,
            Self::ChannelNotAllowed => 4013,
            Self::TaskOpen => 4014,
            Self::LeadExists => 4020,
            Self::NotYourCase => 4030,
            Self::AlreadyOffered => 4031,
            Self::VendorTriedBefore => 4032,
            Self::OfferEnded => 4033,
            Self::WrongHandOver => 4034,
            Self::WrongDelivery => 4035,
            Self::InboxFull => 4036,
            Self::NoPlace => 4037,
            Self::ReasonNotApplicable => 4040,
            Self::NeedsPerson => 4041,
            Self::NotRequired => 4050,
            Self::NoticePeriod => 4051,
            Self::AppealPending => 4052,
            Self::NoticeUnlawful => 4053,
            Self::PreviousOpen => 4060,
            Self::CoolDown => 4061,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number(), self.id())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn every_refusal_has_its_own_number() {
        let mut numbers: Vec<u16> = Refusal::ALL.iter().map(|refusal| refusal.number()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), Refusal::ALL.len());
    }
}
