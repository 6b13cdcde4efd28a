//! A server that is measured: started, and brought to where it encrypts.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::client::{self, Connection, Phase};
use crate::requests::{self, Pool};
use crate::scratch::Scratch;
use crate::server::Server;
use crate::sign::{Credential, Signer};
use crate::{Failure, Result};

/// A measured server, ready to encrypt.
pub(crate) struct Subject {
    pub(crate) server: Server,
    pub(crate) key_id: String,
    pub(crate) answer: AnswerShape,
}

impl Subject {
    /// The server that a command starts, with the arguments of `keycell serve` put behind its own.
    pub(crate) async fn keycell(
        mut command: Command,
        scratch: &Scratch,
        credential: &Credential,
        sync_delay_ms: u32,
    ) -> Result<Self> {
        command.env_clear();
        command.env("KEYCELL_ACCOUNT_ID", "111122223333");
        command.env("KEYCELL_ROOT_ACCESS_KEY_ID", &credential.access_key_id);
        command.env("KEYCELL_ROOT_SECRET_ACCESS_KEY", &credential.secret);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(scratch.folder("data")?);
        if sync_delay_ms > 0 {
            let config = scratch.path("keycell.toml");
            fs::write(&config, format!("[trail]\nsync_delay_ms = {sync_delay_ms}\n"))?;
            command.arg("--config").arg(config);
        }
        let server = Server::start(command, scratch.path("keycell.log")).await?;
        let ready = prepare(server.address(), credential).await;
        let (key_id, answer) = ready.map_err(|failure| server.blamed(failure))?;
        Ok(Self { server, key_id, answer })
    }

    /// The bare server as the measured one.
    pub(crate) async fn echo(program: &Path, scratch: &Scratch) -> Result<Self> {
        let key_id = "00000000-0000-4000-8000-000000000000".to_owned();
        let headers = vec!["content-type: application/x-amz-json-1.1".to_owned()];
        let answer = AnswerShape { headers, body_bytes: 300 };
        let server = echo(program, &answer, scratch.path("subject.log")).await?;
        Ok(Self { server, key_id, answer })
    }
}

/// Makes a key and encrypts once, to learn what an answer looks like.
async fn prepare(address: SocketAddr, credential: &Credential) -> Result<(String, AnswerShape)> {
    let signer = signer(credential, address);
    let mut connection = Connection::open(address).await?;
    let created = connection.exchange(requests::create_key(&signer).as_bytes()).await?;
    let key_id = requests::key_id(created.body)?;
    let pool = Pool::encrypt(&signer, &key_id, 0..1)?;
    let answer = connection.exchange(pool.get(0).expect("the pool holds one request")).await?;
    if !requests::has_ciphertext(answer.body) {
        return Err(Failure::new("Encrypt's answer holds no ciphertext"));
    }
    Ok((key_id, AnswerShape::of(&answer)))
}

/// What the bare server needs to know to answer as many bytes.
pub(crate) struct AnswerShape {
    headers: Vec<String>,
    body_bytes: usize,
}

impl AnswerShape {
    /// Of an answer, without the two headers that hyper makes itself.
    fn of(answer: &client::Answer<'_>) -> Self {
        let head = String::from_utf8_lossy(answer.head).to_ascii_lowercase();
        let own = |line: &&str| !line.starts_with("date:") && !line.starts_with("content-length:");
        let headers = head.split("\r\n").skip(1).filter(own).map(str::to_owned).collect();
        Self { headers, body_bytes: answer.body.len() }
    }
}

/// The bare server.
pub(crate) async fn echo(program: &Path, answer: &AnswerShape, log: PathBuf) -> Result<Server> {
    let mut command = Command::new(program);
    command.env_clear();
    command.args(["echo", "--body-bytes", &answer.body_bytes.to_string()]);
    command.args(answer.headers.iter().map(|header| format!("--header={header}")));
    Server::start(command, log).await
}

/// Of requests to a server at that address. Who else is sent them sees it as `Host`.
pub(crate) fn signer(credential: &Credential, host: SocketAddr) -> Signer {
    Signer::new(credential, host.to_string(), Timestamp::now())
}

/// One round of one server, and the processor time that it took.
pub(crate) async fn measure(
    server: &Server,
    connections: usize,
    pool: &Arc<Pool>,
    limit: Duration,
) -> Result<(Phase, Duration)> {
    let before = server.cpu()?;
    let phase = client::run(server.address(), connections, pool, limit).await;
    let phase = phase.map_err(|failure| server.blamed(failure))?;
    Ok((phase, server.cpu()?.saturating_sub(before)))
}
