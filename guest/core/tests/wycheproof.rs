//! Project Wycheproof's vectors about private keys, run on the families themselves.

mod vectors;

use keycell_core::{
    algorithm::{Encryption, Message, Signing},
    binding::KeySpec,
    error::{Error, Result},
    families::{curves, hmac::SecretKey, ml_dsa, ml_kem, rsa},
    import::unwrap_padded,
    random::Drbg,
};

use vectors::{Count, Implementation};

/// The families. An RSA key is opened once for all that is done with it.
#[derive(Default)]
struct Native(Option<(Vec<u8>, rsa::PrivateKey)>);

impl Implementation for Native {
    fn generate_mac(&mut self, spec: KeySpec, key: &[u8], message: &[u8]) -> Result<Vec<u8>> {
        SecretKey::from_stored(spec, key)?.generate_mac(message)
    }

    fn verify_mac(&mut self, spec: KeySpec, key: &[u8], message: &[u8], mac: &[u8]) -> Result<()> {
        SecretKey::from_stored(spec, key)?.verify_mac(message, mac)
    }

    fn derive(&mut self, spec: KeySpec, key: &[u8], peer: &[u8]) -> Result<Vec<u8>> {
        let key = curves::PrivateKey::from_stored(spec, key)?;
        key.derive(peer).map(|secret| secret.to_vec())
    }

    fn decrypt(
        &mut self,
        spec: KeySpec,
        pkcs8: &[u8],
        algorithm: Encryption,
        ciphertext: &[u8],
    ) -> Result<Vec<u8>> {
        if !matches!(&self.0, Some((der, _)) if der == pkcs8) {
            self.0 = Some((pkcs8.to_vec(), rsa::PrivateKey::from_pkcs8(spec, pkcs8)?));
        }
        let (_, key) = self.0.as_ref().expect("opened above");
        let plaintext = key.decrypt(algorithm, ciphertext, &mut Drbg::new(|| 7));
        plaintext.map(|plaintext| plaintext.to_vec())
    }

    fn public_key(&mut self, spec: KeySpec, key: &[u8]) -> Result<Vec<u8>> {
        Ok(ml_kem::PrivateKey::from_stored(spec, key)?.public_key())
    }

    fn decapsulate(&mut self, spec: KeySpec, key: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>> {
        let key = ml_kem::PrivateKey::from_stored(spec, key)?;
        key.decapsulate(ciphertext).map(|secret| secret.to_vec())
    }

    fn verify(
        &mut self,
        spec: KeySpec,
        key: &[u8],
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<()> {
        let key = ml_dsa::PrivateKey::from_stored(spec, key)?;
        key.verify(Signing::MlDsa, message, signature)
    }
}

#[test]
fn hmac() {
    let count = vectors::hmac(&mut Native::default());
    assert_eq!(count, Count { valid: 120, invalid: 430, strict: 120, skipped: 24 });
}

#[test]
fn ecdh() {
    let count = vectors::ecdh(&mut Native::default());
    assert_eq!(count, Count { valid: 1736, invalid: 154, strict: 685, skipped: 0 });
}

#[test]
fn oaep() {
    let count = vectors::oaep(&mut Native::default());
    assert_eq!(count, Count { valid: 58, invalid: 76, strict: 31, skipped: 933 });
}

#[test]
fn ml_kem_keys() {
    let count = vectors::ml_kem_keys(&mut Native::default());
    assert_eq!(count, Count { valid: 300, ..Count::default() });
}

#[test]
fn decapsulation() {
    let count = vectors::decapsulation(&mut Native::default());
    assert_eq!(count, Count { valid: 483, invalid: 120, strict: 0, skipped: 0 });
}

#[test]
fn ml_dsa() {
    let count = vectors::ml_dsa(&mut Native::default());
    assert_eq!(count, Count { valid: 481, invalid: 226, strict: 0, skipped: 211 });
}

/// Keys of 128 and 192 bits are skipped: KMS wraps under 256 bits only.
#[test]
fn key_wrap() {
    let (mut valid, mut invalid) = (0, 0);
    for (key, wrapped, contents) in vectors::key_wrap() {
        let unwrapped = unwrap_padded(&key, &wrapped);
        match contents {
            Some(contents) => {
                assert_eq!(*unwrapped.expect("a valid vector"), contents);
                valid += 1;
            }
            None => {
                assert_eq!(unwrapped.err(), Some(Error::Unverified));
                invalid += 1;
            }
        }
    }
    assert_eq!((valid, invalid), (25, 69));
}
