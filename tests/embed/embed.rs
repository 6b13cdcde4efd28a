//! The two components in a Rust program with plain wasmtime: `keycell-embed TENANT.wasm ROOT.wasm`
#![expect(clippy::print_stdout, reason = "a program for the command line")]

use sha2::{Digest, Sha256};
use wasmtime::{
    Engine, Store,
    component::{Component, HasSelf, Linker},
};

use tenant::exports::keycell::isolate::{
    cipher, signing,
    types::{Binding, Key, KeySpec, KeyUsage},
};
use tenant::wasi::random::random;

mod tenant {
    #![allow(missing_docs, reason = "generated from the WIT")]
    wasmtime::component::bindgen!({ path: "../wit", world: "tenant" });
}
mod root {
    #![allow(missing_docs, reason = "generated from the WIT")]
    wasmtime::component::bindgen!({ path: "../wit", world: "root" });
}

/// The one import: 64 bits of the kernel's.
struct Host;
impl random::Host for Host {
    fn get_random_u64(&mut self) -> u64 {
        getrandom::u64().expect("the kernel has random bits")
    }
}

fn main() -> wasmtime::Result<()> {
    let files: Vec<_> = std::env::args().skip(1).collect();
    let [tenant_file, root_file] = &*files else { panic!("two files are needed") };
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    random::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    let (tenant_store, root_store) =
        (&mut Store::new(&engine, Host), &mut Store::new(&engine, Host));
    let component = Component::from_file(&engine, root_file)?;
    let root = root::Root::instantiate(&mut *root_store, &component, &linker)?;
    let component = Component::from_file(&engine, tenant_file)?;
    let tenant = tenant::Tenant::instantiate(&mut *tenant_store, &component, &linker)?;

    // The root isolate makes a domain key and the tenant's root, and admits the tenant's isolate.
    let (domain, sealing) = (root.keycell_isolate_domain(), tenant.keycell_isolate_sealing());
    let (account, region) = (b"111122223333", b"us-east-1");
    domain.call_initialise(&mut *root_store, 1, &[OPERATOR.to_vec()])??;
    let roots = [domain.call_create_tenant(&mut *root_store, account, region)??];
    let hello = sealing.call_hello(&mut *tenant_store)??;
    let digest = Sha256::digest(std::fs::read(tenant_file)?);
    let admission =
        domain.call_admit(&mut *root_store, account, region, &roots, &hello, &digest)??;
    sealing.call_unseal(&mut *tenant_store, &admission.parcel)??;

    let mut create = |name: &[u8], spec, usage| -> wasmtime::Result<_> {
        let (account, region) = (account.to_vec(), region.to_vec());
        let key_id = name.to_vec();
        let binding = Binding { account, region, key_id, spec, usage, multi_region: false };
        let made = tenant.keycell_isolate_keys().call_generate(&mut *tenant_store, &binding)??;
        Ok(Key { sealed: made.sealed, binding })
    };
    let key = create(b"one key", KeySpec::Symmetric, KeyUsage::EncryptDecrypt)?;
    let signer = create(b"another key", KeySpec::P256, KeyUsage::SignVerify)?;

    let algorithm = cipher::Algorithm::SymmetricDefault;
    let under = cipher::Side { key, algorithm, context: Vec::new() };
    let cipher = tenant.keycell_isolate_cipher();
    let ciphertext = cipher.call_encrypt(&mut *tenant_store, &under, b"attack at dawn")??;
    let plaintext = cipher.call_decrypt(&mut *tenant_store, &under, &ciphertext)??;
    assert_eq!(plaintext, b"attack at dawn");

    let ecdsa = signing::Algorithm::EcdsaSha256;
    let message = |text: &[u8]| signing::Message::Raw(text.to_vec());
    let (message, another) = (message(b"attack at dawn"), message(b"attack at noon"));
    let signing = tenant.keycell_isolate_signing();
    let signature = signing.call_sign(&mut *tenant_store, &signer, ecdsa, &message)??;
    signing.call_verify(&mut *tenant_store, &signer, ecdsa, &message, &signature)??;
    let refusal = signing.call_verify(&mut *tenant_store, &signer, ecdsa, &another, &signature)?;
    assert_eq!(refusal.map_err(|error| error.name()), Err("unverified"));
    println!("ok");
    Ok(())
}

/// An operator's X25519 public key, to which the unseal key is encrypted; here Alice's of RFC 7748.
const OPERATOR: [u8; 32] = [
    0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d, 0xdc, 0xb4, 0x3e, 0xf7, 0x5a,
    0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38, 0x1a, 0xf4, 0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a,
];
