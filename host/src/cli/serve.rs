//! `keycell serve`: runs the service until it is told to stop.

use std::{env::VarError, io::Write, net::SocketAddr, sync::Arc};

use keycell::{
    accounts::{self, Credentials, Preset},
    background::Background,
    clock::Clock,
    config::{Config, LISTEN},
    control, hygiene,
    isolates::{Components, Levels},
    server,
    service::Service,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing::Level;
use zeroize::Zeroizing;

use super::{DataFolder, Result, start_log};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
    /// Where clients connect
    #[arg(long, value_name = "ADDR", default_value = LISTEN)]
    listen: SocketAddr,
    /// How isolates' memory is kept: off, locked or secret; after a comma, what else will do
    ///
    /// Instead of KEYCELL_MEMORY in the environment and `memory` in the configuration file.
    #[arg(long, value_name = "LEVEL[,LEVEL]")]
    memory: Option<Levels>,
}

pub(super) fn run(arguments: Arguments) -> Result {
    start_log(Level::INFO);
    hygiene::close_process()?;
    let Arguments { data, listen, memory } = arguments;
    let mut config = Config::read(data.path, listen, data.config.as_deref())?;
    let from_environment = value("KEYCELL_MEMORY")?.map(|text| text.parse()).transpose()?;
    config.take_environment(super::environment());
    if let Some(levels) = memory.or(from_environment) {
        config.isolates.memory = levels;
    }
    let preset = preset()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config, preset))
}

async fn serve(config: Config, preset: Preset) -> Result {
    let stop_signal = stop_signal()?;
    let is_given = preset.key.is_some();
    let service = Service::open(&config, &Components::built_in(), Clock::system()).await?;
    let service = Arc::new(service);
    if !service.is_open() {
        eprintln!("the service is sealed: unseal it with `keycell operator unseal`");
    } else if let Some(credentials) = accounts::first(&service, preset).await? {
        let path = config.data.join("root-credentials");
        if is_given {
            eprintln!("account {} was made with the given credentials", credentials.account);
        } else {
            print_credentials(&credentials)?;
        }
        eprintln!("the root credentials are in {}", path.display());
    }
    let listener = TcpListener::bind(config.listen).await?;
    let background = Background::start(&service);
    let socket = control::bind(&config.data)?;
    let control = tokio::spawn(control::serve(service.clone(), socket, background.stopped()));
    eprintln!("listening on http://{}", listener.local_addr()?);
    let served = server::serve(service.clone(), listener, stop_signal).await;
    background.stop().await?;
    control.await??;
    Ok(served?)
}

/// The root credentials as lines for a shell.
pub(super) fn print_credentials(credentials: &Credentials) -> Result {
    let Credentials { account, access_key_id, secret } = credentials;
    let text = Zeroizing::new(format!(
        "# root credentials of account {account}: shown once\n\
         export AWS_ACCESS_KEY_ID={access_key_id}\n\
         export AWS_SECRET_ACCESS_KEY={}\n",
        secret.as_str()
    ));
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Done when somebody interrupts or terminates the process.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// What the environment presets: each value itself, or the name of a file that holds it.
fn preset() -> Result<Preset> {
    let account = value("KEYCELL_ACCOUNT_ID")?;
    let account = account.map(|id| id.parse()).transpose();
    let id = value("KEYCELL_ROOT_ACCESS_KEY_ID")?;
    let key = match (id, value("KEYCELL_ROOT_SECRET_ACCESS_KEY")?) {
        (Some(id), Some(secret)) => Some((checked(&id, &secret)?, secret)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(
                "KEYCELL_ROOT_ACCESS_KEY_ID and KEYCELL_ROOT_SECRET_ACCESS_KEY go together \
                        or not at all"
                    .into(),
            );
        }
    };
    let account = account.map_err(|_| "KEYCELL_ACCOUNT_ID is not twelve digits")?;
    Ok(Preset { account, key })
}

fn checked(id: &str, secret: &str) -> Result<String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !(16..=128).contains(&id.len()) || !id.bytes().all(is_word) {
        return Err("KEYCELL_ROOT_ACCESS_KEY_ID has not 16 to 128 letters, digits and _".into());
    }
    if !(16..=128).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("KEYCELL_ROOT_SECRET_ACCESS_KEY has not 16 to 128 printable characters".into());
    }
    Ok(id.to_owned())
}

fn value(name: &str) -> Result<Option<Zeroizing<String>>> {
    let file = format!("{name}_FILE");
    match (std::env::var(name), std::env::var_os(&file)) {
        (Ok(_), Some(_)) => Err(format!("{name} and {file} are both set").into()),
        (Ok(value), None) => Ok(Some(value.into())),
        (Err(VarError::NotUnicode(_)), _) => Err(format!("{name} is no text").into()),
        (Err(VarError::NotPresent), Some(path)) => {
            let text = std::fs::read_to_string(&path).map(Zeroizing::new);
            let text = text.map_err(|error| format!("{file}: {error}"))?;
            Ok(Some(text.trim().to_owned().into()))
        }
        (Err(VarError::NotPresent), None) => Ok(None),
    }
}
