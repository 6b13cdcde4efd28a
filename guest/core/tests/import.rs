//! Material made elsewhere, wrapped the way AWS's clients wrap it.

mod kit;

use keycell_core::{
    algorithm::{Encryption, Wrapping},
    binding::{Binding, KeySpec, KeyUsage},
    error::Error,
    tenant::{SealedMaterial, Side, Tenant, Wrapped},
};

use kit::{binding, key, tenant};

const UNVERIFIED: Option<Error> = Some(Error::Unverified);

/// An invitation with what its public key encrypts.
struct Offer {
    tenant: Tenant,
    target: Binding,
    invitation: Vec<u8>,
    public_key: Vec<u8>,
}

fn offer(spec: KeySpec, usage: KeyUsage) -> Offer {
    let mut tenant = tenant();
    let target = binding(spec, usage);
    let made = tenant.invite(KeySpec::Rsa2048, &target).expect("an RSA spec");
    Offer { tenant, target, invitation: made.sealed, public_key: made.public_key }
}

impl Offer {
    fn accept(&mut self, wrapping: Wrapping, bytes: &[u8]) -> Result<SealedMaterial, Error> {
        let (invitation, spec) = (&self.invitation, KeySpec::Rsa2048);
        self.tenant.accept(&Wrapped { invitation, spec, wrapping, bytes }, &self.target)
    }

    /// RSAES-OAEP with SHA-256 by the crate itself.
    fn wrap(&self, material: &[u8]) -> Vec<u8> {
        use rsa::pkcs8::DecodePublicKey;
        let public = rsa::RsaPublicKey::from_public_key_der(&self.public_key).expect("SPKI");
        let mut random = keycell_core::random::Drbg::new(kit::entropy);
        public.encrypt(&mut random, rsa::Oaep::<sha2::Sha256>::new(), material).expect("it fits")
    }
}

#[test]
fn symmetric_material_encrypts_and_keeps_its_id() {
    let mut offer = offer(KeySpec::Symmetric, KeyUsage::EncryptDecrypt);
    let wrapped = offer.wrap(&[5; 32]);
    let first = offer.accept(Wrapping::OaepSha256, &wrapped).expect("32 bytes");
    let again = offer.wrap(&[5; 32]);
    let second = offer.accept(Wrapping::OaepSha256, &again).expect("32 bytes");
    assert_eq!(first.material_id, second.material_id);
    assert_ne!(first.sealed, second.sealed);
    let Offer { mut tenant, target, .. } = offer;
    let side =
        |sealed| Side { key: key(sealed, &target), algorithm: Encryption::Symmetric, context: b"" };
    let ciphertext = tenant.encrypt(&side(&first.sealed), b"x").expect("in bounds");
    let opened = tenant.decrypt(&side(&second.sealed), &ciphertext).expect("the same material");
    assert_eq!(opened.as_slice(), b"x");
}

#[test]
fn material_of_the_wrong_length_is_refused() {
    let mut symmetric = offer(KeySpec::Symmetric, KeyUsage::EncryptDecrypt);
    for length in [1, 31, 33, 64] {
        let wrapped = symmetric.wrap(&vec![5; length]);
        assert_eq!(symmetric.accept(Wrapping::OaepSha256, &wrapped).err(), UNVERIFIED);
    }
    let mut mac = offer(KeySpec::Hmac256, KeyUsage::Mac);
    for (length, expected) in [(31, UNVERIFIED), (32, None), (128, None), (129, UNVERIFIED)] {
        let wrapped = mac.wrap(&vec![5; length]);
        assert_eq!(mac.accept(Wrapping::OaepSha256, &wrapped).err(), expected);
    }
}

#[test]
fn an_invitation_is_for_its_target_only() {
    let mut offer = offer(KeySpec::Symmetric, KeyUsage::EncryptDecrypt);
    let bytes = offer.wrap(&[5; 32]);
    let other = Binding { key_id: b"other".to_vec(), ..offer.target.clone() };
    let (invitation, wrapping) = (&offer.invitation, Wrapping::OaepSha256);
    let wrapped = Wrapped { invitation, spec: KeySpec::Rsa2048, wrapping, bytes: &bytes };
    assert_eq!(offer.tenant.accept(&wrapped, &other).err(), Some(Error::Foreign));
    let wrapped = Wrapped { spec: KeySpec::Rsa3072, ..wrapped };
    assert_eq!(offer.tenant.accept(&wrapped, &offer.target).err(), Some(Error::Foreign));
    // The sealed wrapping key is no KMS key, and a KMS key is no wrapping key.
    let rsa = binding(KeySpec::Rsa2048, KeyUsage::EncryptDecrypt);
    let posing =
        Side { key: key(&offer.invitation, &rsa), algorithm: Encryption::OaepSha256, context: b"" };
    assert_eq!(offer.tenant.decrypt(&posing, &bytes).err(), Some(Error::Foreign));
    let sealed = offer.tenant.generate(&rsa).expect("unsealed").sealed;
    let wrapped = Wrapped { invitation: &sealed, spec: KeySpec::Rsa2048, ..wrapped };
    assert_eq!(offer.tenant.accept(&wrapped, &offer.target).err(), Some(Error::Foreign));
}

#[test]
fn malformed_material_is_refused() {
    let mut offer = offer(KeySpec::Symmetric, KeyUsage::EncryptDecrypt);
    let good = offer.wrap(&[5; 32]);
    for length in [0, 1, 255] {
        assert!(offer.accept(Wrapping::OaepSha256, &good[..length]).is_err());
    }
    for i in (0..good.len()).step_by(17) {
        let mut bad = good.clone();
        bad[i] ^= 1;
        assert_eq!(offer.accept(Wrapping::OaepSha256, &bad).err(), UNVERIFIED);
    }
    assert_eq!(offer.accept(Wrapping::OaepSha1, &good).err(), UNVERIFIED);
    let unsupported = offer.accept(Wrapping::AesKeyWrapSha256, &good).err();
    assert_eq!(unsupported, Some(Error::Unsupported));
}
