//! `keycell trail verify`: proves the trail of a data folder, whether the server runs or not.

use std::path::{Path, PathBuf};

use keycell::{
    audit::{
        Notary, NotaryError,
        verify::{self, Anchors, Verified},
    },
    clock::Clock,
    config::{Config, LISTEN},
    control, hygiene,
    isolates::Components,
    service::Service,
    wire::hex,
    witness::{Command, Reply},
};
use tracing::Level;

use crate::cli::{DataFolder, Result, start_log};

pub(super) fn run(data: &DataFolder) -> Result {
    start_log(Level::ERROR);
    let anchors = match ask(&data.path, &Command::Anchors)? {
        Some(Reply::Anchors(anchors)) => anchors,
        Some(Reply::Refused(why)) => return Err(why.into()),
        Some(Reply::Tags(_) | Reply::Delivered(_)) => return Err(OTHER.into()),
        None => return by_hand(data),
    };
    match ask(&data.path, &Command::Tags { tags: Vec::new() })? {
        Some(Reply::Tags(None)) => without_tags(data, anchors),
        Some(_) | None => {
            conclude(verify::verify(&folder(data), &Server(data.path.clone()), anchors)?)
        }
    }
}

/// No server runs: this process asks the isolate itself.
fn by_hand(data: &DataFolder) -> Result {
    if !data.path.join("keycell.redb").exists() {
        let path = data.path.display();
        return Err(format!("there is no data in {path}: `keycell serve` makes it").into());
    }
    hygiene::close_process()?;
    let config = Config::read(data.path.clone(), LISTEN.parse()?, data.config.as_deref())?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build()?;
    let (anchors, notary, _service) = runtime.block_on(async {
        let (service, _) =
            Service::closed(&config, &Components::built_in(), Clock::system()).await?;
        let anchors = service.anchors().await.map_err(|error| format!("{error:?}"))?;
        let notary = service.notary().await.map_err(|error| format!("{error:?}"))?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((anchors, notary, service))
    })?;
    match notary {
        Some(notary) => conclude(verify::verify(&folder(data), &*notary, anchors)?),
        None => without_tags(data, anchors),
    }
}

/// Shows what can be shown while nobody can tell whether tags are right.
fn without_tags(data: &DataFolder, anchors: Anchors) -> Result {
    conclude(verify::verify(&folder(data), &Sealed, anchors)?)?;
    Err(SEALED.into())
}

/// Prints what was found; an error if the trail is not whole.
fn conclude(verified: Verified) -> Result {
    for finding in &verified.findings {
        println!("{finding}");
    }
    let Verified { segments, batches, records, head, unfinished, findings, unlisted } = verified;
    let read = format!("segments: {segments}, batches: {batches}, records: {records}");
    if unfinished > 0 {
        println!("{unfinished} bytes at the end are no batch yet: nobody was answered for them");
    }
    if findings.is_empty() {
        println!("the trail is whole up to batch {} {}", head.sequence, hex(&head.hash));
        println!("{read}");
        return Ok(());
    }
    println!("{read}, findings: {}", findings.len() as u64 + unlisted);
    Err("the trail is not whole".into())
}

fn folder(data: &DataFolder) -> PathBuf {
    data.path.join("trail")
}

/// What the running server answers; `None` if none is running.
fn ask(data: &Path, command: &Command) -> std::io::Result<Option<Reply>> {
    control::send(data, &control::Command::Trail(command.clone()))
}

/// The running server has its system isolate asked.
struct Server(PathBuf);

impl Notary for Server {
    fn tag(&self, _: &[u8], _: &[u8]) -> std::result::Result<Vec<u8>, NotaryError> {
        Err(NotaryError("who verifies makes no tags".to_owned()))
    }

    fn check(
        &self,
        label: &[u8],
        message: &[u8],
        tag: &[u8],
    ) -> std::result::Result<bool, NotaryError> {
        Ok(self.check_all(label, &[(message, tag)])? == [true])
    }

    fn check_all(
        &self,
        _: &[u8],
        tags: &[(&[u8], &[u8])],
    ) -> std::result::Result<Vec<bool>, NotaryError> {
        let tags = tags.iter().map(|(hash, tag)| (hash.to_vec(), tag.to_vec())).collect();
        match ask(&self.0, &Command::Tags { tags }) {
            Ok(Some(Reply::Tags(Some(good)))) => Ok(good),
            Ok(Some(Reply::Tags(None))) => Err(NotaryError(SEALED.to_owned())),
            Ok(Some(Reply::Refused(why))) => Err(NotaryError(why)),
            Ok(Some(Reply::Anchors(_) | Reply::Delivered(_))) => Err(NotaryError(OTHER.to_owned())),
            Ok(None) => Err(NotaryError("the server has stopped".to_owned())),
            Err(error) => Err(NotaryError(error.to_string())),
        }
    }
}

/// Takes every tag for right.
struct Sealed;

impl Notary for Sealed {
    fn tag(&self, _: &[u8], _: &[u8]) -> std::result::Result<Vec<u8>, NotaryError> {
        Err(NotaryError(SEALED.to_owned()))
    }

    fn check(&self, _: &[u8], _: &[u8], _: &[u8]) -> std::result::Result<bool, NotaryError> {
        Ok(true)
    }
}

const SEALED: &str = "the tags were not checked, as the service is sealed: unseal it, and verify \
    while it runs";
const OTHER: &str = "the server answers something else: it is of another version";
