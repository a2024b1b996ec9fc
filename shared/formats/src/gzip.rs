//! Gzip as it comes: one member or several, and the zeros with which tapes and block devices fill what is left.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

/// Something else than another member stands behind a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("other bytes stand behind the end of the gzip data")]
pub(crate) struct TrailingBytes;

/// The first byte of a member.
const MEMBER: u8 = 0x1F;

/// The members of a gzip stream, decompressed one after the other.
pub(crate) struct Members<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Members<R> {
    /// A stream that begins with a member.
    pub(crate) fn new(compressed: R) -> Self {
        Self(Some(GzDecoder::new(compressed)))
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let count = member.read(out)?;
            if count > 0 || out.is_empty() {
                return Ok(count);
            }
            let rest = self.0.take().map(GzDecoder::into_inner);
            self.0 = rest.map(next_member).transpose()?.flatten().map(GzDecoder::new);
        }
        Ok(0)
    }
}

/// The stream at its next member, none at its end. Zeros are padding (gzip and zcat leave them out of account too).
fn next_member<R: BufRead>(mut rest: R) -> io::Result<Option<R>> {
    loop {
        let buffered = rest.fill_buf()?;
        let zeros = buffered.iter().take_while(|byte| **byte == 0).count();
        match buffered.get(zeros) {
            Some(&MEMBER) => {
                rest.consume(zeros);
                return Ok(Some(rest));
            }
            Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, TrailingBytes)),
            None if zeros == 0 => return Ok(None),
            None => rest.consume(zeros),
        }
    }
}
