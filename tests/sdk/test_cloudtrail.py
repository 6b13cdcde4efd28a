"""The history of events, asked with the AWS CLI."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

ENDPOINT = os.environ["KEYCELL_ENDPOINT"]


def told(service, *words, **environment):
    """What the command prints, read as JSON."""
    program = pathlib.Path(sys.executable).with_name("aws")
    command = [program, "--endpoint-url", ENDPOINT, "--output", "json", service, *words]
    environment = os.environ | environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout) if done.stdout else None


def events(*words):
    return told("cloudtrail", "lookup-events", *words)["Events"]


def by(key, value):
    return events("--lookup-attributes", f"AttributeKey={key},AttributeValue={value}")


class LookupEvents(unittest.TestCase):
    def test_a_call_is_found_by_each_attribute(self):
        name = "auditor"
        told("iam", "create-user", "--user-name", name)
        made = told("iam", "create-access-key", "--user-name", name)["AccessKey"]
        policy = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": policy})
        words = ("--user-name", name, "--policy-name", "p", "--policy-document", document)
        told("iam", "put-user-policy", *words)
        key = told("kms", "create-key")["KeyMetadata"]
        own = {
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        }
        described = told("kms", "describe-key", "--key-id", key["KeyId"], **own)
        self.assertEqual(described["KeyMetadata"]["KeyId"], key["KeyId"])

        [event] = [event for event in by("Username", name) if event["EventName"] == "DescribeKey"]
        record = json.loads(event["CloudTrailEvent"])
        self.assertEqual(record["requestParameters"]["keyId"], key["KeyId"])
        self.assertEqual(event["Resources"][0]["ResourceName"], key["Arn"])
        for attribute, value in [
            ("EventId", event["EventId"]),
            ("EventName", "DescribeKey"),
            ("ReadOnly", "true"),
            ("Username", name),
            ("ResourceType", "AWS::KMS::Key"),
            ("ResourceName", key["Arn"]),
            ("EventSource", "kms.amazonaws.com"),
            ("AccessKeyId", made["AccessKeyId"]),
        ]:
            found = [one["EventId"] for one in by(attribute, value)]
            self.assertIn(event["EventId"], found, attribute)
            self.assertEqual(by(attribute, "x" + value), [], attribute)
        users = [one["EventName"] for one in by("ResourceName", name)]
        self.assertLessEqual({"CreateUser", "CreateAccessKey", "PutUserPolicy"}, set(users))

    def test_pages_and_their_sizes(self):
        for _ in range(5):
            told("kms", "list-aliases")
        attribute = ("--lookup-attributes", "AttributeKey=EventName,AttributeValue=ListAliases")
        whole = [event["EventId"] for event in events(*attribute)]
        paged = [event["EventId"] for event in events(*attribute, "--page-size", "2")]
        self.assertEqual(len(whole), 5)
        self.assertEqual(paged, whole)
        self.assertEqual(len(events(*attribute, "--max-items", "3")), 3)
        times = ("--start-time", "2020-01-01T00:00:00Z", "--end-time", "2020-01-02T00:00:00Z")
        self.assertEqual(events(*attribute, *times), [])

    def test_the_endpoint_from_the_environment(self):
        program = pathlib.Path(sys.executable).with_name("aws")
        command = [program, "cloudtrail", "lookup-events", "--max-items", "1"]
        environment = os.environ | {"AWS_ENDPOINT_URL_CLOUDTRAIL": ENDPOINT}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_refusal_is_told_with_its_code(self):
        with self.assertRaisesRegex(AssertionError, "InvalidMaxResultsException"):
            events("--page-size", "51")


if __name__ == "__main__":
    unittest.main()
