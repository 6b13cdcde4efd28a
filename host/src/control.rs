//! The operators' way in while the server runs: a Unix socket in the data folder. One line of JSON
//! goes in, one comes out.

use std::{
    fs::{File, Permissions},
    io::{self, BufRead, BufReader, Read, Write},
    os::{
        fd::AsRawFd,
        unix::{
            fs::PermissionsExt,
            net::{UnixListener, UnixStream},
        },
    },
    path::Path,
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use zeroize::Zeroizing;

use crate::{accounts, operators, service::Service, witness};

/// What can be asked for.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Something about accounts; an [`accounts::Reply`] comes back.
    Account(accounts::Command),
    /// Something about the service; an [`operators::Reply`] comes back.
    Operator(operators::Command),
    /// Something about the trail; a [`witness::Reply`] comes back.
    Trail(witness::Command),
}

/// Opens the socket. Storage is locked by this process, so a socket that is there was left behind
/// by a crash.
pub fn bind(data: &Path) -> io::Result<UnixListener> {
    let path = data.join(SOCKET);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = at_short_path(data, |path| UnixListener::bind(path))?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Takes commands, a few at once, until `stop` is done; those under way are finished. Call it
/// within a runtime.
pub async fn serve(
    service: Arc<Service>,
    listener: UnixListener,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = tokio::net::UnixListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut under_way = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        while under_way.try_join_next().is_some() {}
        match accepted {
            Ok((stream, place)) => spawn(&mut under_way, service.clone(), stream, place),
            Err(error) => {
                tracing::warn!("an operator was not let in: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    let ended = async { while under_way.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_COMMANDS, ended).await.is_err() {
        tracing::warn!("some commands did not end in time");
    }
    Ok(())
}

/// Has a command answered by a task of its own. Not generic, so that its code is made once.
fn spawn(
    under_way: &mut JoinSet<()>,
    service: Arc<Service>,
    stream: tokio::net::UnixStream,
    place: OwnedSemaphorePermit,
) {
    under_way.spawn(async move {
        let answered = tokio::time::timeout(PATIENCE, answer(&service, stream)).await;
        if let Ok(Err(error)) = answered {
            tracing::warn!("an operator's command was not answered: {error}");
        }
        drop(place);
    });
}

async fn accept(
    listener: &tokio::net::UnixListener,
    places: &Arc<Semaphore>,
) -> io::Result<(tokio::net::UnixStream, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// Has a command run by the server of a data folder, or returns `None` if none is running.
pub fn send<Reply: DeserializeOwned>(data: &Path, command: &Command) -> io::Result<Option<Reply>> {
    if !data.is_dir() {
        return Ok(None);
    }
    let mut stream = match at_short_path(data, |path| UnixStream::connect(path)) {
        Ok(stream) => stream,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = Zeroizing::new(serde_json::to_vec(command)?);
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut line = Zeroizing::new(String::new());
    BufReader::new(stream.take(LONGEST)).read_line(&mut line)?;
    Ok(Some(serde_json::from_str(&line)?))
}

async fn answer(service: &Arc<Service>, mut stream: tokio::net::UnixStream) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    let (reader, mut writer) = stream.split();
    let mut line = if uid == 0 || uid == rustix::process::geteuid().as_raw() {
        let mut line = String::new();
        tokio::io::BufReader::new(reader.take(LONGEST)).read_line(&mut line).await?;
        match serde_json::from_str(&line) {
            // A task of its own: a command that has begun is done even if nobody waits any more.
            Ok(command) => {
                let service = service.clone();
                let run = async move { run(&service, &command, uid).await };
                tokio::spawn(run).await.map_err(io::Error::other)??
            }
            Err(error) => refuse(format!("the command is not understood: {error}"))?,
        }
    } else {
        refuse(format!("uid {uid} is no operator of this service"))?
    };
    line.push(b'\n');
    writer.write_all(&line).await?;
    writer.shutdown().await
}

async fn run(
    service: &Arc<Service>,
    command: &Command,
    uid: u32,
) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    let line = match command {
        Command::Account(command) => {
            serde_json::to_vec(&accounts::run(service, command, uid).await)
        }
        Command::Operator(command) => {
            serde_json::to_vec(&operators::run(service, command, uid).await)
        }
        Command::Trail(command) => serde_json::to_vec(&witness::run(service, command).await),
    };
    line.map(Zeroizing::new)
}

/// All kinds of replies say it in the same way.
fn refuse(why: String) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    serde_json::to_vec(&operators::Reply::Refused(why)).map(Zeroizing::new)
}

/// A socket's path has at most 107 bytes, a data folder's may have more: the way through an open
/// folder is short.
fn at_short_path<T>(data: &Path, run: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let path = data.join(SOCKET);
    if path.as_os_str().len() <= 107 {
        return run(&path);
    }
    let folder = File::open(data)?;
    run(&Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(SOCKET))
}

const SOCKET: &str = "control.sock";
/// Commands that are run at once.
const AT_ONCE: usize = 16;
/// How long commands have that are under way when the service stops.
const LAST_COMMANDS: Duration = Duration::from_secs(5);
/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest line, in bytes: 100,000 accounts.
const LONGEST: u64 = 16 << 20;
