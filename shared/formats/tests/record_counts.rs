//! Counts add up: every record of every kind of file is used, parked, quarantined or ignored by rule, and in one of these
//! only. What the files hold is counted here by hand.

use icm_domain::ids::SourceId;
use icm_formats::{Input, Item, ReadOptions, RecordCount, Records, files};
use std::ops::ControlFlow;

const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240105*1253*^*00501*000000001*0*P*:~";

fn interchange(sets: &[&str]) -> String {
    let closed = |body: &&str| format!("{body}SE*{}*0001~", body.matches('~').count() + 1);
    let sets = sets.iter().map(closed).collect::<Vec<_>>().concat();
    let count = sets.matches("~SE*").count();
    format!("{ISA}GS*HC*S*R*20240105*1253*1*X*005010X222A1~{sets}GE*{count}*1~IEA*1*000000001~")
}

/// One file with what its records become.
fn samples() -> Vec<(&'static str, Vec<u8>, Records)> {
    let of = |used, quarantined, ignored| Records { used, parked: 0, quarantined, ignored };
    let bills = interchange(&[
        "ST*837*0001*005010X222A1~NM1*IL*1*D*J****MI*M1~CLM*A*10***11:B:1~LX*1~SV1*HC:99213*10*UN*1~DTP*472*D8*20240101~\
         CLM*B*10***11:B:1~LX*1~SV1*HC:99213*10*UN*1~DTP*472*D8*20230229~CLM**10***11:B:1~DTP*472*D8*20240101~",
        "ST*999*0001*005010X231A1~AK1*HC*1~",
        "ST*270*0001*005010X279A1~HL*1**20*1~",
    ]);
    let trailers = interchange(&[
        "ST*837*0001*005010X222A1~NM1*IL*1*D*J****MI*M1~CLM*A*10***11:B:1~LX*1~SV1*HC:99213*10*UN*1~DTP*472*D8*20240101~",
    ])
    .replace("GE*1*1~IEA*1*", "GE*7*9~IEA*3*1");
    let cut = bills.get(..bills.len() - 60).unwrap_or_default().to_owned();
    let remits = interchange(&["ST*835*0001~BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~LX*1~\
         CLP*C1*1*10*10**MC*I1*11*1~DTM*232*20240101~CLP*C2*25*10*10**MC*I2*11*1~DTM*232*20240101~\
         CLP*C3*22*10*10**MC*I3*11*1~DTM*232*20240101~"]);
    let enrolment = interchange(&[
        "ST*834*0001*005010X220A1~BGN*00*1*20240105~INS*Y*18*021~REF*0F*S1~NM1*IL*1*D*J****ZZ*N1~\
         HD*021**HLT~DTP*348*D8*20240101~INS*N*19*021~NM1*IL*1*D*K****34*123456789~",
    ]);
    let eobs = "{\"resourceType\":\"ExplanationOfBenefit\",\"identifier\":[{\"value\":\"1\"}],\"patient\":{\"reference\":\"Patient/M\"},\"billablePeriod\":{\"start\":\"2024-01-01\"}}\n\
        {\"resourceType\":\"Patient\"}\n{\"resourceType\":\n{\"resourceType\":\"ExplanationOfBenefit\",\"status\":\"draft\",\"identifier\":[{\"value\":\"2\"}],\"patient\":{\"reference\":\"Patient/M\"}}\n";
    let adt = "MSH|^~\\&|A|B|||20260105||ADT^A01|1|P|2.3\rPID|1||M1\rPV1|1|I\rMSH|^~\\&|A|B|||20260105||ADT^A28|2|P|2.3\rPID|1||M1\r\
        MSH|^~\\&|A|B|||20260105||ORU^R01|3|P|2.3\rMSH|^~\\&|A|B|||20260105||ADT^A03|4|P|2.3\rPID|1||M1||||||||||||||||||||||||||20260105\rPV1|1|I\r";
    let medical = "claim_id,claim_line_number,claim_type,person_id,claim_start_date,bill_type_code,data_source\n\
        1,1,institutional,p,2024-01-01,111,s\n1,2,institutional,p,2024-01-01,111,s\n1,2,institutional,p,2024-01-01,111,s\n\
        2,1,institutional,p,2024-02-30,111,s\n,1,institutional,p,2024-01-01,111,s\n3,1,institutional,,2024-01-01,111,s\n4,1,x\n";
    let eligibility = "person_id,enrollment_start_date,enrollment_end_date,payer,death_flag\nm1,2024-01-01,,x,0\nm2,2024-01-01,2024-06-30,x,1\n,2024-01-01,,x,0\n";
    let attribution = "member_id,payer_attributed_provider_practice\nm1,P\nm2,\n";
    let roster =
        "program_id,model,member_id,status,as_of\nP,M1A,m1,enrolled,2024-05-01\nP,M1A,m2,gone,2024-05-01\n";
    let places = "model,places\nM1A,3\nM9,3\n";
    let mut samples = feeds_of_medicare();
    samples.extend(vec![
        ("bills", bills.into_bytes(), of(1, 3, 1)),
        ("bills with wrong trailers", trailers.into_bytes(), of(1, 0, 0)),
        ("a truncated interchange", cut.into_bytes(), of(0, 1, 0)),
        ("remittances", remits.into_bytes(), of(2, 0, 1)),
        ("enrolment", enrolment.into_bytes(), of(1, 1, 0)),
        ("explanations of benefit", eobs.as_bytes().to_vec(), of(1, 1, 2)),
        ("messages", adt.as_bytes().to_vec(), of(2, 1, 1)),
        ("claims of a table", medical.as_bytes().to_vec(), of(1, 4, 1)),
        ("eligibility", eligibility.as_bytes().to_vec(), of(2, 1, 0)),
        ("attribution", attribution.as_bytes().to_vec(), of(1, 0, 1)),
        ("a roster", roster.as_bytes().to_vec(), of(1, 1, 0)),
        ("places", places.as_bytes().to_vec(), of(1, 1, 0)),
        ("an empty file", Vec::new(), of(0, 1, 0)),
        ("a picture", vec![0x89, b'P', b'N', b'G', 0, 1, 2], of(0, 1, 0)),
        (
            "a header without its required column",
            b"claim_id,claim_start_date,claim_type,hcpcs_code\n1,2024-01-01,x,y\n".to_vec(),
            of(0, 1, 0),
        ),
    ]);
    samples
}

/// The claim and beneficiary feeds of Medicare: CCLF and RIF.
fn feeds_of_medicare() -> Vec<(&'static str, Vec<u8>, Records)> {
    let of = |used, quarantined, ignored| Records { used, parked: 0, quarantined, ignored };
    let part_b = "cur_clm_uniq_id,clm_line_num,bene_mbi_id,clm_from_dt,clm_thru_dt,clm_dgns_1_cd,clm_prvdr_spclty_cd\n\
        1,1,m,2024-01-01,2024-01-02,I10,01\n1,2,m,2024-01-01,2024-01-02,I10,01\n1,2,m,2024-01-01,2024-01-02,I10,01\n\
        2,1,m,2024-02-30,2024-01-02,I10,01\n,1,m,2024-01-01,2024-01-02,I10,01\n3,1,,2024-01-01,2024-01-02,I10,01\n";
    let numbers =
        "crnt_num,prvs_num,prvs_id_efctv_dt,prvs_id_obslt_dt\nn,o,2024-01-01,2024-02-01\nn,n,,\nn,,,\n";
    let events = "pde_id|bene_id|srvc_dt|prod_srvc_id\n1|m|20240101|00002821501\n2|m|20240230|00002821501\n3||20240101|1\n";
    let people = "bene_id|bene_birth_dt|bene_sex_ident_cd|rfrnc_yr\nm|19500101|1|2024\n|19500101|1|2024\n";
    vec![
        ("part B claims", part_b.as_bytes().to_vec(), of(1, 3, 1)),
        ("changed numbers", numbers.as_bytes().to_vec(), of(1, 1, 1)),
        ("part D events", events.as_bytes().to_vec(), of(1, 2, 0)),
        ("beneficiaries", people.as_bytes().to_vec(), of(1, 1, 0)),
    ]
}

fn counted(inputs: &[&dyn Input]) -> Records {
    let mut count = RecordCount::default();
    let flow = files::read_all(inputs, &ReadOptions::new(SourceId::from("s")), &mut |file, item: Item| {
        count.take(file, &item);
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    count.records()
}

#[test]
fn every_record_of_every_kind_of_file_is_in_one_count() {
    for (name, content, expected) in samples() {
        assert_eq!(counted(&[&content]), expected, "{name}");
    }
}

#[test]
fn the_counts_of_a_delivery_are_those_of_its_files() {
    let samples = samples();
    let inputs: Vec<&dyn Input> = samples.iter().map(|(_, content, _)| content as &dyn Input).collect();
    let together = counted(&inputs);
    let sum = |of: fn(&Records) -> u64| samples.iter().map(|(_, _, records)| of(records)).sum::<u64>();
    assert_eq!(
        (together.used, together.quarantined, together.ignored, together.read()),
        (sum(|r| r.used), sum(|r| r.quarantined), sum(|r| r.ignored), sum(Records::read))
    );
}

#[test]
fn what_waits_for_its_member_is_parked_and_no_longer_used() {
    let mut count = RecordCount::default();
    let sample = samples().into_iter().find(|(name, _, _)| *name == "remittances");
    let content = sample.map(|(_, content, _)| content).unwrap_or_default();
    let mut waiting = 0;
    let flow = icm_formats::read(&content, &ReadOptions::new(SourceId::from("s")), &mut |item| {
        count.take(0, &item);
        waiting += u64::from(matches!(item, Item::Fact { member: None, .. }));
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    count.park(waiting);
    assert_eq!(count.records(), Records { used: 0, parked: 2, quarantined: 0, ignored: 1 });
    assert_eq!(count.records().read(), 3);
}
