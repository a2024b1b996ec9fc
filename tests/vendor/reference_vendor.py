#!/usr/bin/env python3
"""A small vendor, written from infra/contracts/ alone: it reads offers, answers them and serves the members.

    reference_vendor.py                     queues from OFFERS_QUEUE_URL, REPLIES_QUEUE_URL, AWS_ENDPOINT_URL_SQS
    reference_vendor.py --files DIR         reads DIR/out/*.csv, writes DIR/in/*.csv
    reference_vendor.py --fhir              answers in FHIR R4 (infra/contracts/fhir.csv); reads either form
    reference_vendor.py --state FILE        keeps what it knows in FILE; it can be killed at any moment
    reference_vendor.py --fault NAME        does one thing wrong, to try the conformance kit (--list-faults)

Standard library only. Against AWS itself boto3 is used; a local queue service takes unsigned requests.
"""

import argparse
import csv
import datetime
import hashlib
import json
import os
import pathlib
import sqlite3
import sys
import time
import urllib.request
import uuid

import fhir_form

# What it can do wrong, and the fault by which the kit must name it.
FAULTS = {
    "silent-receipt": "NO_RECEIPT",
    "never-decides": "NO_DECISION",
    "acts-twice": "ACTED_TWICE",
    "skips-numbers": "SEQUENCE_GAP",
    "reuses-numbers": "SEQUENCE_REUSED",
    "reuses-ids": "MESSAGE_ID_REUSED",
    "ignores-cancel": "ACCEPTED_AFTER_CANCEL",
    "never-confirms": "NOT_CONFIRMED",
    "serves-on": "SERVED_AFTER_RECALL",
    "enrols-first": "OUT_OF_ORDER",
    "names-another-case": "UNKNOWN_CASE",
    "reports-outreach": "WRONG_MODE",
    "breaks-the-schema": "MALFORMED",
    "forgets-consent": "NO_CONSENT",  # where outreach is delegated
    "calls-on": "CONTACT_AFTER_STOP",  # where outreach is delegated
}
DELEGATED_FAULTS = ("forgets-consent", "calls-on")

REPLY_COLUMNS = [
    "message_id", "case_id", "sequence", "time", "report", "placer_id", "filler_id", "reason", "channel", "outcome",
    "scope", "not_now", "start", "minutes", "mode", "two_way",
]
ROSTER_PART_LINES = 1000


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def today():
    return datetime.date.today().isoformat()


# ---------------------------------------------------------------------------------------------------- the two ends


class Queues:
    """One offer queue to read, one reply queue to write."""

    def __init__(self, offers, replies, endpoint):
        self.offers, self.replies = offers, replies
        if endpoint:
            self.call = lambda action, body: unsigned(endpoint, action, body)
        else:
            import boto3  # only AWS itself asks for signed requests

            client = boto3.client("sqs")
            names = {"ReceiveMessage": "receive_message", "DeleteMessage": "delete_message", "SendMessage": "send_message"}
            self.call = lambda action, body: getattr(client, names[action])(**body)

    def receive(self):
        asked = {"QueueUrl": self.offers, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1}
        for message in self.call("ReceiveMessage", asked).get("Messages") or []:
            yield message["Body"], message["ReceiptHandle"]

    def done(self, handle):
        self.call("DeleteMessage", {"QueueUrl": self.offers, "ReceiptHandle": handle})

    def send(self, bodies):
        for body in bodies:
            self.call("SendMessage", {"QueueUrl": self.replies, "MessageBody": body})


def unsigned(endpoint, action, body):
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{action}"}
    request = urllib.request.Request(endpoint, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"{}")


class Files:
    """The same contract as files: a row is a message, or a line is a Bundle."""

    def __init__(self, folder, fhir):
        self.folder, self.fhir = pathlib.Path(folder), fhir
        for side in ("in", "out"):
            (self.folder / side).mkdir(parents=True, exist_ok=True)

    def receive(self):
        time.sleep(0.05)
        for path in sorted((self.folder / "out").glob("*.*")):
            if path.suffix not in (".csv", ".ndjson"):
                continue
            with open(path, newline="", encoding="utf-8") as lines:
                for body in lines if path.suffix == ".ndjson" else map(message_of, csv.DictReader(lines)):
                    yield body, None
            path.rename(path.with_suffix(".done"))

    def done(self, handle):
        pass

    def send(self, bodies):
        if not bodies:
            return
        path = self.folder / "in" / f"{time.time_ns()}.part"
        if self.fhir:
            path.write_text("".join(body + "\n" for body in bodies), encoding="utf-8")
            path.rename(path.with_suffix(".ndjson"))
            return
        with open(path, "w", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, REPLY_COLUMNS, extrasaction="ignore")
            rows.writeheader()
            rows.writerows(row_of(json.loads(body)) for body in bodies)
        path.rename(path.with_suffix(".csv"))


def message_of(row):
    data = {key: row[key] for key in ("placer_id", "hand_over", "start", "code") if row.get(key)}
    data["message_id"] = row.get("reply_id")
    return json.dumps({
        "type": row["type"], "id": row["message_id"], "dedupkey": row["dedupkey"], "subject": row["case_id"],
        "sequence": int(row["sequence"]), "data": data,
    })


def row_of(reply):
    report = reply["type"].removeprefix("icm.vendor.").removesuffix(".v1")
    data = {key: str(value).lower() if isinstance(value, bool) else value for key, value in reply["data"].items()}
    return {"message_id": reply["id"], "case_id": reply["subject"], "sequence": reply["sequence"],
            "time": reply["time"], "report": report, **data}


# ---------------------------------------------------------------------------------------------------- what it knows


SCHEMA = """
create table if not exists acted (dedupkey text primary key);
create table if not exists cases (case_id text primary key, placer_id text, highest integer not null default 0,
                                  replies integer not null default 0, state text);
create table if not exists outbox (number integer primary key, message_id text, body text, sent_at real);
create table if not exists refused (message_id text primary key, code integer);
"""


class Vendor:
    """Every message is one transaction: what it does to the books, and the replies that follow from it. Only then is
    the message deleted, and only then are replies sent; a reply stays in the outbox until it is answered."""

    def __init__(self, state, end, fault=None, resend_after=30.0, fhir=False):
        self.end, self.fault, self.resend_after, self.major, self.fhir = end, fault, resend_after, "1", fhir
        self.books = sqlite3.connect(state, isolation_level=None)
        self.books.execute("pragma synchronous = normal")
        if state != ":memory:":
            self.books.execute("pragma journal_mode = wal")
        self.books.executescript(SCHEMA)
        # What was sent before a crash may be lost: it is sent again, under the same ids.
        self.books.execute("update outbox set sent_at = null")

    def run(self, seconds):
        ends = time.monotonic() + seconds if seconds else None
        while ends is None or time.monotonic() < ends:
            self.step()

    def step(self):
        for body, handle in self.end.receive():
            self.books.execute("begin immediate")
            message = json.loads(body)
            self.hear(fhir_form.message_of(message) if message.get("resourceType") == "Bundle" else message)
            self.books.execute("commit")
            self.end.done(handle)
        self.send_outbox()

    def send_outbox(self):
        due = self.books.execute(
            "select number, body from outbox where sent_at is null or sent_at < ? order by number",
            (time.time() - self.resend_after,)).fetchall()
        bodies = [body for _, body in due]
        self.end.send([json.dumps(fhir_form.bundle_of(json.loads(body))) for body in bodies] if self.fhir else bodies)
        self.books.executemany("update outbox set sent_at = ? where number = ?", [(time.time(), number) for number, _ in due])

    # ------------------------------------------------------------------------------------------------ messages

    def hear(self, message):
        # It answers in the major in which it is addressed; the two differ in contact data, which it does not keep.
        kind, _, self.major = message["type"].rpartition(".v")
        if kind == "icm.reply.accepted":
            self.books.execute("delete from outbox where message_id = ?", (message["data"]["message_id"],))
        elif kind == "icm.reply.rejected":
            data = message["data"]
            self.books.execute("delete from outbox where message_id = ?", (data["message_id"],))
            self.books.execute("insert or replace into refused values (?, ?)", (data["message_id"], int(data["code"])))
        elif kind in ("icm.referral.offered", "icm.referral.cancelled", "icm.referral.recalled"):
            self.about_case(kind, message)
        # icm.referral.updated changes contact data, which this vendor does not keep; what it does not know it ignores.

    def about_case(self, kind, message):
        case, sequence, data = message["subject"], message["sequence"], message["data"]
        self.books.execute("insert or ignore into cases (case_id) values (?)", (case,))
        placer, highest = self.books.execute("select placer_id, highest from cases where case_id = ?", (case,)).fetchone()
        same = placer == data["placer_id"]
        offer = kind == "icm.referral.offered"
        known = self.books.execute("select 1 from acted where dedupkey = ?", (message["dedupkey"],)).fetchone()
        late = same and sequence < highest
        if self.fault == "acts-twice" and offer:
            known = False
        if self.fault == "ignores-cancel" and offer:
            late = False
        if known or late:
            return
        self.books.execute("insert or ignore into acted values (?)", (message["dedupkey"],))
        highest = max(highest, sequence) if same else sequence
        self.books.execute("update cases set placer_id = ?, highest = ? where case_id = ?", (data["placer_id"], highest, case))
        if offer:
            self.take_offer(case, data)
        else:
            self.stop(case)

    def take_offer(self, case, data):
        delegated = data["hand_over"] == "OUTREACH_DELEGATED"
        start = {"start": data.get("start") or today()}
        if self.fault == "enrols-first":
            self.say(case, "enrolled", start)
        if self.fault == "breaks-the-schema":
            self.say(case, "rejected", {"reason": "DO_NOT_LIKE_IT"})
        if self.fault != "silent-receipt":
            self.say(case, "received")
        if self.fault == "never-decides":
            return
        self.state(case, "ACCEPTED")
        self.say(case, "accepted")
        if delegated:
            # REACHED_MEMBER engages by itself: after it icm.vendor.engaged is refused (transitions.csv).
            self.say(case, "outreach.attempted", {"channel": "call", "outcome": "REACHED_MEMBER"})
            if self.fault != "forgets-consent":
                self.say(case, "consented", {"scope": "ICM-PROGRAM"})
        elif self.fault == "reports-outreach":
            self.say(case, "outreach.attempted", {"channel": "call", "outcome": "NO_ANSWER"})
        self.state(case, "ACTIVE")
        self.say(case, "enrolled", start)
        self.say(case, "contact.completed", {"minutes": 25, "mode": "PHONE", "two_way": True})
        if self.fault == "calls-on":
            self.say(case, "stop.requested")
            self.say(case, "outreach.attempted", {"channel": "call", "outcome": "NO_ANSWER"})

    def stop(self, case):
        self.state(case, None)
        if self.fault == "never-confirms":
            return
        self.say(case, "recall.confirmed")
        if self.fault == "serves-on":
            self.say(case, "contact.completed", {"minutes": 25, "mode": "PHONE", "two_way": True})

    # ------------------------------------------------------------------------------------------------ replies

    def state(self, case, state):
        self.books.execute("update cases set state = ? where case_id = ?", (state, case))

    def say(self, case, report, data=None):
        step = 2 if self.fault == "skips-numbers" else 1
        self.books.execute("update cases set replies = replies + ? where case_id = ?", (step, case))
        placer, number = self.books.execute("select placer_id, replies from cases where case_id = ?", (case,)).fetchone()
        reply = {
            "specversion": "1.0",
            "id": "same" if self.fault == "reuses-ids" else str(uuid.uuid4()),
            "source": "urn:vendor:reference",
            "type": f"icm.vendor.{report}.v{self.major}",
            "subject": f"{case}-of-somebody-else" if self.fault == "names-another-case" else case,
            "time": now(),
            "sequence": 1 if self.fault == "reuses-numbers" else number,
            "data": {"placer_id": placer, "filler_id": f"REF-{case}", **(data or {})},
        }
        self.books.execute("insert into outbox (message_id, body) values (?, ?)", (reply["id"], json.dumps(reply)))

    def roster(self):
        """The daily snapshot of every case that this vendor holds, in numbered parts with count and hash."""
        held = self.books.execute("select case_id, state from cases where state is not null order by case_id").fetchall()
        text = "".join(sorted(f"{case},{state}\n" for case, state in held))
        digest, snapshot = hashlib.sha256(text.encode()).hexdigest(), str(uuid.uuid4())
        parts = [held[at:at + ROSTER_PART_LINES] for at in range(0, len(held), ROSTER_PART_LINES)] or [[]]
        for number, part in enumerate(parts, 1):
            body = {
                "specversion": "1.0", "id": str(uuid.uuid4()), "source": "urn:vendor:reference",
                "type": "icm.vendor.roster.snapshot.v1", "subject": "", "time": now(), "sequence": number,
                "data": {"snapshot_id": snapshot, "as_of": today(), "part": number, "parts": len(parts),
                         "count": len(held), "hash": digest,
                         "lines": [{"case_id": case, "state": state} for case, state in part]},
            }
            self.books.execute("insert into outbox (message_id, body) values (?, ?)", (body["id"], json.dumps(body)))


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--files", metavar="DIR")
    asked.add_argument("--fhir", action="store_true", help="answer in FHIR R4")
    asked.add_argument("--state", metavar="FILE", default=":memory:")
    asked.add_argument("--fault", choices=sorted(FAULTS))
    asked.add_argument("--list-faults", action="store_true")
    asked.add_argument("--seconds", type=float, help="end by itself after so long")
    asked.add_argument("--resend-after", type=float, default=30.0, help="seconds after which an unanswered reply is repeated")
    asked.add_argument("--roster", action="store_true", help="send the daily roster snapshot first")
    args = asked.parse_args()
    if args.list_faults:
        for name, code in FAULTS.items():
            print(name, code, "OUTREACH_DELEGATED" if name in DELEGATED_FAULTS else "ENROLMENT")
        return
    if args.files:
        end = Files(args.files, args.fhir)
    else:
        end = Queues(os.environ["OFFERS_QUEUE_URL"], os.environ["REPLIES_QUEUE_URL"], os.environ.get("AWS_ENDPOINT_URL_SQS"))
    vendor = Vendor(args.state, end, args.fault, args.resend_after, args.fhir)
    if args.roster:
        vendor.roster()
    try:
        vendor.run(args.seconds)
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
