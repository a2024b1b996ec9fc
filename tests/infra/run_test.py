"""The real binaries on the emulator at AWS_ENDPOINT_URL, which runs them itself. Called by run.sh and upgrade.sh.

One story: files are dropped in the bucket, members are decided on, cases open and get places, staff records contact and
consent through the API, vendors are offered the members and answer, and service becomes active. Nothing here looks into
the store: only the bucket, the queues, the API, the logs.
"""

import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import deploy_test
from deploy_test import VENDORS, client, deploy, zipped

BINARIES = os.environ["ICM_BINARIES"]
PREVIOUS = os.environ.get("ICM_PREVIOUS")
TODAY = datetime.date.today()
MEMBERS = 120
FUNCTIONS = [
    "ingest-files",
    "identify-members",
    "review-due",
    "queue-outreach",
    "relay-outbox",
    "receive-vendor",
    "operations",
]
ACTOR = {
    "sub": "nurse-1",
    "icm_roles": "[care_manager supervisor program_owner auditor vendor_manager]",
    "icm_lines": "*",
    "scope": "icm/read icm/write icm/admin",
}


class System:
    """The deployed system, as staff, sources and vendors see it."""

    def __init__(self, binaries):
        self.ids = deploy(binaries)
        icm = [Path(BINARIES) / "icm", "publish", "--table", self.ids["RegistryTable"]]
        places = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        subprocess.run(icm, check=True, env=os.environ | places, stdout=subprocess.DEVNULL)
        self.api("POST", "/v1/admin/modes", {"program": "ICM", "mode": "LIVE", "daily_cap": 1000})
        for team in ["TEAM-NORTH", "TEAM-SOUTH"]:
            place = {"team": team, "county": None, "language": None, "lob": None}
            self.api("POST", "/v1/admin/capacity", {"place": place, "points": 0})

    def call(self, function, event):
        answer = client("lambda").invoke(
            FunctionName=f"icm-dev-{function}", Qualifier="live", Payload=json.dumps(event).encode()
        )
        body = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise AssertionError(f"{function}: {body}")
        return body

    def api(self, method, path, body=None, key=None, refused=False):
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        event = {
            "version": "2.0",
            "rawPath": path.split("?")[0],
            "rawQueryString": path.partition("?")[2],
            "headers": headers,
            "requestContext": {"http": {"method": method}, "authorizer": {"jwt": {"claims": ACTOR}}},
            "body": json.dumps(body) if body is not None else "",
        }
        answer = self.call("operations", event)
        if answer["statusCode"] >= 300 and not refused:
            raise AssertionError(f"{method} {path.split('/')[2]}: {answer['statusCode']} {answer['body']}")
        return json.loads(answer["body"] or "null") if answer["statusCode"] < 300 else None

    def drop(self, folder, names=""):
        """Drops the files of a folder, or those whose names match."""
        s3 = client("s3")
        for file in sorted(file for file in Path(folder).iterdir() if re.search(names, file.name)):
            s3.put_object(Bucket=self.ids["ClaimsBucket"], Key=f"{Path(folder).name}/{file.name}", Body=file.read_bytes())

    def waiting(self, *queues):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        total = 0
        for queue in queues:
            found = client("sqs").get_queue_attributes(QueueUrl=self.ids[queue], AttributeNames=names)["Attributes"]
            total += sum(int(found[name]) for name in names)
        return total

    def settle(self, quiet_s=4, patience_s=300):
        """Until ingest and facts are empty for some seconds."""
        quiet, until = 0, time.time() + patience_s
        while quiet < quiet_s:
            if time.time() > until:
                raise AssertionError("messages are left")
            time.sleep(1)
            quiet = 0 if self.waiting("IngestQueue", "FactsQueue") else quiet + 1

    def tick(self):
        """What the schedules do every minute, now."""
        for function in ["review-due", "queue-outreach", "relay-outbox"]:
            try:
                self.call(function, {})
            except client("lambda").exceptions.TooManyRequestsException:
                # The schedule itself is running it.
                time.sleep(1)
        self.settle(quiet_s=2)

    def cases(self, status):
        query = f"/v1/worklist?program=ICM&status={status}&sort=priority&limit=500"
        return self.api("GET", query)["rows"]

    def offers(self, vendor):
        """Messages that a vendor takes from its queue and deletes."""
        sqs, url, taken = client("sqs"), self.ids[f"{vendor}.OfferQueue"], []
        while True:
            found = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
            ).get("Messages", [])
            if not found:
                return taken
            taken += found
            for message in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def reply(self, vendor, offer, sequence, kind, data):
        name = VENDORS[vendor][0]
        body = {
            "specversion": "1.0",
            "id": f"{name}:{offer['subject']}:{sequence}",
            "source": f"urn:vendor:{name}",
            "type": f"icm.vendor.{kind}.v1",
            "subject": offer["subject"],
            "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sequence": sequence,
            "data": {"placer_id": offer["data"]["placer_id"], "filler_id": f"{name}-{offer['subject']}"} | data,
        }
        client("sqs").send_message(QueueUrl=self.ids[f"{vendor}.ReplyQueue"], MessageBody=json.dumps(body))

    def logs(self):
        """Every line of every function's log."""
        logs, lines = client("logs"), []
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                for events in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                    lines += [(group["logGroupName"].rsplit("/", 1)[-1], event["message"]) for event in events["events"]]
        return lines

    def deploy_code(self, packages):
        """Moves every alias to a new version with these packages; returns the versions that served until now."""
        functions, before = client("lambda"), {}
        for name, package in packages.items():
            full = f"icm-dev-{name}"
            before[name] = functions.get_alias(FunctionName=full, Name="live")["FunctionVersion"]
            made = functions.update_function_code(FunctionName=full, ZipFile=package, Publish=True)
            functions.update_alias(FunctionName=full, Name="live", FunctionVersion=made["Version"])
        return before

    def roll_back(self, versions):
        for name, version in versions.items():
            client("lambda").update_alias(FunctionName=f"icm-dev-{name}", Name="live", FunctionVersion=version)

    def versions(self, function):
        """The versions of a function that have run, by the names of its log streams."""
        streams = client("logs").get_paginator("describe_log_streams").paginate(logGroupName=f"/icm/dev/{function}")
        names = [stream["logStreamName"] for page in streams for stream in page["logStreams"]]
        return {re.search(r"\[(.+?)\]", name).group(1) for name in names}


def population(folder):
    """Two folders: what is known a month ago, and what was received since."""
    early, late = Path(folder) / "early", Path(folder) / "late"
    as_of = (TODAY - datetime.timedelta(days=30)).isoformat()
    command = [Path(BINARIES) / "icm", "synth", "--members", str(MEMBERS), "--seed", "11", "--as-of", as_of]
    subprocess.run([*command, "--out", early, "--later", late], check=True, stdout=subprocess.DEVNULL)
    with open(early / "eligibility.csv", encoding="utf-8") as file:
        header, *rows = [line.rstrip("\n").split(",") for line in file]
    return early, late, sorted({row[header.index("member_id")] for row in rows})


def enrol(system):
    """Staff reaches everybody who has a place, and enrols with consent."""
    system.tick()
    for case in system.cases("OUTREACH"):
        at = f"/v1/cases/{case['member_id']}/ICM"
        key = case["case_id"]
        system.api("POST", f"{at}/attempts", {"channel": "call", "outcome": "REACHED_MEMBER"}, f"{key}:1")
        system.api("POST", f"{at}/consent", {"scope": "ICM-PROGRAM"}, f"{key}:2")
        system.api("POST", f"{at}/enrol", {}, f"{key}:3")
        # A team of the payer itself accepts and begins; with a vendor the case refuses that.
        system.api("POST", f"{at}/accept", {}, f"{key}:4", refused=True)
        system.api("POST", f"{at}/start", {}, f"{key}:5", refused=True)


def serve(system, patience_s=150):
    """Vendors take offers, accept, enrol and make contact, until every offered case is active. Returns the offers."""
    offered, until = {}, time.time() + patience_s
    while time.time() < until:
        system.tick()
        for vendor in VENDORS:
            for message in system.offers(vendor):
                body = json.loads(message["Body"])
                if body["type"] != "icm.referral.offered.v1" or body["subject"] in offered:
                    continue
                offered[body["subject"]] = message
                first = body["data"]["reply_sequence"]
                minutes = {"minutes": 20, "mode": "PHONE", "two_way": True}
                steps = [("received", {}), ("accepted", {}), ("enrolled", {"start": TODAY.isoformat()}), ("contact.completed", minutes)]
                for number, (kind, data) in enumerate(steps):
                    system.reply(vendor, body, first + number, kind, data)
        active = {case["case_id"] for case in system.cases("ACTIVE")}
        if offered and set(offered) <= active and not system.cases("ENROLLED"):
            return offered
        time.sleep(1)
    raise AssertionError(f"{len(offered)} offers, not all active: {[c['status'] for c in system.cases('ENROLLED')]}")


def state(system, members):
    """What every member came to, without ids and times."""
    found = {}
    for member in members:
        known = system.api("GET", f"/v1/members/{member}", refused=True)
        if known is None:
            continue
        outcome = known["decision"]["outcome"]
        cases = sorted((one["case"]["status"], one["case"]["ending"] or "") for one in known["cases"])
        found[member] = {"outcome": outcome, "cases": cases}
    return found


CANARIES = ["CANARYMEMBER7", "CANARYFIRST", "CANARYLAST", "T401X1A", "CANARYDX", "CANARYCLAIM"]


def plant(early):
    """A member with telling names and codes, in good records and in records that cannot be read."""
    for name, bad in [("medical_claim.csv", "CANARYDX"), ("member.csv", None), ("eligibility.csv", None)]:
        path = early / name
        if not path.exists():
            continue
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        columns, first = header.split(","), rows[0].split(",")
        row = dict(zip(columns, first, strict=False))
        for column in columns:
            planted = {
                "member_id": "CANARYMEMBER7",
                "person_id": "CANARYMEMBER7",
                "claim_id": "CANARYCLAIM",
                "first_name": "CANARYFIRST",
                "last_name": "CANARYLAST",
                "name": "CANARYFIRST CANARYLAST",
                "diagnosis_code_1": "T401X1A",
            }
            row[column] = planted.get(column, row.get(column, ""))
        good = ",".join(row[column] for column in columns)
        rows.append(good)
        if bad:
            rows.append(good.replace("T401X1A", "CANARYDX-not-a-code").replace("2025", "CANARYDATE").replace("2026", "CANARYDATE"))
            rows.append("CANARYMEMBER7,CANARYLAST")
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


class Once(unittest.TestCase):
    """One story, and what it leaves behind."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        early, late, cls.members = population(cls.folder.name)
        plant(early)
        cls.system = System(BINARIES)
        cls.system.drop(early)
        cls.system.settle()
        cls.system.drop(late)
        # Bad inputs at every door: no JSON, an unknown type, a reply about nobody's case, a file of another kind.
        sqs = client("sqs")
        for body in ["CANARYMEMBER7", json.dumps({"type": "icm.facts.v9", "members": [{"member_id": "CANARYMEMBER7"}]})]:
            sqs.send_message(QueueUrl=cls.system.ids["FactsQueue"], MessageBody=body)
            sqs.send_message(QueueUrl=cls.system.ids["Vendor1.ReplyQueue"], MessageBody=body)
        client("s3").put_object(Bucket=cls.system.ids["ClaimsBucket"], Key="CANARYLAST.bin", Body=b"CANARYLAST\x00\x01")
        cls.system.api("GET", "/v1/members/CANARYMEMBER7", refused=True)
        cls.system.api("POST", "/v1/cases/CANARYMEMBER7/ICM/attempts", {"channel": "CANARYLAST"}, "k", refused=True)
        cls.system.settle()
        enrol(cls.system)
        cls.offered = serve(cls.system)
        cls.lines = cls.system.logs()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_members_went_all_the_way_to_active_and_others_were_decided_on(self):
        found = state(self.system, self.members)
        self.assertEqual(sorted(found), self.members)
        statuses = [status for one in found.values() for status, _ in one["cases"]]
        self.assertGreaterEqual(statuses.count("ACTIVE"), 1, statuses)
        self.assertGreaterEqual(len(self.offered), 1)
        print(f"{len(found)} members, {len(statuses)} cases, {statuses.count('ACTIVE')} active, {len(self.offered)} by vendors")

    def test_the_log_leads_from_a_dropped_file_to_the_vendors_message(self):
        lines = [(name, json.loads(text)) for name, text in self.lines if text.startswith("{")]
        roots = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
        told = [json.dumps(line) for name, line in lines if name == "ingest-files" and line.get("message") == "file ingested"]
        self.assertGreaterEqual(len(told), 10)
        self.assertTrue(all(roots.search(line) for line in told), "a file's line has no trace")
        sent = {line["case"] for name, line in lines if name == "relay-outbox" and line.get("message") == "effect sent"}
        caused = {}
        for name, line in lines:
            if name == "identify-members" and line.get("message") == "case committed":
                member = next(span for span in line["spans"] if span["name"] == "member")
                self.assertRegex(member["tag"], "^[0-9a-f]{16}$")
                # The emulator drops system attributes of batched messages, the trace among them: a unit test of the
                # sender holds that link, and one of the batch the next.
                self.assertIn("caused_by", member)
                for case in line["cases"].split():
                    caused[case] = member["tag"]
        for case in self.offered:
            self.assertIn(case, sent)
            self.assertIn(case, caused)

    def test_bad_inputs_are_quarantined_with_their_reason_and_nothing_is_a_dead_letter(self):
        places = self.system.api("GET", "/v1/quarantine")
        self.assertIn("queue:facts", json.dumps(places))
        self.assertIn("replies", json.dumps(places))
        dead = ["IngestDeadLetters", "FactsDeadLetters", "OutreachDeadLetters", "StreamFailures"]
        dead += [f"{vendor}.ReplyDeadLetters" for vendor in VENDORS]
        self.assertEqual(self.system.waiting(*dead), 0)

    def test_no_canary_is_in_logs_metrics_names_or_attributes(self):
        seen = [f"log of {name}: {text}" for name, text in self.lines]
        self.assertGreater(len(seen), 100)
        seen.append((Path(deploy_test.ROOT) / "target/infra-deploy/emulator.log").read_text(errors="replace"))
        sqs = client("sqs")
        seen += sqs.list_queues()["QueueUrls"]
        for message in self.offered.values():
            seen.append(json.dumps(message.get("Attributes", {})) + json.dumps(message.get("MessageAttributes", {})))
        for table in client("dynamodb").list_tables()["TableNames"]:
            seen.append(table)
        metrics = client("cloudwatch").get_paginator("list_metrics").paginate()
        seen += [json.dumps(metric) for page in metrics for metric in page["Metrics"]]
        for canary in CANARIES:
            for text in seen:
                at = text.upper().find(canary)
                self.assertEqual(at, -1, f"{canary} in: {text[max(0, at - 200):at + 80]}")

    def test_every_batch_has_one_line_of_metrics(self):
        for name in FUNCTIONS:
            own = [json.loads(text) for group, text in self.lines if group == name and '"_aws"' in text]
            self.assertTrue(own, f"{name} emits no metric")
            for line in own:
                self.assertEqual(line["function"], name)


class Upgrade(unittest.TestCase):
    """The story with one build, or with another build for a while; the final state is written for comparison."""

    def test_story(self):
        with tempfile.TemporaryDirectory() as folder:
            early, late, members = population(folder)
            changes = os.environ["ICM_STORY"] == "upgrade"
            packages = {name: zipped(name, BINARIES) for name in FUNCTIONS} if changes else {}
            system = System(PREVIOUS if changes else BINARIES)
            # Who gets which place must not hang on how fast this machine is: places are given when all is told.
            system.api("POST", "/v1/admin/pause", {"scope": "all", "reason": "LOADING"})
            # The build changes in mid-run: each time messages wait that the other build has made.
            system.drop(early, "^(medical|eligibility)")
            time.sleep(4)
            if changes:
                before = system.deploy_code(packages)
            system.drop(early, "^(?!medical|eligibility)")
            system.drop(late, "^medical")
            time.sleep(4)
            if changes:
                system.roll_back(before)
            system.drop(late, "^(?!medical)")
            system.settle()
            if changes:
                ran = {name: system.versions(name) for name in ["ingest-files", "identify-members"]}
                self.assertTrue(all(len(versions) == 2 for versions in ran.values()), f"one build did everything: {ran}")
            system.api("POST", "/v1/admin/resume", {"scope": "all", "reason": "LOADED"})
            enrol(system)
            offered = serve(system)
            found = state(system, members) | {"offers": len(offered)}
            Path(os.environ["ICM_STATE"]).write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
            self.assertEqual(system.waiting("FactsDeadLetters", "IngestDeadLetters", "StreamFailures"), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=[sys.argv[0], *sys.argv[1:]])
