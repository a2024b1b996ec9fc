//! What an attempt is, how it can end, and what each ending means (FACTS §5.1).
//!
//! An attempt is a try to reach *this* member that allows a direct reply, logged with time, channel, class of number
//! and outcome; it counts whether or not somebody was reached. A try without these fields is no attempt, which is
//! why the fields are not optional here.

use crate::coded::coded;
use crate::facts::Channel;
use crate::ids::EffectId;
use crate::moment::Moment;
use crate::phi::Phi;
use serde::{Deserialize, Serialize};

coded! {
    /// How an attempt ended (FACTS §5.1).
    pub enum Outcome {
        /// Spoke with the member.
        ReachedMember = "REACHED_MEMBER",
        /// Spoke with a caregiver whom the member has authorised.
        ReachedCaregiver = "REACHED_CAREGIVER",
        /// Spoke with somebody else in the household: nothing may be said.
        ReachedOther = "REACHED_OTHER",
        /// Left a message without health information and without the program's name.
        LeftMessage = "LEFT_MESSAGE",
        /// Nobody answered.
        NoAnswer = "NO_ANSWER",
        /// Busy.
        Busy = "BUSY",
        /// Somebody else's number: never dialled again.
        WrongNumber = "WRONG_NUMBER",
        /// Out of service: never dialled again.
        Disconnected = "DISCONNECTED",
        /// No common language.
        LanguageBarrier = "LANGUAGE_BARRIER",
        /// The member named a time to be called.
        CallbackScheduled = "CALLBACK_SCHEDULED",
        /// Did not want to speak now.
        RefusedCall = "REFUSED_CALL",
        /// Asked not to be called or texted again.
        RequestedStop = "REQUESTED_STOP",
        /// Letter posted.
        LetterSent = "LETTER_SENT",
        /// Letter came back.
        LetterReturned = "LETTER_RETURNED",
        /// Text delivered.
        TextDelivered = "TEXT_DELIVERED",
        /// Text not delivered.
        TextFailed = "TEXT_FAILED",
        /// Nobody at home.
        FieldNotHome = "FIELD_NOT_HOME",
        /// Met the member in person.
        FieldMet = "FIELD_MET",
        /// The member is in a hospital or another facility.
        InFacility = "IN_FACILITY",
        /// Somebody said that the member died.
        DeceasedReported = "DECEASED_REPORTED",
    }
}

/// What follows from an outcome, apart from the cadence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The next step of the cadence.
    GoOn,
    /// A conversation: the member is engaged.
    Engaged,
    /// The number must not be dialled again, and current contact data must be searched (Indiana contract).
    NumberUnusable,
    /// The postal address is no good; search.
    AddressUnusable,
    /// The number does not take texts.
    NoTexts,
    /// An interpreter is needed before the next attempt.
    Interpreter,
    /// The next attempt is at the time the member named.
    CallBack,
    /// Calls and texts stop at once.
    StopCalls,
    /// Ask the facility; a person plans the next step.
    Facility,
    /// Everything stops and a person is alerted.
    StopAll,
}

impl Outcome {
    /// What follows.
    pub const fn consequence(self) -> Consequence {
        match self {
            Self::ReachedMember | Self::ReachedCaregiver | Self::FieldMet => Consequence::Engaged,
            Self::ReachedOther
            | Self::LeftMessage
            | Self::NoAnswer
            | Self::Busy
            | Self::RefusedCall
            | Self::LetterSent
            | Self::TextDelivered
            | Self::FieldNotHome => Consequence::GoOn,
            Self::WrongNumber | Self::Disconnected => Consequence::NumberUnusable,
            Self::LanguageBarrier => Consequence::Interpreter,
            Self::CallbackScheduled => Consequence::CallBack,
            Self::RequestedStop => Consequence::StopCalls,
            Self::LetterReturned => Consequence::AddressUnusable,
            Self::TextFailed => Consequence::NoTexts,
            Self::InFacility => Consequence::Facility,
            Self::DeceasedReported => Consequence::StopAll,
        }
    }

    /// Whether the member may know of the program because of it. From then on the case is never dropped silently
    /// (FACTS V05: already contacted → human review).
    pub const fn touched_member(self) -> bool {
        match self {
            Self::ReachedMember
            | Self::ReachedCaregiver
            | Self::LeftMessage
            | Self::LanguageBarrier
            | Self::CallbackScheduled
            | Self::RefusedCall
            | Self::RequestedStop
            | Self::LetterSent
            | Self::TextDelivered
            | Self::FieldMet
            | Self::InFacility => true,
            Self::ReachedOther
            | Self::NoAnswer
            | Self::Busy
            | Self::WrongNumber
            | Self::Disconnected
            | Self::LetterReturned
            | Self::TextFailed
            | Self::FieldNotHome
            | Self::DeceasedReported => false,
        }
    }

    /// Whether both sides spoke: the dose of our own program counts these (FACTS §3.3).
    pub const fn two_way(self) -> bool {
        match self {
            Self::ReachedMember | Self::ReachedCaregiver | Self::FieldMet | Self::CallbackScheduled => true,
            Self::ReachedOther
            | Self::LeftMessage
            | Self::NoAnswer
            | Self::Busy
            | Self::WrongNumber
            | Self::Disconnected
            | Self::LanguageBarrier
            | Self::RefusedCall
            | Self::RequestedStop
            | Self::LetterSent
            | Self::LetterReturned
            | Self::TextDelivered
            | Self::TextFailed
            | Self::FieldNotHome
            | Self::InFacility
            | Self::DeceasedReported => false,
        }
    }

    /// Whether the outcome can happen on this channel.
    pub const fn fits(self, channel: Channel) -> bool {
        match self {
            Self::LetterSent | Self::LetterReturned => matches!(channel, Channel::Letter),
            Self::TextDelivered | Self::TextFailed => matches!(channel, Channel::Text),
            Self::FieldNotHome | Self::FieldMet => matches!(channel, Channel::Visit),
            Self::LeftMessage | Self::NoAnswer | Self::Busy | Self::RefusedCall => {
                matches!(channel, Channel::Call)
            }
            Self::WrongNumber | Self::Disconnected => matches!(channel, Channel::Call | Channel::Text),
            Self::ReachedMember
            | Self::ReachedCaregiver
            | Self::ReachedOther
            | Self::LanguageBarrier
            | Self::CallbackScheduled => matches!(channel, Channel::Call | Channel::Visit),
            Self::RequestedStop | Self::InFacility | Self::DeceasedReported => true,
        }
    }
}

coded! {
    /// What kind of line was dialled; texts and automated calls have other rules for mobile numbers.
    pub enum NumberClass {
        /// A mobile line.
        Mobile = "MOBILE",
        /// A landline.
        Landline = "LANDLINE",
        /// The internet, or not known.
        Unknown = "UNKNOWN",
        /// No number: a letter or a visit.
        NotDialled = "NOT_DIALLED",
    }
}

/// A telephone number in canonical form: ten digits of the North American plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(Phi<Box<str>>);

impl Phone {
    /// Reads a number written with any punctuation, with or without the country code 1. `None` when it is not a
    /// North American number (area code and exchange begin with 2–9).
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let ten = match digits.len() {
            10 => digits.as_str(),
            11 => digits.strip_prefix('1')?,
            _ => return None,
        };
        let leads = |at: usize| ten.as_bytes().get(at).is_some_and(|byte| (b'2'..=b'9').contains(byte));
        (leads(0) && leads(3)).then(|| Self(Phi::new(ten.into())))
    }

    /// The ten digits: for dialling only.
    pub fn expose_digits(&self) -> &str {
        self.0.expose()
    }

    /// The area code.
    pub fn area_code(&self) -> &str {
        self.expose_digits().get(..3).unwrap_or_default()
    }
}

/// One attempt, complete enough to count (FACTS §5.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// The outreach task that it carries out; none for an attempt made outside the cadence.
    pub task: Option<EffectId>,
    /// When it was made.
    pub at: Moment,
    /// How.
    pub channel: Channel,
    /// Kind of line.
    pub number_class: NumberClass,
    /// The number, where one was dialled.
    pub phone: Option<Phone>,
    /// How it ended.
    pub outcome: Outcome,
    /// For `CALLBACK_SCHEDULED`: when the member wants to be called.
    pub call_back: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::{Consequence, Outcome, Phone};
    use crate::facts::Channel;

    const CHANNELS: [Channel; 4] = [Channel::Call, Channel::Text, Channel::Letter, Channel::Visit];

    #[test]
    fn every_outcome_happens_on_some_channel_and_letters_are_never_busy() {
        for outcome in Outcome::ALL {
            assert!(CHANNELS.iter().any(|channel| outcome.fits(*channel)), "{}", outcome.id());
        }
        assert!(!Outcome::Busy.fits(Channel::Letter));
        assert!(!Outcome::FieldMet.fits(Channel::Call));
    }

    #[test]
    fn a_conversation_touches_the_member_and_a_ringing_phone_does_not() {
        for outcome in Outcome::ALL.iter().filter(|outcome| outcome.two_way()) {
            assert!(outcome.touched_member(), "{}", outcome.id());
        }
        assert!(!Outcome::NoAnswer.touched_member());
        assert_eq!(Outcome::Disconnected.consequence(), Consequence::NumberUnusable);
    }

    #[test]
    fn numbers_are_canonical_and_never_printed() {
        let phone = Phone::parse("+1 (312) 555-0100").unwrap();
        assert_eq!(Phone::parse("312.555.0100"), Some(phone.clone()));
        assert_eq!(phone.area_code(), "312");
        assert_eq!(Phone::parse("555-0100"), None);
        assert_eq!(Phone::parse("112-555-0100"), None);
        assert!(!format!("{phone:?}").contains("312"));
    }
}
