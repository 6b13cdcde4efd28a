//! Actions, and which of them a statement is about.

use super::{pattern::Glob, policy::Selection};

/// What somebody asks to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// One of those that keys serve for, by its number.
    Known(usize),
    /// Any other, in lower case: names of actions have no case.
    Other(String),
}

/// `Action` or `NotAction` of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Actions {
    patterns: Selection<Glob>,
    /// A bit for each known action: whether it is meant is found out when the statement is
    /// compiled, so that at a decision most statements are passed over without a look at texts.
    known: u32,
}

impl Action {
    pub(super) fn new(name: &str) -> Self {
        let operation = name.strip_prefix("kms:");
        let known = operation.and_then(|operation| KNOWN.iter().position(|one| *one == operation));
        known.map_or_else(|| Self::Other(name.to_ascii_lowercase()), Self::Known)
    }

    /// Whether a key can serve other accounts in this way, if its policy lets them. Who it belongs
    /// to and what becomes of it is the business of its own account, whatever the policy says.
    pub(super) fn crosses_accounts(&self) -> bool {
        matches!(self, Self::Known(_))
    }
}

impl Actions {
    pub(super) fn new(patterns: Selection<Glob>) -> Self {
        let is_meant = |operation: &str| {
            let name = format!("kms:{operation}").to_ascii_lowercase();
            patterns.has(|pattern| pattern.matches(&name))
        };
        let bits = KNOWN.iter().enumerate();
        let known = bits.fold(0, |all, (at, name)| all | u32::from(is_meant(name)) << at);
        Self { patterns, known }
    }

    pub(super) fn have(&self, action: &Action) -> bool {
        match action {
            Action::Known(at) => self.known >> at & 1 == 1,
            Action::Other(name) => self.patterns.has(|pattern| pattern.matches(name)),
        }
    }
}

/// What keys serve for, in their own account and for others: at most 32.
///
/// Source: KMS developer guide, "AWS KMS permissions", column "Cross-account use".
const KNOWN: &[&str] = &[
    "CreateGrant",
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyRotationStatus",
    "GetPublicKey",
    "ListGrants",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
    "RevokeGrant",
    "Sign",
    "Verify",
    "VerifyMac",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::pattern::tokens;

    #[test]
    fn what_is_known_is_what_the_patterns_say() {
        let glob = |text: &str| Glob::new(&tokens(text).collect::<Vec<_>>());
        let lists = [
            vec!["*"],
            vec!["kms:*"],
            vec!["kms:re*", "kms:sign"],
            vec!["kms:?ncrypt", "s3:*"],
            vec!["s3:get*"],
            vec![],
        ];
        for list in lists {
            let all = || list.iter().map(|text| glob(text)).collect();
            for patterns in [Selection::Of(all()), Selection::AllBut(all())] {
                let actions = Actions::new(patterns);
                for name in KNOWN {
                    let name = format!("kms:{name}");
                    let (known, other) = (Action::new(&name), name.to_ascii_lowercase());
                    assert!(known.crosses_accounts(), "{name}");
                    let expected = actions.have(&Action::Other(other));
                    assert_eq!(actions.have(&known), expected, "{name} {list:?}");
                }
            }
        }
        assert_eq!(Action::new("kms:PutKeyPolicy"), Action::Other("kms:putkeypolicy".into()));
        assert_eq!(Action::new("KMS:Encrypt"), Action::Other("kms:encrypt".into()));
    }
}
