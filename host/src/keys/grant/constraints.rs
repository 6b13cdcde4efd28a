//! The constraints of a grant: with which encryption context it allows anything.
//!
//! Source: KMS API reference, "GrantConstraints".

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::wire::{
    Error, Result,
    members::{EncryptionContext, GrantConstraints},
};

/// What requests must keep to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraints {
    /// Pairs that the encryption context must have among its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subset: Option<BTreeMap<String, String>>,
    /// Pairs that the encryption context must consist of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<BTreeMap<String, String>>,
    /// The resource on whose behalf a request must be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
}

impl Constraints {
    /// The constraints of a request, if a grant may have them.
    pub fn wanted(given: &GrantConstraints) -> Result<Self> {
        if given.equals.is_some() && given.subset.is_some() {
            return Err(Error::validation("More than one constraint supplied"));
        }
        Ok(Self {
            subset: given.subset.as_ref().map(pairs_of).transpose()?,
            equals: given.equals.as_ref().map(pairs_of).transpose()?,
            source_arn: given.source_arn.as_ref().map(|arn| arn.as_str().to_owned()),
        })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether they are about an encryption context.
    pub fn asks_for_context(&self) -> bool {
        self.subset.is_some() || self.equals.is_some()
    }

    /// Whether a request with that encryption context keeps to them.
    pub fn are_met(&self, context: &EncryptionContext) -> bool {
        let is_given = |pair| context.pairs().any(|given| are_alike(given, pair));
        let is_wanted =
            |given, wanted: &BTreeMap<_, _>| wanted.iter().any(|pair| are_alike(given, pair));
        self.subset.as_ref().is_none_or(|subset| subset.iter().all(is_given))
            && self.equals.as_ref().is_none_or(|equals| {
                equals.iter().all(is_given) && context.pairs().all(|given| is_wanted(given, equals))
            })
    }

    /// Whether a request keeps to them that is made for that resource, if for any.
    pub fn is_source(&self, source: Option<&str>) -> bool {
        self.source_arn.is_none() || self.source_arn.as_deref() == source
    }

    /// What conditions are told of them, as if it were a request's own.
    pub fn context(&self) -> EncryptionContext {
        let pairs = self.equals.as_ref().or(self.subset.as_ref()).into_iter().flatten();
        pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Whether whatever keeps to the others keeps to these.
    pub fn cover(&self, others: &Self) -> bool {
        let all = others.equals.as_ref().or(others.subset.as_ref()).map(fold);
        let has = |subset| all.as_ref().is_some_and(|all| fold(subset).is_subset(all));
        let is = |equals| others.equals.as_ref().is_some_and(|other| fold(other) == fold(equals));
        self.subset.as_ref().is_none_or(has)
            && self.equals.as_ref().is_none_or(is)
            && (self.source_arn.is_none() || self.source_arn == others.source_arn)
    }
}

fn pairs_of(context: &EncryptionContext) -> Result<BTreeMap<String, String>> {
    let pairs: BTreeMap<_, _> =
        context.pairs().map(|(name, value)| (name.clone(), value.clone())).collect();
    if pairs.is_empty() || pairs.len() > PAIRS {
        return Err(Error::validation(format!(
            "An encryption context constraint must have between 1 and {PAIRS} pairs."
        )));
    }
    if pairs.values().any(|value| value.chars().count() > VALUE) {
        return Err(Error::validation(format!(
            "A value in an encryption context constraint can have at most {VALUE} characters."
        )));
    }
    Ok(pairs)
}

/// In constraints, and there alone, the names of an encryption context have no case.
/// Whether two pairs are the same but for the case of their names. A decision asks this of many
/// grants, so nothing is written anew unless it must be.
fn are_alike(one: (&String, &String), other: (&String, &String)) -> bool {
    let ((name, value), (other_name, other_value)) = (one, other);
    value == other_value
        && match name.is_ascii() && other_name.is_ascii() {
            true => name.eq_ignore_ascii_case(other_name),
            false => name.to_lowercase() == other_name.to_lowercase(),
        }
}

fn folded<'a>((name, value): (&String, &'a String)) -> (String, &'a str) {
    (name.to_lowercase(), value)
}

fn fold(pairs: &BTreeMap<String, String>) -> BTreeSet<(String, &str)> {
    pairs.iter().map(folded).collect()
}

/// Pairs of a constraint, and characters of a value: AWS quotas.
const PAIRS: usize = 8;
const VALUE: usize = 384;
