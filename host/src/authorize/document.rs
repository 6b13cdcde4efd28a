//! Policy documents: kept as they were written, and compiled once.

use std::{collections::BTreeSet, fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Malformed, Place, Policy};

#[derive(PartialEq)]
struct Compiled {
    text: String,
    policy: Policy,
    /// The keys that its conditions ask for.
    keys: BTreeSet<String>,
}

/// Declares a type of documents for a place where policies stand. To clone one costs next to
/// nothing. Records keep the text.
macro_rules! documents {
    ($($(#[$doc:meta])* $name:ident: $place:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq)]
        pub struct $name(Arc<Compiled>);

        impl $name {
            /// Compiles a policy document.
            ///
            /// # Errors
            ///
            /// [`Malformed`] for a text that is none.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                let policy = Policy::parse(text, $place)?;
                let keys = policy.keys().map(str::to_owned).collect();
                Ok(Self(Arc::new(Compiled { text: text.to_owned(), policy, keys })))
            }

            /// As it was written.
            pub fn text(&self) -> &str {
                &self.0.text
            }

            /// What it says.
            pub fn policy(&self) -> &Policy {
                &self.0.policy
            }

            /// Whether a condition asks for a key, whose name is given in lower case.
            pub fn asks_for(&self, key: &str) -> bool {
                self.0.keys.contains(key)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.text.fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0.text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                let malformed = |_| D::Error::custom("a stored policy is malformed");
                Self::parse(&text).map_err(malformed)
            }
        }
    )*};
}

documents! {
    /// The policy of a key, as its owner wrote it.
    Document: Place::Key;
    /// A policy of a user, a group, a role or a session.
    IdentityPolicy: Place::Identity;
    /// Who may assume a role.
    TrustPolicy: Place::Trust;
}
