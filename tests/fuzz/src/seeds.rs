//! Where mutation starts: a few files written here for each reader, and every file of a folder that the caller names.

use crate::{BETWEEN_FILES, Target};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::Path;

const BILL: &[u8] = b"ISA*00*          *00*          *ZZ*S              *ZZ*R              *240105*1253*^*00501*000000001*0*P*:~\
GS*HC*S*R*20240105*1253*1*X*005010X223A2~ST*837*0001*005010X223A2~BHT*0019*00*1*20240105*1253*CH~HL*1**20*1~PRV*BI*PXC*282N00000X~\
NM1*85*2*H*****XX*1234567893~HL*2*1*22*0~SBR*P*18*******MB~NM1*IL*1*DOE*J****MI*M1~CLM*C1*1500.5***11:A:7**A*Y*Y~\
DTP*434*RD8*20240101-20240104~DTP*435*DT*202401010830~CL1*1*2*03~REF*F8*X~HI*ABK:I5023:::::::Y*ABJ:R0602~HI*BBR:02HV33Z:D8:20240102~\
HI*DR:291~SBR*S*18*******MA~CAS*CO*18*10~NM1*IL*1*ROE*R****MI*Z~REF*F8*THEIRS~LX*1~SV2*450*HC:99285:25*1000*UN*1~DTP*472*D8*20240101~\
LIN**N4*00002821501~SE*26*0001~GE*1*1~IEA*1*000000001~";

const REMIT: &[u8] = b"ISA*00*          *00*          *ZZ*S              *ZZ*R              *240105*1253*^*00501*000000001*0*P*:~\
GS*HP*S*R*20240105*1253*1*X*005010X221A1~ST*835*0001~BPR*I*100*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~TRN*1*1*1~\
N1*PE*H*XX*1234567893~LX*1~CLP*C1*22*-10*-5**MC*I*11*1~CAS*CO*45*-5~NM1*QC*1*DOE*J****MI*M1~DTM*232*20240101~SVC*HC:99213*-10*-5**1~\
DTM*472*20240101~CLP*C1*1*10*0**MC*I*11*1~CAS*CO*24*10~PLB*1*1*1*1~SE*14*0001~GE*1*1~IEA*1*000000001~";

const ENROLMENT: &[u8] = b"ISA*00*          *00*          *ZZ*S              *ZZ*R              *240105*1253*^*00501*000000001*0*P*:~\
GS*BE*S*R*20240105*1253*1*X*005010X220A1~ST*834*0001~BGN*00*1*20240105*1200****2~N1*P5*S*FI*1~INS*Y*18*024*20*A***FT****D8*20240101~\
REF*0F*S1~REF*Q4*OLD1;OLD2~DTP*356*D8*20240101~NM1*IL*1*DOE*J*Q***ZZ*N1~PER*IP**HP*5551234567~N3*1 MAIN~N4*T*PA*17011**CY*C~\
DMG*D8*19700228*F~LUI*LE*SPA**7~HD*024**HLT*MEDICARE~DTP*348*D8*20240201~DTP*349*D8*20240301~SE*17*0001~GE*1*1~IEA*1*000000001~";

const EOB: &[u8] = br#"{"resourceType":"ExplanationOfBenefit","id":"1","status":"active","use":"claim","outcome":"complete","meta":{"lastUpdated":"2024-01-01","tag":[{"system":"x/Final-Action","code":"FinalAction"}]},"identifier":[{"type":{"coding":[{"code":"uc"}]},"system":"s","value":"C"}],"type":{"coding":[{"system":"x/claim-type","code":"institutional"}]},"patient":{"reference":"Patient/M"},"billablePeriod":{"start":"2024-01-01","end":"2024-01-02"},"supportingInfo":[{"category":{"coding":[{"code":"typeofbill"}]},"code":{"coding":[{"code":"0111"}]}}],"diagnosis":[{"sequence":1,"diagnosisCodeableConcept":{"coding":[{"system":"icd-10-cm","code":"I10"}]},"type":[{"coding":[{"code":"principal"}]}]}],"item":[{"revenue":{"coding":[{"system":"RevenueCodes","code":"450"}]},"productOrService":{"coding":[{"system":"cpt","code":"99285"}]},"servicedDate":"2024-01-01","quantity":{"value":1},"adjudication":[{"category":{"coding":[{"code":"submitted"}]},"amount":{"value":1.5}}]}],"payment":{"amount":{"value":2}}}
{"resourceType":"Patient"}
"#;

const BUNDLE: &[u8] = br#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ExplanationOfBenefit","id":"1","billablePeriod":{"start":"2024-01-01"},"item":[]}},{"response":{}}]}"#;

const GROUP: &[u8] = br#"{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/M1"},"period":{"start":"2024-01-01"},"extension":[{"url":"http://hl7.org/fhir/us/davinci-atr/StructureDefinition/ext-attributedProvider","valueReference":{"reference":"Practitioner/P9"}}]},{"entity":{"reference":"Patient/M2"},"inactive":true}]}
"#;

const MEDICAL: &[u8] = b"claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,claim_start_date,claim_end_date,\
claim_line_start_date,admission_date,discharge_date,bill_type_code,revenue_center_code,hcpcs_code,hcpcs_modifier_1,paid_date,\
paid_amount,diagnosis_code_type,diagnosis_code_1,diagnosis_code_2,data_source\n\
1,1,institutional,p,m,x,y,2024-01-01,2024-01-04,2024-01-01,2024-01-01,2024-01-04,111,0450,99285,25,2024-02-01,10.50,icd-10-cm,I5023,E119,s\n\
2,1,professional,q,,x,y,20240101,,,,,,,\"99,213\",,1/31/2024,$1,234.00,icd-9-cm,4019,,s\n\
1,2,institutional,p,m,x,y,2024-01-01,2024-01-04,2024-01-02,,,111,0120,,,,-3,,,,s\n";

const PHARMACY: &[u8] = b"claim_id|claim_line_number|person_id|dispensing_date|ndc_code|quantity|days_supply|paid_date|paid_amount|data_source|claim_status\n\
R1|1|p|2024-01-01|00002821501|30|30.0|2024-01-09|12.34|s|paid\nR2|1|p|2024-13-01|x|y|z|||s|cancelled\n";

const ELIGIBILITY: &[u8] = b"person_id\tmember_id\tgender\tbirth_date\tdeath_date\tdeath_flag\tenrollment_start_date\tenrollment_end_date\tpayer\tpayer_type\tplan\n\
p\tm\tfemale\t1950-01-02\t\t0\t2016-01-01\t9999-12-31\tx\tmedicaid\ty\nq\t\tmale\t\\N\t2020-02-30\t1\t2017-01-01\t2016-01-01\tx\t\ty\n";

const ATTRIBUTION: &[u8] =
    b"person_id;payer_attributed_provider_practice;year_month\np;Practice 9;202401\nq;;202401\n";

const ROSTER: &[u8] = b"program_id,model,member_id,status,as_of,start,end,contacts,manager_name,manager_phone,available,part2\n\
P1,M1A,m1,enrolled,2024-05-01,2024-01-01,,2024-02-01;2024-03-01,Ann,555,true,false\nP1,M9,m2,gone,2024-02-30,,,,,,x,y\n";

const MEMBER: &[u8] = b"member_id,line_of_business,birth_date,death_date,sex,name,address,city,state,zip,phones,language,chronic,meds,smi,coverage_from,coverage_thru\n\
m1,MEDICAID,1980-01-01,,F,\"Doe, Ann\",1 Main,Troy,MI,48007,555|556,es,3,7,true,2020-01-01,\n";

const PREFERENCE: &[u8] = b"member_id,preference,date,channel,allowed,set,phone,address,city,state,zip,withdrawn\n\
m1,channel_consent,2024-01-01,call,false,,,,,,,\nm1,safe_contact,2024-01-01,,,,555,1 Main,Troy,MI,48007,\nm2,do_not_contact,2024-01-01,,,true,,,,,,\n";

const CONSENT: &[u8] =
    b"member_id,consent,from,thru,revoked,scope\nm1,part2_tpo,2024-01-01,,false,all\nm2,program,x,,maybe,\n";

const PLACES: &[u8] = b"model,county,line_of_business,places\nM1A,26161,MEDICAID,40\nM6,,,0\n";

const CLOSURE: &[u8] = b"member_id,closure,date\nm1,declined,2024-01-01\nm2,never,2024-01-01\n";

const OVERRIDE: &[u8] =
    b"member_id,override,until,by,date,reason\nm1,snooze,2024-06-01,nurse,2024-01-01,TRAVEL\n";

const RIF_CLAIM: &[u8] = b"DML_IND|BENE_ID|CLM_ID|CLM_GRP_ID|FINAL_ACTION|NCH_CLM_TYPE_CD|CLM_FROM_DT|CLM_THRU_DT|NCH_WKLY_PROC_DT|PRVDR_NUM|\
CLM_FAC_TYPE_CD|CLM_SRVC_CLSFCTN_TYPE_CD|CLM_FREQ_CD|CLM_PMT_AMT|PTNT_DSCHRG_STUS_CD|CLM_ADMSN_DT|PRNCPAL_DGNS_CD|ICD_DGNS_CD1|CLM_LINE_NUM|REV_CNTR|HCPCS_CD\n\
INSERT|7|55|900|F|60|15-JAN-2016|27-JAN-2016|26-FEB-2016|777776|1|1|1|100.50|1|15-JAN-2016|A40|A40|1|450|99284\n\
UPDATE|7|56|900|N|71|15-JAN-2016|27-JAN-2016|26-FEB-2016|||||||||4019|||\n";

const RIF_EVENT: &[u8] = b"DML_IND|PDE_ID|FINAL_ACTION|BENE_ID|SRVC_DT|PD_DT|SRVC_PRVDR_ID|RX_SRVC_RFRNC_NUM|PROD_SRVC_ID|QTY_DSPNSD_NUM|DAYS_SUPLY_NUM|FILL_NUM|ADJSTMT_DLTN_CD|CVRD_D_PLAN_PD_AMT\n\
INSERT|89|F|7|12-MAY-2015|27-MAY-2015|1023011079|799999|000930058|60|30|3||126.99\n";

const RIF_PERSON: &[u8] = b"DML_IND|BENE_ID|BENE_BIRTH_DT|BENE_SEX_IDENT_CD|BENE_SRNM_NAME|BENE_GVN_NAME|DEATH_DT|PTA_CVRG_STRT_DT|PTA_CVRG_END_DT\n\
INSERT|7|17-MAR-1951|2|Doe|Ann|17-Mar-2018|01-JAN-2016|\n";

const ADMISSION: &[u8] = b"MSH|^~\\&|EPIC|HOSP^1.2|PLAN|P|20260105101500-0500||ADT^A01|C1|P|2.5.1\rEVN|A01|20260104\r\
PID|1||MRN9^^^HOSP^MR~M1^^^PLAN^MB||Lee^Ann\rPV1|1|I|W^1|E|||||||||||||||V77|||||||||||||||||||||||||20260103235959+0000|20260106\r";

const MERGE: &[u8] = b"\x0BFHS|^~\\&|x\r\nBHS|^~\\&|x\r\nMSH|^~\\&|A|B|||20260105||ADT^A40|C2|P|2.3\r\nEVN|A40|20260105\r\nPID|1||M1\r\nMRG|M0\r\n\
MSH|^~\\&|A|B|||20260105||ADT^A03|C3|P|2.3\r\nPID|1||M1^^^P^MB|||||||||||||||||||||||||20260105\r\nPV1|1|E\r\nBTS|2\r\nFTS|1\r\n\x1C\r";

/// Without and with compression, of both versions of pages, from two writers.
const PARQUET: [&[u8]; 5] = [
    include_bytes!("../../../shared/formats/tests/parquet/deltas.parquet"),
    include_bytes!("../../../shared/formats/tests/parquet/snappy.parquet"),
    include_bytes!("../../../shared/formats/tests/parquet/groups.parquet"),
    include_bytes!("../../../shared/formats/tests/parquet/second.parquet"),
    include_bytes!("../../../shared/formats/tests/parquet/polars.parquet"),
];

/// A row of fixed width.
fn fixed(cells: &[(&str, usize)]) -> Vec<u8> {
    let cells = cells.iter().map(|(text, width)| format!("{text:<width$}"));
    (cells.collect::<String>() + "\r\n").into_bytes()
}

type Cells = &'static [(&'static str, usize)];

/// Whom a part A record is about, and when.
const WHO: Cells = &[("1AA0A00AA00", 11), ("", 11), ("60", 2)];
const DAYS: Cells = &[("2024-03-01", 10), ("2024-03-05", 10)];

/// A part A record of a claim: its own cells around those of the person and the days.
fn part(id: &'static str, before: Cells, between: Cells, after: Cells) -> Vec<u8> {
    let key = [(id, 13)];
    let cells = [&key[..], before, WHO, between, DAYS, after].concat();
    fixed(&cells)
}

/// CCLF1: the header of a claim.
fn head(id: &'static str) -> Vec<u8> {
    const BEHIND: Cells = &[
        ("1", 1),
        ("1", 1),
        ("I509", 7),
        ("I509", 7),
        ("", 2),
        ("          1000.00", 17),
        ("", 1),
        ("23", 2),
        ("01", 2),
        ("0291", 4),
        ("", 1),
        ("1234567893", 10),
        ("", 10),
        ("", 10),
        ("", 10),
        ("0", 2),
        ("2024-04-01", 10),
        ("2024-04-09", 10),
        ("", 11),
        ("1", 2),
        ("1", 2),
        ("1", 1),
        ("", 1),
        ("0", 1),
    ];
    part(id, &[("230001", 6)], &[], BEHIND)
}

/// CCLF2: a line of a claim.
fn line(id: &'static str) -> Vec<u8> {
    const BETWEEN: Cells = &[
        ("1000-01-01", 10),
        ("1000-01-01", 10),
        ("0450", 4),
        ("", 10),
        ("99285", 5),
        ("", 11),
        ("230001", 6),
    ];
    part(id, &[("1", 10)], BETWEEN, &[("1", 24), ("500.0000", 17)])
}

/// CCLF1, 2, 3 and 4 of one delivery, with a line whose header is missing.
fn part_a() -> Vec<u8> {
    const PROCEDURE: Cells = &[("1", 2), ("02HV33Z", 7), ("2024-03-02", 10), ("", 11), ("230001", 6)];
    const DIAGNOSIS: Cells = &[("D", 1), ("1", 2), ("E119", 7), ("", 11), ("230001", 6)];
    [
        head("10"),
        BETWEEN_FILES.to_vec(),
        line("10"),
        line("11"),
        BETWEEN_FILES.to_vec(),
        part("10", &[], PROCEDURE, &[("0", 1)]),
        BETWEEN_FILES.to_vec(),
        part("10", &[], DIAGNOSIS, &[("Y", 7), ("0", 1)]),
    ]
    .concat()
}

/// The other CCLF files: beneficiaries and changed numbers of fixed width, part B and D with a header row.
fn other_cclf() -> Vec<Vec<u8>> {
    let person = [
        ("1AA0A00AA00", 11),
        ("", 11),
        ("26", 2),
        ("161", 3),
        ("48197", 5),
        ("1950-01-02", 10),
        ("2", 1),
        ("1", 1),
        ("74", 3),
        ("10", 2),
        ("NA", 2),
        ("2024-05-01", 10),
        ("1000-01-01", 10),
        ("9999-12-31", 10),
        ("ANN", 30),
        ("", 15),
        ("LEE", 40),
        ("0", 1),
        ("3", 1),
        ("2015-01-01", 10),
        ("", 10),
    ];
    let change = [
        ("M", 1),
        ("1AA0A00AA00", 11),
        ("1AA0A00AA99", 11),
        ("2020-01-01", 10),
        ("9999-12-31", 10),
        ("", 12),
    ];
    let physician: &[u8] = b"cur_clm_uniq_id,clm_line_num,bene_mbi_id,clm_from_dt,clm_thru_dt,clm_pos_cd,clm_line_hcpcs_cd,clm_line_cvrd_pd_amt,\
clm_prcsg_ind_cd,clm_adjsmt_type_cd,clm_efctv_dt,clm_cntl_num,clm_dgns_1_cd,clm_line_dgns_cd,clm_carr_pmt_dnl_cd\n\
77,1,1AA0A00AA00,2024-03-01,2024-03-01,23,99284,100.50,A,0,2024-03-20,CN1,R079,R079,1\n77,2,1AA0A00AA00,2024-03-01,2024-03-01,23,99285,-1,D,1,2024-03-20,CN1,R079,R079,0\n";
    let drug: &[u8] = b"cur_clm_uniq_id,bene_mbi_id,clm_line_ndc_cd,clm_line_from_dt,clm_srvc_prvdr_gnrc_id_num,clm_dspnsng_stus_cd,clm_line_srvc_unit_qty,\
clm_line_days_suply_qty,clm_line_bene_pmt_amt,clm_adjsmt_type_cd,clm_efctv_dt,clm_line_rx_srvc_rfrnc_num,clm_line_rx_fill_num\n\
78,1AA0A00AA00,00002821501,2024-03-01,~,,30,30,4.00,0,2024-03-20,9,1\n";
    vec![fixed(&person), fixed(&change), physician.to_vec(), drug.to_vec()]
}

/// The bytes as one gzip member.
pub(crate) fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(bytes);
    assert!(written.is_ok(), "a vector takes every byte");
    encoder.finish().unwrap_or_default()
}

/// The files written here for a target.
fn written(target: Target) -> Vec<Vec<u8>> {
    let of = |texts: &[&[u8]]| texts.iter().map(|text| text.to_vec()).collect::<Vec<_>>();
    match target {
        Target::Bill => of(&[BILL]),
        Target::Remit => of(&[REMIT]),
        Target::Enrolment => of(&[ENROLMENT]),
        Target::Fhir => of(&[EOB, BUNDLE, GROUP]),
        Target::Tuva => of(&[MEDICAL, PHARMACY, ELIGIBILITY, ATTRIBUTION]),
        Target::Side => of(&[ROSTER, MEMBER, PREFERENCE, CONSENT, PLACES, CLOSURE, OVERRIDE]),
        Target::Cclf => [vec![part_a()], other_cclf()].concat(),
        Target::Rif => of(&[RIF_CLAIM, RIF_EVENT, RIF_PERSON]),
        Target::Adt => of(&[ADMISSION, MERGE]),
        Target::Parquet => of(&PARQUET),
        Target::Gzip => [MEDICAL, BILL, EOB]
            .iter()
            .map(|text| compressed(text))
            .chain(of(&[MEDICAL, BILL, EOB]))
            .collect(),
        Target::Any => Target::ALL
            .into_iter()
            .filter(|(_, other)| *other != Target::Any)
            .flat_map(|(_, other)| written(other))
            .collect(),
    }
}

/// The seeds of a target: those written here and, where a folder is named, the files below it of at most 64 KiB that
/// concern it.
pub fn seeds(target: Target, folder: Option<&Path>) -> Vec<Vec<u8>> {
    let mut seeds = written(target);
    let mut open: Vec<_> = folder.map(Path::to_path_buf).into_iter().collect();
    while let Some(path) = open.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            entries.sort();
            open.extend(entries);
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.len() <= 64 * 1024
            && concerns(target, &bytes)
        {
            seeds.push(bytes);
        }
    }
    seeds
}

/// Whether a file is of the target's format, told roughly: a sample too many costs nothing.
fn concerns(target: Target, bytes: &[u8]) -> bool {
    let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let first_line = plain.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let holds = |piece: &[u8]| plain.windows(piece.len()).any(|window| window == piece);
    let table = first_line.iter().filter(|byte| matches!(byte, b',' | b'|' | b'\t' | b';')).count() > 1;
    match target {
        Target::Bill => plain.starts_with(b"ISA") && holds(b"CLM"),
        Target::Remit => plain.starts_with(b"ISA") && holds(b"CLP"),
        Target::Enrolment => plain.starts_with(b"ISA") && holds(b"INS"),
        Target::Fhir => matches!(plain.first(), Some(b'{' | b'[')),
        Target::Adt => plain.starts_with(b"MSH") || plain.starts_with(b"FHS"),
        Target::Cclf => {
            first_line.ends_with(b"\r") || holds(b"cur_clm_uniq_id") || (!table && first_line.len() > 40)
        }
        Target::Rif => first_line.starts_with(b"DML_IND"),
        Target::Tuva | Target::Side => table && !plain.starts_with(b"ISA") && !plain.starts_with(b"MSH"),
        Target::Parquet => bytes.starts_with(b"PAR1"),
        Target::Gzip => bytes.starts_with(&[0x1F, 0x8B]),
        Target::Any => true,
    }
}
