//! The ids of users, groups, roles and policies, which are never used again.
//!
//! Source: IAM user guide, "IAM identifiers", "Unique identifiers".

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Entity;

/// `AIDA…` of a user, `AGPA…` of a group, `AROA…` of a role, `ANPA…` of a policy: 21 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UniqueId(String);

impl UniqueId {
    /// How many random bytes an id is made of.
    pub const RANDOM: usize = 17;

    /// The id that random bytes make: five bits of each count.
    pub fn new(entity: Entity, random: [u8; Self::RANDOM]) -> Self {
        let digits = random.map(|byte| match byte & 31 {
            digit @ 0..26 => char::from(b'A' + digit),
            digit => char::from(b'2' + digit - 26),
        });
        Self(entity.id_prefix().chars().chain(digits).collect())
    }

    /// The id that a text may be: word characters, 16 to 128 of them.
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_id = (16..=128).contains(&text.len()) && text.bytes().all(is_word);
        is_id.then(|| Self(text.to_owned()))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of what kind the entity is, as the first four letters say.
    pub fn entity(&self) -> Option<Entity> {
        Entity::ALL.into_iter().find(|entity| self.0.starts_with(entity.id_prefix()))
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_what_it_is_of() {
        let id = UniqueId::new(Entity::Role, [0xff; UniqueId::RANDOM]);
        assert_eq!(id.as_str(), "AROA77777777777777777");
        assert_eq!((id.entity(), UniqueId::parse(id.as_str())), (Some(Entity::Role), Some(id)));
        for text in ["", "AIDA", "AIDA-AAAAAAAAAAAAAAAAA", &"A".repeat(129)] {
            assert_eq!(UniqueId::parse(text), None, "{text}");
        }
    }
}
