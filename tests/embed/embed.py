"""The two components under PyPI's wasmtime: python embed.py TENANT.wasm ROOT.wasm"""

import hashlib
import pathlib
import sys

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

# An operator's X25519 public key, to which the unseal key is encrypted; here Alice's of RFC 7748.
OPERATOR = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")


class Isolate:
    """An instance of a component; a call that is refused raises what types.wit calls an error."""

    def __init__(self, file):
        engine = Engine(Config())
        linker = Linker(engine)
        linker.add_wasip2()
        self.store = Store(engine)
        self.store.set_wasi(WasiConfig())
        component = Component(engine, pathlib.Path(file).read_bytes())
        self.instance = linker.instantiate(self.store, component)

    def call(self, interface, function, *arguments):
        name = f"keycell:isolate/{interface}@0.1.0"
        interface = self.instance.get_export_index(self.store, name)
        function = self.instance.get_export_index(self.store, function, interface)
        result = self.instance.get_func(self.store, function)(self.store, *arguments)
        if isinstance(result, str):
            raise PermissionError(result)
        return result


def record(**fields):
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def open_tenant(file, root, account, region, sealed_root):
    """A tenant's isolate, admitted by the root isolate."""
    tenant = Isolate(file)
    hello = tenant.call("sealing", "hello")
    digest = hashlib.sha256(pathlib.Path(file).read_bytes()).digest()
    admission = root.call("domain", "admit", account, region, [sealed_root], hello, digest)
    tenant.call("sealing", "unseal", admission.parcel)
    return tenant


def main(tenant_file, root_file):
    root = Isolate(root_file)
    root.call("domain", "initialise", 1, [OPERATOR])
    place = {"account": b"111122223333", "region": b"us-east-1"}
    sealed_root = root.call("domain", "create-tenant", *place.values())
    tenant = open_tenant(tenant_file, root, *place.values(), sealed_root)

    def create(name, spec, usage):
        kind = {"spec": spec, "usage": usage, "multi_region": False}
        binding = record(**place, key_id=name, **kind)
        return record(sealed=tenant.call("keys", "generate", binding).sealed, binding=binding)

    key = create(b"one key", "symmetric", "encrypt-decrypt")
    under = record(key=key, algorithm="symmetric-default", context=b"")
    ciphertext = tenant.call("cipher", "encrypt", under, b"attack at dawn")
    assert tenant.call("cipher", "decrypt", under, ciphertext) == b"attack at dawn"

    signer = create(b"another key", "p256", "sign-verify")
    message = Variant("raw", b"attack at dawn")
    signature = tenant.call("signing", "sign", signer, "ecdsa-sha256", message)
    tenant.call("signing", "verify", signer, "ecdsa-sha256", message, signature)

    # Another instance, from what is stored, serves the same keys.
    other = open_tenant(tenant_file, root, *place.values(), sealed_root)
    assert other.call("cipher", "decrypt", under, ciphertext) == b"attack at dawn"

    # What is refused is refused in a word of types.wit.
    try:
        message = Variant("raw", b"attack at noon")
        other.call("signing", "verify", signer, "ecdsa-sha256", message, signature)
        raise AssertionError("a signature of another message was accepted")
    except PermissionError as refusal:
        assert str(refusal) == "unverified", refusal
    print("ok")


main(*sys.argv[1:])
