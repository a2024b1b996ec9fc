//! The first pass: which interchanges and transaction sets are complete.
//!
//! Half a batch looks like a full one, so a truncated interchange is refused whole (CLAIM_FORMATS §3). The input is
//! read twice for it: this pass looks at the names of the envelope segments only, keeps one bit for each interchange
//! and transaction set, and so needs constant memory whatever the size of an interchange.

use super::tokens::{Flaw, Tokeniser};
use std::io::Read;

/// What the first pass found.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    interchanges: Bits,
    transactions: Bits,
    opened: u64,
    /// Where reading stopped before the end, if it did.
    pub(crate) flaw: Option<Flaw>,
}

impl Structure {
    /// Walks the whole stream.
    pub(crate) fn of(reader: impl Read) -> Self {
        let mut structure = Self::default();
        let mut tokens = Tokeniser::new(reader);
        let (mut interchange, mut transaction) = (Open::default(), Open::default());
        loop {
            match tokens.next() {
                Ok(Some(segment)) => {
                    // Most segments are none of the envelope: their first byte says so.
                    if !matches!(segment.bytes.first(), Some(b'I' | b'S' | b'G')) {
                        continue;
                    }
                    match segment.name() {
                        b"ISA" => {
                            transaction.drop_open();
                            interchange.open();
                            structure.opened += 1;
                        }
                        b"ST" => transaction.open(),
                        b"SE" => transaction.close(&mut structure.transactions),
                        b"GE" => transaction.drop_open(),
                        b"IEA" => {
                            transaction.drop_open();
                            interchange.close(&mut structure.interchanges);
                        }
                        _ => {}
                    }
                }
                Ok(None) => return structure,
                Err(flaw) => {
                    structure.flaw = Some(flaw);
                    return structure;
                }
            }
        }
    }

    /// Whether the interchange with this ordinal (from 0) has its IEA.
    pub(crate) fn interchange_is_complete(&self, ordinal: u64) -> bool {
        self.interchanges.has(ordinal)
    }

    /// Whether no interchange follows the one with this ordinal.
    pub(crate) fn interchange_is_last(&self, ordinal: u64) -> bool {
        self.opened == ordinal + 1
    }

    /// Whether the transaction set with this ordinal (from 0, over the file) has its SE.
    pub(crate) fn transaction_is_complete(&self, ordinal: u64) -> bool {
        self.transactions.has(ordinal)
    }
}

/// An envelope level: how many were opened, and whether the latest is still open.
#[derive(Default)]
struct Open {
    opened: u64,
    is_open: bool,
}

impl Open {
    fn open(&mut self) {
        self.opened += 1;
        self.is_open = true;
    }

    fn close(&mut self, complete: &mut Bits) {
        if self.is_open {
            complete.set(self.opened - 1);
        }
        self.is_open = false;
    }

    fn drop_open(&mut self) {
        self.is_open = false;
    }
}

/// A growing set of ordinals, one bit each.
#[derive(Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, ordinal: u64) {
        let Ok(word) = usize::try_from(ordinal / 64) else { return };
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (ordinal % 64);
        }
    }

    fn has(&self, ordinal: u64) -> bool {
        let word = usize::try_from(ordinal / 64).ok().and_then(|word| self.0.get(word));
        word.is_some_and(|bits| bits & (1 << (ordinal % 64)) != 0)
    }
}
