//! Why a call was refused. A defect is a panic instead, which traps, and the host drops the
//! instance.

/// The refusals of `types.wit`; none of them carries a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// No root yet: the isolate must be unsealed first.
    Locked,
    /// The sealed bytes, their binding, their purpose or the root do not belong together.
    Foreign,
    /// The key's spec or usage does not allow this operation.
    Unsupported,
    /// An argument is out of range or malformed.
    Invalid,
    /// The ciphertext, signature, MAC, wrapped material, credential or tag does not verify.
    Unverified,
    /// A self-test has failed: this isolate serves nothing any more.
    Failed,
}

/// What every export returns.
pub type Result<T> = core::result::Result<T, Error>;
