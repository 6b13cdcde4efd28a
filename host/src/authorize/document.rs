//! Policy documents: kept as they were written, and compiled once.

use std::{borrow::Cow, collections::BTreeSet, fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Ids, Malformed, Place, Policy};

#[derive(PartialEq)]
struct Compiled {
    text: String,
    policy: Policy,
    /// Whom the policy means by its names.
    ids: Ids,
    /// The keys that its conditions ask for.
    keys: BTreeSet<String>,
}

/// A document in a record.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored<'a> {
    /// One that names nobody who has an id.
    Text(Cow<'a, str>),
    /// One that does.
    Bound { text: Cow<'a, str>, ids: Cow<'a, Ids> },
}

/// Declares a type of documents for a place where policies stand. To clone one costs next to
/// nothing. Records keep the text, and whom it means.
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
                Ok(Self::of(text, policy, Ids::new()))
            }

            fn of(text: &str, policy: Policy, ids: Ids) -> Self {
                let keys = policy.keys().map(str::to_owned).collect();
                Self(Arc::new(Compiled { text: text.to_owned(), policy, ids, keys }))
            }

            /// The same document, which means the users and roles of these ids by its names from
            /// now on.
            #[must_use]
            pub fn bind(&self, ids: Ids) -> Self {
                let mut policy = self.0.policy.clone();
                policy.bind(&ids);
                Self::of(&self.0.text, policy, ids)
            }

            /// As it was written.
            pub fn text(&self) -> &str {
                &self.0.text
            }

            /// What it says.
            pub fn policy(&self) -> &Policy {
                &self.0.policy
            }

            /// The names of all principals that must be there.
            pub fn names(&self) -> BTreeSet<Cow<'_, str>> {
                self.0.policy.names().collect()
            }

            /// Whom it means by its names.
            pub fn ids(&self) -> &Ids {
                &self.0.ids
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
                let Compiled { text, ids, .. } = &*self.0;
                let text = Cow::Borrowed(text.as_str());
                match ids.is_empty() {
                    true => Stored::Text(text),
                    false => Stored::Bound { text, ids: Cow::Borrowed(ids) },
                }
                .serialize(to)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let (text, ids) = match Stored::deserialize(from)? {
                    Stored::Text(text) => (text, None),
                    Stored::Bound { text, ids } => (text, Some(ids)),
                };
                let malformed = |_| D::Error::custom("a stored policy is malformed");
                let document = Self::parse(&text).map_err(malformed)?;
                Ok(match ids {
                    None => document,
                    Some(ids) => document.bind(ids.into_owned()),
                })
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
