//! Reading values, with the rules that members share.

use serde_json::Value;
use zeroize::Zeroizing;

use super::iam;
use crate::wire::{
    blob,
    error::{Error, Result},
    member::{Bounds, Violations, mistyped, text},
};

/// A rule on characters: as AWS words it, and as a function.
pub(super) type Pattern = (&'static str, Allows);

/// What a pattern allows.
#[derive(Clone, Copy)]
pub(super) enum Allows {
    /// These characters, in any order.
    Each(fn(char) -> bool),
    /// Texts of this form.
    Whole(fn(&str) -> bool),
}

pub(super) const ALIAS: Pattern = ("^[a-zA-Z0-9:/_-]+$", Allows::Each(is_alias));
pub(super) const MARKER: Pattern =
    ("[\\u0020-\\u00FF]*", Allows::Each(|c| ('\u{20}'..='\u{ff}').contains(&c)));
pub(super) const POLICY: Pattern = (
    "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
    Allows::Each(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}')),
);
pub(super) const WORD: Pattern = ("[\\w]+", Allows::Each(is_word));
pub(super) const HEXADECIMAL: Pattern =
    ("^[a-f0-9]+$", Allows::Each(|c| c.is_ascii_digit() || matches!(c, 'a'..='f')));
pub(super) const DESCRIPTION: Pattern = (
    "^[a-zA-Z0-9:/_\\s.-]+$",
    // `\s` of Java.
    Allows::Each(|c| is_alias(c) || matches!(c, '.' | ' ' | '\t'..='\r')),
);
pub(super) const PRINCIPAL: Pattern = (
    "^[\\w+=,.@:/-]+$",
    Allows::Each(|c| is_word(c) || matches!(c, '+' | '=' | ',' | '.' | '@' | ':' | '/' | '-')),
);
pub(super) const SERVICE: Pattern = (
    "^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$",
    Allows::Whole(|text| text.split('.').count() >= 3 && text.split('.').all(is_label)),
);
pub(super) const SOURCE: Pattern =
    ("^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$", Allows::Whole(is_source));

fn is_alias(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-')
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// An ARN with an account.
fn is_source(text: &str) -> bool {
    let is_small = |part: &str| {
        part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let parts: Vec<_> = text.splitn(6, ':').collect();
    let [prefix, partition, service, region, account, resource] = *parts else { return false };
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    // `.` of Java is no end of a line.
    let is_line = |c: char| !matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    prefix == "arn"
        && partition.strip_prefix("aws").is_some_and(is_small)
        && !service.is_empty()
        && is_small(service)
        && is_small(region)
        && is_account
        && !resource.is_empty()
        && resource.chars().all(is_line)
}

pub(super) fn read_text(
    value: Option<&Value>,
    path: &str,
    bounds: Bounds,
    pattern: Option<Pattern>,
    violations: &mut Violations,
) -> Result<Option<String>> {
    read_text_and(value, path, (bounds, pattern), violations, Violations::add)
}

/// The same of a text that no violation may quote, for a record would show it.
pub(super) fn read_secret_text(
    value: Option<&Value>,
    path: &str,
    bounds: Bounds,
    pattern: Option<Pattern>,
    violations: &mut Violations,
) -> Result<Option<String>> {
    let tell = |violations: &mut Violations, text: &str, path: &str, rule: &str| match text {
        "" => violations.add(text, path, rule),
        _ => violations.add_masked(path, rule),
    };
    read_text_and(value, path, (bounds, pattern), violations, tell)
}

fn read_text_and(
    value: Option<&Value>,
    path: &str,
    (bounds, pattern): (Bounds, Option<Pattern>),
    violations: &mut Violations,
    tell: impl Fn(&mut Violations, &str, &str, &str),
) -> Result<Option<String>> {
    let Some(value) = value else {
        violations.add_missing(path);
        return Ok(None);
    };
    let text = text(value)?;
    let length = text.chars().count();
    let mut is_good = true;
    if let Some(rule) = length_rule(length, bounds) {
        tell(violations, text, path, &rule);
        is_good = false;
    }
    if let Some((pattern, allows)) = pattern
        && !match allows {
            Allows::Each(allows) => {
                let may_be_empty = !pattern.trim_end_matches('$').ends_with('+');
                text.chars().all(allows) && (may_be_empty || !text.is_empty())
            }
            Allows::Whole(allows) => allows(text),
        }
    {
        match iam::in_words((pattern, allows)) {
            Some(rule) => violations.add_specified(path, rule),
            None => {
                let rule = format!("Member must satisfy regular expression pattern: {pattern}");
                tell(violations, text, path, &rule);
            }
        }
        is_good = false;
    }
    Ok(is_good.then(|| text.to_owned()))
}

/// A list, each of whose entries is read under a path of its own.
pub(super) fn read_list<T>(
    value: Option<&Value>,
    path: &str,
    most: u32,
    violations: &mut Violations,
    mut read: impl FnMut(&Value, &str, &mut Violations) -> Result<Option<T>>,
) -> Result<Option<Vec<T>>> {
    let Some(value) = value else {
        violations.add_missing(path);
        return Ok(None);
    };
    let Value::Array(values) = value else {
        return Err(Error::serialization("Expected list or null"));
    };
    if let Some(rule) = length_rule(values.len(), (0, most)) {
        violations.add_masked(path, &rule);
        return Ok(None);
    }
    let mut entries = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        entries.extend(read(value, &format!("{path}.{}.member", index + 1), violations)?);
    }
    Ok((entries.len() == values.len()).then_some(entries))
}

pub(super) fn read_blob(
    value: Option<&Value>,
    path: &str,
    bounds: Bounds,
    violations: &mut Violations,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(value) = value else {
        violations.add_missing(path);
        return Ok(None);
    };
    let Some(bytes) = blob::decode(text(value)?) else {
        return Err(Error::serialization("the value can not be converted to a Blob"));
    };
    if let Some(rule) = length_rule(bytes.len(), bounds) {
        violations.add_masked(path, &rule);
        return Ok(None);
    }
    Ok(Some(bytes))
}

pub(super) fn read_integer(
    value: Option<&Value>,
    path: &str,
    (min, max): Bounds,
    violations: &mut Violations,
) -> Result<Option<u32>> {
    let Some(value) = value else {
        violations.add_missing(path);
        return Ok(None);
    };
    let Some(number) = value.as_i64().or_else(|| whole(value.as_f64()?)) else {
        return Err(mistyped(value, "Integer"));
    };
    let rule = if number > i64::from(max) {
        format!("Member must have value less than or equal to {max}")
    } else if number < i64::from(min) {
        format!("Member must have value greater than or equal to {min}")
    } else {
        return Ok(u32::try_from(number).ok());
    };
    violations.add(&number.to_string(), path, &rule);
    Ok(None)
}

/// `32.0` is the number 32: some JSON writers know no other numbers.
fn whole(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
    is_whole.then(|| format!("{number:.0}").parse().ok())?
}

pub(super) fn length_rule(length: usize, (min, max): Bounds) -> Option<String> {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    if length > max {
        Some(format!("Member must have length less than or equal to {max}"))
    } else if length < min {
        Some(format!("Member must have length greater than or equal to {min}"))
    } else {
        None
    }
}
