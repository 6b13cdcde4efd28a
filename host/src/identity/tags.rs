//! Tags of users, roles, policies and sessions. Their names are kept as they were given, and differ
//! by more than their case.
//!
//! Source: IAM user guide, "Tags for AWS Identity and Access Management resources".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    authorize::Values,
    wire::{
        Error, Result,
        members::iam::{TagKeys, TagList},
    },
};

/// Tags by their names as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IamTags(pub BTreeMap<String, String>);

impl IamTags {
    /// The most that something may have: an AWS quota.
    pub const MOST: usize = 50;

    /// The tags of a request, if they can be set.
    pub fn wanted(list: &TagList) -> Result<Self> {
        let mut tags = Self::default();
        for tag in list.tags() {
            let (name, value) = (tag.key.as_str(), tag.value.as_str());
            if is_reserved(name) {
                return Err(Error::reserved_tag());
            }
            if tags.get(name).is_some() {
                return Err(Error::duplicate_tags());
            }
            tags.0.insert(name.to_owned(), value.to_owned());
        }
        Ok(tags)
    }

    /// The value of a name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut tags = self.0.iter();
        tags.find(|(known, _)| known.to_lowercase() == name.to_lowercase())
            .map(|(_, value)| value.as_str())
    }

    /// These, with others in the place of those of the same name.
    pub fn overridden_by(&self, others: &Self) -> Self {
        let is_kept = |name: &str| others.get(name).is_none();
        let own = self.0.iter().filter(|(name, _)| is_kept(name));
        let all = own.chain(&others.0).map(|(name, value)| (name.clone(), value.clone()));
        Self(all.collect())
    }

    /// The same, if there are not too many then.
    pub fn with(&self, others: &Self) -> Result<Self> {
        let all = self.overridden_by(others);
        if all.0.len() > Self::MOST { Err(Error::too_many_tags()) } else { Ok(all) }
    }

    /// These but for some, which need not be there.
    pub fn without(&self, keys: &TagKeys) -> Result<Self> {
        let mut tags = self.clone();
        for key in keys.keys() {
            if is_reserved(key.as_str()) {
                return Err(Error::reserved_tag());
            }
            let key = key.as_str().to_lowercase();
            tags.0.retain(|name, _| name.to_lowercase() != key);
        }
        Ok(tags)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What conditions on the tags of a request ask for, in lower case.
    pub fn asked<'a>(list: Option<&'a TagList>, name: &str) -> Option<Values<'a>> {
        let tags = list?.tags();
        if name == "aws:tagkeys" {
            return Some(Values::many(tags.iter().map(|tag| tag.key.as_str())));
        }
        let wanted = name.strip_prefix("aws:requesttag/")?;
        let mut tags = tags.iter().rev();
        let tag = tags.find(|tag| tag.key.as_str().to_lowercase() == wanted)?;
        Some(tag.value.as_str().into())
    }

    /// The same where the request has names of tags alone.
    pub fn asked_keys<'a>(keys: &'a TagKeys, name: &str) -> Option<Values<'a>> {
        let all = || Values::many(keys.keys().iter().map(|key| key.as_str()));
        (name == "aws:tagkeys").then(all)
    }
}

/// In whatever case: AWS reserves all of them.
fn is_reserved(name: &str) -> bool {
    name.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
}

const RESERVED: &str = "aws:";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::wire::member::{Member, Violations};

    fn wanted(tags: Value) -> std::result::Result<IamTags, &'static str> {
        let mut violations = Violations::default();
        let list = TagList::read(Some(&tags), "tags", &mut violations).unwrap().unwrap();
        told(IamTags::wanted(&list))
    }

    fn told<T>(result: Result<T>) -> std::result::Result<T, &'static str> {
        result.map_err(|error| match error {
            Error::Caller(error) => error.code,
            other => panic!("{other:?}"),
        })
    }

    fn tag(key: &str, value: &str) -> Value {
        json!({"Key": key, "Value": value})
    }

    #[test]
    fn names_are_one_whatever_their_case() {
        assert_eq!(wanted(json!([tag("a", "1"), tag("A", "2")])), Err("InvalidInput"));
        assert_eq!(wanted(json!([tag("é", "1"), tag("É", "2")])), Err("InvalidInput"));
        assert_eq!(wanted(json!([tag("AWS:a", "1")])), Err("InvalidInput"));
        let old = wanted(json!([tag("Team", "red"), tag("b", "")])).unwrap();
        let new = old.with(&wanted(json!([tag("team", "blue")])).unwrap()).unwrap();
        assert_eq!(new, wanted(json!([tag("team", "blue"), tag("b", "")])).unwrap());
        let mut violations = Violations::default();
        let keys = TagKeys::read(Some(&json!(["TEAM", "x"])), "k", &mut violations);
        let left = new.without(&keys.unwrap().unwrap()).unwrap();
        assert_eq!(left, wanted(json!([tag("b", "")])).unwrap());
    }

    #[test]
    fn there_are_fifty_at_most() {
        let full: Vec<_> = (0..50).map(|number| tag(&number.to_string(), "")).collect();
        let full = wanted(json!(full)).unwrap();
        assert!(full.with(&wanted(json!([tag("7", "new")])).unwrap()).is_ok());
        let more = full.with(&wanted(json!([tag("x", "")])).unwrap());
        assert_eq!(told(more), Err("LimitExceeded"));
    }
}
