//! Linear memory, where key material is in the clear: how it is kept, and where it is.
//!
//! All of it comes from our own creator, at every level: only it knows the ranges, keeps them out
//! of core files, and wipes them before they are given back. The engine's pooling allocator would
//! ignore the creator, and leave dropped memory readable.

mod creator;
mod limits;
mod living;
mod mapping;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use creator::Creator;
pub use limits::{choose, instances};
pub use living::{Living, Owner, Registry, made_for};
pub use mapping::{GUARD, RESERVED};

/// How the memory of isolates is kept. Each level has what those before it have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// In no core file, in no child process, and wiped when it is given back.
    Off,
    /// Locked: never in swap.
    Locked,
    /// Taken out of the kernel's own view: memfd_secret(2).
    Secret,
}

/// The level that is wanted, and those that are acceptable instead, loudly, where it cannot be had.
///
/// A single name is an order: the service does not start, or an isolate is not made, without it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "Names")]
pub struct Levels(Vec<Level>);

/// One name, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(Level),
    Several(Vec<Level>),
}

impl Levels {
    /// The first is the one that is wanted.
    pub fn wanted(&self) -> Level {
        *self.0.first().expect("there is a level: checked at the making")
    }

    /// From the wanted one on.
    pub fn iter(&self) -> impl Iterator<Item = Level> {
        self.0.iter().copied()
    }

    /// Whether nothing but the wanted level will do.
    pub fn is_order(&self) -> bool {
        self.0.len() == 1
    }

    /// Those from `level` on.
    fn from(&self, level: Level) -> Self {
        Self(self.iter().skip_while(|known| *known != level).collect())
    }
}

/// Locked, or at least in no core file where there is no more to be locked.
impl Default for Levels {
    fn default() -> Self {
        Self(vec![Level::Locked, Level::Off])
    }
}

impl TryFrom<Names> for Levels {
    type Error = &'static str;

    fn try_from(names: Names) -> Result<Self, Self::Error> {
        let levels = match names {
            Names::One(level) => vec![level],
            Names::Several(levels) => levels,
        };
        if levels.is_empty() || !levels.is_sorted_by(|before, after| before > after) {
            return Err("memory levels are listed from the best to the least acceptable");
        }
        Ok(Self(levels))
    }
}

/// As on the command line: `locked`, or `secret,locked`.
impl FromStr for Levels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let levels = text.split(',').map(|name| match name.trim() {
            "off" => Ok(Level::Off),
            "locked" => Ok(Level::Locked),
            "secret" => Ok(Level::Secret),
            other => Err(format!("no memory level: '{other}'; there are off, locked and secret")),
        });
        Ok(Names::Several(levels.collect::<Result<_, _>>()?).try_into()?)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Locked => "locked",
            Self::Secret => "secret",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_listed_from_the_best_down() {
        let levels: Levels = "secret, locked".parse().expect("two levels");
        assert_eq!((levels.wanted(), levels.is_order()), (Level::Secret, false));
        assert_eq!(levels.from(Level::Locked), "locked".parse().expect("a level"));
        assert!("locked".parse::<Levels>().expect("a level").is_order());
        for text in ["", "none", "off,locked", "locked,locked", "locked,"] {
            assert!(text.parse::<Levels>().is_err(), "{text}");
        }
    }
}
