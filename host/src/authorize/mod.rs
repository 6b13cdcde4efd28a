//! May this caller do this? Pure: values in, a decision out.
//!
//! Source: IAM user guide, "Policy evaluation logic"; KMS developer guide, "Key policies".

use serde::{Deserialize, Serialize};

use crate::{
    arn::{AccountId, Arn},
    identity::{Caller, Principal},
    wire::Error,
};

/// Who may use a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyPolicy {
    /// The default key policy: it delegates to the key's account, and allows nobody else.
    Default,
}

/// What an action is about.
pub enum Resource<'a> {
    /// A key, with what decides over it.
    Key {
        /// Its ARN.
        arn: &'a Arn<'a>,
        /// Whose it is.
        owner: AccountId,
        /// Its policy.
        policy: KeyPolicy,
    },
    /// An alias, which has no policy of its own.
    Alias {
        /// Its ARN.
        arn: &'a Arn<'a>,
        /// Whose it is.
        owner: AccountId,
    },
    /// The caller's own account: operations that are about no single resource.
    Account,
    /// A key or an alias of another account that may or may not be there.
    Hidden,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The resource belongs to another account, and nothing of it may be told.
    Foreign,
}

/// Decides.
pub fn decide(caller: &Caller, resource: &Resource<'_>) -> Result<(), Denial> {
    let Principal::Root = caller.principal;
    match resource {
        // The root user has what the key policy delegates to its account.
        Resource::Key { owner, policy: KeyPolicy::Default, .. } | Resource::Alias { owner, .. } => {
            if *owner == caller.account {
                Ok(())
            } else {
                Err(Denial::Foreign)
            }
        }
        Resource::Account => Ok(()),
        Resource::Hidden => Err(Denial::Foreign),
    }
}

impl Denial {
    /// In AWS's words.
    pub fn error(self, caller: &Caller, action: &str) -> Error {
        match self {
            Self::Foreign => Error::denied(
                caller,
                action,
                "this resource",
                "because the resource does not exist in this Region, no resource-based policies \
                 allow access, or a resource-based policy explicitly denies access",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(account: &str) -> Caller {
        Caller {
            account: account.parse().unwrap(),
            principal: Principal::Root,
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        }
    }

    #[test]
    fn the_default_policy_delegates_to_its_own_account_alone() {
        let owner = "111122223333".parse().unwrap();
        let arn = Arn::root(owner);
        let key = Resource::Key { arn: &arn, owner, policy: KeyPolicy::Default };
        assert_eq!(decide(&caller("111122223333"), &key), Ok(()));
        assert_eq!(decide(&caller("444455556666"), &key), Err(Denial::Foreign));
        assert_eq!(decide(&caller("111122223333"), &Resource::Hidden), Err(Denial::Foreign));
    }

    #[test]
    fn a_denial_hides_the_resource() {
        let Error::Caller(error) = Denial::Foreign.error(&caller("444455556666"), "kms:Encrypt")
        else {
            panic!("a denial is the caller's affair");
        };
        assert_eq!(
            error.message.unwrap(),
            "User: arn:aws:iam::444455556666:root is not authorized to perform: kms:Encrypt on \
             this resource because the resource does not exist in this Region, no resource-based \
             policies allow access, or a resource-based policy explicitly denies access"
        );
    }
}
