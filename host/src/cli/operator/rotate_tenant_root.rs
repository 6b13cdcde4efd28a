//! `keycell operator rotate-tenant-root`.

use keycell::{
    arn::{AccountId, Region},
    operators::Command as Ask,
};

use super::{DataFolder, Result, order};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Twelve digits
    account: AccountId,
    /// One Region only; otherwise all of them, and the account's access keys
    #[arg(long)]
    region: Option<Region>,
    #[command(flatten)]
    data: DataFolder,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let Arguments { account, region, data } = arguments;
    order(data, Ask::RotateTenantRoot { account: *account, region: *region })
}
