"""OpenSSL, as PyPI's `cryptography` brings it, for tests/src/openssl.rs.

One line of JSON comes in for each call: the name of a function of this file and its arguments, bytes
as lists of one base64 text. One line goes out: a list of base64 texts, or null if OpenSSL refuses.
Keys are PKCS #8 and SubjectPublicKeyInfo (DER); those of ML-DSA and ML-KEM are seeds.
"""

import base64
import json
import os
import sys

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

HASHES = {
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
CURVES = {
    "p256": ec.SECP256R1(),
    "p384": ec.SECP384R1(),
    "p521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}
SEEDS = {
    "ml-dsa-44": mldsa.MLDSA44PrivateKey,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey,
    "ml-dsa-87": mldsa.MLDSA87PrivateKey,
    "ml-kem-768": mlkem.MLKEM768PrivateKey,
    "ml-kem-1024": mlkem.MLKEM1024PrivateKey,
}


def generate(spec):
    """A private key, and its public half."""
    if spec in SEEDS:
        key = SEEDS[spec].generate()
        return key.private_bytes_raw(), spki(key.public_key())
    if spec in CURVES:
        key = ec.generate_private_key(CURVES[spec])
    elif spec == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(65537, int(spec.removeprefix("rsa-")))
    document = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return document, spki(key.public_key())


def public(private):
    return spki(serialization.load_der_private_key(private, None).public_key())


def encoded_again(public):
    return spki(load(public))


def sign(spec, private, algorithm, form, message):
    key = private_key(spec, private)
    if form == "external-mu":
        return key.sign_mu(message)
    return key.sign(message, *how(algorithm, form))


def verify(public, algorithm, form, message, signature):
    key = load(public)
    if form == "external-mu":
        key.verify_mu(signature, message)
    else:
        key.verify(signature, message, *how(algorithm, form))
    return ()


def representative(public, message):
    """What ML-DSA signs in the place of a message."""
    hasher = mldsa.MLDSAMuHasher(load(public))
    hasher.update(message)
    return hasher.finalize()


def encrypt(public, hash, plaintext):
    return load(public).encrypt(plaintext, oaep(hash))


def decrypt(private, hash, ciphertext):
    return private_key("rsa", private).decrypt(ciphertext, oaep(hash))


def derive(private, peer):
    return private_key("ec", private).exchange(ec.ECDH(), load(peer))


def encapsulate(public):
    return load(public).encapsulate()


def decapsulate(spec, private, ciphertext):
    return private_key(spec, private).decapsulate(ciphertext)


def mac(hash, key, message):
    code = hmac.HMAC(key, HASHES[hash])
    code.update(message)
    return code.finalize()


def verify_mac(hash, key, message, expected):
    code = hmac.HMAC(key, HASHES[hash])
    code.update(message)
    code.verify(expected)
    return ()


def wrap(public, wrapping, hash, material):
    """The ways of wrapping of AWS's ImportKeyMaterial."""
    if wrapping == "rsaes-oaep":
        return encrypt(public, hash, material)
    key = os.urandom(32)
    return encrypt(public, hash, key) + keywrap.aes_key_wrap_with_padding(key, material)


# Ciphertexts of symmetric keys, by what stands at the top of guest/core/src/cipher.rs.


def seal(material, account, key_id, context, plaintext):
    salt, material_id = os.urandom(16), material_id_of(material, key_id)
    cipher, nonce = message_key(material, salt)
    data = authenticated(account, key_id, material_id, context)
    return b"\x01" + material_id + salt + cipher.encrypt(nonce, plaintext, data)


def unseal(material, account, key_id, context, ciphertext):
    version, material_id, salt = ciphertext[:1], ciphertext[1:33], ciphertext[33:49]
    if version != b"\x01" or material_id != material_id_of(material, key_id):
        raise InvalidTag
    cipher, nonce = message_key(material, salt)
    data = authenticated(account, key_id, material_id, context)
    return cipher.decrypt(nonce, ciphertext[49:], data)


def message_key(material, salt):
    extracted = hmac.HMAC(b"keycell message v1", hashes.SHA256())
    extracted.update(material)
    expanded = HKDFExpand(hashes.SHA256(), 44, salt).derive(extracted.finalize())
    return AESGCM(expanded[:32]), expanded[32:]


def material_id_of(material, key_id):
    return HKDF(hashes.SHA256(), 32, b"keycell material id v1", key_id).derive(material)


def authenticated(account, key_id, material_id, context):
    fields = b"".join(len(field).to_bytes(2, "big") + field for field in (account, key_id))
    return b"\x01" + fields + material_id + context


def private_key(spec, private):
    if spec in SEEDS:
        return SEEDS[spec].from_seed_bytes(private)
    return serialization.load_der_private_key(private, None)


def load(public):
    return serialization.load_der_public_key(public)


def spki(key):
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def how(algorithm, form):
    """What `sign` and `verify` are told beside the message."""
    if algorithm in ("ed25519", "ml-dsa"):
        return ()
    scheme, hash = algorithm.split("-")
    hash = HASHES[hash]
    given = utils.Prehashed(hash) if form == "digest" else hash
    if scheme == "ecdsa":
        return (ec.ECDSA(given),)
    if scheme == "pkcs1":
        return padding.PKCS1v15(), given
    return padding.PSS(padding.MGF1(hash), hash.digest_size), given


def oaep(hash):
    return padding.OAEP(padding.MGF1(HASHES[hash]), HASHES[hash], None)


CALLS = (
    generate, public, encoded_again, sign, verify, representative, encrypt, decrypt, derive,
    encapsulate, decapsulate, mac, verify_mac, wrap, seal, unseal,
)  # fmt: skip


def main():
    calls = {call.__name__: call for call in CALLS}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        arguments = [base64.b64decode(a[0]) if isinstance(a, list) else a for a in arguments]
        try:
            given = calls[name](*arguments)
        except (InvalidSignature, InvalidTag, ValueError):
            print("null", flush=True)
            continue
        given = given if isinstance(given, tuple) else (given,)
        print(json.dumps([base64.b64encode(g).decode() for g in given]), flush=True)


main()
