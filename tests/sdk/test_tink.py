"""PyPI's tink with its awskms integration, as its documents use it: it finds the endpoint in the
environment, and the credentials there or in the file that it is told."""

import io
import os
import unittest

import boto3
import tink
from tink import aead
from tink.integration import awskms

MESSAGE = b"what one makes, the other takes"
BOUND = b"associated data"


def setUpModule():
    global kms
    aead.register()
    kms = boto3.client("kms")
    unittest.addModuleCleanup(kms.close)


def create_key():
    return "aws-kms://" + kms.create_key()["KeyMetadata"]["Arn"]


class Tink(unittest.TestCase):
    def check(self, one, other):
        """What one seals, the other opens, with the same associated data."""
        for bound in (BOUND, b""):
            sealed = one.encrypt(MESSAGE, bound)
            self.assertEqual(other.decrypt(sealed, bound), MESSAGE)
            for changed, data in (
                (sealed, b"another"),
                (sealed[:-1] + bytes([sealed[-1] ^ 1]), bound),
            ):
                with self.assertRaises(tink.TinkError):
                    other.decrypt(changed, data)

    def test_a_client_with_a_credentials_file(self):
        key = create_key()
        credentials = os.environ["AWS_SHARED_CREDENTIALS_FILE"]
        client = awskms.AwsKmsClient(key, credentials)
        self.check(client.get_aead(key), awskms.AwsKmsClient(None, None).get_aead(key))

    def test_a_client_of_boto3(self):
        key, other = create_key(), create_key()
        client = awskms.new_client(boto3_client=kms)
        self.check(client.get_aead(key), client.get_aead(key))
        sealed = client.get_aead(key).encrypt(MESSAGE, BOUND)
        with self.assertRaises(tink.TinkError):
            client.get_aead(other).decrypt(sealed, BOUND)

    def test_envelopes(self):
        """Each message has a data key of its own, which the service seals."""
        key = create_key()
        remote = awskms.new_client(boto3_client=kms).get_aead(key)
        envelope = aead.KmsEnvelopeAead(aead.aead_key_templates.AES256_GCM, remote)
        self.check(envelope, envelope)

    def test_a_key_set_that_is_stored_under_a_key(self):
        remote = awskms.new_client(boto3_client=kms).get_aead(create_key())
        keys = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
        stored = io.StringIO()
        keys.write(tink.JsonKeysetWriter(stored), remote)
        again = tink.read_keyset_handle(tink.JsonKeysetReader(stored.getvalue()), remote)
        self.check(keys.primitive(aead.Aead), again.primitive(aead.Aead))

    def test_a_registered_client(self):
        key = create_key()
        awskms.AwsKmsClient.register_client(key, None)
        template = aead.aead_key_templates.create_kms_envelope_aead_key_template(
            key, aead.aead_key_templates.AES256_GCM
        )
        envelope = tink.new_keyset_handle(template).primitive(aead.Aead)
        self.check(envelope, envelope)


if __name__ == "__main__":
    unittest.main()
