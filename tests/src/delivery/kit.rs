//! A trail, storage, a folder to deliver to, a clock, and a signer.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use keycell::{
    audit::{
        MadeKey, Notary, NotaryError, Signer,
        delivery::{
            self, Anchors, Counts, Delivery, Digest, Finding, Named, Options, Store, Target,
            anchors, parse, unpack,
        },
        load::Load,
        read::segments,
        recovery::Recovered,
        segment::Head,
        trail::{self, Trail},
    },
    storage::{self, Storage},
};
use rsa::{
    RsaPrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey},
    signature::{SignatureEncoding, Signer as _},
};
use serde_json::Value;
use sha2::Sha256;

use crate::{kit::Folder, trail::kit::Key};

/// All that takes part in a delivery.
pub(super) struct World {
    folder: Folder,
    pub(super) trail: PathBuf,
    pub(super) storage: Storage,
    options: trail::Options,
    delivery: Delivery,
    open: Option<Trail>,
    now: Timestamp,
    signer: Toy,
}

/// A file that stands where a folder should be.
pub(super) struct Barred(PathBuf);

impl Barred {
    pub(super) fn lift(self) {
        fs::remove_file(self.0).expect("it is there");
    }
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(trail::Options::default()).await
    }

    pub(super) async fn with(options: trail::Options) -> Self {
        let folder = Folder::new();
        let trail = folder.0.join("trail");
        let path = folder.0.join("keycell.redb");
        let storage = Storage::open(&path, storage::Options::default()).expect("it is opened");
        let delivery = deliver(&folder.0, &storage, 0);
        let (open, _) = Trail::open(&trail, Arc::new(Key(1)), options, None, Load::default())
            .expect("it opens");
        let now = "2026-11-28T09:30:07Z".parse().expect("a time");
        Self {
            folder,
            trail,
            storage,
            options,
            delivery,
            open: Some(open),
            now,
            signer: Toy::default(),
        }
    }

    /// Another process delivers from now on.
    pub(super) async fn reopen(&mut self) {
        self.delivery = deliver(&self.folder.0, &self.storage, 0);
    }

    /// From now on it delivers up to this batch what is not what was written, too.
    pub(super) fn deliver_unproved(&mut self, until: u64) {
        self.delivery = deliver(&self.folder.0, &self.storage, until);
    }

    pub(super) fn close_trail(&mut self) {
        self.open = None;
    }

    /// The trail is opened again.
    pub(super) fn reopen_trail(&mut self, expected: Option<Head>) -> (Head, Recovered) {
        self.open = None;
        let opened =
            Trail::open(&self.trail, Arc::new(Key(1)), self.options, expected, Load::default());
        let (trail, found) = opened.expect("it opens");
        let head = trail.head();
        self.open = Some(trail);
        (head, found)
    }

    fn open(&self) -> &Trail {
        self.open.as_ref().expect("it is open between two calls")
    }

    pub(super) fn head(&self) -> Head {
        self.open().head()
    }

    pub(super) async fn append(&self, records: &[Vec<u8>]) {
        self.open().append_all(records.to_vec()).await.expect("it is writable");
    }

    pub(super) fn pass(&mut self, time: SignedDuration) {
        self.now += time;
    }

    pub(super) async fn run(&self) -> Result<(), delivery::Error> {
        self.delivery.run(self.now, self.head().sequence, &self.signer).await
    }

    pub(super) async fn prune(&self) {
        self.delivery.prune(self.now).await.expect("files can be removed");
    }

    /// The segments of the trail.
    pub(super) fn segments(&self) -> Vec<PathBuf> {
        let segments = segments(&self.trail).expect("the folder is there");
        segments.into_iter().map(|(_, path)| path).collect()
    }

    /// Where it is delivered to.
    pub(super) fn target(&self) -> PathBuf {
        self.folder.0.join("delivered")
    }

    /// Puts something in the way of a folder.
    pub(super) fn bar(&self, name: &str) -> Barred {
        let path = self.target().join(name);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder");
        fs::write(&path, "").expect("a file can be made");
        Barred(path)
    }

    /// The names of all that was delivered, in order.
    pub(super) fn objects(&self) -> Vec<String> {
        objects_in(&self.target())
    }

    /// Those of log files.
    pub(super) fn files(&self) -> Vec<String> {
        let mut files = self.objects();
        files.retain(|object| matches!(parse("", object), Some(Named::Log(..))));
        files
    }

    /// The digests, in the order of their names.
    pub(super) fn digests(&self) -> Vec<Digest> {
        let mut digests = self.objects();
        digests.retain(|object| matches!(parse("", object), Some(Named::Digest(..))));
        let read = |object: &String| {
            Digest::parse(&content(&self.target().join(object))).expect("a digest")
        };
        digests.iter().map(read).collect()
    }

    /// The event ids of what was delivered, by place, in the order of the files' names.
    pub(super) fn delivered(&self) -> BTreeMap<String, Vec<String>> {
        delivered_in(&self.target())
    }

    pub(super) async fn anchors(&self) -> Anchors {
        anchors(&self.storage).await.expect("the store works")
    }

    /// What `trail verify` finds.
    pub(super) async fn verify(&self) -> (Counts, Vec<Finding>) {
        self.verify_with(&self.anchors().await).await
    }

    pub(super) async fn verify_with(&self, anchors: &Anchors) -> (Counts, Vec<Finding>) {
        let url = self.target().to_string_lossy().into_owned();
        let store = Store::open(&Target { url, ..Target::default() }).expect("a folder opens");
        let mut findings = Vec::new();
        let counts = delivery::verify(&store, anchors, &mut |found| findings.push(found)).await;
        let counts = counts.expect("a folder can be read");
        assert_eq!(counts.findings, findings.len() as u64);
        (counts, findings)
    }
}

fn deliver(folder: &Path, storage: &Storage, unproved: u64) -> Delivery {
    let url = format!("file://{}", folder.join("delivered").display());
    let target = Target { url, ..Target::default() };
    let options = Options { unproved, ..Options::to(target) };
    let store = Store::open(&options.target).expect("a folder opens");
    let home = "us-east-1".parse().expect("a Region");
    Delivery::new(storage.clone(), store, folder.join("trail"), options, home)
}

/// All files below a folder, their names from there, in order.
pub(super) fn objects_in(folder: &Path) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.expect("it can be read").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).expect("it lies there");
                    found.push(name.to_str().expect("text").to_owned());
                }
            }
        }
    }
    found.sort();
    found
}

/// The event ids in log files, by place, in the order of the files' names and within them.
pub(super) fn delivered_in(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let mut delivered: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in objects_in(folder) {
        let Some(Named::Log(place, _)) = parse("", &object) else { continue };
        let file: Value = serde_json::from_slice(&content(&folder.join(object))).expect("JSON");
        let records = file["Records"].as_array().expect("a list").iter();
        let ids = records.map(|record| record["eventID"].as_str().expect("an id").to_owned());
        delivered.entry(place.key()).or_default().extend(ids);
    }
    delivered
}

pub(super) fn content(path: &Path) -> Vec<u8> {
    let gzip = fs::read(path).expect("it is there");
    unpack(&gzip, 1 << 28).expect("it is gzip")
}

/// A record of an account in a Region.
pub(super) fn record(number: u64, region: &str) -> Vec<u8> {
    scaffold(&format!(
        "{{\"eventTime\":\"2026-11-28T09:{:02}:00Z\",\"awsRegion\":\"{region}\",\
         \"eventID\":\"{number}\",\"recipientAccountId\":\"111122223333\"}}",
        number % 60
    ))
}

pub(super) fn scaffold(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// Signs with keys of which nothing is secret.
#[derive(Default)]
struct Toy {
    made: AtomicUsize,
}

impl Signer for Toy {
    fn notary(&self) -> Result<Arc<dyn Notary>, NotaryError> {
        Ok(Arc::new(Key(1)))
    }

    async fn generate(&self) -> Result<MadeKey, NotaryError> {
        static KEYS: [OnceLock<RsaPrivateKey>; 2] = [const { OnceLock::new() }; 2];
        let next = self.made.fetch_add(1, Ordering::Relaxed);
        let key = KEYS[next].get_or_init(|| {
            let mut random = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
            RsaPrivateKey::new(&mut random, 2048).expect("a key is found")
        });
        let public = key.to_public_key().to_public_key_der().expect("it has a form");
        let public = public.as_bytes().to_vec();
        let sealed = key.to_pkcs8_der().expect("it has a form").as_bytes().to_vec();
        Ok(MadeKey { id: next.to_string(), sealed, public })
    }

    async fn sign(&self, _: &str, sealed: &[u8], message: &[u8]) -> Result<Vec<u8>, NotaryError> {
        let key = RsaPrivateKey::from_pkcs8_der(sealed).expect("it was made above");
        Ok(SigningKey::<Sha256>::new(key).sign(message).to_vec())
    }
}
