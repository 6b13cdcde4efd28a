//! `keycell operator init`: from the file to operators.

use keycell::operators::{Command as Ask, Reply};

use super::{DataFolder, Result, UNEXPECTED, ask, share::Division};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    division: Division,
    #[command(flatten)]
    data: DataFolder,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let Arguments { division, data } = arguments;
    let (pairs, operators) = division.operators()?;
    match ask(data, Ask::Init { threshold: division.threshold(), operators })? {
        Reply::Shares(parcels) => division.hand_out(data, &pairs, &parcels),
        Reply::Status(_) | Reply::Progress { .. } | Reply::Done(_) | Reply::Refused(_) => {
            Err(UNEXPECTED.into())
        }
    }
}
