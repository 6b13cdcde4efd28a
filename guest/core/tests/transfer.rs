//! Hand-overs between isolates, and all that is refused.

mod kit;

use keycell_core::{
    algorithm::Encryption,
    binding::{Binding, KeySpec, KeyUsage},
    error::Error,
    tenant::{Side, Tenant},
};

use kit::{ACCOUNT, HERE, OTHER, THERE, admitted, binding, key, root};

const FOREIGN: Option<Error> = Some(Error::Foreign);

fn symmetric(account: &str, region: &str, key_id: &str, multi_region: bool) -> Binding {
    Binding {
        account: account.into(),
        region: region.into(),
        key_id: key_id.into(),
        multi_region,
        ..binding(KeySpec::Symmetric, KeyUsage::EncryptDecrypt)
    }
}

fn side<'a>(sealed: &'a [u8], binding: &'a Binding, context: &'a [u8]) -> Side<'a> {
    Side { key: key(sealed, binding), algorithm: Encryption::Symmetric, context }
}

/// A plaintext on its way from an account to another.
struct Sent {
    from: (Tenant, Vec<u8>),
    to: (Tenant, Vec<u8>),
    bystander: (Tenant, Vec<u8>),
    destination: Binding,
    sealed: Vec<u8>,
    parcel: Vec<u8>,
}

fn sent() -> Sent {
    let mut root = root();
    let mut from = admitted(&mut root, ACCOUNT, HERE);
    let mut to = admitted(&mut root, OTHER, HERE);
    let bystander = admitted(&mut root, OTHER, HERE);
    let source = symmetric(ACCOUNT, HERE, "source", false);
    let destination = symmetric(OTHER, HERE, "destination", false);
    let source_key = from.0.generate(&source).expect("unsealed").sealed;
    let sealed = to.0.generate(&destination).expect("unsealed").sealed;
    let source = side(&source_key, &source, b"old");
    let ciphertext = from.0.encrypt(&source, b"plaintext").expect("in bounds");
    let parcel = from.0.send_plaintext(&source, &ciphertext, &to.1, &destination, b"new");
    Sent { parcel: parcel.expect("to the right isolate"), from, to, bystander, destination, sealed }
}

#[test]
fn a_plaintext_arrives_under_its_destination() {
    let Sent { from, mut to, destination, sealed, parcel, .. } = sent();
    let side = side(&sealed, &destination, b"new");
    let ciphertext = to.0.receive_plaintext(&parcel, &from.1, &side).expect("it was sent here");
    assert_eq!(to.0.decrypt(&side, &ciphertext).expect("its key").as_slice(), b"plaintext");
}

#[test]
fn a_plaintext_arrives_nowhere_else() {
    let Sent { from, mut to, mut bystander, destination, sealed, parcel } = sent();
    let good = side(&sealed, &destination, b"new");
    let receive = |tenant: &mut Tenant, parcel: &[u8], from: &[u8], side: &Side<'_>| {
        tenant.receive_plaintext(parcel, from, side).err()
    };
    // Another context, another key, another instance, another sender.
    let context = side(&sealed, &destination, b"other");
    assert_eq!(receive(&mut to.0, &parcel, &from.1, &context), FOREIGN);
    let other = symmetric(OTHER, HERE, "other", false);
    let other_key = to.0.generate(&other).expect("unsealed").sealed;
    let key = side(&other_key, &other, b"new");
    assert_eq!(receive(&mut to.0, &parcel, &from.1, &key), FOREIGN);
    assert_eq!(receive(&mut bystander.0, &parcel, &from.1, &good), FOREIGN);
    assert_eq!(receive(&mut to.0, &parcel, &bystander.1, &good), FOREIGN);
    // A forged certificate, and a parcel with any byte changed.
    let mut forged = from.1.clone();
    forged[20] ^= 1;
    assert_eq!(receive(&mut to.0, &parcel, &forged, &good), FOREIGN);
    for i in 0..parcel.len() {
        let mut bad = parcel.clone();
        bad[i] ^= 1;
        assert_eq!(receive(&mut to.0, &bad, &from.1, &good), FOREIGN);
    }
    // For another purpose.
    let target = symmetric(OTHER, HERE, "destination", true);
    assert_eq!(to.0.receive_key(&parcel, &from.1, &target).err(), FOREIGN);
    assert!(receive(&mut to.0, &parcel, &from.1, &good).is_none());
}

#[test]
fn a_plaintext_goes_to_the_isolate_of_its_destination_only() {
    let mut root = root();
    let mut from = admitted(&mut root, ACCOUNT, HERE);
    let to = admitted(&mut root, OTHER, THERE);
    let source = symmetric(ACCOUNT, HERE, "source", false);
    let sealed = from.0.generate(&source).expect("unsealed").sealed;
    let source = side(&sealed, &source, b"");
    let ciphertext = from.0.encrypt(&source, b"plaintext").expect("in bounds");
    for destination in [
        symmetric(OTHER, HERE, "destination", false),
        symmetric(ACCOUNT, THERE, "destination", false),
    ] {
        let sent = from.0.send_plaintext(&source, &ciphertext, &to.1, &destination, b"");
        assert_eq!(sent.err(), FOREIGN);
    }
}

#[test]
fn a_multi_region_key_opens_its_ciphertexts_in_both_regions() {
    let mut root = root();
    let mut from = admitted(&mut root, ACCOUNT, HERE);
    let mut to = admitted(&mut root, ACCOUNT, THERE);
    let primary = symmetric(ACCOUNT, HERE, "mrk-1", true);
    let replica = symmetric(ACCOUNT, THERE, "mrk-1", true);
    let made = from.0.generate(&primary).expect("unsealed");
    let parcel = from.0.send_key(&key(&made.sealed, &primary), &to.1, &replica).expect("allowed");
    let taken = to.0.receive_key(&parcel, &from.1, &replica).expect("it was sent here");
    assert_eq!(taken.material_id, made.material_id);
    let ciphertext = from.0.encrypt(&side(&made.sealed, &primary, b""), b"x").expect("in bounds");
    let opened = to.0.decrypt(&side(&taken.sealed, &replica, b""), &ciphertext);
    assert_eq!(opened.expect("the same material").as_slice(), b"x");
}

#[test]
fn a_key_is_sent_to_its_own_account_and_as_itself_only() {
    let mut root = root();
    let mut from = admitted(&mut root, ACCOUNT, HERE);
    let to = admitted(&mut root, ACCOUNT, THERE);
    let stranger = admitted(&mut root, OTHER, THERE);
    let primary = symmetric(ACCOUNT, HERE, "mrk-1", true);
    let sealed = from.0.generate(&primary).expect("unsealed").sealed;
    let replica = symmetric(ACCOUNT, THERE, "mrk-1", true);
    let mut send = |certificate: &[u8], target: &Binding| {
        from.0.send_key(&key(&sealed, &primary), certificate, target).err()
    };
    // To another account, whatever the target says.
    assert_eq!(send(&stranger.1, &replica), FOREIGN);
    assert_eq!(send(&stranger.1, &symmetric(OTHER, THERE, "mrk-1", true)), FOREIGN);
    // As another key, for another use, as a key of one Region, to a Region that is not the
    // target's.
    assert_eq!(send(&to.1, &symmetric(ACCOUNT, THERE, "mrk-2", true)), FOREIGN);
    assert_eq!(send(&to.1, &symmetric(ACCOUNT, THERE, "mrk-1", false)), FOREIGN);
    assert_eq!(send(&to.1, &symmetric(ACCOUNT, "ap-south-1", "mrk-1", true)), FOREIGN);
    let (spec, usage) = (KeySpec::Hmac256, KeyUsage::Mac);
    assert_eq!(send(&to.1, &Binding { spec, usage, ..replica.clone() }), FOREIGN);
    assert_eq!(send(&to.1, &replica), None);
    // A key of one Region stays.
    let single = symmetric(ACCOUNT, HERE, "single", false);
    let sealed = from.0.generate(&single).expect("unsealed").sealed;
    let target = symmetric(ACCOUNT, THERE, "single", false);
    assert_eq!(from.0.send_key(&key(&sealed, &single), &to.1, &target).err(), FOREIGN);
}

#[test]
fn a_key_is_taken_in_from_its_own_account_and_as_itself_only() {
    let mut root = root();
    let mut from = admitted(&mut root, ACCOUNT, HERE);
    let mut to = admitted(&mut root, ACCOUNT, THERE);
    let mut stranger = admitted(&mut root, OTHER, THERE);
    let primary = symmetric(ACCOUNT, HERE, "mrk-1", true);
    let replica = symmetric(ACCOUNT, THERE, "mrk-1", true);
    let sealed = from.0.generate(&primary).expect("unsealed").sealed;
    let parcel = from.0.send_key(&key(&sealed, &primary), &to.1, &replica).expect("allowed");
    let renamed = symmetric(ACCOUNT, THERE, "mrk-2", true);
    assert_eq!(to.0.receive_key(&parcel, &from.1, &renamed).err(), FOREIGN);
    let single = symmetric(ACCOUNT, THERE, "mrk-1", false);
    assert_eq!(to.0.receive_key(&parcel, &from.1, &single).err(), FOREIGN);
    let stolen = symmetric(OTHER, THERE, "mrk-1", true);
    assert_eq!(stranger.0.receive_key(&parcel, &from.1, &stolen).err(), FOREIGN);
    assert_eq!(to.0.receive_key(&parcel, &stranger.1, &replica).err(), FOREIGN);
    // For another purpose.
    let as_plaintext = to.0.receive_plaintext(&parcel, &from.1, &side(b"", &replica, b""));
    assert_eq!(as_plaintext.err(), FOREIGN);
    assert!(to.0.receive_key(&parcel, &from.1, &replica).is_ok());
}

#[test]
fn a_certificate_of_an_earlier_start_is_refused() {
    let (mut earlier, mut now) = (root(), root());
    let old = admitted(&mut earlier, ACCOUNT, THERE);
    let mut from = admitted(&mut now, ACCOUNT, HERE);
    let primary = symmetric(ACCOUNT, HERE, "mrk-1", true);
    let replica = symmetric(ACCOUNT, THERE, "mrk-1", true);
    let sealed = from.0.generate(&primary).expect("unsealed").sealed;
    assert_eq!(from.0.send_key(&key(&sealed, &primary), &old.1, &replica).err(), FOREIGN);
}
