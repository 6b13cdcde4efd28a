"""PyPI's aws-encryption-sdk, as its documents use it: the keyrings of its material providers, and
its older master key providers. It finds the endpoint and the credentials in the environment."""

import logging
import unittest

import aws_encryption_sdk
import boto3
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    CreateAwsKmsDiscoveryKeyringInput,
    CreateAwsKmsEcdhKeyringInput,
    CreateAwsKmsKeyringInput,
    CreateAwsKmsMultiKeyringInput,
    CreateAwsKmsRsaKeyringInput,
    DiscoveryFilter,
    KmsEcdhStaticConfigurationsKmsPrivateKeyToStaticPublicKey,
    KmsPrivateKeyToStaticPublicKeyInput,
)
from aws_cryptography_primitives.smithygenerated.aws_cryptography_primitives.models import (
    ECDHCurveSpec,
)
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.identifiers import AlgorithmSuite
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_der_public_key,
)  # fmt: skip

CONTEXT = {"purpose": "test", "ünï": "cöde"}
# More than one frame.
MESSAGE = b"what one makes, the other takes" * 1000


def setUpModule():
    global kms, providers, client
    # It logs each refusal with all that led to it.
    logging.disable(logging.CRITICAL)
    kms = boto3.client("kms")
    unittest.addModuleCleanup(kms.close)
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    client = aws_encryption_sdk.EncryptionSDKClient()


def create_key(**members):
    return kms.create_key(**members)["KeyMetadata"]["Arn"]


def keyring_of(key):
    return providers.create_aws_kms_keyring(
        CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=kms)
    )


class EncryptionSdk(unittest.TestCase):
    def sealed(self, how, **context):
        context = {"encryption_context": CONTEXT} | context
        return client.encrypt(source=MESSAGE, **how, **context)[0]

    def assert_opens(self, sealed, **how):
        opened, header = client.decrypt(source=sealed, **how)
        self.assertEqual(opened, MESSAGE)
        self.assertLessEqual(CONTEXT.items(), header.encryption_context.items())

    def refuses(self, sealed, **how):
        with self.assertRaises((AWSEncryptionSDKClientError, InvalidSignature)):
            client.decrypt(source=sealed, **how)

    def test_a_keyring_of_one_key(self):
        key = create_key()
        sealed = self.sealed({"keyring": keyring_of(key)})
        self.assertNotIn(MESSAGE[:31], sealed)
        self.assert_opens(sealed, keyring=keyring_of(key))
        self.refuses(sealed, keyring=keyring_of(create_key()))
        self.refuses(sealed[:-1] + bytes([sealed[-1] ^ 1]), keyring=keyring_of(key))
        kms.disable_key(KeyId=key)
        self.refuses(sealed, keyring=keyring_of(key))
        kms.enable_key(KeyId=key)
        self.assert_opens(sealed, keyring=keyring_of(key))

    def test_the_context_is_bound_to_the_data_key(self):
        key = create_key()
        sealed = self.sealed({"keyring": keyring_of(key)})
        self.refuses(sealed, keyring=keyring_of(key), encryption_context={"purpose": "other"})

    def test_any_of_several_keys_opens(self):
        keys = [create_key(), create_key()]
        several = providers.create_aws_kms_multi_keyring(
            CreateAwsKmsMultiKeyringInput(generator=keys[0], kms_key_ids=keys[1:])
        )
        sealed = self.sealed({"keyring": several})
        for key in keys:
            self.assert_opens(sealed, keyring=keyring_of(key))

    def test_a_keyring_that_knows_no_key_finds_it(self):
        key = create_key()
        account = key.split(":")[4]
        for accounts, opens in (([account], True), (["000000000000"], False)):
            discovery = providers.create_aws_kms_discovery_keyring(
                CreateAwsKmsDiscoveryKeyringInput(
                    kms_client=kms,
                    discovery_filter=DiscoveryFilter(account_ids=accounts, partition="aws"),
                )
            )
            sealed = self.sealed({"keyring": keyring_of(key)})
            tell = self.assert_opens if opens else self.refuses
            tell(sealed, keyring=discovery)

    def test_an_rsa_keyring(self):
        """It encrypts offline; the service decrypts."""
        key = create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
        public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
        public = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        algorithm = "RSAES_OAEP_SHA_256"
        how = {"kms_key_id": key, "encryption_algorithm": algorithm, "kms_client": kms}
        keyring = providers.create_aws_kms_rsa_keyring(
            CreateAwsKmsRsaKeyringInput(public_key=public, **how)
        )
        # The suites that sign need a call that says so.
        suite = AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
        sealed = self.sealed({"keyring": keyring}, algorithm=suite)
        self.assert_opens(sealed, keyring=keyring)

    def test_an_ecdh_keyring(self):
        """Both derive a secret; the recipient's comes of its own key."""
        keys = [create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT") for _ in range(2)]
        public = [kms.get_public_key(KeyId=key)["PublicKey"] for key in keys]
        sender, recipient = (
            providers.create_aws_kms_ecdh_keyring(
                CreateAwsKmsEcdhKeyringInput(
                    kms_client=kms,
                    curve_spec=ECDHCurveSpec.ECC_NIST_P256,
                    key_agreement_scheme=KmsEcdhStaticConfigurationsKmsPrivateKeyToStaticPublicKey(
                        KmsPrivateKeyToStaticPublicKeyInput(
                            sender_kms_identifier=keys[own],
                            sender_public_key=public[own],
                            recipient_public_key=public[1 - own],
                        )
                    ),
                )
            )
            for own in range(2)
        )
        sealed = self.sealed({"keyring": sender})
        self.assert_opens(sealed, keyring=recipient)

    def test_master_key_providers(self):
        one, other = create_key(), create_key()
        provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[one, other])
        sealed = self.sealed({"key_provider": provider})
        for key in (one, other):
            single = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[key])
            self.assert_opens(sealed, key_provider=single)
        self.assert_opens(sealed, keyring=keyring_of(one))
        foreign = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[create_key()])
        self.refuses(sealed, key_provider=foreign)


if __name__ == "__main__":
    unittest.main()
