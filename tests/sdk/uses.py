"""What a key is used for, by its usage, and what OpenSSL makes of it offline.

A use can `make` something, and `check` that what was made is still what it was, however old it is.
`everything` is what else keys of that usage do.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import (
    ec, ed25519, mldsa, mlkem, padding, rsa, utils,
)  # fmt: skip
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_der_private_key, load_der_public_key,
)  # fmt: skip

CONTEXT = {"purpose": "test", "ünï": "cöde"}
MESSAGE = b"what one makes, the other takes"
HASHES = {
    "1": hashes.SHA1(),
    "224": hashes.SHA224(),
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
CURVES = {
    "ECC_NIST_P256": ec.SECP256R1(),
    "ECC_NIST_P384": ec.SECP384R1(),
    "ECC_NIST_P521": ec.SECP521R1(),
    "ECC_SECG_P256K1": ec.SECP256K1(),
}


class Use:
    """A key in use: `case` is the test, its `call` goes to the service."""

    def __init__(self, case, key, spec, usage):
        self.case, self.key, self.spec, self.usage = case, key, spec, usage
        self.call, self.refuses, self.equal = case.call, case.refuses, case.assertEqual

    def public_key(self):
        """As OpenSSL reads it, which writes the same."""
        told = self.call("GetPublicKey", KeyId=self.key)
        self.equal(told["KeySpec"], self.spec)
        public = load_der_public_key(told["PublicKey"])
        again = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.equal(again, told["PublicKey"])
        return public, told


class Symmetric(Use):
    checks_with = "Decrypt"
    algorithms = "EncryptionAlgorithms"

    def make(self):
        how = {"KeyId": self.key, "EncryptionContext": CONTEXT}
        return self.call("Encrypt", Plaintext=MESSAGE, **how)["CiphertextBlob"]

    def check(self, sealed):
        how = {"CiphertextBlob": sealed, "EncryptionContext": CONTEXT}
        self.equal(self.call("Decrypt", **how)["Plaintext"], MESSAGE)

    def everything(self):
        self.is_bound_to_its_context()
        self.is_encrypted_again_under_another_key()
        self.data_keys()
        self.data_key_pairs()

    def is_bound_to_its_context(self):
        sealed = self.make()
        for context in ({}, CONTEXT | {"purpose": "other"}):
            how = {"CiphertextBlob": sealed, "EncryptionContext": context}
            self.refuses("InvalidCiphertextException", "Decrypt", **how)
        changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        how = {"CiphertextBlob": changed, "EncryptionContext": CONTEXT}
        self.refuses("InvalidCiphertextException", "Decrypt", **how)

    def is_encrypted_again_under_another_key(self):
        other = self.case.another(self)
        moved = self.call(
            "ReEncrypt",
            CiphertextBlob=self.make(),
            SourceEncryptionContext=CONTEXT,
            DestinationKeyId=other,
        )
        self.equal(moved["SourceKeyId"].split("/")[-1], self.key)
        self.equal(moved["KeyId"].split("/")[-1], other)
        sealed = moved["CiphertextBlob"]
        self.equal(self.call("Decrypt", CiphertextBlob=sealed)["Plaintext"], MESSAGE)
        wrong = {"CiphertextBlob": sealed, "KeyId": self.key}
        self.refuses("IncorrectKeyException", "Decrypt", **wrong)

    def data_keys(self):
        for wanted, length in (({"KeySpec": "AES_256"}, 32), ({"NumberOfBytes": 7}, 7)):
            made = self.call("GenerateDataKey", KeyId=self.key, **wanted)
            self.equal(len(made["Plaintext"]), length)
            opened = self.call("Decrypt", CiphertextBlob=made["CiphertextBlob"])
            self.equal(opened["Plaintext"], made["Plaintext"])
            made = self.call("GenerateDataKeyWithoutPlaintext", KeyId=self.key, **wanted)
            opened = self.call("Decrypt", CiphertextBlob=made["CiphertextBlob"])
            self.equal(len(opened["Plaintext"]), length)

    def data_key_pairs(self):
        """Their private keys load, and belong to the public ones."""
        for spec in ("RSA_2048", "ECC_NIST_EDWARDS25519", *CURVES):
            how = {"KeyId": self.key, "KeyPairSpec": spec, "EncryptionContext": CONTEXT}
            made = self.call("GenerateDataKeyPair", **how)
            self.belong(made, made["PrivateKeyPlaintext"])
            opened = self.open_private_key(made)
            self.equal(opened, made["PrivateKeyPlaintext"])
            made = self.call("GenerateDataKeyPairWithoutPlaintext", **how)
            self.case.assertNotIn("PrivateKeyPlaintext", made)
            self.belong(made, self.open_private_key(made))

    def open_private_key(self, made):
        how = {"CiphertextBlob": made["PrivateKeyCiphertextBlob"], "EncryptionContext": CONTEXT}
        return self.call("Decrypt", **how)["Plaintext"]

    def belong(self, made, private):
        public = load_der_private_key(private, None).public_key()
        document = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.equal(document, made["PublicKey"])


class RsaEncryption(Use):
    """Here, OpenSSL encrypts as well as the service does."""

    checks_with = "Decrypt"
    algorithms = "EncryptionAlgorithms"

    def make(self):
        how = {"KeyId": self.key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
        return self.call("Encrypt", Plaintext=MESSAGE, **how)["CiphertextBlob"]

    def check(self, sealed, algorithm="RSAES_OAEP_SHA_256"):
        how = {"KeyId": self.key, "EncryptionAlgorithm": algorithm}
        self.equal(self.call("Decrypt", CiphertextBlob=sealed, **how)["Plaintext"], MESSAGE)

    def everything(self):
        public, told = self.public_key()
        for algorithm in told["EncryptionAlgorithms"]:
            hash = HASHES[algorithm.split("_")[-1]]
            scheme = padding.OAEP(padding.MGF1(hash), hash, None)
            self.check(public.encrypt(MESSAGE, scheme), algorithm)
        moved = self.call(
            "ReEncrypt",
            CiphertextBlob=self.make(),
            SourceKeyId=self.key,
            SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256",
            DestinationKeyId=self.key,
            DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_1",
        )
        self.check(moved["CiphertextBlob"], "RSAES_OAEP_SHA_1")


class Signing(Use):
    """OpenSSL verifies every signature offline. It does not offer Ed25519ph."""

    checks_with = "Verify"
    algorithms = "SigningAlgorithms"

    def make(self):
        algorithms = self.public_key()[1]["SigningAlgorithms"]
        # The other one of Ed25519 takes digests only.
        [algorithm, *_] = (name for name in algorithms if name != "ED25519_PH_SHA_512")
        how = {"KeyId": self.key, "SigningAlgorithm": algorithm}
        return how, self.call("Sign", Message=MESSAGE, **how)["Signature"]

    def check(self, made):
        how, signature = made
        answer = self.call("Verify", Message=MESSAGE, Signature=signature, **how)
        self.equal(answer["SignatureValid"], True)

    def everything(self):
        public, told = self.public_key()
        for algorithm in told["SigningAlgorithms"]:
            for form in self.forms(algorithm, public):
                how = {"KeyId": self.key, "SigningAlgorithm": algorithm, **form}
                signature = self.call("Sign", **how)["Signature"]
                self.equal(self.call("Verify", Signature=signature, **how)["SignatureValid"], True)
                message = how["Message"]
                other = how | {"Message": message[:-1] + bytes([message[-1] ^ 1])}
                self.refuses("KMSInvalidSignatureException", "Verify", Signature=signature, **other)
                if algorithm != "ED25519_PH_SHA_512":
                    self.verify(public, algorithm, signature)

    def forms(self, algorithm, public):
        raw = {"Message": MESSAGE, "MessageType": "RAW"}
        if algorithm == "ED25519_SHA_512":
            return (raw,)
        if algorithm == "ML_DSA_SHAKE_256":
            hasher = mldsa.MLDSAMuHasher(public)
            hasher.update(MESSAGE)
            return raw, {"Message": hasher.finalize(), "MessageType": "EXTERNAL_MU"}
        hasher = hashes.Hash(HASHES[algorithm.split("_")[-1]])
        hasher.update(MESSAGE)
        digest = {"Message": hasher.finalize(), "MessageType": "DIGEST"}
        return (digest,) if algorithm == "ED25519_PH_SHA_512" else (raw, digest)

    def verify(self, public, algorithm, signature):
        if isinstance(public, rsa.RSAPublicKey):
            hash = HASHES[algorithm.split("_")[-1]]
            pss = padding.PSS(padding.MGF1(hash), hash.digest_size)
            scheme = pss if "PSS" in algorithm else padding.PKCS1v15()
            how = (scheme, hash)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            how = (ec.ECDSA(HASHES[algorithm.split("_")[-1]]),)
        else:
            how = ()
        public.verify(signature, MESSAGE, *how)
        with self.case.assertRaises(InvalidSignature):
            public.verify(signature, b"another", *how)


class Mac(Use):
    checks_with = "VerifyMac"
    algorithms = "MacAlgorithms"

    def make(self):
        how = {"KeyId": self.key, "MacAlgorithm": self.spec.replace("_", "_SHA_")}
        return how, self.call("GenerateMac", Message=MESSAGE, **how)["Mac"]

    def check(self, made):
        how, mac = made
        self.equal(self.call("VerifyMac", Message=MESSAGE, Mac=mac, **how)["MacValid"], True)

    def everything(self):
        how, mac = self.make()
        self.equal(len(mac), int(self.spec.split("_")[-1]) // 8)
        self.refuses("KMSInvalidMacException", "VerifyMac", Message=b"another", Mac=mac, **how)

    def agrees_with(self, material):
        """With a key that was imported, since none comes out."""
        code = hmac.HMAC(material, HASHES[self.spec.split("_")[-1]])
        code.update(MESSAGE)
        self.equal(self.make()[1], code.finalize())


class Agreement(Use):
    checks_with = "DeriveSharedSecret"
    algorithms = "KeyAgreementAlgorithms"

    def make(self):
        """OpenSSL has the other key, and comes to the same secret."""
        public, _ = self.public_key()
        private = ec.generate_private_key(CURVES[self.spec])
        theirs = private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        made = theirs, private.exchange(ec.ECDH(), public)
        self.check(made)
        return made

    def check(self, made):
        theirs, secret = made
        how = {"KeyId": self.key, "KeyAgreementAlgorithm": "ECDH"}
        derived = self.call("DeriveSharedSecret", PublicKey=theirs, **how)
        self.equal(derived["SharedSecret"], secret)

    def everything(self):
        how = {"KeyId": self.key, "KeyAgreementAlgorithm": "ECDH"}
        self.refuses("ValidationException", "DeriveSharedSecret", PublicKey=b"none", **how)


class Encapsulation(Use):
    """OpenSSL encapsulates for the key. `cryptography` does not offer ML-KEM-512."""

    checks_with = "Decapsulate"
    algorithms = "EncapsulationAlgorithms"

    def make(self):
        how = {"KeyId": self.key, "EncapsulationAlgorithm": "ML_KEM"}
        made = self.call("Encapsulate", **how)
        return made["SharedSecretCiphertextBlob"], made["SharedSecret"]

    def check(self, made):
        ciphertext, secret = made
        how = {"KeyId": self.key, "EncapsulationAlgorithm": "ML_KEM"}
        opened = self.call("Decapsulate", SharedSecretCiphertextBlob=ciphertext, **how)
        self.equal(opened["SharedSecret"], secret)

    def everything(self):
        if self.spec != "ML_KEM_512":
            public, _ = self.public_key()
            secret, ciphertext = public.encapsulate()
            self.check((ciphertext, secret))


def use_of(case, key, spec, usage):
    """The use of a key of that spec and usage."""
    kinds = {
        "ENCRYPT_DECRYPT": Symmetric if spec == "SYMMETRIC_DEFAULT" else RsaEncryption,
        "SIGN_VERIFY": Signing,
        "GENERATE_VERIFY_MAC": Mac,
        "KEY_AGREEMENT": Agreement,
        "ENCAPSULATE_DECAPSULATE": Encapsulation,
    }
    return kinds[usage](case, key, spec, usage)
