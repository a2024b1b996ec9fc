//! Deliveries at their worst: every message twice, in shuffled order. What the queues of AWS may do on a bad day is done
//! here on purpose, to show that the final state is the same (DESIGN §7).

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};

/// Longest time for which a message is put off, in seconds.
const DELAY_MAX_S: u8 = 5;

/// Decides by a keyed hash of the message what happens to it: the same seed and messages, the same mischief.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mischief {
    seed: u64,
}

/// What happens to a message that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is not handled now and comes again later: others overtake it.
    PutOff,
    /// It is handled and comes again nevertheless.
    HandledAndAgain,
    /// It is handled and settled as usual.
    Handled,
}

impl Mischief {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Half of the messages are put off at their first receive; each is handled twice. That is three receives at most,
    /// less than any redrive policy of the template allows.
    pub(super) fn turn(self, message: &Message) -> Turn {
        let receives = receives(message);
        let put_off = u32::from(self.draw(message, 0) % 2);
        if receives <= put_off {
            Turn::PutOff
        } else if receives == put_off + 1 {
            Turn::HandledAndAgain
        } else {
            Turn::Handled
        }
    }

    /// For how long a message is put off, in seconds.
    pub(super) fn delay_s(self, message: &Message) -> i32 {
        i32::from(1 + self.draw(message, 1 + receives(message)) % DELAY_MAX_S)
    }

    /// Shuffles a batch.
    pub(super) fn shuffle(self, batch: &mut [Message]) {
        batch.sort_by_cached_key(|message| self.hash(message, u32::MAX));
    }

    fn draw(self, message: &Message, salt: u32) -> u8 {
        self.hash(message, salt).first().copied().unwrap_or_default()
    }

    fn hash(self, message: &Message, salt: u32) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_be_bytes());
        hasher.update(&salt.to_be_bytes());
        // The body, not the id: ids differ from run to run.
        hasher.update(message.body().unwrap_or_default().as_bytes());
        *hasher.finalize().as_bytes()
    }
}

/// How often the message has been received, this time included.
fn receives(message: &Message) -> u32 {
    let attributes = message.attributes();
    let count = attributes.and_then(|held| held.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str, receives: u32) -> Message {
        let count = MessageSystemAttributeName::ApproximateReceiveCount;
        Message::builder().body(body).attributes(count, receives.to_string()).build()
    }

    #[test]
    fn every_message_is_handled_twice_and_half_of_them_are_overtaken_first() {
        let mischief = Mischief::new(7);
        let mut put_off = 0;
        for n in 0..200 {
            let body = format!("message {n}");
            let turns: Vec<Turn> = (1..=3).map(|receives| mischief.turn(&message(&body, receives))).collect();
            match turns.as_slice() {
                [Turn::PutOff, Turn::HandledAndAgain, Turn::Handled] => put_off += 1,
                [Turn::HandledAndAgain, Turn::Handled, Turn::Handled] => {}
                other => panic!("{other:?}"),
            }
        }
        assert!((60..140).contains(&put_off), "{put_off}");
    }
}
