//! May we, and where? Three separate records (FACTS §5.4): consent per channel, the program decision (which closes a
//! case), and plan-wide do-not-contact; above them the confidential-communication request, which replaces every
//! address and number (FACTS §7). All are read when a message is *sent*, not when it was queued.

use crate::coded::coded;
use crate::day::Day;
use crate::facts::{Address, Channel, Preference, PreferenceKind};
use crate::outreach::attempt::Phone;
use crate::phi::Phi;
use std::collections::BTreeMap;

/// What the member has asked for, as known on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    channels: BTreeMap<Channel, bool>,
    /// Plan-wide do-not-contact.
    pub do_not_contact: bool,
    /// The confidential-communication request in force.
    pub safe: Option<SafeContact>,
}

/// The only means that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeContact {
    /// The only number.
    pub phone: Option<Phi<Box<str>>>,
    /// The only postal address.
    pub address: Option<Phi<Address>>,
}

coded! {
    /// Why a contact is not permitted.
    pub enum Bar {
        /// Plan-wide do-not-contact.
        DoNotContact = "DO_NOT_CONTACT",
        /// The member refused the channel.
        ChannelRefused = "CHANNEL_REFUSED",
        /// The channel needs a consent that has not been given.
        NoConsent = "NO_CONSENT",
        /// A confidential-communication request leaves no such means.
        Confidential = "CONFIDENTIAL",
    }
}

impl Permissions {
    /// What the preferences received up to `as_of` say. The latest word counts; of two words of the same day the one
    /// that permits less.
    pub fn of<'p>(preferences: impl IntoIterator<Item = &'p Preference>, as_of: Day) -> Self {
        let mut known: Vec<&Preference> =
            preferences.into_iter().filter(|preference| preference.received <= as_of).collect();
        known.sort_by_key(|preference| (preference.received, restricts(&preference.what)));
        known.into_iter().fold(Self::default(), |mut sum, preference| {
            sum.add(&preference.what);
            sum
        })
    }

    fn add(&mut self, what: &PreferenceKind) {
        match what {
            PreferenceKind::ChannelConsent { channel, allowed } => {
                self.channels.insert(*channel, *allowed);
            }
            PreferenceKind::DoNotContact { set } => self.do_not_contact = *set,
            PreferenceKind::SafeContact { withdrawn: true, .. } => self.safe = None,
            PreferenceKind::SafeContact { phone, address, withdrawn: false } => {
                self.safe = Some(SafeContact { phone: phone.clone(), address: address.clone() });
            }
        }
    }

    /// What the member has said about the channel; none: nothing.
    pub fn stated(&self, channel: Channel) -> Option<bool> {
        self.channels.get(&channel).copied()
    }

    /// Whether the channel may be used. A text needs consent; a live call, a letter and a visit may be tried until
    /// refused (FACTS §5.3). `legal_notice`: a letter that the law demands of a required program (FACTS §6.3).
    pub fn permits(&self, channel: Channel, legal_notice: bool) -> Result<(), Bar> {
        if self.do_not_contact && !(legal_notice && channel == Channel::Letter) {
            return Err(Bar::DoNotContact);
        }
        if let Some(safe) = &self.safe {
            let reachable = match channel {
                Channel::Call | Channel::Text => safe.phone.is_some(),
                Channel::Letter => safe.address.is_some(),
                // A visit can be seen by the household.
                Channel::Visit => false,
            };
            if !reachable {
                return Err(Bar::Confidential);
            }
        }
        match (self.channels.get(&channel), channel) {
            (Some(true), _) | (None, Channel::Call | Channel::Letter | Channel::Visit) => Ok(()),
            (Some(false), Channel::Letter) if legal_notice => Ok(()),
            (Some(false), _) => Err(Bar::ChannelRefused),
            (None, Channel::Text) => Err(Bar::NoConsent),
        }
    }

    /// The numbers that may be dialled, best first: the safe one alone when there is one; never an unusable one.
    pub fn numbers(&self, on_file: &[Phi<Box<str>>], unusable: &[Phone]) -> Vec<Phone> {
        let usable = |phone: &Phone| !unusable.contains(phone);
        match &self.safe {
            Some(safe) => {
                safe.phone.iter().filter_map(|text| Phone::parse(text.expose())).filter(usable).collect()
            }
            None => on_file.iter().filter_map(|text| Phone::parse(text.expose())).filter(usable).collect(),
        }
    }

    /// The address for letters: the safe one alone when there is a confidential-communication request.
    pub fn address<'a>(&'a self, on_file: Option<&'a Phi<Address>>) -> Option<&'a Phi<Address>> {
        match &self.safe {
            Some(safe) => safe.address.as_ref(),
            None => on_file,
        }
    }
}

/// Whether a preference takes something away: such words are read last of their day, so they win.
const fn restricts(what: &PreferenceKind) -> bool {
    match what {
        PreferenceKind::ChannelConsent { allowed, .. } => !*allowed,
        PreferenceKind::DoNotContact { set } => *set,
        PreferenceKind::SafeContact { withdrawn, .. } => !*withdrawn,
    }
}

/// Whether a text message from the member revokes consent (FACTS §5.3): the words that count as such by themselves,
/// whatever the case, punctuation or politeness around them.
pub fn revokes(message: &str) -> bool {
    const WORDS: [&str; 8] = ["STOP", "QUIT", "END", "REVOKE", "OPTOUT", "CANCEL", "UNSUBSCRIBE", "STOPALL"];
    let upper = message.to_ascii_uppercase();
    let words: Vec<&str> =
        upper.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let phrase = words.concat();
    let polite =
        |word: &&str| !matches!(*word, "PLEASE" | "PLS" | "THANKS" | "TEXTS" | "TEXTING" | "ALL" | "ME");
    let bare = words.iter().copied().filter(|word| polite(word)).collect::<String>();
    WORDS.contains(&phrase.as_str())
        || WORDS.contains(&bare.as_str())
        || words.windows(2).any(|pair| pair == ["OPT", "OUT"])
        || words.contains(&"UNSUBSCRIBE")
        || words.contains(&"REVOKE")
}

#[cfg(test)]
mod tests {
    use super::{Bar, Permissions, revokes};
    use crate::day::Day;
    use crate::facts::{Channel, Preference, PreferenceKind};
    use crate::phi::Phi;

    fn on(day: i32, what: PreferenceKind) -> Preference {
        Preference { received: Day::from_count(day), what }
    }

    fn channel(channel: Channel, allowed: bool) -> PreferenceKind {
        PreferenceKind::ChannelConsent { channel, allowed }
    }

    #[test]
    fn refusing_texts_refuses_neither_calls_nor_the_program() {
        let records = [on(1, channel(Channel::Text, true)), on(2, channel(Channel::Text, false))];
        let permissions = Permissions::of(&records, Day::from_count(9));
        assert_eq!(permissions.permits(Channel::Text, false), Err(Bar::ChannelRefused));
        assert_eq!(permissions.permits(Channel::Call, false), Ok(()));
        assert!(!permissions.do_not_contact);
        assert_eq!(Permissions::of(&records, Day::from_count(1)).permits(Channel::Text, false), Ok(()));
    }

    #[test]
    fn texts_need_consent_and_calls_do_not() {
        let nothing = Permissions::default();
        assert_eq!(nothing.permits(Channel::Text, false), Err(Bar::NoConsent));
        assert_eq!(nothing.permits(Channel::Call, false), Ok(()));
    }

    #[test]
    fn of_two_words_of_one_day_the_stricter_counts_whatever_their_order() {
        let (yes, no) = (on(3, channel(Channel::Call, true)), on(3, channel(Channel::Call, false)));
        for records in [[yes.clone(), no.clone()], [no, yes]] {
            let permissions = Permissions::of(&records, Day::from_count(3));
            assert_eq!(permissions.permits(Channel::Call, false), Err(Bar::ChannelRefused));
        }
    }

    #[test]
    fn do_not_contact_leaves_only_letters_that_the_law_demands() {
        let permissions =
            Permissions::of(&[on(1, PreferenceKind::DoNotContact { set: true })], Day::from_count(1));
        assert_eq!(permissions.permits(Channel::Letter, false), Err(Bar::DoNotContact));
        assert_eq!(permissions.permits(Channel::Letter, true), Ok(()));
        assert_eq!(permissions.permits(Channel::Call, true), Err(Bar::DoNotContact));
    }

    #[test]
    fn a_confidential_request_replaces_every_number_and_forbids_what_it_does_not_name() {
        let safe = PreferenceKind::SafeContact {
            phone: Some(Phi::new("312-555-0199".into())),
            address: None,
            withdrawn: false,
        };
        let permissions = Permissions::of(&[on(1, safe)], Day::from_count(1));
        let numbers = permissions.numbers(&[Phi::new("312-555-0100".into())], &[]);
        assert_eq!(
            numbers.iter().map(super::super::attempt::Phone::expose_digits).collect::<Vec<_>>(),
            ["3125550199"]
        );
        assert_eq!(permissions.permits(Channel::Letter, false), Err(Bar::Confidential));
        assert_eq!(permissions.permits(Channel::Visit, false), Err(Bar::Confidential));
    }

    #[test]
    fn any_reasonable_word_revokes_and_ordinary_words_do_not() {
        for text in
            ["STOP", "stop.", "Please stop", "opt out", "Opt-Out please", "END", "Unsubscribe me", "stop all"]
        {
            assert!(revokes(text), "{text}");
        }
        for text in ["ok", "Can we talk at the weekend?", "I stopped my medication", "yes", ""] {
            assert!(!revokes(text), "{text}");
        }
    }
}
