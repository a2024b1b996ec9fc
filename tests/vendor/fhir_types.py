#!/usr/bin/env python3
"""Reads every example of infra/contracts/fhir/, and the reference vendor's replies, with FHIR's own types: fields that FHIR does not know,
wrong kinds of values, missing elements and broken rules of cardinality fail.

    pip install fhir.resources==7.1.0 && tests/vendor/fhir_types.py [more.json ...]

`fhir.resources` 7 has R4B, which differs from R4 in none of the resources used here. Profiles are not checked.
"""

import json
import pathlib
import sys

from fhir.resources.R4B import get_fhir_model_class

import fhir_form

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "infra" / "contracts" / "fhir"


def replies():
    """One reply of every report, as the reference vendor would write it, and a daily list."""
    values = {"placer_id": "p1", "filler_id": "f1", "reason": "NO_CAPACITY", "start": "2026-07-01", "channel": "call",
              "outcome": "NO_ANSWER", "scope": "ICM", "not_now": True, "minutes": 25, "mode": "PHONE", "two_way": True}
    envelope = {"id": "0b8f6f7e-6f0e-4f0a-9d51-1f4d8f1f4a11", "subject": "case-1", "sequence": 1,
                "source": "urn:vendor:reference", "time": "2026-06-30T15:00:00Z"}
    for report in fhir_form.STATUSES:
        yield report, fhir_form.bundle_of({**envelope, "type": f"icm.vendor.{report}.v1", "data": values})
    listed = {"snapshot_id": "S1", "part": 1, "parts": 1, "count": 1, "hash": "0" * 64,
              "lines": [{"case_id": "case-1", "state": "ACTIVE"}]}
    yield "roster", fhir_form.bundle_of({**envelope, "type": "icm.vendor.roster.snapshot.v1", "data": listed})


def main():
    paths = sorted(GOLDEN.glob("*.json")) + [pathlib.Path(name) for name in sys.argv[1:]]
    read = [(path.name, json.loads(path.read_text(encoding="utf-8"))) for path in paths] + list(replies())
    bad = 0
    for name, resource in read:
        try:
            get_fhir_model_class(resource["resourceType"]).parse_obj(resource)
            print(f"ok     {name}")
        except ValueError as error:
            bad += 1
            print(f"FAIL   {name}: {error}")
    sys.exit(1 if bad or not paths else 0)


if __name__ == "__main__":
    main()
