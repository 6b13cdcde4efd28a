"""The examples of AWS's documents, as botocore has them in examples-1.json, replayed with boto3.

The input is the example's, with living keys, ciphertexts and tokens in the place of its own
(`LIVING`). The answer must have the members of the example's, of the same types, and with the same
values where they are not of a key, an account or a time.
"""

import contextlib
import datetime
import itertools
import json
import pathlib
import re
import unittest

import botocore

from kit import kms
from test_life import wrap

# Not replayed, and why.
SKIPPED = {
    "CreateCustomKeyStore": "custom key stores are not served",
    "ConnectCustomKeyStore": "custom key stores are not served",
    "DeleteCustomKeyStore": "custom key stores are not served",
    "DescribeCustomKeyStores": "custom key stores are not served",
    "DisconnectCustomKeyStore": "custom key stores are not served",
    "UpdateCustomKeyStore": "custom key stores are not served",
    "to-create-a-kms-key-in-a-custom-key-store-1630604382908": "so are keys in them",
}

# Members that are compared by their form alone.
FORMS = {
    "AWSAccountId": r"\d{12}",
    "AliasArn": r"arn:aws:kms:[a-z0-9-]+:\d{12}:alias/.+",
    "AliasName": r"alias/.+",
    "Arn": r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/(mrk-)?[0-9a-f-]+",
    "KeyArn": r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/(mrk-)?[0-9a-f-]+",
    "GrantId": r"[0-9a-f]{64}",
    "GrantToken": r"\S+",
    "GranteePrincipal": r"arn:aws:iam::\d{12}:(root|role/\w+)|acm.us-east-2.amazonaws.com",
    "IssuingAccount": r"arn:aws:iam::\d{12}:root",
    "KeyId": r"(arn:aws:kms:[a-z0-9-]+:\d{12}:key/)?(mrk-)?[0-9a-f-]+",
    "Region": r"[a-z0-9-]+",
    "RetiringPrincipal": r"arn:aws:iam::\d{12}:(root|role/\w+)|acm.us-east-2.amazonaws.com",
    # The example's ends in dots.
    "ReplicaPolicy": r'\{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",(.|\n)+\}',
    "SourceKeyId": r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[0-9a-f-]+",
    "TargetKeyId": r"[0-9a-f-]+",
}

# Members that are younger than the examples, by the structure that has them.
YOUNGER = {
    "AliasListEntry": {"CreationDate", "LastUpdatedDate"},
    "DecryptResponse": {"EncryptionAlgorithm", "KeyMaterialId"},
    "EncryptResponse": {"EncryptionAlgorithm"},
    "GenerateDataKeyPairResponse": {"KeyMaterialId"},
    "GenerateDataKeyPairWithoutPlaintextResponse": {"KeyMaterialId"},
    "GenerateDataKeyResponse": {"KeyMaterialId"},
    "GenerateDataKeyWithoutPlaintextResponse": {"KeyMaterialId"},
    "GetPublicKeyResponse": {"KeySpec"},
    "GetKeyPolicyResponse": {"PolicyName"},
    "GetKeyRotationStatusResponse": {"KeyId", "NextRotationDate", "RotationPeriodInDays"},
    "GrantListEntry": {"Name"},
    "ImportKeyMaterialResponse": {"KeyId", "KeyMaterialId"},
    "DeleteImportedKeyMaterialResponse": {"KeyId", "KeyMaterialId"},
    "KeyMetadata": {"CurrentKeyMaterialId", "KeySpec"},
    "ReEncryptResponse": {
        "DestinationEncryptionAlgorithm",
        "DestinationKeyMaterialId",
        "SourceEncryptionAlgorithm",
        "SourceKeyMaterialId",
    },
    "ScheduleKeyDeletionResponse": {"KeyState", "PendingWindowInDays"},
}

MESSAGE = b"<binary data>"
ACCOUNT = "111122223333"


def setUpModule():
    global client, account
    client = kms()
    unittest.addModuleCleanup(client.close)
    account = client.create_key()["KeyMetadata"]["AWSAccountId"]


class Examples(unittest.TestCase):
    """One test for each, made below."""

    def replay(self, operation, example):
        self.example = example
        living = LIVING[example["id"]](self)
        model = client.meta.service_model.operation_model(operation)
        request = {
            name: value.encode() if is_blob(model.input_shape, name, value) else value
            for name, value in example.get("input", {}).items()
        }
        told = client._make_api_call(operation, request | living)
        del told["ResponseMetadata"]
        expected = example.get("output", {})
        if operation == "ReplicateKey":
            # The service answers before the replica is ready, as AWS does since.
            expected["ReplicaKeyMetadata"] |= {"KeyState": "Creating", "Enabled": False}
            # And tells of tags only if there are some.
            del expected["ReplicaTags"]
        if model.output_shape is None:
            self.assertEqual((told, expected), ({}, {}))
        else:
            self.compare(told, expected, model.output_shape, operation)

    def compare(self, told, expected, shape, name):
        match shape.type_name:
            case "structure":
                younger = YOUNGER.get(shape.name, set())
                self.assertLessEqual(set(expected), set(told), name)
                self.assertLessEqual(set(told) - set(expected), younger, name)
                for member in expected:
                    members = shape.members[member]
                    self.compare(told[member], expected[member], members, member)
            case "list" if shape.member.type_name == "structure":
                # As many as there happen to be, each like one of the example's.
                self.assertEqual(bool(told), bool(expected), name)
                for entry, like in zip(told, itertools.cycle(expected)):
                    self.compare(entry, like, shape.member, name)
            case "timestamp":
                self.assertIsInstance(told, datetime.datetime)
            case "blob":
                self.assertTrue(told, name)
            case _ if name in FORMS:
                self.assertRegex(expected, f"^{FORMS[name]}$")
                self.assertRegex(told, f"^{FORMS[name]}$")
            case "boolean" if name == "Truncated":
                self.assertIsInstance(told, bool)
            case "string":
                self.assertEqual(told, expected.replace(ACCOUNT, account), name)
            case _:
                self.assertEqual(told, expected, name)

    def key(self, **members):
        return client.create_key(**members)["KeyMetadata"]["KeyId"]

    def alias(self, name, key):
        client.create_alias(AliasName=name, TargetKeyId=key)
        self.forget(name)
        return key

    def forget(self, name):
        """All examples call their alias the same."""
        self.addCleanup(client.delete_alias, AliasName=name)

    def sealed(self):
        return client.encrypt(KeyId=self.key(), Plaintext=MESSAGE)["CiphertextBlob"]

    def import_parameters(self, key):
        how = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
        told = client.get_parameters_for_import(KeyId=key, **how)
        wrapped = wrap(told["PublicKey"], how["WrappingAlgorithm"], bytes(32))
        return {
            "KeyId": key,
            "ImportToken": told["ImportToken"],
            "EncryptedKeyMaterial": wrapped,
        }

    def imported(self):
        key = self.key(Origin="EXTERNAL")
        model = "KEY_MATERIAL_DOES_NOT_EXPIRE"
        client.import_key_material(ExpirationModel=model, **self.import_parameters(key))
        return key

    def disabled(self, **members):
        key = self.key(**members)
        client.disable_key(KeyId=key)
        return key

    def dying(self):
        key = self.key()
        client.schedule_key_deletion(KeyId=key)
        return key

    def rotating(self):
        key = self.key()
        client.enable_key_rotation(KeyId=key)
        return key

    def replicated(self):
        """In as many Regions as the example's."""
        key = self.key(MultiRegion=True)
        for region in ("eu-west-1", "ap-northeast-1", "sa-east-1"):
            client.replicate_key(KeyId=key, ReplicaRegion=region)
        return key

    def own_policy(self):
        """The example's, with root in the place of users and roles, who are not there."""
        policy = self.example["input"]["Policy"].replace(ACCOUNT, account)
        return re.sub(r"(arn:aws:iam::\d+):(role|user)/\w+", r"\1:root", policy)

    def granted(self):
        """Root stands for roles and services, who are not there."""
        key, root = self.key(), f"arn:aws:iam::{account}:root"
        operations = ["Encrypt", "ReEncryptFrom", "ReEncryptTo"]
        how = {"KeyId": key, "GranteePrincipal": root, "Operations": operations}
        grant = client.create_grant(RetiringPrincipal=root, **how)["GrantId"]
        self.addCleanup(self.revoke, key, grant)
        return {"KeyId": key, "GrantId": grant}

    def revoke(self, key, grant):
        with contextlib.suppress(client.exceptions.NotFoundException):
            client.revoke_grant(KeyId=key, GrantId=grant)

    def retirable(self):
        """The example's, of a role that is not there: root retires it."""
        root = f"arn:aws:iam::{account}:root"
        how = {"KeyId": self.key(), "GranteePrincipal": root, "RetiringPrincipal": root}
        grant = client.create_grant(Operations=["Decrypt", "Encrypt"], **how)["GrantId"]
        self.addCleanup(self.revoke, how["KeyId"], grant)
        return {"RetiringPrincipal": root}

    def tagged(self):
        tags = {"CostCenter": "87654", "CreatedBy": "ExampleUser", "Purpose": "Test"}
        tags = [{"TagKey": name, "TagValue": value} for name, value in tags.items()]
        return self.key(Tags=tags)

    def to_decrypt(self):
        sealed = self.sealed()
        return {"CiphertextBlob": sealed, "KeyId": client.decrypt(CiphertextBlob=sealed)["KeyId"]}

    def to_verify(self):
        """A signature of the message under the alias that the example names."""
        name = "alias/ECC_signing_key"
        self.alias(name, self.key(KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY"))
        signed = client.sign(
            KeyId=name, Message=b"<message to be verified>", SigningAlgorithm="ECDSA_SHA_384"
        )
        return {"Signature": signed["Signature"]}

    def to_verify_mac(self):
        how = {"KeyId": self.mac_key(), "MacAlgorithm": "HMAC_SHA_384"}
        return {
            "KeyId": how["KeyId"],
            "Mac": client.generate_mac(Message=b"Hello World", **how)["Mac"],
        }

    def mac_key(self):
        return self.key(KeySpec="HMAC_384", KeyUsage="GENERATE_VERIFY_MAC")

    def named(self, name, **members):
        self.alias(name, self.key(**members))
        return {}

    def to_name(self, name):
        self.forget(name)
        return {"TargetKeyId": self.key()}

    def to_forget(self, name):
        client.create_alias(AliasName=name, TargetKeyId=self.key())
        return {}

    def to_rename(self, name):
        self.alias(name, self.key())
        return {"TargetKeyId": self.key()}


SIGNING = {"KeySpec": "ECC_NIST_P384", "KeyUsage": "SIGN_VERIFY"}
EXAMPLE = "alias/ExampleAlias"
NOTHING = lambda test: {}
A_KEY = lambda test: {"KeyId": test.key()}

# What is put in the place of the example's input: `test` makes what it needs.
LIVING = {
    "to-cancel-deletion-of-a-cmk-1477428535102": lambda test: {"KeyId": test.dying()},
    "to-get-details-about-a-multi-region-key-1637969624239":
        lambda test: {"KeyId": test.replicated()},
    "to-disable-automatic-rotation-of-key-material-1478624396092":
        lambda test: {"KeyId": test.rotating()},
    "to-enable-automatic-rotation-of-key-material-1478629109677": A_KEY,
    "to-retrieve-a-key-policy-1479170128325": A_KEY,
    "to-retrieve-the-rotation-status-for-a-cmk-1479172287408":
        lambda test: {"KeyId": test.rotating()},
    "to-list-key-policies-for-a-cmk-1481069780998": A_KEY,
    "to-attach-a-key-policy-to-a-cmk-1481147345018":
        lambda test: {"KeyId": test.key(), "Policy": test.own_policy()},
    "to-create-a-grant-1477972226782": lambda test: {
        "KeyId": test.key(), "GranteePrincipal": f"arn:aws:iam::{account}:root"
    },
    "to-list-grants-for-a-cmk-1481067365389":
        lambda test: {"KeyId": test.granted()["KeyId"]},
    "to-list-tags-for-a-cmk-1483996855796": lambda test: {"KeyId": test.tagged()},
    "to-list-grants-that-the-specified-principal-can-retire-1481140499620":
        Examples.retirable,
    "to-retire-a-grant-1481327028297": Examples.granted,
    "to-revoke-a-grant-1481329549302": Examples.granted,
    "to-tag-a-cmk-1483997246518": A_KEY,
    "to-remove-tags-from-a-cmk-1483997590962": lambda test: {"KeyId": test.tagged()},
    "to-replicate-a-multi-region-key-in-a-different-aws-region-1628622402887":
        lambda test: {"KeyId": test.key(MultiRegion=True)},
    "to-schedule-a-cmk-for-deletion-1481331111094": A_KEY,
    "to-create-an-alias-1477505685119": lambda test: test.to_name(EXAMPLE),
    "to-create-a-cmk-1478028992966": NOTHING,
    "to-create-an-asymmetric-rsa-kms-key-for-encryption-and-decryption-1630533897833": NOTHING,
    "to-create-an-asymmetric-elliptic-curve-kms-key-for-signing-and-verification-1630541089401":
        NOTHING,
    "to-create-a-multi-region-primary-kms-key-1630599158567": NOTHING,
    "to-create-a-kms-key-for-imported-key-material-1630603607560": NOTHING,
    "to-create-an-hmac-kms-key-1630628752841": NOTHING,
    "to-decrypt-data-1478281622886": Examples.to_decrypt,
    "to-delete-an-alias-1478285209338": lambda test: test.to_forget(EXAMPLE),
    "to-delete-imported-key-material-1478561674507": lambda test: {"KeyId": test.imported()},
    "get-key-details-1478565820907": A_KEY,
    "to-get-details-about-an-rsa-asymmetric-kms-key-1637971611761":
        lambda test: {"KeyId": test.disabled(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")},
    "to-get-details-about-an-hmac-kms-key-1637970472619": lambda test: {
        "KeyId": test.key(
            KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC", Description="Development test key"
        )
    },
    "to-disable-a-cmk-1478566583659": A_KEY,
    "to-enable-a-cmk-1478627501129": lambda test: {"KeyId": test.disabled()},
    "to-encrypt-data-1478906026012": A_KEY,
    "to-generate-a-data-key-1478912956062": lambda test: test.named(EXAMPLE),
    "to-generate-an-rsa-key-pair-for-encryption-and-decryption-1628619376878": A_KEY,
    "to-generate-an-asymmetric-data-key-pair-without-a-plaintext-key-1628620971564": A_KEY,
    "to-generate-an-encrypted-data-key-1478914121134": lambda test: test.named(EXAMPLE),
    "to-generate-an-hmac-for-a-message-1631570135665": lambda test: {"KeyId": test.mac_key()},
    "to-generate-random-data-1479163645600": NOTHING,
    "to-retrieve-the-public-key-and-import-token-for-a-cmk-1480626483211":
        lambda test: {"KeyId": test.key(Origin="EXTERNAL")},
    "to-download-the-public-key-of-an-asymmetric-kms-key-1628621691873":
        lambda test: {"KeyId": test.key(KeySpec="RSA_4096", KeyUsage="ENCRYPT_DECRYPT")},
    "to-import-key-material-into-a-cmk-1480630551969":
        lambda test: test.import_parameters(test.key(Origin="EXTERNAL")),
    "to-list-aliases-1480729693349": lambda test: test.named(EXAMPLE),
    "to-list-cmks-1481071643069": lambda test: test.key() and {},
    "to-reencrypt-data-1481230358001":
        lambda test: {"CiphertextBlob": test.sealed(), "DestinationKeyId": test.key()},
    "to-digitally-sign-a-message-with-an-asymmetric-kms-key-1628631433832":
        lambda test: test.named("alias/ECC_signing_key", **SIGNING),
    "to-update-an-alias-1481572726920": lambda test: test.to_rename(EXAMPLE),
    "to-update-the-description-of-a-cmk-1481574808619": A_KEY,
    "to-use-an-asymmetric-kms-key-to-verify-a-digital-signature-1628633365663":
        Examples.to_verify,
    "to-verify-an-hmac-1631570863401": Examples.to_verify_mac,
}  # fmt: skip


def is_blob(shape, name, value):
    return shape.members[name].type_name == "blob" and isinstance(value, str)


def replays(operation, example):
    """The test of one example; one that is nowhere named fails."""
    reason = SKIPPED.get(operation) or SKIPPED.get(example["id"])

    def test(self):
        if reason:
            self.skipTest(reason)
        self.replay(operation, example)

    return test


FILE = pathlib.Path(botocore.__file__).parent / "data/kms/2014-11-01/examples-1.json"
for operation, examples in json.loads(FILE.read_text())["examples"].items():
    for example in examples:
        name = re.sub(r"\W", "_", example["id"])
        setattr(Examples, f"test_{operation}_{name}", replays(operation, example))


if __name__ == "__main__":
    unittest.main()
