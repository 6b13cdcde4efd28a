//! `keycell operator confirm`: new operators prove that they can unseal.

use keycell::{operators::Command as Ask, seal::UNSEAL_KEY};

use super::{DataFolder, Result, order, share::Shares, status};

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
    if !now.unconfirmed {
        return Err("there are no new operators to be confirmed".into());
    }
    let quorum = shares.parcels(&now.reception.0, UNSEAL_KEY, now.unconfirmed_threshold)?;
    order(data, Ask::Confirm { quorum })
}
