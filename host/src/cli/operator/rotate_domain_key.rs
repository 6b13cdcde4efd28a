//! `keycell operator rotate-domain-key`.

use keycell::operators::Command as Ask;

use super::{DataFolder, Result, order};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    order(&arguments.data, Ask::RotateDomainKey)
}
