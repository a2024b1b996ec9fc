"""Deploys infra/template.yaml on the emulator at AWS_ENDPOINT_URL and compares what is there with what is written.

Functions are placeholders here; run_test.py deploys the real binaries.
What the emulator does not apply (TTL, point-in-time recovery, staged deployments) infra_rules holds on the template.
"""

import io
import json
import os
import sys
import time
import unittest
import zipfile
from pathlib import Path

import boto3
from botocore.validate import ParamValidator

sys.path.insert(0, str(Path(__file__).parent))
from translate import packaged  # noqa: E402

ROOT = Path(__file__).parents[2]
STACK = "icm"
BUCKET = "packaged"
ACCOUNT = "000000000000"
REGION = "us-east-1"
VENDORS = {
    "Practice1": ("PRACTICE-1", "111122223331"),
    "Vendor1": ("VENDOR-1", "111122223332"),
    "Vendor2": ("VENDOR-2", "111122223333"),
    "Sandbox1": ("SANDBOX-1", "111122223334"),
}
DAYS_14 = str(14 * 24 * 3600)


def client(service):
    return boto3.client(
        service,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def zipped(function, folder=None):
    """The function's package: its binary in a folder, or a placeholder."""
    body = (Path(folder) / function).read_bytes() if folder else b"#!/bin/sh\nexit 1\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, body)
    return out.getvalue()


def upload(template, binaries):
    """Puts code and nested templates where `sam package` would."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            key = resource["Properties"]["CodeUri"]["Key"]
            s3.put_object(Bucket=BUCKET, Key=key, Body=zipped(key.removesuffix(".zip"), binaries))
    s3.put_object(Bucket=BUCKET, Key="vendor.yaml", Body=(ROOT / "infra" / "vendor.yaml").read_bytes())
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode())


def deploy(binaries=None):
    """Creates the stack and returns the physical ids of its resources, those of nested stacks as `Stack.Id`."""
    template = packaged(ROOT / "infra" / "template.yaml", BUCKET)
    # The emulator has no CodeDeploy; staged deployments are held by infra_rules and the translation.
    template["Globals"]["Function"]["DeploymentPreference"] = {"Enabled": False}
    for resource in template["Resources"].values():
        resource.get("Properties", {}).pop("DeploymentPreference", None)
    # It makes traces for functions that trace actively only; Lambda makes one for every invocation.
    template["Globals"]["Function"]["Tracing"] = "Active"
    # It hands a parameter's number on as text, which its own poller cannot compare.
    facts = template["Resources"]["IdentifyMembers"]["Properties"]["Events"]["Facts"]["Properties"]
    facts["ScalingConfig"]["MaximumConcurrency"] = template["Parameters"]["IdentifyConcurrency"]["Default"]
    upload(template, binaries)
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"https://s3.amazonaws.com/{BUCKET}/template.json",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    for _ in range(120):
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(0.5)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        for event in cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]:
            if "FAILED" in event["ResourceStatus"] or event.get("ResourceStatusReason"):
                print(event["LogicalResourceId"], event.get("ResourceStatusReason"))
        raise SystemExit(f"the stack is {stack['StackStatus']}: {stack.get('StackStatusReason')}")
    return physical_ids(cloudformation, STACK, "")


def physical_ids(cloudformation, stack, prefix):
    ids = {}
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for resource in (one for page in pages for one in page["StackResourceSummaries"]):
        logical = prefix + resource["LogicalResourceId"]
        ids[logical] = resource["PhysicalResourceId"]
        if resource["ResourceType"] == "AWS::CloudFormation::Stack":
            ids |= physical_ids(cloudformation, resource["PhysicalResourceId"], logical + ".")
    return ids


class Deployed(unittest.TestCase):
    """What is there against what is written."""

    @classmethod
    def setUpClass(cls):
        cls.ids = deploy()
        cls.written = packaged(ROOT / "infra" / "template.yaml", BUCKET)["Resources"]

    def of_kind(self, kind):
        for name, resource in self.written.items():
            if resource["Type"] == kind:
                yield name, resource["Properties"]

    def queue(self, logical):
        """Attributes of a queue; its physical id is its address."""
        answer = client("sqs").get_queue_attributes(QueueUrl=self.ids[logical], AttributeNames=["All"])
        return answer["Attributes"]

    def test_tables_have_their_keys_indexes_streams_and_protection(self):
        dynamodb = client("dynamodb")
        for name, properties in self.of_kind("AWS::DynamoDB::Table"):
            table = dynamodb.describe_table(TableName=self.ids[name])["Table"]
            self.assertEqual(table["KeySchema"], properties["KeySchema"], name)
            self.assertEqual(table["DeletionProtectionEnabled"], True, name)
            self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST", name)
            indexes = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}
            for index in properties.get("GlobalSecondaryIndexes", []):
                found = indexes.pop(index["IndexName"])
                self.assertEqual(found["KeySchema"], index["KeySchema"])
                self.assertEqual(found["Projection"]["ProjectionType"], index["Projection"]["ProjectionType"])
            self.assertEqual(indexes, {}, name)
            stream = properties.get("StreamSpecification", {}).get("StreamViewType")
            self.assertEqual(table.get("StreamSpecification", {}).get("StreamViewType"), stream, name)

    def test_queues_have_their_timeouts_retention_keys_and_dead_letters(self):
        queues = list(self.of_kind("AWS::SQS::Queue"))
        self.assertEqual(len(queues), 8)
        for name, properties in queues:
            found = self.queue(name)
            self.assertEqual(found["VisibilityTimeout"], str(properties["VisibilityTimeout"]), name)
            self.assertEqual(found["MessageRetentionPeriod"], DAYS_14, name)
            self.assertIn(self.ids["DataKey"], found["KmsMasterKeyId"], name)
            if "RedrivePolicy" in properties:
                redrive = json.loads(found["RedrivePolicy"])
                dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
                self.assertEqual(redrive["deadLetterTargetArn"], self.queue(dead)["QueueArn"], name)
                self.assertEqual(
                    int(redrive["maxReceiveCount"]), properties["RedrivePolicy"]["maxReceiveCount"], name
                )

    def test_every_queue_refuses_plain_text(self):
        names = [name for name, _ in self.of_kind("AWS::SQS::Queue")]
        vendor = ["OfferQueue", "OfferDeadLetters", "ReplyQueue", "ReplyDeadLetters"]
        names += [f"{stack}.{name}" for stack in VENDORS for name in vendor]
        for name in names:
            policy = json.loads(self.queue(name)["Policy"])
            refusals = [one for one in policy["Statement"] if one["Effect"] == "Deny"]
            self.assertEqual(refusals[0]["Condition"], {"Bool": {"aws:SecureTransport": "false"}}, name)

    def test_a_vendor_is_let_in_on_its_own_queues_by_its_own_account_only(self):
        for stack, (vendor, account) in VENDORS.items():
            expected = {
                "OfferQueue": ("sqs:ReceiveMessage", "sqs:SendMessage"),
                "ReplyQueue": ("sqs:SendMessage", "sqs:ReceiveMessage"),
            }
            for queue, (may, may_not) in expected.items():
                found = self.queue(f"{stack}.{queue}")
                self.assertEqual(found["MessageRetentionPeriod"], DAYS_14)
                grants = [one for one in json.loads(found["Policy"])["Statement"] if one["Effect"] == "Allow"]
                self.assertEqual(len(grants), 1)
                self.assertEqual(grants[0]["Principal"], {"AWS": f"arn:aws:iam::{account}:root"})
                self.assertEqual(grants[0]["Resource"], found["QueueArn"])
                self.assertIn(may, grants[0]["Action"])
                self.assertNotIn(may_not, grants[0]["Action"])
                self.assertIn(vendor, found["QueueArn"])
            self.check_key(self.ids[f"{stack}.Key"], account)

    def check_key(self, key, account):
        kms = client("kms")
        self.assertTrue(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"])
        policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        outside = [one for one in policy["Statement"] if account in json.dumps(one["Principal"])]
        self.assertEqual(len(outside), 1)
        self.assertEqual(sorted(outside[0]["Action"]), ["kms:Decrypt", "kms:GenerateDataKey"])

    def test_functions_have_their_size_time_and_environment(self):
        functions = client("lambda")
        for name, properties in self.of_kind("AWS::Serverless::Function"):
            found = functions.get_function_configuration(FunctionName=self.ids[name])
            self.assertEqual(found["Timeout"], properties["Timeout"], name)
            self.assertEqual(found["MemorySize"], properties["MemorySize"], name)
            self.assertEqual(found["Runtime"], "provided.al2023", name)
            variables = found["Environment"]["Variables"]
            for variable, value in properties["Environment"]["Variables"].items():
                target = value.get("Ref") if isinstance(value, dict) else None
                if target in self.ids:
                    self.assertEqual(variables[variable], self.ids[target], f"{name}.{variable}")
                # No feed repeats everything unless somebody says so.
                if variable != "SNAPSHOT_SOURCES":
                    self.assertNotEqual(variables[variable], "", f"{name}.{variable}")

    def test_the_relay_knows_the_offer_queue_of_each_vendor(self):
        found = client("lambda").get_function_configuration(FunctionName=self.ids["RelayOutbox"])
        vendors = json.loads(found["Environment"]["Variables"]["VENDOR_QUEUES"])
        queues = {vendor: self.ids[f"{stack}.OfferQueue"] for stack, (vendor, _) in VENDORS.items()}
        # A vendor without queues has a blank address: its offers are files.
        self.assertEqual(vendors, queues | {"SANDBOX-2": ""})

    def test_sources_report_failures_and_the_stream_gives_up_halves_and_filters(self):
        mappings = client("lambda").list_event_source_mappings()["EventSourceMappings"]
        # Drops, facts, the stream; replies of every vendor, also of the one without queues.
        self.assertEqual(len(mappings), 3 + len(VENDORS) + 1)
        for mapping in mappings:
            self.assertEqual(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"], mapping["EventSourceArn"])
        stream = next(one for one in mappings if ":dynamodb:" in one["EventSourceArn"])
        self.assertEqual(stream["MaximumRetryAttempts"], 5)
        self.assertTrue(stream["BisectBatchOnFunctionError"])
        self.assertIn("StreamFailures", stream["DestinationConfig"]["OnFailure"]["Destination"])
        pattern = json.loads(stream["FilterCriteria"]["Filters"][0]["Pattern"])
        self.assertEqual(pattern["eventName"], ["INSERT"])

    def test_the_claims_bucket_announces_drops_and_is_closed(self):
        s3 = client("s3")
        bucket = self.ids["ClaimsBucket"]
        told = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
        self.assertEqual(told[0]["QueueArn"], self.queue("IngestQueue")["QueueArn"])
        closed = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        self.assertTrue(all(closed.values()))
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        self.assertEqual(policy["Statement"][0]["Effect"], "Deny")
        s3.put_object(Bucket=bucket, Key="medical_claim.csv", Body=b"claim_id\n")
        found = client("sqs").receive_message(QueueUrl=self.ids["IngestQueue"], WaitTimeSeconds=5).get("Messages", [])
        records = [record for message in found for record in json.loads(message["Body"]).get("Records", [])]
        # The emulator's own mapping may have taken the message already: then it is in flight.
        taken = int(self.queue("IngestQueue")["ApproximateNumberOfMessagesNotVisible"])
        self.assertTrue(taken or any(record["s3"]["object"]["key"] == "medical_claim.csv" for record in records))

    def test_schedules_call_their_functions_every_minute(self):
        scheduler = client("scheduler")
        found = {}
        for schedule in scheduler.list_schedules()["Schedules"]:
            one = scheduler.get_schedule(Name=schedule["Name"])
            if ":function:" in one["Target"]["Arn"]:
                found[one["Target"]["Arn"].split("function:")[1]] = one
        self.assertEqual(sorted(found), ["icm-dev-queue-outreach:live", "icm-dev-relay-outbox:live", "icm-dev-review-due:live"])
        for one in found.values():
            self.assertEqual(one["ScheduleExpression"], "rate(1 minute)")
            self.assertIn("ScheduleDeadLetters", one["Target"]["DeadLetterConfig"]["Arn"])

    def test_tables_are_exported_into_the_archive(self):
        scheduler, dynamodb = client("scheduler"), client("dynamodb")
        shape = dynamodb.meta.service_model.operation_model("ExportTableToPointInTime").input_shape
        exported = {}
        for schedule in scheduler.list_schedules()["Schedules"]:
            one = scheduler.get_schedule(Name=schedule["Name"])
            if one["Target"]["Arn"].endswith(":aws-sdk:dynamodb:exportTableToPointInTime"):
                asked = json.loads(one["Target"]["Input"])
                wrong = ParamValidator().validate(asked, shape)
                self.assertFalse(wrong.has_errors(), wrong.generate_report())
                self.assertEqual(asked["S3Bucket"], self.ids["ArchiveBucket"])
                exported[asked["TableArn"].split(":table/")[1]] = asked["S3Prefix"]
        tables = {self.ids[f"{name}Table"]: f"exports/{name.lower()}" for name in ["Members", "Audit", "Registry"]}
        self.assertEqual(exported, tables)

    def test_roles_say_what_the_template_says(self):
        iam = client("iam")
        for name, properties in self.of_kind("AWS::IAM::Role"):
            role = self.ids[name]
            self.assertEqual(iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"], [], name)
            for policy in properties["Policies"]:
                found = iam.get_role_policy(RoleName=role, PolicyName=policy["PolicyName"])["PolicyDocument"]
                written = policy["PolicyDocument"]["Statement"]
                self.assertEqual([one["Sid"] for one in found["Statement"]], [one["Sid"] for one in written])
                self.assertEqual([one["Action"] for one in found["Statement"]], [one["Action"] for one in written])
                self.assertNotIn('"Resource": "*"', json.dumps(found), name)

    def test_alarms_and_the_dashboard_are_there(self):
        cloudwatch = client("cloudwatch")
        alarms = [one for page in cloudwatch.get_paginator("describe_alarms").paginate() for one in page["MetricAlarms"]]
        names = {one["AlarmName"] for one in alarms}
        for name, _ in self.of_kind("AWS::CloudWatch::Alarm"):
            self.assertIn(self.ids[name], names)
        json.loads(cloudwatch.get_dashboard(DashboardName="icm-dev")["DashboardBody"])

    def test_the_api_is_there(self):
        # The emulator does not read the routes out of the API's definition: infra_rules holds their scopes.
        api = client("apigatewayv2")
        self.assertEqual(api.get_api(ApiId=self.ids["OperationsApi"])["ProtocolType"], "HTTP")


if __name__ == "__main__":
    unittest.main(verbosity=2)
