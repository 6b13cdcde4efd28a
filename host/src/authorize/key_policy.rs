//! Key policies: the default, and those that owners write.

use serde::{Deserialize, Serialize};

use crate::{arn::AccountId, wire::Error};

use super::{Document, Findings, Malformed, Reach, Subject, Who, policy::Asked};

/// Who may use a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeyPolicy {
    /// The default key policy: it delegates to the key's account, and allows nobody else.
    Default,
    /// One that was written.
    Written(Document),
}

impl KeyPolicy {
    /// The name of the one policy that a key has.
    pub const NAME: &str = "default";
    /// The longest document, in bytes.
    pub const LONGEST: usize = 32_768;

    /// A policy that somebody has written.
    ///
    /// # Errors
    ///
    /// If it is too long, or malformed. Principals are judged by their form alone: which accounts,
    /// users and roles there are is not known here, and whom it means by its names it is told by
    /// [`Document::bind`].
    pub fn written(text: &str) -> Result<Self, Error> {
        if text.len() > Self::LONGEST {
            let message = format!("Policy size exceeds the limit of {} bytes.", Self::LONGEST);
            return Err(Error::limit_exceeded(message));
        }
        let document = Document::parse(text).map_err(|malformed| match malformed {
            Malformed::Json
            | Malformed::Form
            | Malformed::Sid
            | Malformed::RepeatedSid
            | Malformed::NoAction
            | Malformed::NoResource
            | Malformed::Action
            | Malformed::Resource
            | Malformed::Principal
            | Malformed::ProhibitedResource => Error::malformed_policy(None),
            Malformed::NoPrincipal => {
                Error::malformed_policy(Some("Policy contains a statement with no principal"))
            }
            Malformed::InvalidPrincipal => Error::invalid_policy_principal(),
            Malformed::OverlyPermissive => {
                Error::malformed_policy(Some("OverlyPermissiveCondition"))
            }
        })?;
        Ok(Self::Written(document))
    }

    /// The document of a key of that account: as it was written, or as AWS shows the default.
    pub fn text(&self, owner: AccountId) -> String {
        match self {
            Self::Written(document) => document.text().to_owned(),
            Self::Default => DEFAULT.replace("OWNER", owner.as_str()),
        }
    }

    /// Whether a condition asks for a key, whose name is given in lower case.
    pub fn asks_for(&self, key: &str) -> bool {
        match self {
            Self::Default => false,
            Self::Written(document) => document.asks_for(key),
        }
    }

    pub(super) fn find(&self, asked: &Asked<'_>, owner: AccountId) -> Findings {
        let Subject { account, who, .. } = asked.subject;
        match self {
            Self::Written(document) => document.policy().find(asked),
            Self::Default => {
                let is_own = *account == owner && !matches!(who, Who::Service { .. });
                Findings { denied: false, allowed: is_own.then_some(Reach::Account) }
            }
        }
    }
}

/// The default key policy, as AWS writes it.
const DEFAULT: &str = r#"{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::OWNER:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_keep_the_text_and_old_ones_are_read() {
        let old: KeyPolicy = serde_json::from_str(r#""Default""#).expect("as it was written");
        assert_eq!(old, KeyPolicy::Default);
        let owner = "111122223333".parse().expect("an account");
        let text = KeyPolicy::Default.text(owner);
        let written = KeyPolicy::written(&text).expect("the default is a policy");
        let stored = serde_json::to_string(&written).expect("it is text");
        let read: KeyPolicy = serde_json::from_str(&stored).expect("as it was written");
        assert_eq!((read.text(owner), &read), (text, &written));
        assert!(serde_json::from_str::<KeyPolicy>(r#"{"Written":"{}"}"#).is_err());
        let KeyPolicy::Written(document) = written else { panic!("it was written") };
        let names = ["arn:aws:iam::111122223333:root".into()];
        assert_eq!(document.names(), names.into());
        let id = crate::arn::UniqueId::parse("AIDAIOSFODNN7EXAMPLE").expect("an id");
        let bound = KeyPolicy::Written(document.bind([("a".to_owned(), id)].into()));
        let stored = serde_json::to_string(&bound).expect("it is text");
        assert!(stored.contains(r#""ids":{"a":"AIDAIOSFODNN7EXAMPLE"}"#), "{stored}");
        let read: KeyPolicy = serde_json::from_str(&stored).expect("as it was written");
        assert_eq!(read, bound);
    }
}
