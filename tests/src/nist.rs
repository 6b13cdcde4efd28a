//! Vectors of NIST and of RFCs, as PyPI's `cryptography_vectors` brings them: what has no key of
//! KMS's kind natively, the rest through the component, into which an operator puts the keys.
//!
//! Elsewhere: ML-DSA, ML-KEM (`guest/core/tests`, and `crate::vectors`) and CTR_DRBG
//! (`guest/core/tests/drbg.rs`).

mod file;
mod keyed;

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use hkdf::Hkdf;
use keycell_core::import::unwrap_padded;
use sha2::Sha256;

use file::records;

/// RFC 5869, and a longer output.
#[test]
fn hkdf_sha256() {
    let mut done = 0;
    for file in ["KDF/rfc-5869-HKDF-SHA256.txt", "KDF/hkdf-generated.txt"] {
        for record in records(file, "COUNT") {
            let salt = record.bytes("salt");
            let derive = Hkdf::<Sha256>::new(Some(&salt), &record.bytes("IKM"));
            let mut output = vec![0; record.text("L").parse().expect("a number")];
            derive.expand(&record.bytes("info"), &mut output).expect("it is short enough");
            assert_eq!(output, record.bytes("OKM"));
            done += 1;
        }
    }
    assert_eq!(done, 4);
}

/// Skipped are nonces of other lengths than 96 bits and tags of other lengths than 128: no format
/// of Keycell's has them.
#[test]
fn aes_256_gcm() {
    let (mut valid, mut invalid, mut skipped) = (0, 0, 0);
    for file in ["gcmEncryptExtIV256.rsp", "gcmDecrypt256.rsp"] {
        for record in records(&format!("ciphers/AES/GCM/{file}"), "Count") {
            let (nonce, tag) = (record.bytes("IV"), record.bytes("Tag"));
            let (Ok(nonce), Ok(tag)) =
                (<[u8; 12]>::try_from(nonce.as_slice()), <[u8; 16]>::try_from(tag.as_slice()))
            else {
                skipped += 1;
                continue;
            };
            let cipher = Aes256Gcm::new_from_slice(&record.bytes("Key")).expect("256 bits");
            let (data, mut text) = (record.bytes("AAD"), record.bytes("CT"));
            let opened = cipher.decrypt_inout_detached(
                &nonce.into(),
                &data,
                text.as_mut_slice().into(),
                &tag.into(),
            );
            if record.has("FAIL") {
                assert!(opened.is_err());
                invalid += 1;
                continue;
            }
            assert!(opened.is_ok() && text == record.bytes("PT"));
            let made =
                cipher.encrypt_inout_detached(&nonce.into(), &data, text.as_mut_slice().into());
            assert!(made.is_ok_and(|made| made == tag) && text == record.bytes("CT"));
            valid += 1;
        }
    }
    assert_eq!((valid, invalid, skipped), (559, 191, 15_000));
}

/// SP 800-38F's KWP, in the direction that Keycell goes: wrapped elsewhere, unwrapped here.
#[test]
fn aes_256_key_wrap_with_padding() {
    let (mut valid, mut invalid) = (0, 0);
    for file in ["KWP_AE_256.txt", "KWP_AD_256.txt"] {
        for record in records(&format!("keywrap/kwtestvectors/{file}"), "COUNT") {
            let unwrapped = unwrap_padded(&record.bytes("K"), &record.bytes("C"));
            if record.has("FAIL") {
                assert!(unwrapped.is_err());
                invalid += 1;
            } else {
                assert_eq!(*unwrapped.expect("a valid vector"), record.bytes("P"));
                valid += 1;
            }
        }
    }
    assert_eq!((valid, invalid), (900, 100));
}
