//! ECDSA and ECDH on NIST P-256, P-384 and P-521, and ECDSA on secp256k1.
//!
//! Stored: the scalar, big-endian, as long as the curve's field (32, 48, 66 or 32 bytes).
//!
//! Nonces are those of RFC 6979 with fresh random bits mixed in (its section 3.6): signatures
//! differ as AWS's do, and even a generator that fails repeats no nonce for another message.
//! Signing is written out here so that it may use `Table`; the arithmetic is the crates'.

use alloc::{boxed::Box, vec::Vec};
use core::{cell::OnceCell, ops::Add};

use ecdsa::{DigestAlgorithm, EcdsaCurve, Signature, der::MaxOverhead, hazmat::verify_prehashed};
use hex_literal::hex;
use once_cell::race::OnceBox;
use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytes, Generate, NonZeroScalar, ProjectivePoint, PublicKey,
    Scalar, SecretKey,
    array::ArraySize,
    ecdh::diffie_hellman,
    group::{Curve as _, Group},
    ops::{Invert, Reduce},
    pkcs8::{AssociatedOid, DecodePublicKey, EncodePrivateKey, EncodePublicKey, PrivateKeyInfoRef},
    point::AffineCoordinates,
    sec1::{FromSec1Point, ModulusSize, ToSec1Point},
};
use rfc6979::KGenerator;
use sha2::{Digest, digest};
use zeroize::Zeroizing;

use crate::{
    algorithm::{Message, Signing},
    binding::{KeySpec, KeyUsage},
    error::{Error, Result},
    families::{LONGEST_MESSAGE, base::Table},
    random::Drbg,
};

/// A private key on one of the curves.
pub struct PrivateKey(Box<dyn Verbs>);

/// Evaluates the expression for the curve of a key spec.
macro_rules! on_curve {
    ($spec:expr, $curve:ident => $body:expr) => {
        match $spec {
            KeySpec::P256 => {
                type $curve = p256::NistP256;
                $body
            }
            KeySpec::P384 => {
                type $curve = p384::NistP384;
                $body
            }
            KeySpec::P521 => {
                type $curve = p521::NistP521;
                $body
            }
            KeySpec::Secp256k1 => {
                type $curve = k256::Secp256k1;
                $body
            }
            KeySpec::Symmetric
            | KeySpec::Hmac224
            | KeySpec::Hmac256
            | KeySpec::Hmac384
            | KeySpec::Hmac512
            | KeySpec::Rsa2048
            | KeySpec::Rsa3072
            | KeySpec::Rsa4096
            | KeySpec::Ed25519
            | KeySpec::MlDsa44
            | KeySpec::MlDsa65
            | KeySpec::MlDsa87
            | KeySpec::MlKem512
            | KeySpec::MlKem768
            | KeySpec::MlKem1024 => Err(Error::Unsupported),
        }
    };
}

impl PrivateKey {
    /// Makes one, and sees that it verifies what it signs.
    pub fn generate(spec: KeySpec, drbg: &mut Drbg) -> Result<Self> {
        on_curve!(spec, C => Ok(Self(Box::new(Pair::<C>::generate(drbg)))))
    }

    /// Opens what [`Self::stored`] has told.
    pub fn from_stored(spec: KeySpec, stored: &[u8]) -> Result<Self> {
        on_curve!(spec, C => Ok(Self(Box::new(Pair::<C>::from_stored(stored)?))))
    }

    /// What is sealed.
    pub fn stored(&self) -> Zeroizing<Vec<u8>> {
        self.0.stored()
    }

    /// Takes in a PKCS #8 document (RFC 5915 inside). A public key in it must be the private key's.
    pub fn from_pkcs8(spec: KeySpec, der: &[u8]) -> Result<Self> {
        on_curve!(spec, C => Ok(Self(Box::new(Pair::<C>::from_pkcs8(der)?))))
    }

    /// The PKCS #8 document, with the public key, as OpenSSL writes it.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.0.to_pkcs8()
    }

    /// The public key's SubjectPublicKeyInfo.
    pub fn public_key(&self) -> Vec<u8> {
        self.0.public_key()
    }

    /// An ECDSA signature in DER.
    pub fn sign(
        &self,
        algorithm: Signing,
        message: Message<'_>,
        drbg: &mut Drbg,
    ) -> Result<Vec<u8>> {
        self.0.sign(algorithm, message, drbg)
    }

    /// Whether the signature is this key's.
    pub fn verify(&self, algorithm: Signing, message: Message<'_>, signature: &[u8]) -> Result<()> {
        self.0.verify(algorithm, message, signature)
    }

    /// The secret shared with the holder of another key of the same curve, whom a
    /// SubjectPublicKeyInfo names: the x coordinate, as long as the field (SP 800-56A, 5.7.1.2).
    pub fn derive(&self, peer: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.0.derive(peer)
    }
}

/// Whether a signature verifies under a public key, of which no isolate has the private half.
pub fn verify(
    spec: KeySpec,
    public_key: &[u8],
    algorithm: Signing,
    message: Message<'_>,
    signature: &[u8],
) -> Result<()> {
    on_curve!(spec, C => {
        let public_key = PublicKey::<C>::from_public_key_der(public_key).or(Err(Error::Invalid))?;
        check::<C>(&public_key, &digest::<C>(algorithm, message)?, signature)
    })
}

/// The known answers of one curve: RFC 6979's nonces (which are deterministic) for the signature of
/// "sample", and the secret that the key shares with itself.
pub fn self_test(spec: KeySpec) -> bool {
    let run = || on_curve!(spec, C => Pair::<C>::from_stored(C::KNOWN.scalar)?.self_test());
    run() == Ok(true)
}

struct KnownAnswers {
    scalar: &'static [u8],
    /// SHA-256 of what is signed and what is derived, one after the other.
    answers: [u8; 32],
}

/// What a key does, whatever its curve.
trait Verbs {
    fn stored(&self) -> Zeroizing<Vec<u8>>;
    fn to_pkcs8(&self) -> Zeroizing<Vec<u8>>;
    fn public_key(&self) -> Vec<u8>;
    fn sign(&self, algorithm: Signing, message: Message<'_>, drbg: &mut Drbg) -> Result<Vec<u8>>;
    fn verify(&self, algorithm: Signing, message: Message<'_>, signature: &[u8]) -> Result<()>;
    fn derive(&self, peer: &[u8]) -> Result<Zeroizing<Vec<u8>>>;
}

/// A curve, with all that the crates demand of one.
trait Curve:
    EcdsaCurve
    + AssociatedOid
    + DigestAlgorithm
    + CurveArithmetic<AffinePoint: FromSec1Point<Self> + ToSec1Point<Self>>
    + p256::elliptic_curve::Curve<
        FieldBytesSize: ModulusSize + Add<Output: ArraySize + Add<MaxOverhead, Output: ArraySize>>,
    >
{
    const SPEC: KeySpec;
    /// AWS has one algorithm for each curve; its digest is `DigestAlgorithm::Digest`.
    const ALGORITHM: Signing;
    const KNOWN: KnownAnswers;

    /// Where the table of the generator's multiples is kept, once it is made.
    fn table() -> &'static OnceBox<Table<AffinePoint<Self>>>;
}

/// A key pair. The public half costs as much as a signature: it is made when it is asked for.
struct Pair<C: Curve> {
    secret: SecretKey<C>,
    public: OnceCell<PublicKey<C>>,
}

impl<C: Curve> Pair<C> {
    fn new(secret: SecretKey<C>) -> Self {
        Self { secret, public: OnceCell::new() }
    }

    fn generate(drbg: &mut Drbg) -> Self {
        let pair = Self::new(SecretKey::generate_from_rng(drbg));
        let message = Message::Raw(b"pairwise consistency");
        let signature = pair.sign(C::ALGORITHM, message, drbg).expect("the curve's own algorithm");
        assert!(pair.verify(C::ALGORITHM, message, &signature).is_ok(), "a pair is consistent");
        pair
    }

    fn from_stored(stored: &[u8]) -> Result<Self> {
        let scalar = <&FieldBytes<C>>::try_from(stored).or(Err(Error::Foreign))?;
        Ok(Self::new(SecretKey::from_bytes(scalar).or(Err(Error::Foreign))?))
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self> {
        let info = PrivateKeyInfoRef::try_from(der).or(Err(Error::Unverified))?;
        // RFC 5958 has room for a public key as well; that of RFC 5915 is checked below.
        let beside = info.public_key.map(|bits| bits.as_bytes());
        let pair = Self::new(SecretKey::try_from(info).or(Err(Error::Unverified))?);
        match beside {
            None => Ok(pair),
            Some(Some(point))
                if PublicKey::from_sec1_bytes(point).as_ref() == Ok(pair.public()) =>
            {
                Ok(pair)
            }
            Some(_) => Err(Error::Unverified),
        }
    }

    fn public(&self) -> &PublicKey<C> {
        self.public.get_or_init(|| {
            let point = multiply::<C>(&self.secret.to_bytes()).to_affine();
            PublicKey::from_affine(point).expect("the scalar is neither zero nor the order")
        })
    }

    /// FIPS 186-5, section 6.4.1. No digest here is longer than the order of its curve.
    fn sign_digest(&self, digest: &[u8], added_entropy: &[u8]) -> Signature<C> {
        let secret = Zeroizing::new(self.secret.to_bytes());
        let scalar = Zeroizing::new(self.secret.to_nonzero_scalar());
        let mut padded = FieldBytes::<C>::default();
        padded.iter_mut().rev().zip(digest.iter().rev()).for_each(|(to, from)| *to = *from);
        let message = Scalar::<C>::reduce(&padded);
        let order = C::ORDER;
        let mut nonces =
            KGenerator::<C::Digest, C::Uint>::new(&secret, digest, added_entropy, &order);
        loop {
            let mut nonce = Zeroizing::new(FieldBytes::<C>::default());
            nonces.fill_next_k(&mut nonce);
            let inverse = NonZeroScalar::<C>::from_repr(*nonce).into_option();
            let inverse = inverse.expect("the generator gives nonces in range").invert();
            let r = Scalar::<C>::reduce(&multiply::<C>(&nonce).to_affine().x());
            let s = *inverse * (message + r * **scalar);
            // Either may be zero, about as often as one guesses the key.
            if let Ok(signature) = Signature::from_scalars(r, s) {
                return if C::NORMALIZE_S { signature.normalize_s() } else { signature };
            }
        }
    }

    fn agree(&self, peer: &PublicKey<C>) -> Zeroizing<Vec<u8>> {
        let scalar = Zeroizing::new(self.secret.to_nonzero_scalar());
        let shared = diffie_hellman::<C>(&*scalar, peer.as_affine());
        Zeroizing::new(shared.raw_secret_bytes().to_vec())
    }

    fn self_test(&self) -> Result<bool> {
        let message = digest::<C>(C::ALGORITHM, Message::Raw(b"sample"))?;
        let signature = self.sign_digest(&message, &[]).to_der();
        check(self.public(), &message, signature.as_bytes())?;
        let mut answers = sha2::Sha256::new_with_prefix(signature.as_bytes());
        answers.update(&*self.agree(self.public()));
        Ok(answers.finalize().as_slice() == C::KNOWN.answers)
    }
}

impl<C: Curve> Verbs for Pair<C> {
    fn stored(&self) -> Zeroizing<Vec<u8>> {
        let scalar = Zeroizing::new(self.secret.to_bytes());
        Zeroizing::new(scalar.to_vec())
    }

    fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.secret.to_pkcs8_der().expect("a key of a named curve has an encoding").to_bytes()
    }

    fn public_key(&self) -> Vec<u8> {
        let document = self.public().to_public_key_der();
        document.expect("a key of a named curve has an encoding").into_vec()
    }

    fn sign(&self, algorithm: Signing, message: Message<'_>, drbg: &mut Drbg) -> Result<Vec<u8>> {
        let digest = digest::<C>(algorithm, message)?;
        // A salt is enough: what is added makes the nonce fresh, and need not be secret.
        Ok(self.sign_digest(&digest, &drbg.salt()).to_der().as_bytes().to_vec())
    }

    fn verify(&self, algorithm: Signing, message: Message<'_>, signature: &[u8]) -> Result<()> {
        check(self.public(), &digest::<C>(algorithm, message)?, signature)
    }

    fn derive(&self, peer: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        if !C::SPEC.allows(KeyUsage::KeyAgreement) {
            return Err(Error::Unsupported);
        }
        let peer = PublicKey::from_public_key_der(peer).or(Err(Error::Invalid))?;
        Ok(self.agree(&peer))
    }
}

/// The generator, as often as the scalar (big-endian) says.
fn multiply<C: Curve>(scalar: &FieldBytes<C>) -> ProjectivePoint<C> {
    let table = C::table().get_or_init(|| {
        let table = Table::new(ProjectivePoint::<C>::generator(), scalar.len(), |row| {
            let mut affine = [AffinePoint::<C>::default(); 8];
            ProjectivePoint::<C>::batch_normalize(&row, &mut affine);
            affine
        });
        Box::new(table)
    });
    table.multiply(scalar.iter().rev().copied())
}

/// What is signed.
fn digest<C: Curve>(algorithm: Signing, message: Message<'_>) -> Result<digest::Output<C::Digest>> {
    if algorithm != C::ALGORITHM {
        return Err(Error::Unsupported);
    }
    match message {
        Message::Raw(message) if message.len() <= LONGEST_MESSAGE => Ok(C::Digest::digest(message)),
        Message::Raw(_) => Err(Error::Invalid),
        Message::Digest(digest) => digest.try_into().or(Err(Error::Invalid)),
        Message::ExternalMu(_) => Err(Error::Unsupported),
    }
}

fn check<C: Curve>(public: &PublicKey<C>, digest: &[u8], signature: &[u8]) -> Result<()> {
    let mut signature = Signature::<C>::from_der(signature).or(Err(Error::Unverified))?;
    // Where the crate takes only the lesser of the two values that `s` may have (secp256k1), the
    // other is turned into it: AWS and OpenSSL take both.
    if C::NORMALIZE_S {
        signature = signature.normalize_s();
    }
    let point = ProjectivePoint::<C>::from(*public.as_affine());
    verify_prehashed(&point, digest, &signature).or(Err(Error::Unverified))
}

// The keys are those of RFC 6979, appendix A.2 (secp256k1 has P-256's); the answers were made by
// OpenSSL, whose signatures of "sample" with the NIST curves are the ones printed there.

impl Curve for p256::NistP256 {
    const SPEC: KeySpec = KeySpec::P256;
    const ALGORITHM: Signing = Signing::EcdsaSha256;
    const KNOWN: KnownAnswers = KnownAnswers {
        scalar: &hex!("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
        answers: hex!("6050b16ea216b977e18e61a4434cb25a0bd9fe39dac0616f35f50f7a02ee00d9"),
    };

    fn table() -> &'static OnceBox<Table<p256::AffinePoint>> {
        static TABLE: OnceBox<Table<p256::AffinePoint>> = OnceBox::new();
        &TABLE
    }
}

impl Curve for p384::NistP384 {
    const SPEC: KeySpec = KeySpec::P384;
    const ALGORITHM: Signing = Signing::EcdsaSha384;
    const KNOWN: KnownAnswers = KnownAnswers {
        scalar: &hex!(
            "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8"
            "96d5724e4c70a825f872c9ea60d2edf5"
        ),
        answers: hex!("5c256c9d58165c2f1ab2091628dd99f298d17e64e0ce24d909c3c3a7fb564143"),
    };

    fn table() -> &'static OnceBox<Table<p384::AffinePoint>> {
        static TABLE: OnceBox<Table<p384::AffinePoint>> = OnceBox::new();
        &TABLE
    }
}

impl Curve for p521::NistP521 {
    const SPEC: KeySpec = KeySpec::P521;
    const ALGORITHM: Signing = Signing::EcdsaSha512;
    const KNOWN: KnownAnswers = KnownAnswers {
        scalar: &hex!(
            "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75"
            "caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b8"
            "3538"
        ),
        answers: hex!("ff071edf55598ce102bdbe7940c0e8a91372e7f08791b51683f4d61efacab2f5"),
    };

    fn table() -> &'static OnceBox<Table<p521::AffinePoint>> {
        static TABLE: OnceBox<Table<p521::AffinePoint>> = OnceBox::new();
        &TABLE
    }
}

impl Curve for k256::Secp256k1 {
    const SPEC: KeySpec = KeySpec::Secp256k1;
    const ALGORITHM: Signing = Signing::EcdsaSha256;
    const KNOWN: KnownAnswers = KnownAnswers {
        scalar: &hex!("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
        answers: hex!("5b8f8894eb810fba9703d576283109c4868ab46cec8b6786e542743a0499a821"),
    };

    fn table() -> &'static OnceBox<Table<k256::AffinePoint>> {
        static TABLE: OnceBox<Table<k256::AffinePoint>> = OnceBox::new();
        &TABLE
    }
}

#[cfg(test)]
mod tests {
    use p256::elliptic_curve::ff::{Field, PrimeField};

    use super::*;

    /// Against the crates' own multiplication: the corners, and a walk through the group.
    #[test]
    fn multiplies_as_the_crates() {
        fn compare<C: Curve>() {
            let one = Scalar::<C>::ONE;
            let mut scalar = -Invert::invert(&(one.double() + one)).unwrap();
            let corners = [Scalar::<C>::ZERO, one, -one, (0..8).map(|_| one).sum()];
            let digits = (0..=255).step_by(17).map(|byte| {
                let mut bytes = FieldBytes::<C>::default();
                bytes.fill(byte);
                Scalar::<C>::reduce(&bytes)
            });
            let walk = (0..20).map(|_| {
                scalar = scalar.square() + one;
                scalar
            });
            for scalar in corners.into_iter().chain(digits).chain(walk) {
                let expected = ProjectivePoint::<C>::generator() * scalar;
                assert!(multiply::<C>(&scalar.to_repr()) == expected);
            }
        }
        compare::<p256::NistP256>();
        compare::<p384::NistP384>();
        compare::<p521::NistP521>();
        compare::<k256::Secp256k1>();
    }
}
