"""boto3 against IAM and STS of a running service: users, roles, and sessions that it begins by
itself."""

import json
import os
import tempfile
import unittest
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from kit import ENDPOINT, kms


def service(name, **other):
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client(name, endpoint_url=ENDPOINT, config=once, **other)


def policy(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})


def setUpModule():
    global iam, sts, key, account
    iam, sts = service("iam"), service("sts")
    key = kms().create_key()["KeyMetadata"]["KeyId"]
    account = sts.get_caller_identity()["Account"]


def user(name):
    """A new user and its credentials."""
    arn = iam.create_user(UserName=name, Path="/sdk/")["User"]["Arn"]
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return arn, {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
    }


class Users(unittest.TestCase):
    def test_a_user_does_what_its_policies_say(self):
        arn, credentials = user("policies")
        self.assertEqual(service("sts", **credentials).get_caller_identity()["Arn"], arn)
        client = kms(**credentials)
        with self.assertRaises(client.exceptions.ClientError) as refused:
            client.describe_key(KeyId=key)
        self.assertEqual(refused.exception.response["Error"]["Code"], "AccessDeniedException")
        document = policy(Action="kms:DescribeKey", Resource="*")
        made = iam.create_policy(PolicyName="describes", PolicyDocument=document)["Policy"]
        iam.attach_user_policy(UserName="policies", PolicyArn=made["Arn"])
        client.describe_key(KeyId=key)
        version = iam.get_policy_version(PolicyArn=made["Arn"], VersionId="v1")["PolicyVersion"]
        self.assertEqual(version["Document"], json.loads(document))
        self.assertEqual(iam.get_policy(PolicyArn=made["Arn"])["Policy"]["AttachmentCount"], 1)
        with self.assertRaises(iam.exceptions.DeleteConflictException):
            iam.delete_policy(PolicyArn=made["Arn"])
        iam.detach_user_policy(UserName="policies", PolicyArn=made["Arn"])
        with self.assertRaises(ClientError):
            client.describe_key(KeyId=key)

    def test_the_paginator_lists_every_user_once(self):
        made = {f"page-{number}" for number in range(5)}
        for name in made:
            iam.create_user(UserName=name, Path="/pages/")
        pages = iam.get_paginator("list_users").paginate(
            PathPrefix="/pages/", PaginationConfig={"PageSize": 2}
        )
        listed = [entry["UserName"] for page in pages for entry in page["Users"]]
        self.assertEqual(sorted(listed), sorted(made))

    def test_errors_are_classes(self):
        with self.assertRaises(iam.exceptions.NoSuchEntityException):
            iam.get_user(UserName="nobody")
        with self.assertRaises(iam.exceptions.MalformedPolicyDocumentException):
            iam.create_policy(PolicyName="none", PolicyDocument="{")


class Sessions(unittest.TestCase):
    def test_a_profile_assumes_its_role(self):
        arn, credentials = user("assumes")
        trust = policy(Action="sts:AssumeRole", Principal={"AWS": arn})
        role = iam.create_role(RoleName="sdk", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        managed = "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"
        iam.attach_role_policy(RoleName="sdk", PolicyArn=managed)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(
                "[profile user]\n"
                + "".join(f"{name} = {value}\n" for name, value in credentials.items())
                + f"[profile role]\nrole_arn = {role}\nsource_profile = user\n"
                + "role_session_name = session\n"
            )
            file.flush()
            # Keys in the environment would go before those of a profile.
            hidden = {name: os.environ.pop(name, None) for name in list(os.environ) if
                      name.startswith("AWS_ACCESS") or name.startswith("AWS_SECRET")}
            os.environ["AWS_CONFIG_FILE"], os.environ["AWS_ENDPOINT_URL"] = file.name, ENDPOINT
            try:
                session = boto3.Session(profile_name="role")
                told = session.client("sts").get_caller_identity()
                session.client("kms").list_keys()
                with self.assertRaises(ClientError):
                    session.client("kms").encrypt(KeyId=key, Plaintext=b"x")
            finally:
                del os.environ["AWS_CONFIG_FILE"], os.environ["AWS_ENDPOINT_URL"]
                os.environ.update(hidden)
        self.assertEqual(told["Arn"], f"arn:aws:sts::{account}:assumed-role/sdk/session")

    def test_a_session_ends_with_its_role(self):
        arn, credentials = user("ends")
        trust = policy(Action="sts:AssumeRole", Principal={"AWS": arn})
        role = iam.create_role(RoleName="ends", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(
            RoleName="ends", PolicyName="all", PolicyDocument=policy(Action="*", Resource="*")
        )
        begun = service("sts", **credentials).assume_role(RoleArn=role, RoleSessionName="one")
        told = begun["Credentials"]
        client = kms(
            aws_access_key_id=told["AccessKeyId"],
            aws_secret_access_key=told["SecretAccessKey"],
            aws_session_token=told["SessionToken"],
        )
        client.encrypt(KeyId=key, Plaintext=b"x")
        iam.delete_role_policy(RoleName="ends", PolicyName="all")
        iam.delete_role(RoleName="ends")
        with self.assertRaises(ClientError) as refused:
            client.encrypt(KeyId=key, Plaintext=b"x")
        code = refused.exception.response["Error"]["Code"]
        self.assertEqual(code, "UnrecognizedClientException")

    def test_who_one_is_can_be_asked_with_a_presigned_url(self):
        url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")
        with urllib.request.urlopen(url) as answer:
            self.assertIn(f"<Account>{account}</Account>", answer.read().decode())


if __name__ == "__main__":
    unittest.main()
