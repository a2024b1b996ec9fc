//! A standard queue as consumers see it: at least once, in any order, hidden for a while after each delivery.

use fastrand::Rng;
use icm_ports::Moment;

/// How long a delivered message is hidden: longer than any invocation may run.
pub(crate) const HIDDEN_MS: i64 = 300_000;

/// A message with the id that its consumer gives back.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    pub(crate) id: String,
    pub(crate) body: String,
}

struct Held {
    message: Delivered,
    visible: Moment,
}

/// The queue.
#[derive(Default)]
pub(crate) struct Queue {
    held: Vec<Held>,
    made: u64,
}

impl Queue {
    pub(crate) fn put(&mut self, body: String) {
        self.made += 1;
        let message = Delivered { id: format!("q{}", self.made), body };
        self.held.push(Held { message, visible: Moment::from_millis(i64::MIN) });
    }

    /// A batch of visible messages, chosen at random; they are hidden until they are acknowledged or their time is over.
    pub(crate) fn deliver(&mut self, rng: &mut Rng, now: Moment, most: usize) -> Vec<Delivered> {
        let mut batch = Vec::new();
        let until = now.plus_millis(HIDDEN_MS);
        for _ in 0..rng.usize(1..=most) {
            let visible: Vec<usize> =
                (0..self.held.len()).filter(|at| self.held[*at].visible <= now).collect();
            let Some(at) = rng.choice(visible) else { break };
            self.held[at].visible = until;
            batch.push(self.held[at].message.clone());
        }
        batch
    }

    pub(crate) fn has_visible(&self, now: Moment) -> bool {
        self.held.iter().any(|held| held.visible <= now)
    }

    /// Taken off the queue.
    pub(crate) fn acknowledge(&mut self, id: &str) {
        self.held.retain(|held| held.message.id != id);
    }

    /// Visible again at once: its consumer said that it failed, or the queue delivers it a second time.
    pub(crate) fn show(&mut self, id: &str) {
        for held in self.held.iter_mut().filter(|held| held.message.id == id) {
            held.visible = Moment::from_millis(i64::MIN);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub(crate) fn bodies(&self) -> impl Iterator<Item = &str> {
        self.held.iter().map(|held| held.message.body.as_str())
    }
}
