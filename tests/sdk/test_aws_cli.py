"""The AWS CLI against a running service: the walk of the README, as a person would type it."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ENDPOINT = os.environ["KEYCELL_ENDPOINT"]


def aws(*words, endpoint=("--endpoint-url", ENDPOINT), **environment):
    """What the command prints, or its failure."""
    command = [pathlib.Path(sys.executable).with_name("aws"), *endpoint, "kms", *words]
    environment = os.environ | environment
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def told(*words, **more):
    """What the command prints, read as JSON."""
    done = aws(*words, "--output", "json", **more)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class Walk(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, contents):
        path = self.folder / name
        path.write_bytes(contents)
        return f"fileb://{path}"

    def test_create_key_encrypt_decrypt_generate_data_key(self):
        key = told("create-key")["KeyMetadata"]["KeyId"]
        plaintext = self.file("plaintext", b"hello\x00world")
        sealed = told("encrypt", "--key-id", key, "--plaintext", plaintext)["CiphertextBlob"]
        ciphertext = self.file("ciphertext", base64.b64decode(sealed))
        opened = told("decrypt", "--ciphertext-blob", ciphertext)
        self.assertEqual(base64.b64decode(opened["Plaintext"]), b"hello\x00world")

        made = told("generate-data-key", "--key-id", key, "--key-spec", "AES_256")
        self.assertEqual(len(base64.b64decode(made["Plaintext"])), 32)
        ciphertext = self.file("data-key", base64.b64decode(made["CiphertextBlob"]))
        opened = told("decrypt", "--ciphertext-blob", ciphertext)
        self.assertEqual(opened["Plaintext"], made["Plaintext"])

    def test_alias_and_encryption_context(self):
        key = told("create-key")["KeyMetadata"]["KeyId"]
        named = aws("create-alias", "--alias-name", f"alias/{key}", "--target-key-id", key)
        self.assertEqual((named.returncode, named.stdout), (0, ""), named.stderr)
        plaintext = self.file("plaintext", b"hello")
        context = ("--encryption-context", "a=1,b=2")
        key = ("--key-id", f"alias/{key}")
        sealed = told("encrypt", *key, "--plaintext", plaintext, *context)["CiphertextBlob"]
        ciphertext = self.file("ciphertext", base64.b64decode(sealed))
        opened = told("decrypt", "--ciphertext-blob", ciphertext, *context)
        self.assertEqual(base64.b64decode(opened["Plaintext"]), b"hello")
        refused = aws("decrypt", "--ciphertext-blob", ciphertext)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("(InvalidCiphertextException)", refused.stderr)

    def test_the_endpoint_from_the_environment(self):
        keys = told("list-keys", endpoint=(), AWS_ENDPOINT_URL_KMS=ENDPOINT)
        self.assertIn("Keys", keys)

    def test_the_root_credentials_as_a_profile(self):
        """The tests run with that file, and with no other credentials."""
        self.assertNotIn("AWS_ACCESS_KEY_ID", os.environ)
        self.assertIn("Keys", told("list-keys", "--profile", "default"))

    def test_the_printed_lines_in_a_shell(self):
        lines = os.environ["KEYCELL_PRINTED"].splitlines()
        exports = [line.removeprefix("export ") for line in lines if line.startswith("export ")]
        self.assertEqual(len(exports), 2)
        printed = dict(line.split("=", 1) for line in exports)
        self.assertIn("Keys", told("list-keys", AWS_SHARED_CREDENTIALS_FILE=os.devnull, **printed))

    def test_a_refusal_is_told_with_its_code(self):
        refused = aws("describe-key", "--key-id", "alias/nobody")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("(NotFoundException)", refused.stderr)


if __name__ == "__main__":
    unittest.main()
