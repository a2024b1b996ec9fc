#!/usr/bin/env python3
"""Writes a medical_claim table of so many rows as Parquet, with so many columns beside that no table knows.

    python3 shared/formats/benches/wide.py ROWS EXTRA FILE
    cargo build --release -p icm-formats --example parse
    /usr/bin/time -v target/release/examples/parse FILE

Texts of the extra columns are random and nearly all distinct: the worst case for a reader that holds a page and a dictionary
of each column. The table's own 25 diagnoses and 25 procedures have 16,384 values each. Needs pyarrow.
"""

import os
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

rows, extra = int(sys.argv[1]), int(sys.argv[2])
BATCH = 262_144


def noise(count):
    """Random whole numbers."""
    return pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(os.urandom(8 * count))])


codes = pa.array([f"{chr(65 + n % 26)}{n:05}" for n in range(16_384)])


def some(count):
    """Random codes out of 16,384."""
    return codes.take(pc.bit_wise_and(noise(count), pa.scalar(16_383, pa.int64())))


def table(begin, count):
    """Rows from `begin` on."""
    numbers = range(begin, begin + count)
    same = lambda value: pa.array([value] * count)
    columns = {
        "claim_id": pa.array([f"C{n // 2:012}" for n in numbers]),
        "claim_line_number": pa.array([n % 2 + 1 for n in numbers], pa.int32()),
        "claim_type": same("institutional"),
        "person_id": pa.array([f"P{n // 20:09}" for n in numbers]),
        "claim_start_date": same("2025-01-03"),
        "claim_end_date": same("2025-01-05"),
        "bill_type_code": same("111"),
        "revenue_center_code": same("0120"),
        "paid_amount": pa.array([n % 100_000 / 100 for n in numbers]),
        "data_source": same("feed"),
    }
    columns |= {f"diagnosis_code_{n}": some(count) for n in range(1, 26)}
    columns |= {f"procedure_code_{n}": some(count) for n in range(1, 26)}
    columns |= {f"free_text_{n}": pc.cast(noise(count), pa.string()) for n in range(extra)}
    return pa.table(columns)


with pq.ParquetWriter(sys.argv[3], table(0, 1).schema) as writer:
    for begin in range(0, rows, BATCH * 4):
        upto = min(rows, begin + BATCH * 4)
        parts = [table(at, min(BATCH, upto - at)) for at in range(begin, upto, BATCH)]
        writer.write_table(pa.concat_tables(parts), row_group_size=BATCH * 4)
