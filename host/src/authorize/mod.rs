//! May this caller do this? Pure: values in, a verdict with its reason out.
//!
//! Source: IAM user guide, "Policy evaluation logic"; KMS developer guide, "Key policies".

mod question;

use serde::{Deserialize, Serialize};

pub use question::{
    ConditionKeys, Granted, Kind, Question, Reach, Resource, Subject, Values, Verdict, Who,
};

/// Who may use a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyPolicy {
    /// The default key policy: it delegates to the key's account, and allows nobody else.
    Default,
}

/// Decides.
pub fn decide(question: &Question<'_>) -> Verdict {
    let Question { subject, resource, granted, .. } = question;
    let own = match resource {
        Resource::Key { owner, policy: KeyPolicy::Default, .. } | Resource::Alias { owner, .. } => {
            *owner == subject.account
        }
        Resource::Account => true,
        Resource::Hidden => false,
    };
    if own || granted.is_some() { Verdict::Allowed } else { Verdict::NotAllowed(Kind::Resource) }
}
