//! The two isolates together, natively: what the components do, without a component.

use keycell_core::{
    algorithm::Encryption,
    binding::{Binding, KeySpec, KeyUsage},
    error::Error,
    parcel::{Receiver, UNSEAL_KEY, send},
    quorum::{Progress, Refused, Unfit},
    random::Drbg,
    root::{Hello, Root},
    tenant::{Key, Scope, Side, Tenant},
};

fn entropy() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static STATE: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    let x = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
    (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (x >> 17)
}

struct Service {
    root: Root,
    sealed_root: Vec<u8>,
    tenant: Tenant,
}

const ACCOUNT: &[u8] = b"111122223333";

fn admit(root: &mut Root, tenant: &mut Tenant, account: &[u8], sealed: &[u8]) -> Vec<u8> {
    let public = tenant.hello().expect("healthy");
    let hello = Hello { account, region: b"us-east-1", public: &public, component: &[7; 32] };
    root.admit(&hello, &[sealed.to_vec()]).expect("admitted").parcel
}

fn service() -> Service {
    let mut root = Root::new(entropy);
    let operator = Receiver::new(&mut Drbg::new(entropy));
    root.initialise(1, &[operator.public().to_vec()]).expect("a public key");
    let sealed_root = root.create_tenant(ACCOUNT, b"us-east-1").expect("unsealed");
    let mut tenant = Tenant::new(entropy);
    let parcel = admit(&mut root, &mut tenant, ACCOUNT, &sealed_root);
    tenant.unseal(&parcel).expect("its own parcel");
    Service { root, sealed_root, tenant }
}

fn binding(key_id: &str) -> Binding {
    Binding {
        account: ACCOUNT.to_vec(),
        region: b"us-east-1".to_vec(),
        key_id: key_id.as_bytes().to_vec(),
        spec: KeySpec::Symmetric,
        usage: KeyUsage::EncryptDecrypt,
        multi_region: false,
    }
}

fn side<'a>(sealed: &'a [u8], binding: &'a Binding, context: &'a [u8]) -> Side<'a> {
    Side { key: Key { sealed, binding }, algorithm: Encryption::Symmetric, context }
}

#[test]
fn a_key_encrypts_and_decrypts_in_any_instance_of_its_tenant() {
    let Service { mut root, sealed_root, mut tenant } = service();
    let binding = binding("one");
    let key = tenant.generate(&binding).expect("unsealed");
    let side = side(&key.sealed, &binding, b"context");
    let ciphertext = tenant.encrypt(&side, b"hello").expect("in bounds");
    assert_eq!(ciphertext[1..33], key.material_id);

    let mut second = Tenant::new(entropy);
    let parcel = admit(&mut root, &mut second, ACCOUNT, &sealed_root);
    second.unseal(&parcel).expect("its own parcel");
    assert_eq!(second.decrypt(&side, &ciphertext).expect("its key").as_slice(), b"hello");
}

#[test]
fn a_sealed_key_is_refused_under_another_binding_and_by_another_tenant() {
    let Service { mut root, mut tenant, .. } = service();
    let (one, two) = (binding("one"), binding("two"));
    let key = tenant.generate(&one).expect("unsealed");
    let foreign = Some(Error::Foreign);
    assert_eq!(tenant.encrypt(&side(&key.sealed, &two, b""), b"x").err(), foreign);
    let multi = Binding { multi_region: true, ..one.clone() };
    assert_eq!(tenant.encrypt(&side(&key.sealed, &multi, b""), b"x").err(), foreign);

    let other = b"444455556666";
    let sealed = root.create_tenant(other, b"us-east-1").expect("unsealed");
    let mut neighbour = Tenant::new(entropy);
    let parcel = admit(&mut root, &mut neighbour, other, &sealed);
    neighbour.unseal(&parcel).expect("its own parcel");
    assert_eq!(neighbour.encrypt(&side(&key.sealed, &one, b""), b"x").err(), foreign);
    let stolen = Binding { account: other.to_vec(), ..one };
    assert_eq!(neighbour.encrypt(&side(&key.sealed, &stolen, b""), b"x").err(), foreign);
}

#[test]
fn purposes_do_not_mix() {
    let Service { mut root, sealed_root, mut tenant } = service();
    let binding = binding("one");
    let key = tenant.generate(&binding).expect("unsealed").sealed;
    let id = b"AKIAIOSFODNN7EXAMPLE";
    let credential = tenant.create_access_key(id).expect("unsealed");
    let scope = Scope { date: b"20150830", region: b"us-east-1", service: b"kms" };
    for blob in [&key, &sealed_root] {
        assert_eq!(tenant.signing_key(id, blob, &scope).err(), Some(Error::Foreign));
        assert!(tenant.confirm_access_key(id, blob, b"").is_err());
    }
    for blob in [&credential.sealed, &sealed_root] {
        assert!(tenant.encrypt(&side(blob, &binding, b""), b"x").is_err());
    }
    let public = tenant.hello().expect("healthy");
    let hello =
        Hello { account: ACCOUNT, region: b"us-east-1", public: &public, component: &[7; 32] };
    for blob in [key, credential.sealed] {
        assert_eq!(root.admit(&hello, &[blob]).err(), Some(Error::Foreign));
    }
}

#[test]
fn a_root_of_another_tenant_is_not_handed_over() {
    let Service { mut root, sealed_root, mut tenant } = service();
    let public = tenant.hello().expect("healthy");
    for (account, region) in [(&b"444455556666"[..], &b"us-east-1"[..]), (ACCOUNT, b"eu-west-1")] {
        let hello = Hello { account, region, public: &public, component: &[7; 32] };
        assert_eq!(
            root.admit(&hello, std::slice::from_ref(&sealed_root)).err(),
            Some(Error::Foreign)
        );
    }
}

#[test]
fn a_parcel_serves_one_hello() {
    let Service { mut root, sealed_root, mut tenant } = service();
    let parcel = admit(&mut root, &mut tenant, ACCOUNT, &sealed_root);
    tenant.hello().expect("healthy");
    assert_eq!(tenant.unseal(&parcel), Err(Error::Foreign));
    assert_eq!(tenant.unseal(&parcel), Err(Error::Invalid));
}

#[test]
fn a_sealed_isolate_serves_nothing() {
    let Service { mut root, mut tenant, .. } = service();
    let binding = binding("one");
    let key = tenant.generate(&binding).expect("unsealed").sealed;
    tenant.seal();
    assert_eq!(tenant.encrypt(&side(&key, &binding, b""), b"x").err(), Some(Error::Locked));
    assert_eq!(tenant.generate(&binding).err(), Some(Error::Locked));
    assert_eq!(tenant.random(8).err(), Some(Error::Locked));
    assert_eq!(tenant.tag(b"l", b"m").err(), Some(Error::Locked));
    root.seal();
    assert_eq!(root.create_tenant(ACCOUNT, b"us-east-1").err(), Some(Error::Locked));
}

#[test]
fn the_domain_opens_again_with_its_unseal_key_only() {
    let mut root = Root::new(entropy);
    let mut drbg = Drbg::new(entropy);
    let operator = Receiver::new(&mut drbg);
    let founding = root.initialise(1, &[operator.public().to_vec()]).expect("a public key");
    let unseal = operator.open(UNSEAL_KEY, &founding.shares[0]).expect("its share");
    let sealed_root = root.create_tenant(ACCOUNT, b"us-east-1").expect("unsealed");

    let mut restarted = Root::new(entropy);
    let wrong = send(&restarted.reception(), UNSEAL_KEY, &[0; 32], &mut drbg).unwrap();
    let foreign = Err(Refused::Share { at: 0, why: Unfit::Foreign });
    assert_eq!(restarted.unseal(&founding.sealed_domain, &wrong), foreign);
    let right = send(&restarted.reception(), UNSEAL_KEY, &unseal, &mut drbg).unwrap();
    let whole = Ok(Progress { have: 1, need: 1 });
    assert_eq!(restarted.unseal(&founding.sealed_domain, &right), whole);
    let mut tenant = Tenant::new(entropy);
    let parcel = admit(&mut restarted, &mut tenant, ACCOUNT, &sealed_root);
    assert_eq!(tenant.unseal(&parcel), Ok(()));
}

#[test]
fn a_signing_key_is_the_one_of_the_published_example() {
    let Service { mut tenant, .. } = service();
    let (id, secret) = (b"AKIDEXAMPLE00000", b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let sealed = tenant.adopt_access_key(id, secret).expect("in bounds");
    let scope = Scope { date: b"20150830", region: b"us-east-1", service: b"iam" };
    let key = tenant.signing_key(id, &sealed, &scope).expect("its own");
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    // AWS General Reference, "Deriving the signing key", example values.
    assert_eq!(hex, "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
    assert_eq!(tenant.confirm_access_key(id, &sealed, secret), Ok(()));
    assert_eq!(tenant.confirm_access_key(id, &sealed, b"x"), Err(Error::Unverified));
    assert!(tenant.confirm_access_key(b"AKIDEXAMPLE00001", &sealed, secret).is_err());
}

#[test]
fn bounds_are_kept() {
    let Service { mut tenant, .. } = service();
    let binding = binding("one");
    let key = tenant.generate(&binding).expect("unsealed").sealed;
    let side = side(&key, &binding, b"");
    let invalid = Some(Error::Invalid);
    assert_eq!(tenant.encrypt(&side, &[0; 4097]).err(), invalid);
    assert_eq!(tenant.encrypt(&side, b"").err(), invalid);
    assert!(tenant.encrypt(&side, &[0; 4096]).is_ok());
    assert_eq!(tenant.random(0).err(), invalid);
    assert_eq!(tenant.random(1025).err(), invalid);
    let long = Side { context: &[0; 8193], ..side };
    assert_eq!(tenant.encrypt(&long, b"x").err(), invalid);
    let bad = Binding { key_id: Vec::new(), ..binding };
    assert_eq!(tenant.generate(&bad).err(), invalid);
}

#[test]
fn re_encryption_and_data_keys_open_under_the_right_key() {
    let Service { mut tenant, .. } = service();
    let (one, two) = (binding("one"), binding("two"));
    let first = tenant.generate(&one).expect("unsealed").sealed;
    let second = tenant.generate(&two).expect("unsealed").sealed;
    let (from, to) = (side(&first, &one, b"a"), side(&second, &two, b"b"));
    let data_key = tenant.generate_data_key(&from, 32).expect("in bounds");
    let moved = tenant.re_encrypt(&from, &data_key.ciphertext, &to).expect("its ciphertext");
    assert_eq!(tenant.decrypt(&to, &moved).expect("its own"), data_key.plaintext);
    assert_eq!(tenant.decrypt(&from, &moved).err(), Some(Error::Unverified));
}
