"""Writes one small medical_claim table as CSV and, with independent writers, as Parquet in the ways writers differ.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install pyarrow==26.0.1 polars==2.1.0 && /tmp/v/bin/python make.py .
"""

import datetime as dt
import decimal
import pathlib
import sys

import polars
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

folder = pathlib.Path(sys.argv[1])
rows = 40
day = lambda n: dt.date(2025, 12, 20) + dt.timedelta(days=n)
some = lambda n, value: None if n % 7 == 3 else value
text = pa.string()
columns = {
    "claim_id": (text, [f"C{n // 3}" for n in range(rows)]),
    "claim_line_number": (pa.int32(), [n % 3 + 1 for n in range(rows)]),
    "claim_type": (pa.dictionary(pa.int8(), text), ["institutional" if n < 30 else "professional" for n in range(rows)]),
    "person_id": (text, [f"p\u00e9,{n // 9}\"x" for n in range(rows)]),
    "claim_start_date": (pa.date32(), [day(n // 3 * 10) for n in range(rows)]),
    "claim_end_date": (pa.timestamp("us"), [dt.datetime.combine(day(n // 3 * 10 + 2), dt.time(23, 59)) for n in range(rows)]),
    "admission_date": (pa.date32(), [some(n // 3, day(n // 3 * 10)) for n in range(rows)]),
    "bill_type_code": (text, ["111" if n < 30 else None for n in range(rows)]),
    "discharge_disposition_code": (text, ["01" if n < 30 else None for n in range(rows)]),
    "revenue_center_code": (pa.int64(), [some(n, 120 + n % 3) if n < 30 else None for n in range(rows)]),
    "place_of_service_code": (pa.float64(), [None if n < 30 else 11.0 for n in range(rows)]),
    "service_unit_quantity": (pa.float64(), [some(n, n / 2) for n in range(rows)]),
    "hcpcs_code": (text, [some(n, "99284") for n in range(rows)]),
    "paid_date": (pa.timestamp("ms"), [dt.datetime.combine(day(n // 3 * 10 + 30), dt.time(0, 0)) for n in range(rows)]),
    "paid_amount": (pa.decimal128(18, 2), [some(n, decimal.Decimal(n * 1001 - 5000) / 100) for n in range(rows)]),
    "charge_amount": (pa.decimal128(9, 4), [decimal.Decimal(n) / 4 for n in range(rows)]),
    "allowed_amount": (pa.float32(), [some(n + 1, n + 0.25) for n in range(rows)]),
    "diagnosis_code_type": (text, ["icd-10-cm"] * rows),
    "diagnosis_code_1": (text, ["I50.9", "J18.9", "E11.9", "I50.9"] * (rows // 4)),
    "facility_npi": (pa.int64(), [1234567893] * rows),
    "data_source": (text, ["feed"] * rows),
    "notes": (pa.list_(text), [[f"n{n}"] * (n % 3) for n in range(rows)]),
    "active": (pa.bool_(), [some(n, n % 2 == 0) for n in range(rows)]),
}
table = pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})
flat = table.drop_columns(["notes"])
pyarrow.csv.write_csv(flat, folder / "rows.csv")
pq.write_table(table, folder / "snappy.parquet")
pq.write_table(table, folder / "groups.parquet", compression="zstd", row_group_size=25)
pq.write_table(table, folder / "second.parquet", compression="gzip", data_page_version="2.0", use_dictionary=False)
pq.write_table(
    flat, folder / "deltas.parquet", compression="none", version="2.6", use_dictionary=False, write_statistics=False,
    use_deprecated_int96_timestamps=True,
    column_encoding={"claim_line_number": "DELTA_BINARY_PACKED", "claim_id": "DELTA_BYTE_ARRAY",
                     "person_id": "DELTA_LENGTH_BYTE_ARRAY", "place_of_service_code": "BYTE_STREAM_SPLIT"},
)
polars.from_arrow(flat).write_parquet(folder / "polars.parquet")
