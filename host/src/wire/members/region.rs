//! Names of Regions.

use serde_json::Value;

use crate::{
    arn::Region,
    wire::{
        error::Result,
        member::{Echo, Kind, Member, Shape, Violations},
    },
};

use super::reading::read_text;

/// The name of a Region, whether there is such a Region or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionName(Region);

impl RegionName {
    /// The Region.
    pub fn get(&self) -> Region {
        self.0
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Member for RegionName {
    const SHAPE: Shape =
        Shape { kind: Kind::Text(BOUNDS, Some(PATTERN)), required: true, sensitive: false };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        let text = read_text(value, path, BOUNDS, None, violations)?;
        let Some(text) = text.or_else(|| value?.as_str().map(str::to_owned)) else {
            return Ok(None);
        };
        // A name of the right form that does not fit is too long, and was told to be.
        match text.parse() {
            Ok(region) => Ok(Some(Self(region))),
            Err(_) if is_name(&text) => Ok(None),
            Err(_) => {
                let rule = format!("Member must satisfy regular expression pattern: {PATTERN}");
                violations.add(&text, path, &rule);
                Ok(None)
            }
        }
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        echo.text(name, self.0.as_str());
    }
}

/// Whether a text of any length is like the name of a Region.
fn is_name(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    (2..=3).contains(&words.split('-').count())
        && words.split('-').all(is_word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

const BOUNDS: (u32, u32) = (1, 32);
const PATTERN: &str = r"^([a-z]+-){2,3}\d+$";
