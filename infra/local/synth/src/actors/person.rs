//! A member who is called, written to and visited.

use super::number_of;
use crate::random::{Random, Subject};
use icm_domain::facts::Channel;
use icm_domain::ids::MemberId;
use icm_domain::outreach::attempt::Outcome;

/// What a member says when asked to take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Yes, to the program.
    Consents,
    /// Not now.
    NotNow,
    /// No.
    Declines,
    /// Wants to think about it: asked again at the next conversation.
    Undecided,
    /// Never again, from this program.
    OptsOut,
    /// No contact from the plan at all.
    StopsAll,
}

/// One member's behaviour: when somebody picks up, and what is said then.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedMember {
    seed: u64,
    index: u64,
    /// Chance in a thousand to pick up in the morning, in the afternoon, in the evening.
    picks_up: [u32; 3],
    /// The phone on file belongs to somebody else, or to nobody.
    bad_number: Option<Outcome>,
    /// Asks that calls stop, instead of talking.
    stops_calls: bool,
}

impl SimulatedMember {
    /// The behaviour of a member under a seed. One in ten never picks up; one phone in twelve is no good.
    pub fn of(seed: u64, member: &MemberId) -> Self {
        let index = number_of(member.as_str());
        let mut random = Random::new(seed, index, Subject::Behaviour);
        let picks_up = match random.below(10) {
            0 => [0, 0, 0],
            1..=3 => [120, 200, 420],
            4..=6 => [320, 180, 260],
            _ => [240, 340, 380],
        };
        let bad_number = random.weighted(&[
            (920, None),
            (45, Some(Outcome::Disconnected)),
            (35, Some(Outcome::WrongNumber)),
        ]);
        Self { seed, index, picks_up, bad_number, stops_calls: random.per_mille(25) }
    }

    /// How attempt number `attempt` on a channel ends, made at this hour of the member's day.
    pub fn outcome(&self, channel: Channel, attempt: u32, hour: u8) -> Outcome {
        let mut random = self.draw(u64::from(attempt));
        match channel {
            Channel::Letter if random.per_mille(60) => Outcome::LetterReturned,
            Channel::Letter => Outcome::LetterSent,
            Channel::Text if self.bad_number.is_some() || random.per_mille(40) => Outcome::TextFailed,
            Channel::Text if self.stops_calls => Outcome::RequestedStop,
            Channel::Text => Outcome::TextDelivered,
            Channel::Visit if random.per_mille(480) => Outcome::FieldMet,
            Channel::Visit => Outcome::FieldNotHome,
            Channel::Call => self.bad_number.unwrap_or_else(|| self.call(&mut random, hour)),
        }
    }

    /// What the member says in conversation number `conversation` (from 1). Nobody stays undecided a third time.
    pub fn answer(&self, conversation: u32) -> Answer {
        let mut random = self.draw(0x0001_0000_0000 + u64::from(conversation));
        let answer = random.weighted(&[
            (48, Answer::Consents),
            (17, Answer::NotNow),
            (15, Answer::Declines),
            (15, Answer::Undecided),
            (3, Answer::OptsOut),
            (2, Answer::StopsAll),
        ]);
        if answer == Answer::Undecided && conversation > 2 { Answer::Declines } else { answer }
    }

    fn call(&self, random: &mut Random, hour: u8) -> Outcome {
        let [morning, afternoon, evening] = self.picks_up;
        let chance = match hour {
            ..12 => morning,
            12..17 => afternoon,
            _ => evening,
        };
        if !random.per_mille(chance) {
            return random.weighted(&[
                (60, Outcome::NoAnswer),
                (30, Outcome::LeftMessage),
                (10, Outcome::Busy),
            ]);
        }
        if self.stops_calls {
            return Outcome::RequestedStop;
        }
        random.weighted(&[
            (860, Outcome::ReachedMember),
            (40, Outcome::ReachedOther),
            (40, Outcome::RefusedCall),
            (20, Outcome::ReachedCaregiver),
            (15, Outcome::LanguageBarrier),
            (15, Outcome::InFacility),
            (5, Outcome::DeceasedReported),
        ])
    }

    /// The stream of one happening, whatever happened before.
    fn draw(&self, happening: u64) -> Random {
        Random::new(self.seed ^ happening.wrapping_mul(0x9E37_79B9), self.index, Subject::Behaviour)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, SimulatedMember};
    use icm_domain::facts::Channel;
    use icm_domain::ids::MemberId;
    use icm_domain::outreach::attempt::{Consequence, Outcome};
    use std::collections::BTreeSet;

    const CHANNELS: [Channel; 4] = [Channel::Call, Channel::Text, Channel::Letter, Channel::Visit];

    fn members() -> impl Iterator<Item = SimulatedMember> {
        (0..1_000).map(|at| SimulatedMember::of(7, &MemberId::new(format!("M{at}"))))
    }

    #[test]
    fn an_outcome_fits_its_channel_and_does_not_depend_on_what_was_asked_before() {
        for member in members() {
            for channel in CHANNELS {
                for attempt in 1..8 {
                    let outcome = member.outcome(channel, attempt, 10);
                    assert!(outcome.fits(channel));
                    member.answer(attempt);
                    assert_eq!(outcome, member.outcome(channel, attempt, 10));
                }
            }
        }
    }

    #[test]
    fn half_of_the_members_are_reached_within_five_calls_and_some_never() {
        let reached = |member: &SimulatedMember| {
            (1..=5).any(|attempt| {
                let hour = [9, 14, 18][attempt as usize % 3];
                member.outcome(Channel::Call, attempt, hour).consequence() == Consequence::Engaged
            })
        };
        let count = members().filter(reached).count();
        assert!((400..800).contains(&count), "{count}");
    }

    #[test]
    fn every_answer_is_given_and_nobody_stays_undecided() {
        let mut given = BTreeSet::new();
        for member in members() {
            for conversation in 1..=3 {
                given.insert(format!("{:?}", member.answer(conversation)));
            }
            assert_ne!(member.answer(3), Answer::Undecided);
        }
        assert_eq!(given.len(), 6);
        assert!(members().any(|member| member.outcome(Channel::Call, 1, 10) == Outcome::Disconnected));
    }
}
