//! Tags: labels that a key's owner gives it.
//!
//! Source: KMS API reference, "TagResource"; AWS Billing user guide, "User-defined tag
//! restrictions"; the texts are those of the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::wire::{
    Error, Result,
    members::{TagKeys, TagList},
};

/// A key's tags: values by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub BTreeMap<String, String>);

impl Tags {
    /// The tags of a request, if a key may have them.
    pub fn wanted(list: &TagList) -> Result<Self> {
        let tags = list.tags().iter();
        let tags = tags.map(|tag| (tag.key.as_str().to_owned(), tag.value.as_str().to_owned()));
        let tags = Self(tags.collect());
        if tags.0.len() < list.tags().len() {
            return Err(Error::tags("Duplicate tag keys"));
        }
        tags.check_number()?;
        tags.0.keys().try_for_each(|key| check_key(key))?;
        tags.0.values().try_for_each(|value| check_characters(value))?;
        Ok(tags)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These and others, which take the place of those of the same name.
    pub fn with(&self, others: Self) -> Result<Self> {
        let mut tags = self.clone();
        tags.0.extend(others.0);
        tags.check_number()?;
        Ok(tags)
    }

    /// These but for some, which need not be there.
    pub fn without(&self, keys: &TagKeys) -> Result<Self> {
        let mut tags = self.clone();
        for key in keys.keys() {
            check_key(key.as_str())?;
            tags.0.remove(key.as_str());
        }
        Ok(tags)
    }

    fn check_number(&self) -> Result<()> {
        if self.0.len() > MOST { Err(Error::tags("Too many tags")) } else { Ok(()) }
    }
}

fn check_key(key: &str) -> Result<()> {
    // In whatever case: AWS reserves all of them.
    if key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED)) {
        return Err(Error::tags("Tags beginning with aws: are reserved"));
    }
    check_characters(key)
}

/// Letters, digits and spaces of any script, and a few signs.
fn check_characters(text: &str) -> Result<()> {
    let is_space = |c: char| c.is_whitespace() && !c.is_control();
    let is_sign = |c: char| matches!(c, '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@');
    if text.chars().all(|c| c.is_alphanumeric() || is_space(c) || is_sign(c)) {
        Ok(())
    } else {
        Err(Error::tags("Invalid tag"))
    }
}

const RESERVED: &str = "aws:";
/// Tags a key may have: an AWS quota.
const MOST: usize = 50;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::wire::member::{Member, Violations};

    fn wanted(tags: Value) -> std::result::Result<Tags, String> {
        let mut violations = Violations::default();
        let list = TagList::read(Some(&tags), "tags", &mut violations).unwrap();
        told(violations.check()).and_then(|()| told(Tags::wanted(&list.unwrap())))
    }

    fn told<T>(result: Result<T>) -> std::result::Result<T, String> {
        result.map_err(|error| match error {
            Error::Caller(error) => error.message.unwrap().into_owned(),
            other => panic!("{other:?}"),
        })
    }

    fn tag(key: &str, value: &str) -> Value {
        json!({"TagKey": key, "TagValue": value})
    }

    #[test]
    fn what_a_key_may_not_be_labelled_with_is_refused_in_the_words_of_aws() {
        let many: Vec<_> = (0..51).map(|number| tag(&number.to_string(), "")).collect();
        let missing = "2 validation errors detected: Value '' at 'tags.1.member.tagKey' failed to \
                       satisfy constraint: Member must have length greater than or equal to 1; \
                       Value null at 'tags.1.member.tagValue' failed to satisfy constraint: Member \
                       must not be null";
        for (tags, message) in [
            (json!([tag("a", "1"), tag("a", "2")]), "Duplicate tag keys"),
            (json!(many), "Too many tags"),
            (json!([tag("aws:x", "")]), "Tags beginning with aws: are reserved"),
            (json!([tag("AWS:x", "")]), "Tags beginning with aws: are reserved"),
            (json!([tag("a*", "")]), "Invalid tag"),
            (json!([tag("a\tb", "")]), "Invalid tag"),
            (json!([tag("a", "{}")]), "Invalid tag"),
            (json!([{"TagKey": ""}]), missing),
        ] {
            assert_eq!(wanted(tags), Err(message.to_owned()));
        }
    }

    #[test]
    fn all_that_is_left_is_taken() {
        let tags =
            [tag("é ü\u{a0}字1+-=._:/@", "x y"), tag("aws", "aws:"), tag("A", ""), tag("a", "")];
        assert_eq!(wanted(json!(tags)).unwrap().0.len(), 4);
        assert!(wanted(json!([])).unwrap().is_empty());
    }

    #[test]
    fn a_tag_takes_the_place_of_one_of_the_same_name() {
        let full: Vec<_> = (0..50).map(|number| tag(&number.to_string(), "old")).collect();
        let full = wanted(json!(full)).unwrap();
        let other = full.with(wanted(json!([tag("7", "new")])).unwrap()).unwrap();
        assert_eq!((other.0.len(), &*other.0["7"]), (50, "new"));
        let more = full.with(wanted(json!([tag("x", "")])).unwrap());
        assert_eq!(told(more), Err("Too many tags".to_owned()));
    }
}
