"""The full life of each kind of key, the same with every client of client_*.py.

Each has a `call`, which takes the name of an operation and its members as the model spells them,
bytes as bytes and times as datetimes, and gives back in the same form what the service answers.
All find the credentials and the endpoint by themselves: in the environment.
"""

import datetime
import functools
import importlib
import json
import os
import time
import unittest

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, load_der_public_key,
)  # fmt: skip

from refused import Refused
from uses import CURVES, HASHES, use_of

KINDS = {
    "ENCRYPT_DECRYPT": ("SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096"),
    "SIGN_VERIFY": (
        "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521",
        "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87",
    ),
    "GENERATE_VERIFY_MAC": ("HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"),
    "KEY_AGREEMENT": ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"),
    "ENCAPSULATE_DECAPSULATE": ("ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"),
}  # fmt: skip

# Each with a way of wrapping; ML-DSA and ML-KEM are not imported.
IMPORTS = (
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSAES_OAEP_SHA_256"),
    ("HMAC_224", "GENERATE_VERIFY_MAC", "RSAES_OAEP_SHA_1"),
    ("HMAC_512", "GENERATE_VERIFY_MAC", "RSAES_OAEP_SHA_256"),
    ("RSA_2048", "ENCRYPT_DECRYPT", "RSA_AES_KEY_WRAP_SHA_256"),
    ("RSA_2048", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_1"),
    ("ECC_NIST_P256", "SIGN_VERIFY", "RSAES_OAEP_SHA_256"),
    ("ECC_NIST_P384", "KEY_AGREEMENT", "RSAES_OAEP_SHA_1"),
    ("ECC_NIST_P521", "KEY_AGREEMENT", "RSA_AES_KEY_WRAP_SHA_256"),
    ("ECC_SECG_P256K1", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_256"),
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_1"),
)

MULTI_REGION = (
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
    ("RSA_2048", "ENCRYPT_DECRYPT"),
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY"),
    ("ECC_NIST_P384", "KEY_AGREEMENT"),
    ("HMAC_384", "GENERATE_VERIFY_MAC"),
    ("ML_DSA_65", "SIGN_VERIFY"),
    ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE"),
)
ELSEWHERE = "eu-west-1"


def setUpModule():
    global client, others
    others = {}
    client = importlib.import_module(os.environ["KEYCELL_CLIENT"]).Client()
    unittest.addModuleCleanup(client.close)


class Life(unittest.TestCase):
    def call(self, operation, **members):
        return client.call(operation, **members)

    def refuses(self, code, operation, **members):
        with self.assertRaises(Refused) as refused:
            self.call(operation, **members)
        self.assertEqual(refused.exception.code, code)

    def test_each_kind_of_key(self):
        for usage, specs in KINDS.items():
            for spec in specs:
                with self.subTest(spec=spec, usage=usage):
                    if spec.startswith("ML_KEM") and not client.has_ml_kem:
                        self.skipTest("the client's model ends before ML-KEM")
                    key = self.born(KeySpec=spec, KeyUsage=usage)
                    use = use_of(self, key, spec, usage)
                    made = use.make()
                    use.check(made)
                    use.everything()
                    self.is_known(key, use)
                    self.obeys_its_policy(key, use, made)
                    self.rests(key, use, made)
                    self.rotates(key, use, made)
                    self.remembers_its_use(key, use, made)
                    self.has_tags(key)
                    self.is_granted(key, use, made)
                    self.dies(key, use, made)

    def test_each_kind_of_key_with_material_from_elsewhere(self):
        for spec, usage, wrapping in IMPORTS:
            with self.subTest(spec=spec, usage=usage, wrapping=wrapping):
                key = self.born(KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")
                use = use_of(self, key, spec, usage)
                self.has_state(key, "PendingImport")
                request, material = self.import_request(wrapping, key), new_material(spec)
                self.imports(request, material, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
                self.has_state(key, "Enabled")
                if usage == "GENERATE_VERIFY_MAC":
                    use.agrees_with(material)
                made = use.make()
                use.check(made)
                self.is_known(key, use)
                self.obeys_its_policy(key, use, made)
                self.rests(key, use, made)
                self.loses_its_material(key, use, made)
                until = {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": tomorrow()}
                self.imports(request, material, **until)
                use.check(made)
                if spec == "SYMMETRIC_DEFAULT":
                    self.takes_other_material(key, use, made, request)
                self.dies(key, use, made)

    def test_keys_in_several_regions(self):
        for spec, usage in MULTI_REGION:
            with self.subTest(spec=spec, usage=usage):
                if spec.startswith("ML_KEM") and not client.has_ml_kem:
                    self.skipTest("the client's model ends before ML-KEM")
                key = self.born(KeySpec=spec, KeyUsage=usage, MultiRegion=True)
                use = use_of(self, key, spec, usage)
                there = use_of(self, key, spec, usage)
                there.call = functools.partial(self.call, region=ELSEWHERE)
                self.lives_elsewhere(key, use, there)

    def born(self, **members):
        """A key that is described as it was created."""
        created = self.call("CreateKey", Description="for a test", **members)["KeyMetadata"]
        for name in ("KeySpec", "KeyUsage", "Origin"):
            self.assertEqual(created[name], members.get(name, created[name]))
        self.assertTrue(created["Arn"].endswith(f":key/{created['KeyId']}"))
        for name in (created["KeyId"], created["Arn"]):
            self.assertEqual(self.describe(name), created)
        return created["KeyId"]

    def another(self, use):
        """A key to which an alias of that one may go over. RSA keys take long to make."""
        spec = "RSA_2048" if use.spec.startswith("RSA") else use.spec
        if (spec, use.usage) not in others:
            others[spec, use.usage] = self.born(KeySpec=spec, KeyUsage=use.usage)
        return others[spec, use.usage]

    def describe(self, key, **where):
        return self.call("DescribeKey", KeyId=key, **where)["KeyMetadata"]

    def has_state(self, key, state):
        described = self.describe(key)
        self.assertEqual(described["KeyState"], state)
        self.assertEqual(described["Enabled"], state == "Enabled")

    def is_known(self, key, use):
        """By its description, by aliases, in lists."""
        self.assertTrue(self.describe(key)[use.algorithms])
        self.call("UpdateKeyDescription", KeyId=key, Description="of a test")
        self.assertEqual(self.describe(key)["Description"], "of a test")

        keys = self.pages("ListKeys", "Keys", Limit=20)
        self.assertIn(key, [entry["KeyId"] for entry in keys])
        name = f"alias/{key}"
        self.call("CreateAlias", AliasName=name, TargetKeyId=key)
        self.refuses("AlreadyExistsException", "CreateAlias", AliasName=name, TargetKeyId=key)
        [alias] = self.pages("ListAliases", "Aliases", KeyId=key, Limit=1)
        self.assertEqual((alias["AliasName"], alias["TargetKeyId"]), (name, key))
        use_of(self, name, use.spec, use.usage).make()

        other = self.another(use)
        self.call("UpdateAlias", AliasName=name, TargetKeyId=other)
        self.assertEqual(self.describe(name)["KeyId"], other)
        self.assertEqual(self.pages("ListAliases", "Aliases", KeyId=key, Limit=1), [])
        self.call("DeleteAlias", AliasName=name)
        self.refuses("NotFoundException", "DescribeKey", KeyId=name)

    def rests(self, key, use, made):
        """Disabled, it does nothing; enabled again, it takes what it has made."""
        self.call("DisableKey", KeyId=key)
        self.has_state(key, "Disabled")
        self.is_refused("DisabledException", use.check, made)
        self.call("EnableKey", KeyId=key)
        self.has_state(key, "Enabled")
        use.check(made)

    def is_refused(self, code, use, *arguments):
        with self.assertRaises(Refused) as refused:
            use(*arguments)
        self.assertEqual(refused.exception.code, code)

    def import_request(self, wrapping, key):
        """Makes requests that import material of that key: the token may be used again."""
        how = {"WrappingAlgorithm": wrapping, "WrappingKeySpec": "RSA_2048"}
        parameters = self.call("GetParametersForImport", KeyId=key, **how)

        def request(material):
            return {
                "KeyId": key,
                "ImportToken": parameters["ImportToken"],
                "EncryptedKeyMaterial": wrap(parameters["PublicKey"], wrapping, material),
            }

        return request

    def imports(self, request, material, **until):
        request = request(material) | until
        wrapped = request["EncryptedKeyMaterial"]
        flipped = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
        for code, wrong in (
            ("InvalidImportTokenException", {"ImportToken": b"none"}),
            ("InvalidCiphertextException", {"EncryptedKeyMaterial": flipped}),
        ):
            self.refuses(code, "ImportKeyMaterial", **request | wrong)
        self.call("ImportKeyMaterial", **request)
        described = self.describe(request["KeyId"])
        for name in ("ExpirationModel", "ValidTo"):
            self.assertEqual(described.get(name), until.get(name))

    def loses_its_material(self, key, use, made):
        self.call("DeleteImportedKeyMaterial", KeyId=key)
        self.has_state(key, "PendingImport")
        self.is_refused("KMSInvalidStateException", use.check, made)

    def takes_other_material(self, key, use, made, request):
        """What waits takes its turn; what it relieves opens still what it has sealed."""
        self.call(
            "ImportKeyMaterial",
            ImportType="NEW_KEY_MATERIAL",
            ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
            **request(b"other thirty-two bytes of OpenSSL"[:32]),
        )
        self.rotates_once(key, use, made)

    def rotates(self, key, use, made):
        """By itself and when told to, if it is symmetric."""
        if use.spec != "SYMMETRIC_DEFAULT":
            self.refuses("UnsupportedOperationException", "EnableKeyRotation", KeyId=key)
            return
        self.call("EnableKeyRotation", KeyId=key, RotationPeriodInDays=180)
        status = self.call("GetKeyRotationStatus", KeyId=key)
        self.assertTrue(status["KeyRotationEnabled"])
        self.assertEqual(status["RotationPeriodInDays"], 180)
        days = status["NextRotationDate"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertIn(days.days, (179, 180))
        self.rotates_once(key, use, made)
        self.call("DisableKeyRotation", KeyId=key)
        status = self.call("GetKeyRotationStatus", KeyId=key)
        self.assertFalse(status["KeyRotationEnabled"])

    def rotates_once(self, key, use, made):
        self.call("RotateKeyOnDemand", KeyId=key)
        status = lambda: self.call("GetKeyRotationStatus", KeyId=key)
        wait_for(lambda: "OnDemandRotationStartDate" not in status())
        [rotation] = self.pages("ListKeyRotations", "Rotations", KeyId=key, Limit=1)
        self.assertEqual(rotation["RotationType"], "ON_DEMAND")
        use.check(made)
        use.check(use.make())
        how = {"IncludeKeyMaterial": "ALL_KEY_MATERIAL", "Limit": 1}
        states = [
            material["KeyMaterialState"]
            for material in self.pages("ListKeyRotations", "Rotations", KeyId=key, **how)
        ]
        self.assertEqual(states, ["NON_CURRENT", "CURRENT"])

    def obeys_its_policy(self, key, use, made):
        [name] = self.pages("ListKeyPolicies", "PolicyNames", KeyId=key, Limit=1)
        policy = self.call("GetKeyPolicy", KeyId=key, PolicyName=name)["Policy"]
        document = json.loads(policy)
        document["Statement"].append(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": f"kms:{use.checks_with}",
                "Resource": "*",
            }
        )
        strict = json.dumps(document)
        self.call("PutKeyPolicy", KeyId=key, Policy=strict)
        self.assertEqual(self.call("GetKeyPolicy", KeyId=key)["Policy"], strict)
        self.is_refused("AccessDeniedException", use.check, made)
        self.refuses("MalformedPolicyDocumentException", "PutKeyPolicy", KeyId=key, Policy="{}")
        self.call("PutKeyPolicy", KeyId=key, PolicyName=name, Policy=policy)
        use.check(made)

    def remembers_its_use(self, key, use, made):
        use.check(made)
        last = lambda: self.call("GetKeyLastUsage", KeyId=key)["KeyLastUsage"]
        wait_for(lambda: last().get("Operation") == use.checks_with)
        self.assertIsInstance(last()["Timestamp"], datetime.datetime)

    def has_tags(self, key):
        for name, value in (("a", "1"), ("b", ""), ("a", "2")):
            self.call("TagResource", KeyId=key, Tags=[{"TagKey": name, "TagValue": value}])
        tags = lambda: {
            tag["TagKey"]: tag["TagValue"]
            for tag in self.pages("ListResourceTags", "Tags", KeyId=key, Limit=1)
        }
        self.assertEqual(tags(), {"a": "2", "b": ""})
        self.call("UntagResource", KeyId=key, TagKeys=["a", "c"])
        self.assertEqual(tags(), {"b": ""})
        born = self.born(Tags=[{"TagKey": "c", "TagValue": "3"}])
        [tag] = self.pages("ListResourceTags", "Tags", KeyId=born, Limit=1)
        self.assertEqual(tag, {"TagKey": "c", "TagValue": "3"})

    def is_granted(self, key, use, made):
        """To its own account, which can do all the same without."""
        root = f"arn:aws:iam::{self.describe(key)['AWSAccountId']}:root"
        operations = [use.checks_with, "DescribeKey"]
        how = {"KeyId": key, "GranteePrincipal": root, "RetiringPrincipal": root}
        how |= {"Operations": operations, "Name": "life"}
        grant = self.call("CreateGrant", **how)
        self.assertEqual(self.call("CreateGrant", **how)["GrantId"], grant["GrantId"])
        [listed] = self.pages("ListGrants", "Grants", KeyId=key, Limit=1)
        self.assertEqual((listed["GrantId"], listed["Name"]), (grant["GrantId"], "life"))
        self.assertEqual(sorted(listed["Operations"]), sorted(operations))
        self.describe(key, GrantTokens=[grant["GrantToken"]])
        own = self.pages("ListRetirableGrants", "Grants", RetiringPrincipal=root, Limit=1)
        self.assertIn(grant["GrantId"], [entry["GrantId"] for entry in own])
        self.call("RetireGrant", GrantToken=grant["GrantToken"])
        self.assertEqual(self.pages("ListGrants", "Grants", KeyId=key, Limit=1), [])
        grant = self.call("CreateGrant", **how)
        self.call("RevokeGrant", KeyId=key, GrantId=grant["GrantId"])
        self.assertEqual(self.pages("ListGrants", "Grants", KeyId=key, Limit=1), [])
        use.check(made)

    def dies(self, key, use, made):
        told = self.call("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
        self.assertEqual((told["KeyState"], told["PendingWindowInDays"]), ("PendingDeletion", 7))
        self.has_state(key, "PendingDeletion")
        self.assertEqual(self.describe(key)["DeletionDate"], told["DeletionDate"])
        self.is_refused("KMSInvalidStateException", use.check, made)
        self.call("CancelKeyDeletion", KeyId=key)
        self.has_state(key, "Disabled")
        self.call("EnableKey", KeyId=key)
        use.check(made)
        self.call("ScheduleKeyDeletion", KeyId=key)
        self.has_state(key, "PendingDeletion")

    def lives_elsewhere(self, key, here, there):
        """The replica opens what the primary has sealed, and the other way about."""
        made = here.make()
        tags = [{"TagKey": "a", "TagValue": "1"}]
        told = self.call("ReplicateKey", KeyId=key, ReplicaRegion=ELSEWHERE, Tags=tags)
        self.assertEqual(told["ReplicaTags"], tags)
        self.assertEqual(told["ReplicaPolicy"], self.call("GetKeyPolicy", KeyId=key)["Policy"])
        self.assertEqual(told["ReplicaKeyMetadata"]["KeyState"], "Creating")
        configuration = told["ReplicaKeyMetadata"]["MultiRegionConfiguration"]
        self.assertEqual(configuration["MultiRegionKeyType"], "REPLICA")
        describe = functools.partial(self.describe, region=ELSEWHERE)
        wait_for(lambda: describe(key)["KeyState"] == "Enabled")
        there.check(made)
        here.check(there.make())

        self.call("UpdatePrimaryRegion", KeyId=key, PrimaryRegion=ELSEWHERE)
        kind = lambda told: told["MultiRegionConfiguration"]["MultiRegionKeyType"]
        wait_for(lambda: (kind(describe(key)), kind(self.describe(key))) == ("PRIMARY", "REPLICA"))
        wait_for(lambda: describe(key)["KeyState"] == self.describe(key)["KeyState"] == "Enabled")
        told = self.call("ScheduleKeyDeletion", KeyId=key, region=ELSEWHERE)
        self.assertEqual(told["KeyState"], "PendingReplicaDeletion")
        here.check(made)
        self.is_refused("KMSInvalidStateException", there.check, made)
        self.dies(key, here, made)

    def pages(self, operation, entries, **members):
        """All entries, page by page."""
        found, marker = [], {}
        while True:
            page = self.call(operation, **members, **marker)
            found += page[entries]
            if not page["Truncated"]:
                return found
            marker = {"Marker": page["NextMarker"]}


def wait_for(holds):
    """What the service does in the background."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to hold in half a minute")


def tomorrow():
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return now + datetime.timedelta(days=1)


def new_material(spec):
    """Bytes, or a private key as PKCS #8."""
    if spec == "SYMMETRIC_DEFAULT":
        return b"thirty-two bytes made by OpenSSL"
    if spec.startswith("HMAC"):
        return bytes(range(int(spec.split("_")[1]) // 8))
    if spec in CURVES:
        key = ec.generate_private_key(CURVES[spec])
    elif spec.startswith("RSA"):
        key = rsa.generate_private_key(65537, int(spec.split("_")[1]))
    else:
        key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def wrap(public, wrapping, material):
    hash = HASHES[wrapping.split("_")[-1]]
    public, scheme = load_der_public_key(public), padding.OAEP(padding.MGF1(hash), hash, None)
    if wrapping.startswith("RSAES_OAEP"):
        return public.encrypt(material, scheme)
    key = os.urandom(32)
    return public.encrypt(key, scheme) + keywrap.aes_key_wrap_with_padding(key, material)


if __name__ == "__main__":
    unittest.main()
