//! The authorization matrix: every operation, and whom it serves.

mod cloudtrail;
mod kms;
mod query;

use keycell::services::Descriptor;

/// In which way a caller comes, and what speaks for it or against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Nobody has signed.
    NoCredentials,
    /// Somebody without the secret has.
    WrongSignature,
    /// The root user of another account.
    OtherAccount,
    /// A user of whom no policy says anything.
    NoPolicy,
    /// A user whom the key's policy allows it.
    KeyPolicy,
    /// A user whom his own policy allows it, where the key's policy delegates to his account.
    IdentityPolicy,
    /// A user who has a grant for it.
    Grant,
    /// A user whom everything allows it, and his own policy denies it.
    DeniedByIdentity,
    /// A user whom his own policy allows it, and the key's denies it.
    DeniedByKey,
}

const WAYS: [Way; 9] = [
    Way::NoCredentials,
    Way::WrongSignature,
    Way::OtherAccount,
    Way::NoPolicy,
    Way::KeyPolicy,
    Way::IdentityPolicy,
    Way::Grant,
    Way::DeniedByIdentity,
    Way::DeniedByKey,
];

/// Whether the rows of a table are those of a service's operations, each once, in their order.
#[track_caller]
fn assert_complete<'a>(rows: impl Iterator<Item = &'a str>, operations: &[Descriptor]) {
    let rows: Vec<_> = rows.collect();
    let served: Vec<_> = operations.iter().map(|operation| operation.name).collect();
    assert_eq!(rows, served, "each operation has its row");
}
