//! Every spec, from its making to its use, by what the isolate offers.

mod kit;

use keycell_core::{
    algorithm::{Encryption, Message, Signing},
    binding::{Binding, KeySpec, KeyUsage},
    error::Error,
    root::Root,
    self_test::Tests,
    tenant::{Side, Tenant},
};

use kit::{binding, entropy, key, tenant};

fn made(tenant: &mut Tenant, spec: KeySpec, usage: KeyUsage) -> (Vec<u8>, Binding) {
    let binding = binding(spec, usage);
    (tenant.generate(&binding).expect("an allowed usage").sealed, binding)
}

#[test]
fn every_signing_spec_signs_and_verifies() {
    use KeySpec::{Ed25519, MlDsa44, MlDsa65, MlDsa87, P256, P384, P521, Rsa2048, Secp256k1};
    let mut tenant = tenant();
    let digest = [7; 64];
    for (spec, algorithm, messages) in [
        (Rsa2048, Signing::PssSha256, [Message::Raw(b"m"), Message::Digest(&digest[..32])]),
        (Rsa2048, Signing::Pkcs1Sha384, [Message::Raw(b"m"), Message::Digest(&digest[..48])]),
        (P256, Signing::EcdsaSha256, [Message::Raw(b"m"), Message::Digest(&digest[..32])]),
        (Secp256k1, Signing::EcdsaSha256, [Message::Raw(b"m"), Message::Digest(&digest[..32])]),
        (P384, Signing::EcdsaSha384, [Message::Raw(b"m"), Message::Digest(&digest[..48])]),
        (P521, Signing::EcdsaSha512, [Message::Raw(b"m"), Message::Digest(&digest)]),
        (Ed25519, Signing::Ed25519, [Message::Raw(b"m"), Message::Raw(b"n")]),
        (Ed25519, Signing::Ed25519Ph, [Message::Digest(&digest), Message::Digest(&[8; 64])]),
        (MlDsa44, Signing::MlDsa, [Message::Raw(b"m"), Message::ExternalMu(&digest)]),
        (MlDsa65, Signing::MlDsa, [Message::Raw(b"m"), Message::ExternalMu(&digest)]),
        (MlDsa87, Signing::MlDsa, [Message::Raw(b"m"), Message::ExternalMu(&digest)]),
    ] {
        let (sealed, binding) = made(&mut tenant, spec, KeyUsage::SignVerify);
        let key = key(&sealed, &binding);
        assert!(!tenant.public_key(&key).expect("it has one").is_empty());
        let [one, two] = messages;
        let signature = tenant.sign(&key, algorithm, one).expect("its algorithm");
        assert_eq!(tenant.verify(&key, algorithm, one, &signature), Ok(()), "{spec:?}");
        let other = tenant.verify(&key, algorithm, two, &signature);
        assert_eq!(other, Err(Error::Unverified), "{spec:?}");
        let signature = tenant.sign(&key, algorithm, two).expect("its algorithm");
        assert_eq!(tenant.verify(&key, algorithm, two, &signature), Ok(()), "{spec:?}");
        for wrong in [Signing::PssSha512, Signing::EcdsaSha512, Signing::MlDsa, Signing::Ed25519] {
            if tenant.sign(&key, wrong, one).is_err() {
                assert!(tenant.verify(&key, wrong, one, &signature).is_err());
            }
        }
    }
}

#[test]
fn a_key_serves_its_usage_only() {
    let mut tenant = tenant();
    let (sealed, binding) = made(&mut tenant, KeySpec::P256, KeyUsage::KeyAgreement);
    let agreement = key(&sealed, &binding);
    let unsupported = Some(Error::Unsupported);
    let signed = tenant.sign(&agreement, Signing::EcdsaSha256, Message::Raw(b"m"));
    assert_eq!(signed.err(), unsupported);
    assert_eq!(tenant.generate_mac(&agreement, b"m").err(), unsupported);
    assert_eq!(tenant.encapsulate(&agreement).err(), unsupported);
    let signing = Binding { usage: KeyUsage::SignVerify, ..binding.clone() };
    let posing = key(&sealed, &signing);
    let signed = tenant.sign(&posing, Signing::EcdsaSha256, Message::Raw(b"m"));
    assert_eq!(signed.err(), Some(Error::Foreign));
    let impossible = Binding { usage: KeyUsage::Encapsulation, ..binding };
    assert_eq!(tenant.generate(&impossible).err(), Some(Error::Invalid));
}

#[test]
fn every_mac_spec_has_its_length() {
    let mut tenant = tenant();
    for (spec, length) in [
        (KeySpec::Hmac224, 28),
        (KeySpec::Hmac256, 32),
        (KeySpec::Hmac384, 48),
        (KeySpec::Hmac512, 64),
    ] {
        let (sealed, binding) = made(&mut tenant, spec, KeyUsage::Mac);
        let key = key(&sealed, &binding);
        let mac = tenant.generate_mac(&key, b"message").expect("in bounds");
        assert_eq!(mac.len(), length);
        assert_eq!(tenant.verify_mac(&key, b"message", &mac), Ok(()));
        assert_eq!(tenant.verify_mac(&key, b"massage", &mac), Err(Error::Unverified));
        assert_eq!(tenant.public_key(&key).err(), Some(Error::Unsupported));
    }
}

#[test]
fn two_sides_agree() {
    let mut tenant = tenant();
    for (spec, length) in [(KeySpec::P256, 32), (KeySpec::P384, 48), (KeySpec::P521, 66)] {
        let (one, binding) = made(&mut tenant, spec, KeyUsage::KeyAgreement);
        let two = tenant.generate(&binding).expect("unsealed").sealed;
        let (one, two) = (key(&one, &binding), key(&two, &binding));
        let (first, second) = (tenant.public_key(&one).unwrap(), tenant.public_key(&two).unwrap());
        let here = tenant.derive(&one, &second).expect("on the same curve");
        let there = tenant.derive(&two, &first).expect("on the same curve");
        assert_eq!(here, there);
        assert_eq!(here.len(), length);
        assert_eq!(tenant.derive(&one, b"no key").err(), Some(Error::Invalid));
    }
}

#[test]
fn what_is_encapsulated_comes_out_again() {
    let mut tenant = tenant();
    for (spec, length) in
        [(KeySpec::MlKem512, 768), (KeySpec::MlKem768, 1088), (KeySpec::MlKem1024, 1568)]
    {
        let (sealed, binding) = made(&mut tenant, spec, KeyUsage::Encapsulation);
        let key = key(&sealed, &binding);
        let made = tenant.encapsulate(&key).expect("its usage");
        assert_eq!((made.ciphertext.len(), made.shared_secret.len()), (length, 32));
        let opened = tenant.decapsulate(&key, &made.ciphertext).expect("its length");
        assert_eq!(opened, made.shared_secret);
        let mut other = made.ciphertext.clone();
        other[0] ^= 1;
        assert_ne!(tenant.decapsulate(&key, &other).expect("its length"), made.shared_secret);
        let short = tenant.decapsulate(&key, &other[1..]).err();
        assert_eq!(short, Some(Error::Unverified));
    }
}

#[test]
fn rsa_encrypts_without_a_context() {
    let mut tenant = tenant();
    let (sealed, binding) = made(&mut tenant, KeySpec::Rsa2048, KeyUsage::EncryptDecrypt);
    for (algorithm, most) in [(Encryption::OaepSha1, 214), (Encryption::OaepSha256, 190)] {
        let side = |context| Side { key: key(&sealed, &binding), algorithm, context };
        let plaintext = vec![3; most];
        let ciphertext = tenant.encrypt(&side(b""), &plaintext).expect("it fits");
        assert_eq!(ciphertext.len(), 256);
        let opened = tenant.decrypt(&side(b""), &ciphertext).expect("its own");
        assert_eq!(*opened, plaintext);
        assert_eq!(tenant.encrypt(&side(b""), &vec![3; most + 1]).err(), Some(Error::Invalid));
        assert_eq!(tenant.encrypt(&side(b"c"), b"x").err(), Some(Error::Invalid));
        let bad = tenant.decrypt(&side(b""), &ciphertext[1..]).err();
        assert_eq!(bad, Some(Error::Unverified));
    }
    let symmetric =
        Side { key: key(&sealed, &binding), algorithm: Encryption::Symmetric, context: b"" };
    assert_eq!(tenant.encrypt(&symmetric, b"x").err(), Some(Error::Unsupported));
}

#[test]
fn data_key_pairs_come_in_the_clear_and_encrypted() {
    let mut tenant = tenant();
    let (sealed, binding) = made(&mut tenant, KeySpec::Symmetric, KeyUsage::EncryptDecrypt);
    let side =
        Side { key: key(&sealed, &binding), algorithm: Encryption::Symmetric, context: b"c" };
    for spec in [
        KeySpec::Rsa2048,
        KeySpec::P256,
        KeySpec::P384,
        KeySpec::P521,
        KeySpec::Secp256k1,
        KeySpec::Ed25519,
    ] {
        let made = tenant.generate_data_key_pair(&side, spec).expect("a pair spec");
        let opened = tenant.decrypt(&side, &made.private_key.ciphertext).expect("its own");
        assert_eq!(opened, made.private_key.plaintext);
    }
    for spec in [KeySpec::Symmetric, KeySpec::Hmac256, KeySpec::MlDsa44, KeySpec::MlKem512] {
        let refused = tenant.generate_data_key_pair(&side, spec).err();
        assert_eq!(refused, Some(Error::Unsupported));
    }
}

#[test]
fn a_resealed_key_is_the_same_key() {
    let mut tenant = tenant();
    let (sealed, binding) = made(&mut tenant, KeySpec::P256, KeyUsage::SignVerify);
    let again = tenant.reseal(&key(&sealed, &binding)).expect("its own");
    assert_eq!(again, sealed, "it is under the newest root already");
    let public = tenant.public_key(&key(&sealed, &binding));
    assert_eq!(tenant.public_key(&key(&again, &binding)), public);
}

#[test]
fn an_isolate_whose_tests_fail_serves_nothing() {
    let mut sick = Tenant::with_tests(entropy, Tests { ground: || false, ..Tests::REAL });
    assert_eq!(sick.hello(), Err(Error::Failed));
    assert_eq!(sick.unseal(b"").err(), Some(Error::Failed));
    let binding = binding(KeySpec::Symmetric, KeyUsage::EncryptDecrypt);
    assert_eq!(sick.generate(&binding).err(), Some(Error::Failed));
    assert_eq!(sick.random(1).err(), Some(Error::Failed));
    assert_eq!(sick.tag(b"l", b"m").err(), Some(Error::Failed));
    assert_eq!(sick.self_test(), Err(Error::Failed));
    let mut root = Root::with_tests(entropy, Tests { ground: || false, ..Tests::REAL });
    assert_eq!(root.initialise(1, &[vec![9; 32]]).err(), Some(Error::Failed));
    let mut tenant = tenant();
    assert_eq!(tenant.self_test(), Ok(()));
}
