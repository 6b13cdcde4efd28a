//! What is secret in a KMS key's material: each form that an isolate makes of it, computed natively
//! from what is sealed. Whoever has one of them has the key.

use ed25519_dalek::hazmat::ExpandedSecretKey;
use hex_literal::hex;
use keycell_core::{
    binding::KeySpec,
    families::rsa,
    material::{Family, Material},
    random::Drbg,
};
use sha2::{
    Digest, Sha224, Sha256, Sha384, Sha512,
    block_api::{compress256, compress512},
};
use sha3::Sha3_512;
use shake::{ExtendableOutput, Shake256, Update, XofReader};

/// A secret with a name that a failing test can tell.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// The parts of a key of `spec` that is sealed as `stored`.
pub(crate) fn parts(spec: KeySpec, stored: &[u8]) -> Vec<Part> {
    match Family::of(spec) {
        Family::Symmetric => vec![part("symmetric key", stored)],
        Family::Mac => {
            let [inner, outer] = hmac_states(spec, stored);
            vec![
                part("HMAC key", stored),
                part("HMAC's inner state", inner),
                part("HMAC's outer state", outer),
            ]
        }
        Family::Rsa => rsa_parts(spec, stored),
        Family::Curve => {
            let forms = montgomery_forms(spec, stored).into_iter();
            let forms = forms.map(|form| part("scalar in Montgomery's form", form));
            [part("scalar", stored)].into_iter().chain(forms).collect()
        }
        Family::Ed25519 => {
            let seed: &[u8; 32] = stored.try_into().expect("a seed has 32 bytes");
            let expanded = ExpandedSecretKey::from(seed);
            vec![
                part("Ed25519 seed", stored),
                part("Ed25519 scalar", &Sha512::digest(stored)[..32]),
                part("Ed25519 reduced scalar", expanded.scalar.to_bytes()),
                part(
                    "Ed25519 scalar in words of 52 bits",
                    limbs(expanded.scalar.as_bytes(), 52, 8),
                ),
                part(
                    "Ed25519 scalar in words of 29 bits",
                    limbs(expanded.scalar.as_bytes(), 29, 4),
                ),
                part("Ed25519 prefix", expanded.hash_prefix),
            ]
        }
        Family::MlDsa => {
            let [rho_prime, key] = ml_dsa_seeds(spec, stored);
            vec![part("ML-DSA seed", stored), part("ML-DSA rho'", rho_prime), part("ML-DSA K", key)]
        }
        Family::MlKem => {
            let (d, z) = stored.split_at(32);
            vec![
                part("ML-KEM d", d),
                part("ML-KEM z", z),
                part("ML-KEM sigma", ml_kem_sigma(spec, d)),
            ]
        }
    }
}

/// The numbers of RFC 8017, appendix A.1.2, out of the key's PKCS #8 document: what else stands in
/// it is public.
fn rsa_parts(spec: KeySpec, stored: &[u8]) -> Vec<Part> {
    let key = rsa::PrivateKey::from_stored(spec, stored).expect("what is sealed opens");
    let mut integers = Vec::new();
    collect_integers(&key.to_pkcs8(), &mut integers);
    let names = ["RSA d", "RSA p", "RSA q", "RSA dp", "RSA dq", "RSA qinv"];
    let secret = integers.split_off(integers.len() - names.len());
    names.into_iter().zip(secret).map(|(name, bytes)| part(name, bytes)).collect()
}

/// All integers of a DER document, those within its octet strings included.
fn collect_integers(mut der: &[u8], found: &mut Vec<Vec<u8>>) {
    while let [tag, length, rest @ ..] = der {
        let long = usize::from(length & 0x7f);
        let (length, rest) = match length & 0x80 {
            0 => (long, rest),
            _ => {
                (rest[..long].iter().fold(0, |n, byte| n << 8 | usize::from(*byte)), &rest[long..])
            }
        };
        let (value, after) = rest.split_at(length);
        match tag {
            0x02 => found.push(value.iter().skip_while(|byte| **byte == 0).copied().collect()),
            0x04 | 0x30 => collect_integers(value, found),
            _ => {}
        }
        der = after;
    }
}

/// A scalar times each power of two that is this curve's in some build, modulo the curve's order:
/// what long numbers are multiplied as.
fn montgomery_forms(spec: KeySpec, scalar: &[u8]) -> Vec<Vec<u8>> {
    let (order, powers): (&[u8], &[usize]) = match spec {
        KeySpec::P256 => (&P256, &[256]),
        KeySpec::P384 => (&P384, &[384]),
        // In words of 32 and of 64 bits.
        KeySpec::P521 => (&P521, &[544, 576]),
        _ => (&[], &[]),
    };
    let form = |power: &usize| (0..*power).fold(scalar.to_vec(), |it, _| doubled(&it, order));
    powers.iter().map(form).collect()
}

/// Twice a number modulo another, both big-endian and of one length.
fn doubled(number: &[u8], modulus: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut twice: Vec<u8> = number
        .iter()
        .rev()
        .map(|byte| {
            let sum = u16::from(*byte) * 2 + carry;
            carry = sum >> 8;
            sum as u8
        })
        .collect();
    twice.reverse();
    if carry == 1 || twice.as_slice() >= modulus {
        let mut borrow = 0;
        for (byte, other) in twice.iter_mut().zip(modulus).rev() {
            let difference = i16::from(*byte) - i16::from(*other) - borrow;
            borrow = i16::from(difference < 0);
            *byte = difference as u8;
        }
    }
    twice
}

/// A little-endian number cut into words of so many bits, each in so many bytes.
fn limbs(number: &[u8], bits: usize, size: usize) -> Vec<u8> {
    let bit = |at: usize| number.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
    let limb = |start: usize| (0..bits).fold(0, |word, at| word | u64::from(bit(start + at)) << at);
    let words = (0..number.len() * 8).step_by(bits).map(limb);
    words.flat_map(|word| word.to_le_bytes().into_iter().take(size)).collect()
}

/// The states that HMAC begins its two hashes with (RFC 2104, section 4).
fn hmac_states(spec: KeySpec, key: &[u8]) -> [Vec<u8>; 2] {
    let short = [KeySpec::Hmac224, KeySpec::Hmac256].contains(&spec);
    let size = if short { 64 } else { 128 };
    let mut padded = match key.len() > size {
        false => key.to_vec(),
        true if spec == KeySpec::Hmac224 => Sha224::digest(key).to_vec(),
        true if spec == KeySpec::Hmac256 => Sha256::digest(key).to_vec(),
        true if spec == KeySpec::Hmac384 => Sha384::digest(key).to_vec(),
        true => Sha512::digest(key).to_vec(),
    };
    padded.resize(size, 0);
    [0x36, 0x5c].map(|pad| {
        let block: Vec<u8> = padded.iter().map(|byte| byte ^ pad).collect();
        if short {
            let mut state = if spec == KeySpec::Hmac224 { SHA224 } else { SHA256 };
            compress256(&mut state, &[block.try_into().expect("64 bytes")]);
            state.iter().flat_map(|word| word.to_le_bytes()).collect()
        } else {
            let mut state = if spec == KeySpec::Hmac384 { SHA384 } else { SHA512 };
            compress512(&mut state, &[block.try_into().expect("128 bytes")]);
            state.iter().flat_map(|word| word.to_le_bytes()).collect()
        }
    })
}

/// What FIPS 204, algorithm 6, expands a seed to first, but for what is public: rho' and K.
fn ml_dsa_seeds(spec: KeySpec, seed: &[u8]) -> [Vec<u8>; 2] {
    let shape: [u8; 2] = match spec {
        KeySpec::MlDsa44 => [4, 4],
        KeySpec::MlDsa65 => [6, 5],
        _ => [8, 7],
    };
    let mut output = [0; 128];
    Shake256::default().chain(seed).chain(shape).finalize_xof().read(&mut output);
    [output[32..96].to_vec(), output[96..].to_vec()]
}

/// The secret half of what FIPS 203, algorithm 13, expands `d` to.
fn ml_kem_sigma(spec: KeySpec, d: &[u8]) -> Vec<u8> {
    let rank = match spec {
        KeySpec::MlKem512 => 2,
        KeySpec::MlKem768 => 3,
        _ => 4,
    };
    Sha3_512::digest([d, &[rank]].concat())[32..].to_vec()
}

fn part(name: &'static str, bytes: impl AsRef<[u8]>) -> Part {
    Part { name, bytes: bytes.as_ref().to_vec() }
}

/// The first states of the hashes (FIPS 180-4, section 5.3).
pub(crate) const SHA256: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
const SHA224: [u32; 8] = [
    0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
];
const SHA384: [u64; 8] = [
    0xcbbb9d5dc1059ed8,
    0x629a292a367cd507,
    0x9159015a3070dd17,
    0x152fecd8f70e5939,
    0x67332667ffc00b31,
    0x8eb44a8768581511,
    0xdb0c2e0d64f98fa7,
    0x47b5481dbefa4fa4,
];
const SHA512: [u64; 8] = [
    0x6a09e667f3bcc908,
    0xbb67ae8584caa73b,
    0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1,
    0x510e527fade682d1,
    0x9b05688c2b3e6c1f,
    0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179,
];

/// The orders of the curves (SP 800-186).
const P256: [u8; 32] = hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const P384: [u8; 48] = hex!(
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
    "581a0db248b0a77aecec196accc52973"
);
const P521: [u8; 66] = hex!(
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc01"
    "48f709a5d03bb5c9b8899c47aebb6fb71e91386409"
);

#[test]
fn numbers_are_doubled_and_cut() {
    assert_eq!(doubled(&[0, 200], &[1, 0]), [0, 144]);
    assert_eq!(doubled(&[0, 100], &[1, 0]), [0, 200]);
    assert_eq!(doubled(&[200, 1], &[255, 255]), [144, 3]);
    assert_eq!(limbs(&[0xff, 0x0f], 12, 2), [0xff, 0x0f, 0, 0]);
    // One times 2^256 modulo the order, as SEC 1's implementations write it.
    let one = [[0; 31].as_slice(), &[1]].concat();
    let form = &montgomery_forms(KeySpec::P256, &one)[0];
    let expected = hex!("00000000ffffffff00000000000000004319055258e8617b0c46353d039cdaaf");
    assert_eq!(form[..], expected);
}

#[test]
fn parts_are_those_of_the_key() {
    let mut drbg = Drbg::new(|| 3);
    for spec in KeySpec::ALL.into_iter().filter(|spec| *spec != KeySpec::Rsa4096) {
        let stored = Material::generate(spec, &mut drbg).expect("it is made");
        assert!(parts(spec, &stored).iter().all(|part| part.bytes.len() >= 28), "{spec:?}");
    }
    // The numbers of PKCS #8 are p, q and d as they are sealed, and what stands behind them.
    let stored = Material::generate(KeySpec::Rsa2048, &mut drbg).expect("it is made");
    let of = |name| {
        let parts = parts(KeySpec::Rsa2048, &stored);
        parts.into_iter().find(|part| part.name == name).expect("there is one").bytes
    };
    assert_eq!([of("RSA p"), of("RSA q")].concat(), stored[..256]);
    assert!(stored[256..].ends_with(&of("RSA d")));
    assert!(["RSA dp", "RSA dq", "RSA qinv"].iter().all(|name| of(name).len() <= 128));
}
