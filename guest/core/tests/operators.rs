//! Operators and the root isolate, natively: quorums, other unseal keys, other domain keys.

use keycell_core::{
    algorithm::Encryption,
    binding::{Binding, KeySpec, KeyUsage},
    error::Error,
    parcel::{Receiver, UNSEAL_KEY, send},
    quorum::{Progress, Refused, Unfit, agreement},
    random::Drbg,
    root::{Founding, Hello, Root},
    shamir::Share,
    tenant::{Key, Side, Tenant},
};

fn entropy() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static STATE: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    let x = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
    (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (x >> 17)
}

/// Operators with their key pairs.
struct Operators(Vec<Receiver>);

impl Operators {
    fn new(count: usize) -> Self {
        let mut drbg = Drbg::new(entropy);
        Self((0..count).map(|_| Receiver::new(&mut drbg)).collect())
    }

    fn publics(&self) -> Vec<Vec<u8>> {
        self.0.iter().map(|receiver| receiver.public().to_vec()).collect()
    }

    fn shares(&self, founding: &Founding) -> Vec<Vec<u8>> {
        let pairs = self.0.iter().zip(&founding.shares);
        pairs.map(|(own, parcel)| own.open(UNSEAL_KEY, parcel).expect("its own").to_vec()).collect()
    }
}

fn to(root: &Root, info: &[u8], share: &[u8]) -> Vec<u8> {
    send(&root.reception(), info, share, &mut Drbg::new(entropy)).expect("a public key")
}

/// A quorum of three of five.
fn founded() -> (Root, Founding, Vec<Vec<u8>>) {
    let (mut root, operators) = (Root::new(entropy), Operators::new(5));
    let founding = root.initialise(3, &operators.publics()).expect("in range");
    let shares = operators.shares(&founding);
    (root, founding, shares)
}

fn offer(root: &mut Root, sealed_domain: &[u8], share: &[u8]) -> Result<Progress, Refused> {
    let parcel = to(root, UNSEAL_KEY, share);
    root.unseal(sealed_domain, &parcel)
}

fn have(have: u8) -> Result<Progress, Refused> {
    Ok(Progress { have, need: 3 })
}

fn unfit(why: Unfit) -> Result<Progress, Refused> {
    Err(Refused::Share { at: 0, why })
}

/// A tenant's isolate with these roots.
fn open(root: &mut Root, roots: &[Vec<u8>]) -> Tenant {
    let mut tenant = Tenant::new(entropy);
    let public = tenant.hello().expect("healthy");
    let hello = Hello { account: ACCOUNT, region: REGION, public: &public, component: &[7; 32] };
    let admission = root.admit(&hello, roots).expect("its roots");
    tenant.unseal(&admission.parcel).expect("its parcel");
    tenant
}

/// Whether the root isolate can hand this root over.
fn admits(root: &mut Root, sealed_root: &[u8]) -> bool {
    let public = Tenant::new(entropy).hello().expect("healthy");
    let hello = Hello { account: ACCOUNT, region: REGION, public: &public, component: &[7; 32] };
    root.admit(&hello, &[sealed_root.to_vec()]).is_ok()
}

#[test]
fn three_of_five_unseal_one_after_the_other() {
    let (mut root, founding, shares) = founded();
    let sealed_root = root.create_tenant(ACCOUNT, REGION).expect("unsealed");
    let domain = &founding.sealed_domain;
    for quorum in [[0, 1, 2], [4, 2, 0], [3, 1, 4]] {
        let mut root = Root::new(entropy);
        assert_eq!(offer(&mut root, domain, &shares[quorum[0]]), have(1));
        assert_eq!(offer(&mut root, domain, &shares[quorum[1]]), have(2));
        assert!(!admits(&mut root, &sealed_root));
        assert_eq!(offer(&mut root, domain, &shares[quorum[2]]), have(3));
        assert!(admits(&mut root, &sealed_root));
    }
}

#[test]
fn a_share_that_does_not_fit_is_named_and_costs_no_other() {
    let (_, founding, shares) = founded();
    let (_, _, others) = founded();
    let domain = &founding.sealed_domain;
    let mut root = Root::new(entropy);
    assert_eq!(offer(&mut root, domain, &shares[0]), have(1));
    assert_eq!(offer(&mut root, domain, &shares[0]), unfit(Unfit::Repeated));
    assert_eq!(offer(&mut root, domain, &others[1]), unfit(Unfit::Foreign));
    assert_eq!(offer(&mut root, domain, &shares[1][1..]), unfit(Unfit::Damaged));
    assert_eq!(offer(&mut root, domain, &[0; 32]), unfit(Unfit::Damaged));
    let mut forged = Share::decode(&shares[1]).expect("a share");
    forged.value = Drbg::new(entropy).secret();
    assert_eq!(offer(&mut root, domain, &forged.encode()), unfit(Unfit::Forged));
    forged.index = 6;
    assert_eq!(offer(&mut root, domain, &forged.encode()), unfit(Unfit::Forged));
    let for_another_use = to(&root, b"something else", &shares[1]);
    assert_eq!(root.unseal(domain, &for_another_use), unfit(Unfit::Unreadable));
    assert_eq!(offer(&mut root, domain, &shares[1]), have(2));
    assert_eq!(offer(&mut root, domain, &shares[4]), have(3));
    root.rotate().expect("unsealed");
}

#[test]
fn what_was_sent_before_a_sealing_does_not_unseal_again() {
    let (_, founding, shares) = founded();
    let mut root = Root::new(entropy);
    let parcels: Vec<_> = shares.iter().map(|share| to(&root, UNSEAL_KEY, share)).collect();
    for parcel in &parcels[..3] {
        root.unseal(&founding.sealed_domain, parcel).expect("it fits");
    }
    root.seal();
    assert_eq!(root.rotate().err(), Some(Error::Locked));
    for parcel in &parcels {
        assert_eq!(root.unseal(&founding.sealed_domain, parcel), unfit(Unfit::Unreadable));
    }
}

#[test]
fn another_unseal_key_needs_the_agreement_of_the_present_quorum() {
    let (mut root, _, shares) = founded();
    let sealed_root = root.create_tenant(ACCOUNT, REGION).expect("unsealed");
    let operators = Operators::new(3);
    let publics = operators.publics();
    let send = |root: &Root, info: &[u8], some: &[Vec<u8>]| -> Vec<_> {
        some.iter().map(|share| to(root, info, share)).collect()
    };
    let agreed = agreement(2, &publics);
    // Shares that were sent to unseal, or for other operators, agree to nothing.
    for info in [UNSEAL_KEY, &agreement(2, &Operators::new(3).publics()), &agreement(3, &publics)] {
        let refused = root.rekey(&send(&root, info, &shares), 2, &publics).err();
        assert_eq!(refused, Some(Refused::Share { at: 0, why: Unfit::Unreadable }));
    }
    let few = Refused::Incomplete(Progress { have: 2, need: 3 });
    let parcels = send(&root, &agreed, &shares[..2]);
    assert_eq!(root.rekey(&parcels, 2, &publics).err(), Some(few));

    let parcels = send(&root, &agreed, &shares[1..4]);
    let new = root.rekey(&parcels, 2, &publics).expect("agreed");
    let new_shares = operators.shares(&new);
    let parcels = send(&root, UNSEAL_KEY, &new_shares[..1]);
    let few = Refused::Incomplete(Progress { have: 1, need: 2 });
    assert_eq!(root.confirm(&new.sealed_domain, &parcels), Err(few));
    let parcels = send(&root, UNSEAL_KEY, &new_shares[1..]);
    assert_eq!(root.confirm(&new.sealed_domain, &parcels), Ok(()));
    // What is sealed from now on opens for the new operators, and for the old ones no more.
    let domain = root.rotate().expect("unsealed");
    let mut restarted = Root::new(entropy);
    assert_eq!(offer(&mut restarted, &domain, &shares[0]), unfit(Unfit::Foreign));
    for share in &new_shares[..2] {
        offer(&mut restarted, &domain, share).expect("it fits");
    }
    assert!(admits(&mut restarted, &sealed_root));
}

#[test]
fn a_single_operator_hands_over_to_a_quorum() {
    let (mut root, one) = (Root::new(entropy), Operators::new(1));
    let founding = root.initialise(1, &one.publics()).expect("a public key");
    let key = &one.shares(&founding)[0];
    assert_eq!(key.len(), 32);
    let operators = Operators::new(5);
    let agreed = to(&root, &agreement(3, &operators.publics()), key);
    let new = root.rekey(&[agreed], 3, &operators.publics()).expect("agreed");
    let parcels: Vec<_> =
        operators.shares(&new).iter().map(|share| to(&root, UNSEAL_KEY, share)).collect();
    // The old domain key may have been replaced in between: then the new seal is of no use.
    let rotated = root.rotate().expect("unsealed");
    root.adopt(&rotated).expect("its own");
    let foreign = Err(Refused::Other(Error::Foreign));
    assert_eq!(root.confirm(&new.sealed_domain, &parcels), foreign);
    let mut restarted = Root::new(entropy);
    let whole = Ok(Progress { have: 1, need: 1 });
    assert_eq!(offer(&mut restarted, &rotated, key), whole);
}

#[test]
fn old_domain_keys_open_old_roots_until_they_are_retired() {
    let (mut root, founding, _) = founded();
    let old = root.create_tenant(ACCOUNT, REGION).expect("unsealed");
    let rotated = root.rotate().expect("unsealed");
    // Until it is adopted nothing is sealed under the new key.
    assert_eq!(root.reseal(ACCOUNT, REGION, &old), Ok(old.clone()));
    root.adopt(&rotated).expect("its own");
    assert!(admits(&mut root, &old));
    let new = root.reseal(ACCOUNT, REGION, &old).expect("the old key is there");
    assert_ne!(new, old);
    assert_eq!(root.reseal(ACCOUNT, REGION, &new), Ok(new.clone()));
    assert_eq!(root.reseal(ACCOUNT, b"eu-west-1", &old), Err(Error::Foreign));
    let retired = root.retire().expect("unsealed");
    assert!(admits(&mut root, &old));
    root.adopt(&retired).expect("its own");
    assert!(!admits(&mut root, &old) && admits(&mut root, &new));
    for earlier in [&founding.sealed_domain, &new] {
        assert_eq!(root.adopt(earlier), Err(Error::Foreign));
    }
}

#[test]
fn a_tenant_moves_its_keys_to_its_newest_root() {
    let (mut root, ..) = founded();
    let mut roots = vec![root.create_tenant(ACCOUNT, REGION).expect("unsealed")];
    let binding = Binding {
        account: ACCOUNT.to_vec(),
        region: REGION.to_vec(),
        key_id: b"one".to_vec(),
        spec: KeySpec::Symmetric,
        usage: KeyUsage::EncryptDecrypt,
        multi_region: false,
    };
    let mut tenant = open(&mut root, &roots);
    let old = tenant.generate(&binding).expect("unsealed").sealed;
    let ciphertext = tenant.encrypt(&side(&old, &binding), b"kept").expect("in bounds");
    let id = b"AKIAIOSFODNN7EXAMPLE";
    let secret = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let credential = tenant.adopt_access_key(id, secret).expect("in bounds");
    assert_eq!(tenant.reseal(&Key { sealed: &old, binding: &binding }), Ok(old.clone()));

    roots.push(root.create_tenant(ACCOUNT, REGION).expect("unsealed"));
    let mut both = open(&mut root, &roots);
    let new = both.reseal(&Key { sealed: &old, binding: &binding }).expect("the old root");
    let moved = both.reseal_access_key(id, &credential).expect("the old root");
    let mut newest = open(&mut root, &roots[1..]);
    let opened = newest.decrypt(&side(&new, &binding), &ciphertext).expect("the same material");
    assert_eq!(opened.as_slice(), b"kept");
    assert_eq!(newest.confirm_access_key(id, &moved, secret), Ok(()));
    let foreign = Some(Error::Foreign);
    assert_eq!(newest.decrypt(&side(&old, &binding), &ciphertext).err(), foreign);
    assert_eq!(newest.reseal(&Key { sealed: &old, binding: &binding }).err(), foreign);
    assert_eq!(newest.confirm_access_key(id, &credential, secret), Err(Error::Foreign));
    let other = Binding { key_id: b"two".to_vec(), ..binding };
    assert_eq!(both.reseal(&Key { sealed: &old, binding: &other }).err(), foreign);
}

fn side<'a>(sealed: &'a [u8], binding: &'a Binding) -> Side<'a> {
    Side { key: Key { sealed, binding }, algorithm: Encryption::Symmetric, context: b"" }
}

const ACCOUNT: &[u8] = b"111122223333";
const REGION: &[u8] = b"us-east-1";
