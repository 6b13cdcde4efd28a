//! `keycell operator`: the seal, the domain keys, the roots of tenants, and the isolates, over the
//! Unix socket of a running server. One file a subcommand.

mod confirm;
mod decrypt_share;
mod init;
mod isolates;
mod make_key;
mod rekey;
mod rotate_domain_key;
mod rotate_tenant_root;
mod seal;
mod share;
mod status;
mod unseal;

use clap::Subcommand;
use keycell::{
    control,
    operators::{Command as Ask, Reply, Status},
};
use tracing::Level;

use super::{DataFolder, Result, start_log};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Hand the unseal key over from its file to operators, each with a share of it
    Init(init::Arguments),
    /// Prove that new operators can unseal; from then on only they do
    Confirm(confirm::Arguments),
    /// Unseal with shares, from files, from standard input, or as they are typed in
    Unseal(unseal::Arguments),
    /// Wipe all keys and serve nothing until the service is unsealed
    Seal(seal::Arguments),
    /// Tell how the service is
    Status(status::Arguments),
    /// Make another unseal key for other operators; the present ones must agree
    Rekey(rekey::Arguments),
    /// Make a new domain key and seal all tenant roots under it
    RotateDomainKey(rotate_domain_key::Arguments),
    /// Make a new root for a tenant and seal all its keys under it
    RotateTenantRoot(rotate_tenant_root::Arguments),
    /// Make a key pair that a share can be encrypted to
    MakeKey(make_key::Arguments),
    /// Open a share that was encrypted to an operator's key
    DecryptShare(decrypt_share::Arguments),
    /// List the isolates that live, and where in the process their memory is
    Isolates(isolates::Arguments),
}

pub(super) fn run(arguments: Arguments) -> Result {
    start_log(Level::WARN);
    match arguments.command {
        Command::Isolates(arguments) => isolates::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Confirm(arguments) => confirm::run(&arguments),
        Command::Unseal(arguments) => unseal::run(&arguments),
        Command::Seal(arguments) => seal::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Rekey(arguments) => rekey::run(&arguments),
        Command::RotateDomainKey(arguments) => rotate_domain_key::run(&arguments),
        Command::RotateTenantRoot(arguments) => rotate_tenant_root::run(&arguments),
        Command::MakeKey(arguments) => make_key::run(&arguments),
        Command::DecryptShare(arguments) => decrypt_share::run(&arguments),
    }
}

/// Asks the running server; what it refuses is an error.
fn ask(data: &DataFolder, ask: Ask) -> Result<Reply> {
    let reply = control::send(&data.path, &control::Command::Operator(ask))?;
    match reply {
        Some(Reply::Refused(why)) => Err(why.into()),
        Some(reply) => Ok(reply),
        None => {
            let path = data.path.display();
            Err(format!("no server runs on {path}: start it with `keycell serve`").into())
        }
    }
}

/// Asks for something that is told to be done.
fn order(data: &DataFolder, what: Ask) -> Result {
    match ask(data, what)? {
        Reply::Done(text) => {
            println!("{text}");
            Ok(())
        }
        Reply::Status(_) | Reply::Progress { .. } | Reply::Shares(_) | Reply::Refused(_) => {
            Err(UNEXPECTED.into())
        }
    }
}

fn status(data: &DataFolder) -> Result<Status> {
    match ask(data, Ask::Status)? {
        Reply::Status(status) => Ok(*status),
        Reply::Done(_) | Reply::Progress { .. } | Reply::Shares(_) | Reply::Refused(_) => {
            Err(UNEXPECTED.into())
        }
    }
}

const UNEXPECTED: &str = "the server answers something else: it is of another version";
