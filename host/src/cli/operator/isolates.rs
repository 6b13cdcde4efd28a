//! `keycell operator isolates`: what lives, what it takes, and where key material may be.

use keycell::{
    accounts::{Command as Ask, Reply},
    control,
    isolates::Living,
};

use super::super::{DataFolder, Result};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// As one JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataFolder,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let Arguments { json, data } = arguments;
    let isolates = match control::send(&data.path, &control::Command::Account(Ask::ListIsolates))? {
        Some(Reply::Isolates(isolates)) => isolates,
        Some(Reply::Refused(why)) => return Err(why.into()),
        Some(Reply::Accounts(_) | Reply::Credentials(_)) => {
            return Err("the server answered something else".into());
        }
        None => return Err(format!("no server runs on {}", data.path.display()).into()),
    };
    if *json {
        println!("{}", serde_json::to_string(&isolates)?);
    } else {
        print_table(&isolates);
    }
    Ok(())
}

fn print_table(isolates: &[Living]) {
    println!(
        "{:12}  {:14}  {:6}  {:>9}  {:>12}",
        "account", "region", "memory", "instances", "KiB"
    );
    for isolate in isolates {
        let account = isolate.account.map_or_else(|| "(root)".to_owned(), |id| id.to_string());
        let region = isolate.region.as_deref().unwrap_or_default();
        let (memory, kib) = (isolate.memory.to_string(), isolate.resident_bytes >> 10);
        println!("{account:12}  {region:14}  {memory:6}  {:>9}  {kib:>12}", isolate.instances);
    }
}
