//! Conditions: an operator, a key of the request, and the values that a policy compares it with.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued context
//! keys"; where it is silent, what AWS was observed to do.

use std::{borrow::Cow, cmp::Ordering};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    ConditionKeys, Values,
    pattern::{ArnGlob, Glob, is_arn},
    template::{Template, Variables, literal},
    value::{Decimal, Network, address, moment},
};

/// A key and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    /// In lower case: the names of keys have no case.
    key: String,
    test: Test,
    /// Whether none of the policy's values may fit, instead of any.
    negated: bool,
    /// `…IfExists`: whether a request without the key passes.
    if_exists: bool,
    set: Option<Set>,
}

/// What is asked of keys that may have several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    ForAll,
    ForAny,
}

/// What a value of the request is compared with.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    Text(Vec<Operand<String>>),
    /// Compared in lower case.
    Caseless(Vec<Operand<String>>),
    Like(Vec<Operand<Glob>>),
    Arn(Vec<Operand<ArnGlob>>),
    Bool(Vec<Operand<String>>),
    Number(Comparison, Vec<Decimal>),
    Date(Comparison, Vec<i64>),
    Binary(Vec<Vec<u8>>),
    Address(Vec<Network>),
    /// Whether the key is to be absent.
    Null(Vec<bool>),
}

/// A value of the policy: compiled, or with variables that are filled in for each request.
#[derive(Clone, Debug, PartialEq)]
enum Operand<T> {
    Fixed(T),
    Filled(Template),
}

/// Which orders of the request's value and the policy's fit.
type Comparison = &'static [Ordering];

const EQUAL: Comparison = &[Ordering::Equal];
const LESS: Comparison = &[Ordering::Less];
const AT_MOST: Comparison = &[Ordering::Less, Ordering::Equal];
const GREATER: Comparison = &[Ordering::Greater];
const AT_LEAST: Comparison = &[Ordering::Greater, Ordering::Equal];

impl Condition {
    /// Compiles `{operator: {key: values}}`; `None` if there is no such operator, or a value is
    /// none of its type.
    pub(super) fn parse(
        operator: &str,
        key: &str,
        values: &[&str],
        variables: Variables,
    ) -> Option<Self> {
        let (set, operator) = match operator.split_once(':') {
            Some(("ForAllValues", operator)) => (Some(Set::ForAll), operator),
            Some(("ForAnyValue", operator)) => (Some(Set::ForAny), operator),
            Some(_) => return None,
            None => (None, operator),
        };
        let (operator, if_exists) = match operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (operator, false),
        };
        if operator == "Null" && if_exists {
            return None;
        }
        let (test, negated) = Test::parse(operator, values, variables)?;
        Some(Self { key: key.to_lowercase(), test, negated, if_exists, set })
    }

    /// Whether it asks `ForAllValues` of this key, which is true where there is none.
    pub(super) fn is_for_all(&self, prefix: &str) -> bool {
        self.set == Some(Set::ForAll) && self.key.starts_with(prefix)
    }

    /// The key that it asks for, in lower case.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Whether a request is to have the key: `Null` and `…IfExists` ask for none.
    pub(super) fn needs_key(&self) -> bool {
        !self.if_exists && !matches!(self.test, Test::Null(_))
    }

    /// Whether the request fulfils it.
    pub(super) fn holds(&self, keys: &dyn ConditionKeys) -> bool {
        let found = keys.get(&self.key);
        if let Test::Null(wanted) = &self.test {
            return wanted.contains(&found.is_none());
        }
        let passes = |value: &Cow<'_, str>| match self.test.fits(value, keys) {
            Fit::Yes => !self.negated,
            Fit::No => self.negated,
            Fit::Never => false,
        };
        match (found, self.set) {
            (None, _) if self.if_exists => true,
            (None, Some(Set::ForAll)) => true,
            (None, Some(Set::ForAny)) => false,
            (None, None) => self.negated,
            (Some(Values::One(value)), _) => passes(&value),
            (Some(Values::Many(values)), Some(Set::ForAll)) => values.iter().all(passes),
            (Some(Values::Many(values)), Some(Set::ForAny)) => values.iter().any(passes),
            // What may have several values is no match for an operator that looks at one, whatever
            // it asks.
            (Some(Values::Many(_)), None) => false,
        }
    }
}

/// Whether a value of the request is one of the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
    /// It is no such value at all: then it matches nothing, and not the opposite either.
    Never,
}

impl From<bool> for Fit {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

impl Test {
    fn parse(operator: &str, values: &[&str], variables: Variables) -> Option<(Self, bool)> {
        let texts = || {
            let compile = |value: &&str| Some(Operand::exact(Template::parse(value, variables)?));
            values.iter().map(compile).collect::<Option<Vec<_>>>()
        };
        let numbers = || values.iter().map(|value| Decimal::parse(value)).collect::<Option<_>>();
        let dates = || values.iter().map(|value| moment(value)).collect::<Option<_>>();
        let negated = operator.contains("Not");
        let test = match operator {
            "StringEquals" | "StringNotEquals" => Self::Text(texts()?),
            "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => Self::Caseless(texts()?),
            "StringLike" | "StringNotLike" => {
                let compile =
                    |value: &&str| Some(Operand::glob(Template::parse(value, variables)?));
                Self::Like(values.iter().map(compile).collect::<Option<_>>()?)
            }
            "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" => {
                let compile = |value: &&str| Operand::arn(Template::parse(value, variables)?);
                Self::Arn(values.iter().map(compile).collect::<Option<_>>()?)
            }
            "Bool" => Self::Bool(texts()?),
            "NumericEquals" | "NumericNotEquals" => Self::Number(EQUAL, numbers()?),
            "NumericLessThan" => Self::Number(LESS, numbers()?),
            "NumericLessThanEquals" => Self::Number(AT_MOST, numbers()?),
            "NumericGreaterThan" => Self::Number(GREATER, numbers()?),
            "NumericGreaterThanEquals" => Self::Number(AT_LEAST, numbers()?),
            "DateEquals" | "DateNotEquals" => Self::Date(EQUAL, dates()?),
            "DateLessThan" => Self::Date(LESS, dates()?),
            "DateLessThanEquals" => Self::Date(AT_MOST, dates()?),
            "DateGreaterThan" => Self::Date(GREATER, dates()?),
            "DateGreaterThanEquals" => Self::Date(AT_LEAST, dates()?),
            "BinaryEquals" => {
                let decode = |value: &&str| STANDARD.decode(value).ok();
                Self::Binary(values.iter().map(decode).collect::<Option<_>>()?)
            }
            "IpAddress" | "NotIpAddress" => {
                let networks = values.iter().map(|value| Network::parse(value));
                Self::Address(networks.collect::<Option<_>>()?)
            }
            "Null" => {
                let wanted = |value: &&str| match value.to_ascii_lowercase().as_str() {
                    "true" => Some(true),
                    "false" => Some(false),
                    _ => None,
                };
                Self::Null(values.iter().map(wanted).collect::<Option<_>>()?)
            }
            _ => return None,
        };
        Some((test, negated))
    }

    fn fits(&self, value: &str, keys: &dyn ConditionKeys) -> Fit {
        match self {
            Self::Text(operands) => {
                operands.iter().any(|operand| operand.text(keys).is_some_and(|text| text == value))
            }
            Self::Caseless(operands) => {
                let value = value.to_lowercase();
                let is_it = |text: Cow<'_, str>| text.to_lowercase() == value;
                operands.iter().any(|operand| operand.text(keys).is_some_and(is_it))
            }
            Self::Like(operands) => operands.iter().any(|operand| operand.like(value, keys)),
            Self::Arn(_) if !is_arn(value) => return Fit::Never,
            Self::Arn(operands) => operands.iter().any(|operand| operand.is_arn_of(value, keys)),
            Self::Bool(operands) => {
                let is_it = |text: Cow<'_, str>| is_true(&text) == is_true(value);
                operands.iter().any(|operand| operand.text(keys).is_some_and(is_it))
            }
            Self::Number(comparison, operands) => {
                let number = Decimal::parse(value);
                let fits = |operand| {
                    number.as_ref().is_some_and(|number| comparison.contains(&number.cmp(operand)))
                };
                operands.iter().any(fits)
            }
            Self::Date(comparison, operands) => {
                let moment = moment(value);
                let fits = |operand| {
                    moment.is_some_and(|moment| comparison.contains(&moment.cmp(operand)))
                };
                operands.iter().any(fits)
            }
            Self::Binary(operands) => {
                let bytes = STANDARD.decode(value).ok();
                bytes.is_some_and(|bytes| operands.contains(&bytes))
            }
            Self::Address(operands) => match address(value) {
                Some(address) => operands.iter().any(|network| network.contains(address)),
                None => return Fit::Never,
            },
            // Asked of the key, not of a value.
            Self::Null(_) => return Fit::Never,
        }
        .into()
    }
}

impl Operand<String> {
    fn exact(template: Template) -> Self {
        match template.constant() {
            Some(tokens) => Self::Fixed(literal(&tokens)),
            None => Self::Filled(template),
        }
    }

    fn text(&self, keys: &dyn ConditionKeys) -> Option<Cow<'_, str>> {
        match self {
            Self::Fixed(text) => Some(text.as_str().into()),
            Self::Filled(template) => Some(literal(&template.fill(keys)?).into()),
        }
    }
}

impl Operand<Glob> {
    fn glob(template: Template) -> Self {
        match template.constant() {
            Some(tokens) => Self::Fixed(Glob::new(&tokens)),
            None => Self::Filled(template),
        }
    }

    fn like(&self, value: &str, keys: &dyn ConditionKeys) -> bool {
        match self {
            Self::Fixed(glob) => glob.matches(value),
            Self::Filled(template) => {
                template.fill(keys).is_some_and(|tokens| Glob::new(&tokens).matches(value))
            }
        }
    }
}

impl Operand<ArnGlob> {
    fn arn(template: Template) -> Option<Self> {
        match template.constant() {
            Some(tokens) => ArnGlob::new(&tokens, false).map(Self::Fixed),
            None => Some(Self::Filled(template)),
        }
    }

    fn is_arn_of(&self, value: &str, keys: &dyn ConditionKeys) -> bool {
        match self {
            Self::Fixed(glob) => glob.matches(value),
            Self::Filled(template) => template
                .fill(keys)
                .and_then(|tokens| ArnGlob::new(&tokens, false))
                .is_some_and(|glob| glob.matches(value)),
        }
    }
}

/// All but `true`, in any case, is false.
fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests;
