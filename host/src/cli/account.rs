//! `keycell account`: accounts and their root credentials, whether the server runs or not.

use std::sync::Arc;

use clap::Subcommand;
use keycell::{
    accounts::{self, Command as Ask, Reply},
    arn::AccountId,
    clock::Clock,
    config::{Config, LISTEN},
    control, hygiene,
    isolates::Components,
    service::Service,
};

use super::{DataFolder, Result, serve::print_credentials, start_log};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List all accounts
    List(DataFolder),
    /// Make an account, and print its root credentials as `export` lines
    Create {
        /// Twelve digits
        id: AccountId,
        #[command(flatten)]
        data: DataFolder,
    },
    /// Give an account other root credentials; the old ones end at once
    ResetRoot {
        /// Twelve digits
        id: AccountId,
        #[command(flatten)]
        data: DataFolder,
    },
}

pub(super) fn run(arguments: Arguments) -> Result {
    start_log("warn");
    let (ask, data) = match arguments.command {
        Command::List(data) => (Ask::ListAccounts, data),
        Command::Create { id, data } => (Ask::CreateAccount { id }, data),
        Command::ResetRoot { id, data } => (Ask::ResetRoot { id }, data),
    };
    let reply = match control::send(&data.path, &ask)? {
        Some(reply) => reply,
        None => by_hand(data, &ask)?,
    };
    match reply {
        Reply::Credentials(credentials) => print_credentials(&credentials),
        Reply::Accounts(accounts) => {
            for account in accounts {
                println!("{}\t{}", account.id, account.root_access_key_id);
            }
            Ok(())
        }
        Reply::Isolates(_) => Err("the server answered something else".into()),
        Reply::Refused(why) => Err(why.into()),
    }
}

/// No server runs: this process opens the data folder itself.
fn by_hand(data: DataFolder, ask: &Ask) -> Result<Reply> {
    if !data.path.join("keycell.redb").exists() {
        let path = data.path.display();
        return Err(format!("there is no data in {path}: `keycell serve` makes it").into());
    }
    hygiene::close_process()?;
    let config = Config::read(data.path, LISTEN.parse()?, data.config.as_deref())?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build()?.block_on(async {
        let service = Service::open(&config, &Components::built_in(), Clock::system()).await?;
        let service = Arc::new(service);
        let uid = rustix::process::geteuid().as_raw();
        let reply = accounts::run(&service, ask, uid).await;
        service.keep(std::future::ready(())).await;
        Ok(reply)
    })
}
