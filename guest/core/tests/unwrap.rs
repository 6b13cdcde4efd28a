//! Importing: what may be wrapped how, and unwrapping, against material that is broken in every
//! way. Project Wycheproof's vectors are in `wycheproof.rs`.

use aes_kw::{KeyInit, KwpAes256};
use keycell_core::{
    algorithm::{Encryption, Wrapping},
    binding::KeySpec,
    error::Error,
    families::rsa,
    import::{check_wrapping, unwrap},
    random::Drbg,
};

const RSA: [KeySpec; 3] = [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096];
const DIRECT: [Wrapping; 2] = [Wrapping::OaepSha1, Wrapping::OaepSha256];
const TWO_STEPS: [Wrapping; 2] = [Wrapping::AesKeyWrapSha1, Wrapping::AesKeyWrapSha256];

#[test]
fn wrapping_goes_by_the_table_of_aws() {
    use KeySpec::*;
    let allowed = |target, wrapping, key| check_wrapping(target, wrapping, key).is_ok();
    for key in RSA {
        for wrapping in DIRECT {
            for target in [Symmetric, Hmac224, Hmac256, Hmac384, Hmac512, P256, P384, Secp256k1] {
                assert!(allowed(target, wrapping, key));
            }
            for target in [P521, Ed25519] {
                assert_eq!(allowed(target, wrapping, key), key != Rsa2048);
            }
            for target in RSA {
                assert!(!allowed(target, wrapping, key));
            }
        }
        for wrapping in TWO_STEPS {
            for target in [Rsa2048, Rsa3072, Rsa4096, P256, P384, P521, Secp256k1, Ed25519] {
                assert!(allowed(target, wrapping, key));
            }
            for target in [Symmetric, Hmac224, Hmac256, Hmac384, Hmac512] {
                assert!(!allowed(target, wrapping, key));
            }
        }
        for target in [MlDsa44, MlDsa65, MlDsa87, MlKem512, MlKem768, MlKem1024] {
            for wrapping in DIRECT.into_iter().chain(TWO_STEPS) {
                let refused = check_wrapping(target, wrapping, key);
                assert_eq!(refused, Err(Error::Unsupported));
            }
        }
    }
    for key in [Symmetric, P256, MlKem768] {
        assert_eq!(check_wrapping(Symmetric, DIRECT[0], key), Err(Error::Unsupported));
        assert_eq!(check_wrapping(P256, TWO_STEPS[0], key), Err(Error::Unsupported));
    }
}

#[test]
fn what_is_wrapped_comes_out() {
    let mut drbg = Drbg::new(|| 7);
    for spec in RSA {
        let key = rsa::PrivateKey::generate(spec, &mut drbg).expect("a spec of RSA");
        for wrapping in DIRECT {
            for length in [1, 32, 128] {
                let material = vec![9; length];
                let wrapped = key.encrypt(encryption(wrapping), &material, &mut drbg);
                let wrapped = wrapped.expect("it is short enough");
                let unwrapped = unwrap(&key, wrapping, &wrapped, &mut drbg);
                assert_eq!(*unwrapped.expect("wrapped above"), material);
            }
        }
        for wrapping in TWO_STEPS {
            for length in [1, 8, 9, 138, 2375, 5000] {
                let material = vec![9; length];
                let wrapped = two_steps(&key, wrapping, &[5; 32], &material, &mut drbg);
                let unwrapped = unwrap(&key, wrapping, &wrapped, &mut drbg);
                assert_eq!(*unwrapped.expect("wrapped above"), material);
            }
        }
    }
}

#[test]
fn whatever_is_wrong_is_refused_alike() {
    let mut drbg = Drbg::new(|| 7);
    let key = rsa::PrivateKey::generate(KeySpec::Rsa2048, &mut drbg).expect("a spec of RSA");
    for wrapping in TWO_STEPS {
        let good = two_steps(&key, wrapping, &[5; 32], &[9; 21], &mut drbg);
        assert_eq!(good.len(), 256 + 32);
        let mut cases: Vec<Vec<u8>> = (0..good.len()).map(|end| good[..end].to_vec()).collect();
        for position in [0, 1, 255, 256, 263, 264, 287] {
            let mut flipped = good.clone();
            flipped[position] ^= 0x10;
            cases.push(flipped);
        }
        cases.push([&good[..], &[0; 8]].concat());
        cases.push([&good[..], &[0; 6144]].concat());
        cases.push(vec![0; 6145]);
        // An AES key of another length is not what AWS documents.
        cases.push(two_steps_under(&key, wrapping, &[5; 16], &good[256..], &mut drbg));
        cases.push(two_steps_under(&key, wrapping, &[5; 33], &good[256..], &mut drbg));
        cases.push(two_steps_under(&key, wrapping, &[], &good[256..], &mut drbg));
        for case in cases {
            let refused = unwrap(&key, wrapping, &case, &mut drbg).err();
            assert_eq!(refused, Some(Error::Unverified), "{} bytes", case.len());
        }
        for other in DIRECT {
            let refused = unwrap(&key, other, &good, &mut drbg).err();
            assert_eq!(refused, Some(Error::Unverified));
        }
    }
    let one = two_steps(&key, TWO_STEPS[0], &[5; 32], &[9; 21], &mut drbg);
    let refused = unwrap(&key, TWO_STEPS[1], &one, &mut drbg).err();
    assert_eq!(refused, Some(Error::Unverified));
}

fn encryption(wrapping: Wrapping) -> Encryption {
    match wrapping {
        Wrapping::OaepSha1 | Wrapping::AesKeyWrapSha1 => Encryption::OaepSha1,
        Wrapping::OaepSha256 | Wrapping::AesKeyWrapSha256 => Encryption::OaepSha256,
    }
}

fn two_steps(
    key: &rsa::PrivateKey,
    wrapping: Wrapping,
    aes: &[u8; 32],
    material: &[u8],
    drbg: &mut Drbg,
) -> Vec<u8> {
    let mut room = vec![0; material.len() + 16];
    let wrapped = KwpAes256::new(aes.into()).wrap_key(material, &mut room);
    two_steps_under(key, wrapping, aes, wrapped.expect("there is room"), drbg)
}

fn two_steps_under(
    key: &rsa::PrivateKey,
    wrapping: Wrapping,
    aes: &[u8],
    wrapped: &[u8],
    drbg: &mut Drbg,
) -> Vec<u8> {
    let aes = key.encrypt(encryption(wrapping), aes, drbg).expect("it is short enough");
    [&aes, wrapped].concat()
}
