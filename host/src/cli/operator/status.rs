//! `keycell operator status`.

use keycell::operators::{Status, Step, Task, Work};

use super::{DataFolder, Result, status};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Tell it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataFolder,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let status = status(&arguments.data)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&status)?);
        return Ok(());
    }
    let Status { threshold, shares, gathered, .. } = status;
    match (&status.ailment, status.sealed) {
        (None, _) => println!("unsealed"),
        (Some(why), _) => println!("{why}"),
    }
    match shares {
        0 => println!("the unseal key lies in a file"),
        _ => println!("{threshold} of {shares} shares unseal"),
    }
    if status.sealed && gathered > 0 {
        println!("{gathered} shares have come");
    }
    if status.unconfirmed {
        println!(
            "new operators have yet to prove that they can unseal: `keycell operator confirm`"
        );
    }
    for account in &status.sealed_accounts {
        println!("account {account} is not served");
    }
    status.work.iter().for_each(tell);
    Ok(())
}

fn tell(work: &Work) {
    let what = match &work.task {
        Task::RotateDomainKey => "rotation of the domain key".to_owned(),
        Task::RotateTenantRoot { account, region: Some(region) } => {
            format!("rotation of the root of account {account} in {region}")
        }
        Task::RotateTenantRoot { account, region: None } => {
            format!("rotation of the root of the access keys of account {account}")
        }
        Task::EraseAccount { account } => format!("erasure of account {account}"),
    };
    let step = match work.step {
        Step::Delete { .. } => "records are deleted",
        Step::Rotate => "a new key is made",
        Step::Reseal { .. } => "what the old key seals is sealed anew",
        Step::Retire => "the old key is dropped",
        Step::Rewrite => "the store is written anew",
    };
    println!("{what}: {step}; {} records so far", work.done);
}
