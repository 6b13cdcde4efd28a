//! `keycell operator rekey`: another unseal key, for the same operators or others.

use keycell::{
    operators::{Command as Ask, Reply},
    seal,
};

use super::{
    DataFolder, Result, UNEXPECTED, ask,
    share::{Division, Shares},
    status,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    division: Division,
    #[command(flatten)]
    present: Shares,
    #[command(flatten)]
    data: DataFolder,
}

/// The present operators' shares are encrypted for exactly this change: they agree to nothing else.
pub(super) fn run(arguments: &Arguments) -> Result {
    let Arguments { division, present, data } = arguments;
    let now = status(data)?;
    if now.shares == 0 {
        return Err("the unseal key lies in a file: use `keycell operator init`".into());
    }
    let (pairs, operators) = division.operators()?;
    let publics: Vec<_> = operators.iter().map(|operator| operator.0.clone()).collect();
    let threshold = division.threshold();
    let info = seal::agreement(threshold, &publics);
    let quorum = present.parcels(&now.reception.0, &info, now.threshold)?;
    match ask(data, Ask::Rekey { quorum, threshold, operators })? {
        Reply::Shares(parcels) => division.hand_out(data, &pairs, &parcels),
        Reply::Status(_) | Reply::Progress { .. } | Reply::Done(_) | Reply::Refused(_) => {
            Err(UNEXPECTED.into())
        }
    }
}
