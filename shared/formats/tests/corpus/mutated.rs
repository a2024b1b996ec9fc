//! Samples damaged in every way that a transfer can damage a file: nothing panics, nothing loops, and the counts of
//! what comes out stay in proportion to what went in.

use crate::shared::samples;
use icm_domain::ids::SourceId;
use icm_formats::{ReadOptions, read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Larger samples add nothing but time.
const SAMPLE_BYTES_MAX: usize = 40_000;
/// Damaged copies of each sample.
const COPIES: u64 = 6;

#[test]
fn damaged_samples_end_without_panic_and_in_proportion() {
    let Some(data) = samples() else { return };
    let mut paths = Vec::new();
    collect(&data.join("corpus"), &mut paths);
    let mut read_copies = 0_u64;
    for path in paths {
        let sample = std::fs::read(&path).unwrap();
        let sample = sample.get(..SAMPLE_BYTES_MAX).unwrap_or(&sample);
        for copy in 0..COPIES {
            let damaged = damage(sample, Seed(copy + 1 + sample.len() as u64));
            let items = count(&damaged);
            assert!(items <= damaged.len() as u64 + 1, "{}: {items} items", path.display());
            read_copies += 1;
        }
    }
    eprintln!("damaged copies read: {read_copies}");
    assert!(read_copies > 0);
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { collect(&path, paths) } else { paths.push(path) }
    }
}

fn count(bytes: &[u8]) -> u64 {
    let mut items = 0;
    let flow = read(&bytes, &ReadOptions::new(SourceId::from("damaged")), &mut |_| {
        items += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(flow, ControlFlow::Continue(()));
    items
}

/// Numbers from a seed (splitmix64): the same damage on every machine.
struct Seed(u64);

impl Seed {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % (limit.max(1) as u64)).unwrap()
    }
}

/// A few flipped bytes, then a piece cut out, doubled, moved to the end, or the end cut off.
fn damage(sample: &[u8], mut seed: Seed) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for _ in 0..seed.below(8) {
        let at = seed.below(bytes.len());
        let odd = [0, b'"', b'\n', b'\r', b'~', b'*', b'|', b',', b'{', b'}', 0xFF, b'9', b'-', 0x1C];
        if let Some(byte) = bytes.get_mut(at) {
            *byte = odd[seed.below(odd.len())];
        }
    }
    let begin = seed.below(bytes.len());
    let end = begin + seed.below((bytes.len() - begin).min(2000));
    let piece = bytes[begin..end].to_vec();
    match seed.below(4) {
        0 => drop(bytes.drain(begin..end)),
        1 => drop(bytes.splice(begin..begin, piece)),
        2 => bytes.extend_from_slice(&piece),
        _ => bytes.truncate(begin),
    }
    bytes
}
