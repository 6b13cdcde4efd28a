//! The operators' way in while the server runs: a Unix socket in the data folder. One line of JSON
//! goes in, one comes out.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    path::Path,
    sync::Arc,
    time::Duration,
};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use zeroize::Zeroizing;

use crate::{
    accounts::{self, Command, Reply},
    service::Service,
};

/// Takes commands until it is dropped.
pub async fn serve(service: Arc<Service>) -> io::Result<()> {
    let path = service.data().join(SOCKET);
    // Storage is locked by this process: a socket that is there was left behind by a crash.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::UnixListener::from_std(listener)?;
    loop {
        // One after the other: operators are few.
        match listener.accept().await {
            Ok((stream, _)) => {
                let answered = tokio::time::timeout(PATIENCE, answer(&service, stream)).await;
                if let Ok(Err(error)) = answered {
                    tracing::warn!("an operator's command was not answered: {error}");
                }
            }
            Err(error) => tracing::warn!("an operator was not let in: {error}"),
        }
    }
}

/// Has a command run by the server of a data folder, or returns `None` if none is running.
pub fn send(data: &Path, command: &Command) -> io::Result<Option<Reply>> {
    let mut stream = match UnixStream::connect(data.join(SOCKET)) {
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
    let mut line = serde_json::to_vec(command)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut line = Zeroizing::new(String::new());
    BufReader::new(stream.take(LONGEST)).read_line(&mut line)?;
    Ok(Some(serde_json::from_str(&line)?))
}

async fn answer(service: &Service, mut stream: tokio::net::UnixStream) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    let (reader, mut writer) = stream.split();
    let reply = if uid == 0 || uid == rustix::process::geteuid().as_raw() {
        let mut line = String::new();
        tokio::io::BufReader::new(reader.take(LONGEST)).read_line(&mut line).await?;
        match serde_json::from_str(&line) {
            Ok(command) => accounts::run(service, &command, uid).await,
            Err(error) => Reply::Refused(format!("the command is not understood: {error}")),
        }
    } else {
        Reply::Refused(format!("uid {uid} is no operator of this service"))
    };
    let mut line = Zeroizing::new(serde_json::to_vec(&reply)?);
    line.push(b'\n');
    writer.write_all(&line).await?;
    writer.shutdown().await
}

const SOCKET: &str = "control.sock";
/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest line, in bytes: 100,000 accounts.
const LONGEST: u64 = 16 << 20;
