//! NDJSON: one line, one resource. A broken line is one problem and the next line is read as if nothing happened.

use super::buffer::Window;
use crate::item::Reason;
use memchr::memchr;
use std::io::Read;

/// U+FEFF in UTF-8; no line of JSON begins with one of its bytes.
const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A cursor over lines.
pub(super) struct Lines<R> {
    window: Window<R>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { window: Window::new(reader) }
    }

    /// The next line that is not blank, with its offset; none at the end. `Ok(Some(Err(_)))` is a line too long to be
    /// held: it was skipped.
    #[expect(
        clippy::type_complexity,
        reason = "the two kinds of failure are different: of the line, of the file"
    )]
    pub(super) fn next(&mut self) -> Result<Option<Result<(&[u8], u64), Reason>>, Reason> {
        // Of files put together each may begin with a byte order mark.
        if self.window.skip(&BYTE_ORDER_MARK)?.is_none() {
            return Ok(None);
        }
        let mut searched = 0;
        loop {
            let rest = self.window.rest();
            if let Some(found) = memchr(b'\n', rest.get(searched..).unwrap_or_default()) {
                return Ok(Some(Ok(self.window.take(searched + found))));
            }
            searched = rest.len();
            match self.window.fill() {
                Ok(true) => {}
                Ok(false) => return Ok(Some(Ok(self.window.take(searched)))),
                Err(Reason::TooLong) => {
                    self.skip_line()?;
                    return Ok(Some(Err(Reason::TooLong)));
                }
                Err(reason) => return Err(reason),
            }
        }
    }

    fn skip_line(&mut self) -> Result<(), Reason> {
        loop {
            let rest = self.window.rest();
            if let Some(found) = memchr(b'\n', rest) {
                self.window.consume(found);
                return Ok(());
            }
            let all = rest.len();
            self.window.consume(all);
            if !self.window.fill()? {
                return Ok(());
            }
        }
    }
}

/// Whether a stream is NDJSON: its first line that is not blank is an object, whole, and another line follows, whatever is on
/// it. Or the first two lines both begin an object and the first is not left open (it is broken then; a bundle with an
/// entry a line ends its first line with the bracket of the entries). A single line is a document.
pub(super) fn is_ndjson(reader: impl Read) -> bool {
    let mut lines = Lines::new(reader);
    let Ok(Some(Ok((first, _)))) = lines.next() else { return false };
    let open = matches!(first.trim_ascii_end(), [.., b'[' | b',' | b':' | b'{']);
    if first.first() != Some(&b'{') || open {
        return false;
    }
    let whole = serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok();
    match lines.next() {
        Ok(Some(Ok((second, _)))) => {
            let bracket = matches!(second, [b']' | b'}' | b',', ..]);
            second.first() == Some(&b'{') || (whole && !bracket)
        }
        Ok(Some(Err(_))) => whole,
        Ok(None) | Err(_) => false,
    }
}
