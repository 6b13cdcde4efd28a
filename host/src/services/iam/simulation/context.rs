//! The condition keys of a simulation: those that were given, and those that follow from who asks.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    authorize::{ConditionKeys, Values, is_address, is_moment, is_number},
    wire::{
        Error, Result,
        members::iam::{ContextEntries, ContextEntry, ContextKeyType},
    },
};

use super::Caller;

/// Values by the names of their keys in lower case.
pub(super) struct Context(BTreeMap<String, Values<'static>>);

impl Context {
    /// Reads the entries. `is_named` is whether the request names the caller itself.
    pub(super) fn read(
        entries: Option<&ContextEntries>,
        caller: &Caller<'_>,
        is_named: bool,
    ) -> Result<Self> {
        let mut known = Self::of(caller, is_named);
        let mut given = BTreeMap::new();
        for entry in entries.map(ContextEntries::entries).unwrap_or_default() {
            let (name, values) = read(entry)?;
            if given.insert(name.to_lowercase(), values).is_some() {
                return Err(Error::duplicate_context_key(name));
            }
        }
        known.0.extend(given);
        Ok(known)
    }

    fn of(caller: &Caller<'_>, is_named: bool) -> Self {
        let mut known = BTreeMap::new();
        let mut tell = |name: &str, value: &str| {
            known.insert(name.to_owned(), Values::from(value).kept());
        };
        if caller.arn.is_empty() {
            tell("aws:userid", "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR");
        } else if caller.kind != "group" {
            tell("aws:principalarn", caller.arn);
            tell("aws:principalaccount", caller.account.as_str());
            if is_named {
                tell("aws:userid", caller.arn);
            }
        }
        if caller.kind == "user" {
            tell("aws:username", caller.arn.rsplit('/').next().unwrap_or_default());
        }
        Self(known)
    }
}

impl ConditionKeys for Context {
    fn get(&self, name: &str) -> Option<Values<'_>> {
        self.0.get(name).cloned()
    }
}

fn read(entry: &ContextEntry) -> Result<(&str, Values<'static>)> {
    let name = entry.name.as_ref().ok_or_else(Error::no_context_key)?.as_str();
    let kind = entry.kind.ok_or_else(|| Error::no_context_key_type(name))?;
    let values = entry.values.as_ref().map(|list| list.values()).unwrap_or_default();
    let values: Vec<_> = values.iter().map(|value| value.as_str()).collect();
    if values.is_empty() {
        return Err(Error::no_context_values(name));
    }
    let (is_list, expected, is_good): (bool, &str, fn(&str) -> bool) = match kind {
        // AWS takes any text for a truth value.
        ContextKeyType::Text | ContextKeyType::Boolean => (false, "", |_| true),
        ContextKeyType::TextList | ContextKeyType::BooleanList => (true, "", |_| true),
        ContextKeyType::Number => (false, NUMBER, is_number),
        ContextKeyType::NumberList => (true, NUMBER, is_number),
        ContextKeyType::Address => (false, ADDRESS, is_address),
        ContextKeyType::AddressList => (true, ADDRESS, is_address),
        ContextKeyType::Binary => (false, BINARY, is_binary),
        ContextKeyType::BinaryList => (true, BINARY, is_binary),
        ContextKeyType::Moment => (false, MOMENT, is_moment),
        ContextKeyType::MomentList => (true, MOMENT, is_moment),
    };
    if !values.iter().all(|value| is_good(value)) {
        return Err(Error::invalid_context_value(name, expected));
    }
    let values = match (is_list, &*values) {
        (false, [one]) => Values::from(*one),
        _ => Values::many(values.iter().copied()),
    };
    Ok((name, values.kept()))
}

fn is_binary(text: &str) -> bool {
    STANDARD.decode(text).is_ok()
}

const NUMBER: &str = "numeric format";
const ADDRESS: &str = "IP address";
const BINARY: &str = "base-64 encoded binary format";
const MOMENT: &str = "DateTime format";
