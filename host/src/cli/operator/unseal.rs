//! `keycell operator unseal`: shares go to the root isolate, encrypted to it, one after the other.
//! Several operators can each bring theirs.

use keycell::{
    operators::{Command as Ask, Reply},
    seal::{self, UNSEAL_KEY},
};

use super::{
    DataFolder, Result, UNEXPECTED, ask,
    share::{Enough, Shares},
    status,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    shares: Shares,
    #[command(flatten)]
    data: DataFolder,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let Arguments { shares, data } = arguments;
    let now = status(data)?;
    if !now.sealed {
        println!("the service is not sealed");
        return Ok(());
    }
    if now.shares == 0 {
        return bring(data, None).map(|_| ());
    }
    eprintln!("{} of {} shares are needed, {} have come", now.threshold, now.shares, now.gathered);
    let prompt = |_: usize| "share: ".to_owned();
    shares.each(prompt, |share| {
        // After a wrong share the root isolate may be another one.
        let reception = status(data)?.reception.0;
        bring(data, Some(seal::send(&reception, UNSEAL_KEY, &share)?))
    })
}

fn bring(data: &DataFolder, share: Option<Vec<u8>>) -> Result<Enough> {
    let share = share.map(keycell::operators::Bytes);
    match ask(data, Ask::Unseal { share })? {
        Reply::Progress { have, need } if have == need => {
            println!("the service is unsealed");
            Ok(Enough::Yes)
        }
        Reply::Progress { have, need } => {
            println!("{have} of {need} shares have come");
            Ok(Enough::No)
        }
        Reply::Status(_) | Reply::Shares(_) | Reply::Done(_) | Reply::Refused(_) => {
            Err(UNEXPECTED.into())
        }
    }
}
