//! What an isolate is handed: sealed blobs, ciphertexts, parcels, certificates, tags.
#![no_main]

use keycell_core::{
    certificate::Issuer,
    domain::SealedDomain,
    notary,
    parcel::Receiver,
    random::Drbg,
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
    shamir::Share,
    tenant::Tenant,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut drbg = Drbg::new(|| 1);
    let keys = SealingKeys::new(vec![SealingKey::new(Secret::new(&[1; 32]))]);
    let keys = keys.expect("one key is enough");
    for purpose in [Purpose::Domain, Purpose::TenantRoot, Purpose::Key, Purpose::Credential] {
        assert!(keys.open(purpose, b"", data).is_err());
    }
    assert!(notary::check(&keys, b"label", b"message", data).is_err());
    assert!(Receiver::new(&mut drbg).open(b"info", data).is_err());
    assert!(Issuer::new(&mut drbg).verifier().check(data).is_err());
    let _ = Share::decode(data);
    let unseal = SealingKey::new(Secret::new(&[1; 32]));
    assert!(SealedDomain::parse(data).and_then(|domain| domain.open(&unseal)).is_err());
    let mut tenant = Tenant::new(|| 1);
    tenant.hello();
    assert!(tenant.unseal(data).is_err());
    let _ = keycell::keys::MaterialId::of_ciphertext(data);
});
