"""The contract in FHIR R4, as a vendor reads and writes it: written from infra/contracts/fhir.csv alone.

A message Bundle of the payer becomes the message that a queue without FHIR would have carried, and a reply becomes a message
Bundle with a Task. What a vendor does with either is the same in both forms (reference_vendor.py).
"""

import csv
import pathlib

TABLE = pathlib.Path(__file__).resolve().parents[2] / "infra" / "contracts" / "fhir.csv"
SEQUENCE = "urn:icm:extension:sequence"
GUIDE = "http://hl7.org/fhir/us/davinci-atr/StructureDefinition/"
# Outputs of a Task by the kind of value; all other fields of a reply have an element of their own.
OUTPUTS = {
    "channel": "valueCode", "outcome": "valueCode", "scope": "valueString", "not_now": "valueBoolean",
    "minutes": "valueUnsignedInt", "mode": "valueCode", "two_way": "valueBoolean", "phone": "valueString",
}


def rows(direction):
    with open(TABLE, newline="", encoding="utf-8") as table:
        return [(row["field"], row["element"]) for row in csv.DictReader(table) if row["direction"] == direction]


PLACES = [(field, element.partition("/")) for field, element in rows("out") if field.startswith("/")]
STATUSES = {report: states.split()[0] for report, states in rows("in status")}


def concept(system, code):
    return {"coding": [{"system": system, "code": code}]}


def at(resource, path):
    for step in path.split("/"):
        if isinstance(resource, list):
            resource = resource[int(step)] if int(step) < len(resource) else None
        elif isinstance(resource, dict):
            resource = resource.get(step)
        else:
            return None
    return resource


def message_of(bundle):
    """The message of a Bundle: every field that the table names, and the inputs of the Task."""
    held = {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle["entry"]}
    held["Bundle"] = bundle
    message = {"data": {}}
    for field, (kind, _, path) in PLACES:
        value = at(held.get(kind), path)
        if value is not None:
            put(message, field.strip("/").split("/"), value)
    for given in held.get("Task", {}).get("input", []):
        name = given["type"]["coding"][0]["code"]
        value = next(value for key, value in given.items() if key.startswith("value"))
        put(message["data"], name.split("."), value)
    return message


def put(place, steps, value):
    for step in steps[:-1]:
        place = place.setdefault(step, {})
    place.setdefault(steps[-1], value)


def bundle_of(reply):
    """A reply as a message Bundle; a roster snapshot as the Group of the Da Vinci ATR guide."""
    if reply["type"].startswith("icm.vendor.roster.snapshot"):
        return group_of(reply)
    report = reply["type"].removeprefix("icm.vendor.").rpartition(".v")[0]
    data, header, task = reply["data"], f"urn:uuid:{reply['id']}", f"urn:uuid:{reply['id'][:-4]}7a5c"
    kinds = "http://terminology.hl7.org/CodeSystem/v2-0203"
    body = {
        "resourceType": "Task", "status": STATUSES[report], "intent": "order",
        "identifier": [{"type": concept(kinds, "PLAC"), "value": data["placer_id"]},
                       {"type": concept(kinds, "FILL"), "value": data["filler_id"]}],
        "groupIdentifier": {"system": "urn:icm:case", "value": reply["subject"]},
        "businessStatus": concept("urn:icm:report", report),
        "output": [{"type": concept("urn:icm:field", name), kind: data[name]}
                   for name, kind in OUTPUTS.items() if name in data],
    }
    if "reason" in data:
        body["statusReason"] = concept("urn:icm:reason", data["reason"])
    if "start" in data:
        body["executionPeriod"] = {"start": data["start"]}
    if not body["output"]:
        del body["output"]
    return {
        "resourceType": "Bundle", "type": "message", "timestamp": reply["time"],
        "entry": [
            {"fullUrl": header, "resource": {
                "resourceType": "MessageHeader", "id": reply["id"],
                "extension": [{"url": SEQUENCE, "valueUnsignedInt": reply["sequence"]}],
                "eventCoding": {"system": "http://terminology.hl7.org/CodeSystem/v2-0003", "code": "I12"},
                "source": {"endpoint": reply["source"]}, "focus": [{"reference": task}]}},
            {"fullUrl": task, "resource": body},
        ],
    }


def group_of(reply):
    data = reply["data"]
    part = lambda name, kind: {"url": f"urn:icm:extension:{name}", kind: data[name]}
    return {
        "resourceType": "Group", "type": "person", "actual": True, "quantity": data["count"],
        "meta": {"lastUpdated": reply["time"]},
        "identifier": [{"system": "urn:icm:snapshot", "value": data["snapshot_id"]}],
        "extension": [{"url": f"{GUIDE}ext-attributionListStatus", "valueCode": "final"},
                      part("part", "valueUnsignedInt"), part("parts", "valueUnsignedInt"), part("hash", "valueString")],
        "member": [{"entity": {"identifier": {"system": "urn:icm:case", "value": line["case_id"]}},
                    "extension": [{"url": "urn:icm:extension:state", "valueCode": line["state"]}]}
                   for line in data["lines"]],
    }
