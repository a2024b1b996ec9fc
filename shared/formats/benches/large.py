#!/usr/bin/env python3
"""Writes a large file of one format to standard output, for measuring memory and speed of the readers.

    python3 shared/formats/benches/large.py 837 1024 > /tmp/large && /usr/bin/time -v icm parse /tmp/large > /dev/null

Formats: 837 835 834 ndjson bundle csv adt cclf. The second argument is the size in MiB. Every claim and member has a
number of its own; an X12 file is one interchange with one transaction set, which no reader may hold.
"""

import json
import sys

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240105*1253*^*00501*000000001*0*P*:~\n"


def x12(code, guide, head, record):
    """One interchange: its parts before, for each, and after the records."""
    opening = f"{ISA}GS*HC*S*R*20240105*1253*1*X*{guide}~\nST*{code}*0001*{guide}~\n{head}"
    return opening, record, lambda count: f"SE*{count}*0001~\nGE*1*1~\nIEA*1*000000001~\n"


def bill(n):
    lines = "".join(
        f"LX*{line}~\nSV2*0450*HC:99285:25*411.52*UN*1~\nDTP*472*D8*202401{line:02}~\n" for line in (1, 2, 3)
    )
    return (
        f"HL*{n + 2}*1*22*0~\nSBR*P*18*******MB~\nNM1*IL*1*DOE*JANE****MI*M{n // 9:07}~\nN3*1 MAIN STREET~\n"
        f"N4*TOWN*GA*30001~\nCLM*C{n:09}*1234.56***11:A:1**A*Y*Y~\nDTP*434*RD8*20240101-20240104~\n"
        f"DTP*435*DT*202401010830~\nCL1*1*1*01~\nHI*ABK:I5023:::::::Y~\nHI*ABF:E119*ABF:N186*ABF:Z7901~\n{lines}"
    )


def payment(n):
    lines = "SVC*HC:99285:25*411.52*300*0450*1~\nDTM*472*20240101~\nCAS*CO*45*111.52~\n" * 3
    return (
        f"CLP*C{n:09}*1*1234.56*900*0*MC*I{n:09}*11*1~\nNM1*QC*1*DOE*JANE****MI*M{n // 9:07}~\n"
        f"DTM*232*20240101~\nDTM*233*20240104~\n{lines}"
    )


def member(n):
    return (
        f"INS*Y*18*021*20*A***FT~\nREF*0F*M{n:08}~\nNM1*IL*1*DOE*JANE****ZZ*M{n:08}~\nN3*1 MAIN STREET~\n"
        f"N4*TOWN*GA*30001~\nDMG*D8*19500101*F~\nHD*021**HLT*PLAN~\nDTP*348*D8*20240101~\n"
    )


def coded(code, system="s"):
    return {"coding": [{"system": system, "code": code}]}


def eob(n):
    icd = "http://hl7.org/fhir/sid/icd-10-cm"
    amount = lambda name, value: {"category": coded(name), "amount": {"value": value, "currency": "USD"}}
    resource = {
        "resourceType": "ExplanationOfBenefit",
        "id": f"r{n}",
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "identifier": [{"type": coded("uc"), "system": "https://p/EOB", "value": f"C{n:09}"}],
        "type": coded("institutional"),
        "patient": {"reference": f"Patient/M{n // 9:07}"},
        "billablePeriod": {"start": "2024-01-01", "end": "2024-01-04"},
        "supportingInfo": [{"category": coded("typeofbill"), "code": coded("0111")}],
        "diagnosis": [
            {"sequence": at, "diagnosisCodeableConcept": coded(code, icd), "type": [coded("principal")]}
            for at, code in enumerate(["I50.23", "E11.9", "N18.6"], 1)
        ],
        "item": [
            {
                "sequence": at,
                "revenue": coded("0450"),
                "productOrService": coded("99285", "http://www.ama-assn.org/go/cpt"),
                "servicedPeriod": {"start": "2024-01-01"},
                "quantity": {"value": 1},
                "adjudication": [amount("submitted", 411.52), amount("benefit", 300.0)],
            }
            for at in (1, 2, 3)
        ],
        "total": [amount("submitted", 1234.56)],
        "payment": {"amount": {"value": 900.0}, "date": "2024-02-20"},
    }
    return json.dumps(resource, separators=(",", ":"))


COLUMNS = (
    "claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,claim_start_date,claim_end_date,"
    "claim_line_start_date,claim_line_end_date,admission_date,discharge_date,admit_source_code,admit_type_code,"
    "discharge_disposition_code,place_of_service_code,bill_type_code,drg_code,revenue_center_code,"
    "service_unit_quantity,hcpcs_code,hcpcs_modifier_1,billing_npi,facility_npi,paid_date,paid_amount,"
    "allowed_amount,charge_amount,diagnosis_code_type,diagnosis_code_1,diagnosis_code_2,data_source\n"
)


def rows(n):
    return "".join(
        f"C{n:09},{line},institutional,M{n // 9:07},M{n // 9:07},payer,plan,2024-01-01,2024-01-04,2024-01-0{line},"
        f"2024-01-0{line},2024-01-01,2024-01-04,1,1,01,,111,291,0450,1,99285,25,1234567893,1234567893,2024-02-20,"
        f"300.00,350.00,411.52,icd-10-cm,I5023,E119,feed\n"
        for line in (1, 2, 3)
    )


def message(n):
    return (
        f"MSH|^~\\&|ADT|HOSP|ICM|PLAN|20240101083000||ADT^A01|{n}|P|2.5\rEVN|A01|20240101083000\r"
        f"PID|1||M{n // 9:07}^^^PLAN^MB||DOE^JANE||19500101|F\r"
        f"PV1|1|I|W1^101^1||||||||||||||||V{n:09}|||||||||||||||||||||||||20240101080000\r"
    )


CCLF5_WIDTHS = [13, 10, 11, 11, 2, 10, 10, 3, 2, 2, 1, 2, 10, 10, 5, 15, 1, 7, 10, 10, 2, 2, 2, 10, 10, 40, 11, 17, 24]


def cclf5(n):
    cells = lambda line: [
        f"{n:013}", line, "1AA0A00AA00", "", "71", "2024-01-01", "2024-01-01", "", "", "01", "", "11", "2024-01-01",
        "2024-01-01", "99213", "100.00", "", "I5023", "", "1234567893", "", "A", "0", "2024-02-01", "2024-02-09", n,
        "", "120.00", "1.0000",
    ]  # fmt: skip
    row = lambda line: "".join(f"{cell:<{width}}" for cell, width in zip(cells(line), CCLF5_WIDTHS))
    return "".join(f"{row(line)}25{'':8}01I5023  E119   {'':42}0{'':56}\r\n" for line in (1, 2, 3))


PROVIDER = "BHT*0019*00*1*20240105*1253*CH~\nHL*1**20*1~\nNM1*85*2*HOSPITAL*****XX*1234567893~\n"
PAYER = "BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~\nTRN*1*1*1~\nN1*PE*H*XX*1234567893~\nLX*1~\n"

FORMATS = {
    "837": x12("837", "005010X223A2", PROVIDER, bill),
    "835": x12("835", "005010X221A1", PAYER, payment),
    "834": x12("834", "005010X220A1", "BGN*00*1*20240105~\n", member),
    "ndjson": ("", lambda n: eob(n) + "\n", lambda count: ""),
    "bundle": (
        '{"resourceType":"Bundle","entry":[',
        lambda n: ("," if n else "") + '{"resource":' + eob(n) + "}",
        lambda count: "]}",
    ),
    "csv": (COLUMNS, rows, lambda count: ""),
    "adt": ("", message, lambda count: ""),
    "cclf": ("", cclf5, lambda count: ""),
}


def main():
    opening, record, closing = FORMATS[sys.argv[1]]
    left, number, out = int(sys.argv[2]) * 2**20 - len(opening), 0, sys.stdout
    out.write(opening)
    while left > 0:
        text = record(number)
        out.write(text)
        left -= len(text)
        number += 1
    out.write(closing(number))


main()
