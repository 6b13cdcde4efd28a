//! The members of requests to the policy simulator.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::wire::{
    error::Result,
    member::{ANY_NUMBER, Echo, Kind, Member, Shape, Violations, text},
    members::{
        choice_list::Choice,
        choices::choices,
        reading::read_text,
        structures::{lists, structure},
        texts,
    },
};

use super::PolicyDocument;

texts! {
    /// The name of an action: `kms:Encrypt`.
    ActionName 3..=128;
    /// What it would be done to, or who would do it.
    ResourceName 1..=2048;
    /// The name of a condition key.
    ContextKeyName 5..=256;
    /// One of its values.
    ContextKeyValue 0..=4_294_967_295;
    /// For which case of several the resources are.
    ResourceHandlingOption 1..=64;
}

choices! {
    /// `ContextKeyType`: as what the values of a condition key are read.
    ContextKeyType {
        Text "string", TextList "stringList", Number "numeric", NumberList "numericList",
        Boolean "boolean", BooleanList "booleanList", Address "ip", AddressList "ipList",
        Binary "binary", BinaryList "binaryList", Moment "date", MomentList "dateList",
    }
}

structure! {
    /// A condition key and its values.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ContextEntry {
        /// Its name.
        name "ContextKeyName": Option<ContextKeyName>,
        /// Its values.
        values "ContextKeyValues": Option<ContextKeyValues>,
        /// As what they are read.
        kind "ContextKeyType": Option<ContextKeyType>,
    }
}

lists! {
    /// Policy documents.
    PolicyDocuments of PolicyDocument, documents, ANY_NUMBER,
        |documents, name, echo| echo.texts(name, documents.iter().map(PolicyDocument::as_str));
    /// Names of actions.
    ActionNames of ActionName, actions, ANY_NUMBER,
        |actions, name, echo| echo.texts(name, actions.iter().map(ActionName::as_str));
    /// What they would be done to.
    ResourceNames of ResourceName, resources, ANY_NUMBER,
        |resources, name, echo| echo.texts(name, resources.iter().map(ResourceName::as_str));
    /// Values of a condition key.
    ContextKeyValues of ContextKeyValue, values, ANY_NUMBER,
        |values, name, echo| echo.texts(name, values.iter().map(ContextKeyValue::as_str));
    /// Condition keys with their values.
    ContextEntries of ContextEntry, entries, ANY_NUMBER,
        |entries, name, echo| echo.structures(name, entries.iter().map(ContextEntry::shown));
}
