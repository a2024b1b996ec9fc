//! Mutations of samples, from a seeded generator: the same seed gives the same run.

/// A small generator of pseudo-random numbers (splitmix64).
pub struct Random(u64);

impl Random {
    /// A generator with its seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound` (0 when the bound is 0).
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}

/// Pieces that mean something to one reader or another.
const PIECES: &[&[u8]] = &[
    b"~",
    b"*",
    b":",
    b"\n",
    b"\r\n",
    b"\0",
    b"\x1A",
    b"\xEF\xBB\xBF",
    b"\xE9",
    b"ISA*",
    b"IEA*1*1~",
    b"SE*1*1~",
    b"ST*835*1~",
    b"CLM*",
    b"LX*1~",
    b"HI*ABK:I10~",
    b"DTP*472*RD8*20240101-00000000~",
    b"-99999999999999999999",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b",",
    b"null",
    b"1e400",
    b"\"entry\":[",
    b"|",
    b"^",
    b"MSH|^~\\&|",
    b"PV1|1|I",
    b"\x0B",
    b"\x1C\r",
    b"\n\x1E\n",
    b"9999-12-31",
    b"2024-02-30",
    b"00000000",
    b"0000020{",
    b"NULL",
    b"\\N",
    b"1.0",
    b"INS*Y*18*024~",
    b"HD*024**HLT~",
    b"CLP*C1*22*-10*-5**MC*I~",
];

/// Changes a sample in one to eight places; the result has at most `longest` bytes.
pub fn mutate(sample: &[u8], other: &[u8], random: &mut Random, longest: usize) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(64)).min(bytes.len());
        match random.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
            3 => drop(bytes.splice(at..end, PIECES[random.below(PIECES.len())].iter().copied())),
            4 => {
                let copied = bytes[at..end].to_vec();
                bytes.splice(at..at, copied);
            }
            5 => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(512)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            6 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(random.below(256)).unwrap_or(0);
                }
            }
        }
        bytes.truncate(longest);
    }
    bytes
}
