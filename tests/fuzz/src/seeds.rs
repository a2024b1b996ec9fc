//! Where mutation starts: a few files written here, and every file of a folder that the caller names.

use crate::Target;
use std::path::Path;

/// Written for this purpose; each holds the structures that its reader knows.
const WRITTEN: [&[u8]; 6] = [
    b"ISA*00*          *00*          *ZZ*S              *ZZ*R              *240105*1253*^*00501*000000001*0*P*:~\
GS*HC*S*R*20240105*1253*1*X*005010X223A2~ST*837*0001*005010X223A2~BHT*0019*00*1*20240105*1253*CH~HL*1**20*1~PRV*BI*PXC*282N00000X~\
NM1*85*2*H*****XX*1234567893~HL*2*1*22*0~SBR*P*18*******MB~NM1*IL*1*DOE*J****MI*M1~CLM*C1*1500.5***11:A:7**A*Y*Y~\
DTP*434*RD8*20240101-20240104~DTP*435*DT*202401010830~CL1*1*2*03~REF*F8*X~HI*ABK:I5023:::::::Y*ABJ:R0602~HI*BBR:02HV33Z:D8:20240102~\
HI*DR:291~SBR*S*18*******MA~CAS*CO*18*10~NM1*IL*1*ROE*R****MI*Z~REF*F8*THEIRS~LX*1~SV2*450*HC:99285:25*1000*UN*1~DTP*472*D8*20240101~\
LIN**N4*00002821501~SE*26*0001~GE*1*1~IEA*1*000000001~",
    b"ISA*00*          *00*          *ZZ*S              *ZZ*R              *240105*1253*^*00501*000000001*0*P*:~\
GS*HP*S*R*20240105*1253*1*X*005010X221A1~ST*835*0001~BPR*I*100*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~TRN*1*1*1~\
N1*PE*H*XX*1234567893~LX*1~CLP*C1*22*-10*-5**MC*I*11*1~CAS*CO*45*-5~NM1*QC*1*DOE*J****MI*M1~DTM*232*20240101~SVC*HC:99213*-10*-5**1~\
DTM*472*20240101~CLP*C1*1*10*0**MC*I*11*1~CAS*CO*24*10~PLB*1*1*1*1~SE*14*0001~GE*1*1~IEA*1*000000001~",
    b"ISA*00*          *00*          *ZZ*S              *ZZ*R              *240105*1253*^*00501*000000001*0*P*:~\
GS*BE*S*R*20240105*1253*1*X*005010X220A1~ST*834*0001~BGN*00*1*20240105*1200****2~N1*P5*S*FI*1~INS*Y*18*024*20*A***FT****D8*20240101~\
REF*0F*S1~REF*Q4*OLD1;OLD2~DTP*356*D8*20240101~NM1*IL*1*DOE*J*Q***ZZ*N1~PER*IP**HP*5551234567~N3*1 MAIN~N4*T*PA*17011**CY*C~\
DMG*D8*19700228*F~LUI*LE*SPA**7~HD*024**HLT*MEDICARE~DTP*348*D8*20240201~DTP*349*D8*20240301~SE*17*0001~GE*1*1~IEA*1*000000001~",
    br#"{"resourceType":"ExplanationOfBenefit","id":"1","status":"active","use":"claim","outcome":"complete","meta":{"lastUpdated":"2024-01-01","tag":[{"system":"x/Final-Action","code":"FinalAction"}]},"identifier":[{"type":{"coding":[{"code":"uc"}]},"system":"s","value":"C"}],"type":{"coding":[{"system":"x/claim-type","code":"institutional"}]},"patient":{"reference":"Patient/M"},"billablePeriod":{"start":"2024-01-01","end":"2024-01-02"},"supportingInfo":[{"category":{"coding":[{"code":"typeofbill"}]},"code":{"coding":[{"code":"0111"}]}}],"diagnosis":[{"sequence":1,"diagnosisCodeableConcept":{"coding":[{"system":"icd-10-cm","code":"I10"}]},"type":[{"coding":[{"code":"principal"}]}]}],"item":[{"revenue":{"coding":[{"system":"RevenueCodes","code":"450"}]},"productOrService":{"coding":[{"system":"cpt","code":"99285"}]},"servicedDate":"2024-01-01","quantity":{"value":1},"adjudication":[{"category":{"coding":[{"code":"submitted"}]},"amount":{"value":1.5}}]}],"payment":{"amount":{"value":2}}}
{"resourceType":"Patient"}
"#,
    br#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ExplanationOfBenefit","id":"1","billablePeriod":{"start":"2024-01-01"},"item":[]}},{"response":{}}]}"#,
    b"claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,claim_start_date,claim_end_date,data_source\n1,1,professional,p,m,x,y,2024-01-01,2024-01-02,s\n",
];

/// The seeds that concern a target: those written here and, where a folder is named, files below it of at most 64 KiB.
pub fn seeds(target: Target, folder: Option<&Path>) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = WRITTEN.iter().map(|bytes| bytes.to_vec()).collect();
    let mut open: Vec<_> = folder.map(Path::to_path_buf).into_iter().collect();
    while let Some(path) = open.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            entries.sort();
            open.extend(entries);
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.len() <= 64 * 1024
        {
            seeds.push(bytes);
        }
    }
    seeds.retain(|bytes| concerns(target, bytes));
    seeds
}

/// Whether a sample is of the target's format.
fn concerns(target: Target, bytes: &[u8]) -> bool {
    let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    match target {
        Target::X12 => plain.starts_with(b"ISA"),
        Target::Fhir => matches!(plain.first(), Some(b'{' | b'[')),
        Target::Csv => {
            plain.iter().take_while(|byte| **byte != b'\n').filter(|byte| **byte == b',').count() > 2
        }
        Target::Any => true,
    }
}
