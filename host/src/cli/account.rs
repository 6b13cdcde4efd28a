//! `keycell account`: accounts and their root credentials, whether the server runs or not.

use std::{
    io::{BufRead, Write},
    sync::Arc,
};

use clap::Subcommand;
use keycell::{
    accounts::{self, Command as Ask, Reply},
    arn::AccountId,
    clock::Clock,
    config::{Config, LISTEN},
    control, hygiene,
    isolates::Components,
    operators::{self, Command as Order},
    service::Service,
};
use tracing::Level;

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
    /// Serve an account no more, until it is unsealed
    Seal {
        /// Twelve digits
        id: AccountId,
        #[command(flatten)]
        data: DataFolder,
    },
    /// Serve a sealed account again
    Unseal {
        /// Twelve digits
        id: AccountId,
        #[command(flatten)]
        data: DataFolder,
    },
    /// Delete an account with all its keys, for good; asks for its id again
    Erase {
        /// Twelve digits
        id: AccountId,
        /// The id again, for who cannot type it when asked
        #[arg(long, value_name = "ID")]
        yes_erase: Option<AccountId>,
        #[command(flatten)]
        data: DataFolder,
    },
}

pub(super) fn run(arguments: Arguments) -> Result {
    start_log(Level::WARN);
    let of_account = Either::Account;
    let of_operator = Either::Operator;
    let (ask, data) = match arguments.command {
        Command::List(data) => (of_account(Ask::ListAccounts), data),
        Command::Create { id, data } => (of_account(Ask::CreateAccount { id }), data),
        Command::ResetRoot { id, data } => (of_account(Ask::ResetRoot { id }), data),
        Command::Seal { id, data } => (of_operator(Order::SealAccount { id }), data),
        Command::Unseal { id, data } => (of_operator(Order::UnsealAccount { id }), data),
        Command::Erase { id, yes_erase, data } => {
            let confirmed = match yes_erase {
                Some(confirmed) => confirmed,
                None => confirm(id)?,
            };
            (of_operator(Order::EraseAccount { id, confirmed }), data)
        }
    };
    let command = ask.command();
    let told = match ask {
        Either::Account(_) => control::send(&data.path, &command)?.map(Either::Account),
        Either::Operator(_) => control::send(&data.path, &command)?.map(Either::Operator),
    };
    let reply = match told {
        Some(reply) => reply,
        None => by_hand(data, &ask)?,
    };
    match reply {
        Answer::Account(Reply::Credentials(credentials)) => print_credentials(&credentials),
        Answer::Account(Reply::Accounts(accounts)) => {
            for account in accounts {
                println!("{}\t{}", account.id, account.root_access_key_id);
            }
            Ok(())
        }
        Answer::Account(Reply::Isolates(_)) => Err("the server answered something else".into()),
        Answer::Account(Reply::Refused(why)) | Answer::Operator(operators::Reply::Refused(why)) => {
            Err(why.into())
        }
        Answer::Operator(operators::Reply::Done(text)) => {
            println!("{text}");
            Ok(())
        }
        Answer::Operator(
            operators::Reply::Status(_)
            | operators::Reply::Progress { .. }
            | operators::Reply::Shares(_),
        ) => Err("the server answers something else: it is of another version".into()),
    }
}

/// Either kind of command, or of reply.
enum Either<A, O> {
    Account(A),
    Operator(O),
}

type Asked = Either<Ask, Order>;
type Answer = Either<Reply, operators::Reply>;

impl Asked {
    fn command(&self) -> control::Command {
        match self {
            Self::Account(ask) => control::Command::Account(ask.clone()),
            Self::Operator(order) => control::Command::Operator(order.clone()),
        }
    }
}

/// The id, as it is typed again.
fn confirm(id: AccountId) -> Result<AccountId> {
    eprint!("account {id} and all its keys will be gone for good; type its id to go on: ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    line.trim().parse().map_err(|_| "the account id was not confirmed".into())
}

/// No server runs: this process opens the data folder itself.
fn by_hand(data: DataFolder, ask: &Asked) -> Result<Answer> {
    if !data.path.join("keycell.redb").exists() {
        let path = data.path.display();
        return Err(format!("there is no data in {path}: `keycell serve` makes it").into());
    }
    hygiene::close_process()?;
    let mut config = Config::read(data.path, LISTEN.parse()?, data.config.as_deref())?;
    config.take_environment(super::environment());
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build()?.block_on(async {
        let service = Service::open(&config, &Components::built_in(), Clock::system()).await?;
        let service = Arc::new(service);
        let uid = rustix::process::geteuid().as_raw();
        let (done, is_done) = tokio::sync::oneshot::channel::<()>();
        let labour = operators::labour(service.clone(), async { drop(is_done.await) });
        let labour = tokio::spawn(labour);
        let reply = match ask {
            Either::Account(ask) => Answer::Account(accounts::run(&service, ask, uid).await),
            Either::Operator(ask) => Answer::Operator(operators::run(&service, ask, uid).await),
        };
        // What is not finished goes on at the next start.
        drop(done);
        labour.await?;
        service.keep(std::future::ready(())).await;
        Ok(reply)
    })
}
