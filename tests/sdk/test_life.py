"""The full life of each kind of key, the same with every client of client_*.py.

Each has a `call`, which takes the name of an operation and its members as the model spells them,
bytes as bytes and times as datetimes, and gives back in the same form what the service answers.
All find the credentials and the endpoint by themselves: in the environment.
"""

import datetime
import importlib
import os
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
                    self.rests(key, use, made)

    def test_each_kind_of_key_with_material_from_elsewhere(self):
        for spec, usage, wrapping in IMPORTS:
            with self.subTest(spec=spec, usage=usage, wrapping=wrapping):
                key = self.born(KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")
                use = use_of(self, key, spec, usage)
                self.has_state(key, "PendingImport")
                take, material = self.imports(wrapping, key), new_material(spec)
                take(material, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
                self.has_state(key, "Enabled")
                if usage == "GENERATE_VERIFY_MAC":
                    use.agrees_with(material)
                made = use.make()
                use.check(made)
                self.is_known(key, use)
                self.rests(key, use, made)
                self.loses_its_material(key, use, made)
                take(material, ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=tomorrow())
                use.check(made)

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

    def describe(self, key):
        return self.call("DescribeKey", KeyId=key)["KeyMetadata"]

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

    def imports(self, wrapping, key):
        """A way to import material of that key: the token may be used again."""
        how = {"WrappingAlgorithm": wrapping, "WrappingKeySpec": "RSA_2048"}
        parameters = self.call("GetParametersForImport", KeyId=key, **how)
        token = {"KeyId": key, "ImportToken": parameters["ImportToken"]}

        def take(material, **until):
            wrapped = wrap(parameters["PublicKey"], wrapping, material)
            request = {"EncryptedKeyMaterial": wrapped, **token, **until}
            flipped = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
            for code, wrong in (
                ("InvalidImportTokenException", {"ImportToken": b"none"}),
                ("InvalidCiphertextException", {"EncryptedKeyMaterial": flipped}),
            ):
                self.refuses(code, "ImportKeyMaterial", **request | wrong)
            self.call("ImportKeyMaterial", **request)
            described = self.describe(key)
            for name in ("ExpirationModel", "ValidTo"):
                self.assertEqual(described.get(name), until.get(name))

        return take

    def loses_its_material(self, key, use, made):
        self.call("DeleteImportedKeyMaterial", KeyId=key)
        self.has_state(key, "PendingImport")
        self.is_refused("KMSInvalidStateException", use.check, made)

    def pages(self, operation, entries, **members):
        """All entries, page by page."""
        found, marker = [], {}
        while True:
            page = self.call(operation, **members, **marker)
            found += page[entries]
            if not page["Truncated"]:
                return found
            marker = {"Marker": page["NextMarker"]}


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
