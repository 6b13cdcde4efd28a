//! Two tenants and their root isolate, natively.
#![allow(dead_code, reason = "each test binary uses what it needs")]

use keycell_core::{
    binding::{Binding, KeySpec, KeyUsage},
    parcel::Receiver,
    random::Drbg,
    root::{Hello, Root},
    tenant::{Key, Tenant},
};

pub const ACCOUNT: &str = "111122223333";
pub const OTHER: &str = "444455556666";
pub const HERE: &str = "us-east-1";
pub const THERE: &str = "eu-west-1";

pub fn entropy() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static STATE: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    let x = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
    (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (x >> 17)
}

/// An unsealed root isolate.
pub fn root() -> Root {
    let mut root = Root::new(entropy);
    let operator = Receiver::new(&mut Drbg::new(entropy));
    root.initialise(1, &[operator.public().to_vec()]).expect("a public key");
    root
}

/// An admitted isolate with a root of its own, and its certificate.
pub fn admitted(root: &mut Root, account: &str, region: &str) -> (Tenant, Vec<u8>) {
    let (account, region) = (account.as_bytes(), region.as_bytes());
    let sealed_root = root.create_tenant(account, region).expect("unsealed");
    let mut tenant = Tenant::new(entropy);
    let public = tenant.hello().expect("healthy");
    let hello = Hello { account, region, public: &public, component: &[7; 32] };
    let admission = root.admit(&hello, &[sealed_root]).expect("admitted");
    tenant.unseal(&admission.parcel).expect("its own parcel");
    (tenant, admission.certificate)
}

/// An admitted isolate.
pub fn tenant() -> Tenant {
    admitted(&mut root(), ACCOUNT, HERE).0
}

pub fn binding(spec: KeySpec, usage: KeyUsage) -> Binding {
    Binding {
        account: ACCOUNT.into(),
        region: HERE.into(),
        key_id: b"key".to_vec(),
        spec,
        usage,
        multi_region: false,
    }
}

pub fn key<'a>(sealed: &'a [u8], binding: &'a Binding) -> Key<'a> {
    Key { sealed, binding }
}
