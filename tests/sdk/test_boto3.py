"""boto3 against a running service: every operation that is served, and the errors as classes."""

import unittest

from botocore.exceptions import ClientError

from kit import kms

CONTEXT = {"purpose": "test", "ünï": "cöde"}


def setUpModule():
    global client
    client = kms()


def create_key(**members):
    return client.create_key(**members)["KeyMetadata"]["KeyId"]


class Keys(unittest.TestCase):
    def test_a_key_is_described_as_it_was_created(self):
        created = client.create_key(Description="for a test")["KeyMetadata"]
        self.assertEqual(created["KeySpec"], "SYMMETRIC_DEFAULT")
        self.assertEqual(created["KeyUsage"], "ENCRYPT_DECRYPT")
        self.assertEqual(created["KeyState"], "Enabled")
        self.assertTrue(created["Enabled"])
        self.assertTrue(created["Arn"].endswith(f":key/{created['KeyId']}"))
        for name in (created["KeyId"], created["Arn"]):
            self.assertEqual(client.describe_key(KeyId=name)["KeyMetadata"], created)

    def test_a_description_is_replaced(self):
        key = create_key(Description="old")
        client.update_key_description(KeyId=key, Description="new")
        self.assertEqual(client.describe_key(KeyId=key)["KeyMetadata"]["Description"], "new")

    def test_a_disabled_key_serves_when_it_is_enabled_again(self):
        key = create_key()
        client.disable_key(KeyId=key)
        self.assertEqual(client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Disabled")
        with self.assertRaises(client.exceptions.DisabledException):
            client.encrypt(KeyId=key, Plaintext=b"x")
        client.enable_key(KeyId=key)
        client.encrypt(KeyId=key, Plaintext=b"x")

    def test_the_paginator_lists_every_key_once(self):
        made = {create_key() for _ in range(5)}
        pages = client.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
        listed = [entry["KeyId"] for page in pages for entry in page["Keys"]]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(made, set(listed))


class Aliases(unittest.TestCase):
    def test_an_alias_is_made_moved_and_deleted(self):
        one, two = create_key(), create_key()
        name = f"alias/{one}"
        client.create_alias(AliasName=name, TargetKeyId=one)
        [alias] = client.list_aliases(KeyId=one)["Aliases"]
        self.assertEqual((alias["AliasName"], alias["TargetKeyId"]), (name, one))
        for known_as in (name, alias["AliasArn"]):
            found = client.describe_key(KeyId=known_as)["KeyMetadata"]["KeyId"]
            self.assertEqual(found, one)

        client.update_alias(AliasName=name, TargetKeyId=two)
        self.assertEqual(client.list_aliases(KeyId=one)["Aliases"], [])
        self.assertEqual(client.describe_key(KeyId=name)["KeyMetadata"]["KeyId"], two)

        client.delete_alias(AliasName=name)
        with self.assertRaises(client.exceptions.NotFoundException):
            client.describe_key(KeyId=name)

    def test_the_paginator_lists_every_alias_once(self):
        key = create_key()
        made = {f"alias/{key}/{number}" for number in range(5)}
        for name in made:
            client.create_alias(AliasName=name, TargetKeyId=key)
        pages = client.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 2})
        listed = [alias["AliasName"] for page in pages for alias in page["Aliases"]]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(made, set(listed))

    def test_a_name_is_given_once_and_not_from_aws(self):
        key = create_key()
        client.create_alias(AliasName=f"alias/{key}", TargetKeyId=key)
        with self.assertRaises(client.exceptions.AlreadyExistsException):
            client.create_alias(AliasName=f"alias/{key}", TargetKeyId=key)
        with self.assertRaises(ClientError) as refused:
            client.create_alias(AliasName="alias/aws/ebs", TargetKeyId=key)
        self.assertEqual(refused.exception.response["Error"]["Code"], "NotAuthorizedException")


class Encryption(unittest.TestCase):
    def test_what_was_encrypted_is_decrypted_under_the_same_context(self):
        key = client.create_key()["KeyMetadata"]
        sealed = client.encrypt(KeyId=key["KeyId"], Plaintext=b"hello", EncryptionContext=CONTEXT)
        self.assertEqual(sealed["KeyId"], key["Arn"])
        opened = client.decrypt(
            CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=CONTEXT
        )
        self.assertEqual((opened["Plaintext"], opened["KeyId"]), (b"hello", key["Arn"]))
        for context in ({}, CONTEXT | {"purpose": "other"}):
            with self.assertRaises(client.exceptions.InvalidCiphertextException):
                client.decrypt(
                    CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context
                )

    def test_the_longest_plaintext(self):
        key, plaintext = create_key(), bytes(range(256)) * 16
        sealed = client.encrypt(KeyId=key, Plaintext=plaintext)["CiphertextBlob"]
        self.assertEqual(client.decrypt(CiphertextBlob=sealed)["Plaintext"], plaintext)
        with self.assertRaises(ClientError) as refused:
            client.encrypt(KeyId=key, Plaintext=plaintext + b"x")
        self.assertEqual(refused.exception.response["Error"]["Code"], "ValidationException")

    def test_re_encryption_changes_key_and_context(self):
        one, two = create_key(), create_key()
        sealed = client.encrypt(KeyId=one, Plaintext=b"hello")["CiphertextBlob"]
        moved = client.re_encrypt(
            CiphertextBlob=sealed, DestinationKeyId=two, DestinationEncryptionContext=CONTEXT
        )
        self.assertTrue(moved["SourceKeyId"].endswith(one))
        self.assertTrue(moved["KeyId"].endswith(two))
        opened = client.decrypt(
            KeyId=two, CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=CONTEXT
        )
        self.assertEqual(opened["Plaintext"], b"hello")
        with self.assertRaises(client.exceptions.IncorrectKeyException):
            client.decrypt(
                KeyId=one, CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=CONTEXT
            )

    def test_data_keys_are_returned_under_the_key(self):
        key = create_key()
        for wanted, length in (({"KeySpec": "AES_256"}, 32), ({"NumberOfBytes": 7}, 7)):
            made = client.generate_data_key(KeyId=key, **wanted)
            self.assertEqual(len(made["Plaintext"]), length)
            opened = client.decrypt(CiphertextBlob=made["CiphertextBlob"])
            self.assertEqual(opened["Plaintext"], made["Plaintext"])
            made = client.generate_data_key_without_plaintext(KeyId=key, **wanted)
            self.assertNotIn("Plaintext", made)
            opened = client.decrypt(CiphertextBlob=made["CiphertextBlob"])
            self.assertEqual(len(opened["Plaintext"]), length)

    def test_random_bytes_are_as_many_as_were_asked_for(self):
        one, two = (client.generate_random(NumberOfBytes=64)["Plaintext"] for _ in range(2))
        self.assertEqual((len(one), len(two)), (64, 64))
        self.assertNotEqual(one, two)


class KindsOfKeys(unittest.TestCase):
    """The life of each kind of key that is not symmetric, by its own operations."""

    def test_signing_keys(self):
        for spec, algorithm in (
            ("RSA_2048", "RSASSA_PSS_SHA_256"),
            ("ECC_NIST_P256", "ECDSA_SHA_256"),
            ("ECC_NIST_P384", "ECDSA_SHA_384"),
            ("ECC_NIST_P521", "ECDSA_SHA_512"),
            ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
            ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
            ("ML_DSA_44", "ML_DSA_SHAKE_256"),
            ("ML_DSA_65", "ML_DSA_SHAKE_256"),
            ("ML_DSA_87", "ML_DSA_SHAKE_256"),
        ):
            with self.subTest(spec):
                key = create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
                signing = {"KeyId": key, "SigningAlgorithm": algorithm}
                signature = client.sign(Message=b"message", **signing)["Signature"]
                verified = client.verify(Message=b"message", Signature=signature, **signing)
                self.assertTrue(verified["SignatureValid"])
                with self.assertRaises(client.exceptions.KMSInvalidSignatureException):
                    client.verify(Message=b"another", Signature=signature, **signing)
                public = client.get_public_key(KeyId=key)
                self.assertIn(algorithm, public["SigningAlgorithms"])
                self.lives_on(key, lambda: client.sign(Message=b"message", **signing))

    def test_rsa_encryption_keys(self):
        key = create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
        how = {"KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
        sealed = client.encrypt(Plaintext=b"hello", **how)["CiphertextBlob"]
        self.assertEqual(client.decrypt(CiphertextBlob=sealed, **how)["Plaintext"], b"hello")
        other = create_key()
        moved = client.re_encrypt(
            CiphertextBlob=sealed,
            SourceKeyId=key,
            SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256",
            DestinationKeyId=other,
        )
        opened = client.decrypt(CiphertextBlob=moved["CiphertextBlob"])
        self.assertEqual(opened["Plaintext"], b"hello")
        self.lives_on(key, lambda: client.encrypt(Plaintext=b"hello", **how))

    def test_hmac_keys(self):
        for bits in (224, 256, 384, 512):
            key = create_key(KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")
            how = {"KeyId": key, "MacAlgorithm": f"HMAC_SHA_{bits}"}
            mac = client.generate_mac(Message=b"message", **how)["Mac"]
            self.assertEqual(len(mac), bits // 8)
            self.assertTrue(client.verify_mac(Message=b"message", Mac=mac, **how)["MacValid"])
            with self.assertRaises(client.exceptions.KMSInvalidMacException):
                client.verify_mac(Message=b"another", Mac=mac, **how)
            self.lives_on(key, lambda: client.generate_mac(Message=b"message", **how))

    def test_agreement_keys(self):
        for spec in ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"):
            one, two = (create_key(KeySpec=spec, KeyUsage="KEY_AGREEMENT") for _ in range(2))
            public = {key: client.get_public_key(KeyId=key)["PublicKey"] for key in (one, two)}
            how = {"KeyAgreementAlgorithm": "ECDH"}
            first = client.derive_shared_secret(KeyId=one, PublicKey=public[two], **how)
            second = client.derive_shared_secret(KeyId=two, PublicKey=public[one], **how)
            self.assertEqual(first["SharedSecret"], second["SharedSecret"])
            self.assertEqual(first["KeyOrigin"], "AWS_KMS")
            derive = lambda: client.derive_shared_secret(KeyId=one, PublicKey=public[two], **how)
            self.lives_on(one, derive)

    def test_encapsulation_keys(self):
        for spec in ("ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"):
            key = create_key(KeySpec=spec, KeyUsage="ENCAPSULATE_DECAPSULATE")
            how = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
            made = client.encapsulate(**how)
            ciphertext = made["SharedSecretCiphertextBlob"]
            opened = client.decapsulate(SharedSecretCiphertextBlob=ciphertext, **how)
            self.assertEqual(opened["SharedSecret"], made["SharedSecret"])
            self.lives_on(key, lambda: client.encapsulate(**how))

    def test_data_key_pairs(self):
        key = create_key()
        for spec in ("ECC_NIST_P256", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"):
            how = {"KeyId": key, "KeyPairSpec": spec, "EncryptionContext": CONTEXT}
            made = client.generate_data_key_pair(**how)
            opened = client.decrypt(
                CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext=CONTEXT
            )
            self.assertEqual(opened["Plaintext"], made["PrivateKeyPlaintext"])
            made = client.generate_data_key_pair_without_plaintext(**how)
            self.assertNotIn("PrivateKeyPlaintext", made)

    def test_keys_that_wait_for_their_material(self):
        key = client.create_key(Origin="EXTERNAL")["KeyMetadata"]
        self.assertEqual((key["KeyState"], key["Enabled"]), ("PendingImport", False))
        with self.assertRaises(client.exceptions.KMSInvalidStateException):
            client.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
        parameters = client.get_parameters_for_import(
            KeyId=key["KeyId"],
            WrappingAlgorithm="RSAES_OAEP_SHA_256",
            WrappingKeySpec="RSA_2048",
        )
        token = parameters["ImportToken"]
        for bad_token, error in (
            (b"no token", client.exceptions.InvalidImportTokenException),
            (token, client.exceptions.InvalidCiphertextException),
        ):
            with self.assertRaises(error):
                client.import_key_material(
                    KeyId=key["KeyId"],
                    ImportToken=bad_token,
                    EncryptedKeyMaterial=b"no material",
                    ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
                )
        client.delete_imported_key_material(KeyId=key["KeyId"])

    def lives_on(self, key, use):
        """Disabled, it refuses; enabled again, it serves."""
        client.disable_key(KeyId=key)
        with self.assertRaises(client.exceptions.DisabledException):
            use()
        client.enable_key(KeyId=key)
        use()


class Refusals(unittest.TestCase):
    def test_keys_that_are_not_there(self):
        for name in ("alias/nobody", "00000000-0000-4000-8000-000000000000", "gibberish"):
            with self.assertRaises(client.exceptions.NotFoundException):
                client.describe_key(KeyId=name)

    def test_a_dry_run_does_nothing_and_says_so(self):
        key = create_key()
        sealed = client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        for call, members in (
            (client.encrypt, {"KeyId": key, "Plaintext": b"x"}),
            (client.decrypt, {"CiphertextBlob": sealed}),
            (client.re_encrypt, {"CiphertextBlob": sealed, "DestinationKeyId": key}),
            (client.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
            (client.generate_data_key_without_plaintext, {"KeyId": key, "KeySpec": "AES_256"}),
        ):
            with self.assertRaises(client.exceptions.DryRunOperationException):
                call(**members, DryRun=True)

    def test_what_is_no_ciphertext(self):
        key = create_key()
        sealed = client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        for bad in (b"x", sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1])):
            with self.assertRaises(client.exceptions.InvalidCiphertextException):
                client.decrypt(CiphertextBlob=bad)

    def test_markers_grant_tokens_and_aliases_where_they_do_not_belong(self):
        key = create_key()
        with self.assertRaises(client.exceptions.InvalidMarkerException):
            client.list_keys(Marker="not one of ours")
        with self.assertRaises(client.exceptions.InvalidGrantTokenException):
            client.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=["none"])
        client.create_alias(AliasName=f"alias/{key}", TargetKeyId=key)
        with self.assertRaises(client.exceptions.InvalidArnException):
            client.disable_key(KeyId=f"alias/{key}")

    def test_operations_that_are_not_served(self):
        with self.assertRaises(ClientError) as refused:
            client.describe_custom_key_stores()
        code = refused.exception.response["Error"]["Code"]
        self.assertEqual(code, "UnsupportedOperationException")

    def test_strangers(self):
        for credentials, code in (
            ({"aws_secret_access_key": "x" * 40}, "InvalidSignatureException"),
            (
                {"aws_access_key_id": "AKIANOBODY0000000000", "aws_secret_access_key": "x"},
                "UnrecognizedClientException",
            ),
        ):
            own = client._request_signer._credentials
            stranger = kms(**({"aws_access_key_id": own.access_key} | credentials))
            with self.assertRaises(ClientError) as refused:
                stranger.list_keys()
            self.assertEqual(refused.exception.response["Error"]["Code"], code)


if __name__ == "__main__":
    unittest.main()
