//! No bytes make a reader panic, run for ever, or yield more than the bytes can hold. Fuzzing proper is in
//! `tests/fuzz`; this is its short form for every test run.

#![expect(clippy::unwrap_used, reason = "a sample that cannot be written is a failed test")]
#![expect(clippy::indexing_slicing, reason = "the edits stay inside the sample")]

use icm_domain::claim::{ClaimKind, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_formats::{Item, ReadOptions, fhir, x12};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::ops::ControlFlow;

const REMITTANCE: &str = "ISA*00*          *00*          *ZZ*S              *ZZ*R              *240105*1253*^*00501*000000001*0*P*:~\
    GS*HP*S*R*20240105*1253*1*X*005010X221A1~ST*835*0001~BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~LX*1~\
    CLP*C1*22*-10*-5**MC*I*11*1~CAS*CO*45*-5~NM1*QC*1*DOE*J****MI*M1~DTM*232*20240101~SVC*HC:99213*-10*-5**1~PLB*1*1*1*1~\
    SE*10*0001~ST*834*2~BGN*00*1*20240105~INS*Y*18*024~REF*0F*S1~NM1*IL*1*DOE*J****34*1~HD*024**HLT~DTP*349*D8*20240301~\
    SE*8*2~GE*2*1~IEA*1*000000001~";

/// One change of a sample.
#[derive(Clone, Debug)]
enum Edit {
    Cut(Index),
    Drop(Index, u8),
    Insert(Index, &'static [u8]),
    Repeat(Index, u8),
    Byte(Index, u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    let pieces: Vec<&'static [u8]> = vec![
        b"~",
        b"*",
        b":",
        b"\n",
        b"\0",
        b"\xE9",
        b"ISA*",
        b"IEA*1*1~",
        b"ST*835*1~",
        b"CLM*",
        b"LX*1~",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b"\\",
        b"null",
        b"1e400",
        b"\"entry\":[",
    ];
    prop_oneof![
        any::<Index>().prop_map(Edit::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, length)| Edit::Drop(at, length)),
        (any::<Index>(), select(pieces)).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, length)| Edit::Repeat(at, length)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    let place = |bytes: &Vec<u8>, at: &Index| at.index(bytes.len() + 1);
    match edit {
        Edit::Cut(at) => bytes.truncate(place(bytes, at)),
        Edit::Drop(at, length) => {
            let from = place(bytes, at);
            bytes.drain(from..(from + usize::from(*length)).min(bytes.len()));
        }
        Edit::Insert(at, piece) => {
            let from = place(bytes, at);
            bytes.splice(from..from, piece.iter().copied());
        }
        Edit::Repeat(at, length) => {
            let from = place(bytes, at);
            let copy = bytes[from..(from + usize::from(*length)).min(bytes.len())].to_vec();
            bytes.splice(from..from, copy);
        }
        Edit::Byte(at, byte) => {
            let at = place(bytes, at);
            if let Some(slot) = bytes.get_mut(at) {
                *slot = *byte;
            }
        }
    }
}

/// Samples of every kind that is read here.
fn samples() -> Vec<Vec<u8>> {
    let day = Day::from_count(19_700);
    let claims: Vec<_> = [ClaimKind::Institutional, ClaimKind::Professional]
        .into_iter()
        .map(|kind| {
            let mut claim =
                ClaimVersion::new(SourceId::from("s"), ClaimId::from("C"), kind, day, (day, day.plus(2)));
            claim.member_id = Some(MemberId::from("M"));
            claim.dx = vec![Code::literal("I5023"), Code::literal("E119")];
            claim.bill_type = Some(Code::literal("117"));
            claim.frequency = Some(Code::literal("7"));
            claim.replaces = Some(ClaimId::from("X"));
            claim.lines =
                vec![Line { hcpcs: Some(Code::literal("99285")), from: Some(day), ..Line::default() }; 2];
            claim
        })
        .collect();
    let (mut bills, mut eobs) = (Vec::new(), Vec::new());
    x12::write(&claims, x12::Interchange { control: 1, written: day }, &mut bills).unwrap();
    fhir::write(&claims, &mut eobs).unwrap();
    let bundle = format!(
        "{{\"resourceType\":\"Bundle\",\"entry\":[{}]}}",
        eobs.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| format!("{{\"resource\":{}}}", String::from_utf8_lossy(line)))
            .collect::<Vec<_>>()
            .join(",")
    );
    vec![bills, eobs, bundle.into_bytes(), REMITTANCE.as_bytes().to_vec()]
}

/// Reads by every door and counts.
fn survive(bytes: &[u8]) {
    let options = ReadOptions::new(SourceId::from("s"));
    let readers = [icm_formats::read, x12::read, fhir::read];
    for read in readers {
        let mut items = 0;
        let flow = read(&bytes, &options, &mut |item: Item| {
            items += 1;
            assert!(items <= 16 + bytes.len(), "more items than bytes");
            drop(item);
            ControlFlow::Continue(())
        });
        assert!(flow.is_continue());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn damaged_samples_are_survived(sample in 0_usize..4, edits in vec(edit(), 1..8)) {
        let mut bytes = samples().swap_remove(sample);
        for edit in &edits {
            apply(&mut bytes, edit);
        }
        survive(&bytes);
    }

    #[test]
    fn arbitrary_bytes_are_survived(bytes in vec(any::<u8>(), 0..400), head in select(vec!["", "ISA*", "{", "[", "GS*", "{\"entry\":["])) {
        survive(&[head.as_bytes(), &bytes].concat());
    }

    #[test]
    fn a_reader_stops_when_its_sink_does(stop in 1_usize..4) {
        for bytes in samples() {
            let options = ReadOptions::new(SourceId::from("s"));
            let mut items = 0;
            let flow = icm_formats::read(&bytes, &options, &mut |_| {
                items += 1;
                if items == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            prop_assert!(items <= stop);
            prop_assert_eq!(flow.is_break(), items == stop);
        }
    }
}
