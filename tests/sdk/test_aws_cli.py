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


def aws(*words, service="kms", endpoint=("--endpoint-url", ENDPOINT), **environment):
    """What the command prints, or its failure."""
    command = [pathlib.Path(sys.executable).with_name("aws"), *endpoint, service, *words]
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

    def test_a_user_encrypts_by_a_grant(self):
        """The classic walk: a user who may do nothing, and a grant that lets him."""
        key = told("create-key")["KeyMetadata"]["KeyId"]
        plaintext = self.file("plaintext", b"hello")
        told("encrypt", "--key-id", key, "--plaintext", plaintext)

        name = f"alice-{key}"
        user = told("create-user", "--user-name", name, service="iam")["User"]
        self.assertEqual(user["UserName"], name)
        made = told("create-access-key", "--user-name", name, service="iam")["AccessKey"]
        # Profiles of their own: the others' files stay as they are.
        files = {
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"),
            "AWS_CONFIG_FILE": str(self.folder / "config"),
        }
        region = os.environ["AWS_DEFAULT_REGION"]
        for setting, value in [
            ("aws_access_key_id", made["AccessKeyId"]),
            ("aws_secret_access_key", made["SecretAccessKey"]),
            ("region", region),
        ]:
            words = ("set", setting, value, "--profile", "alice")
            done = aws(*words, service="configure", endpoint=(), **files)
            self.assertEqual(done.returncode, 0, done.stderr)
        alice = {"AWS_PROFILE": "alice", **files}
        who = told("get-caller-identity", service="sts", **alice)
        self.assertEqual((who["Arn"], who["UserId"]), (user["Arn"], user["UserId"]))

        encrypt = ("encrypt", "--key-id", key, "--plaintext", plaintext)
        self.denied(user, *encrypt, **alice)
        words = ("--key-id", key, "--grantee-principal", user["Arn"], "--operations", "Encrypt")
        grant = told("create-grant", *words)
        sealed = told(*encrypt, "--grant-tokens", grant["GrantToken"], **alice)
        ciphertext = self.file("ciphertext", base64.b64decode(sealed["CiphertextBlob"]))
        opened = told("decrypt", "--ciphertext-blob", ciphertext)
        self.assertEqual(base64.b64decode(opened["Plaintext"]), b"hello")
        [listed] = told("list-grants", "--key-id", key)["Grants"]
        self.assertEqual(listed["GrantId"], grant["GrantId"])
        self.assertEqual(listed["GranteePrincipal"], user["Arn"])
        self.assertEqual(listed["Operations"], ["Encrypt"])
        revoked = aws("revoke-grant", "--key-id", key, "--grant-id", grant["GrantId"])
        self.assertEqual((revoked.returncode, revoked.stdout), (0, ""), revoked.stderr)
        self.denied(user, *encrypt, **alice)

    def denied(self, user, *words, **more):
        """A command is refused, since no policy of the user's allows it."""
        refused = aws(*words, **more)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("(AccessDeniedException)", refused.stderr)
        text = f"User: {user['Arn']} is not authorized to perform: kms:Encrypt on resource: "
        self.assertIn(text, refused.stderr)
        why = "because no identity-based policy allows the kms:Encrypt action"
        self.assertIn(why, refused.stderr)

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
