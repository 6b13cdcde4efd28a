//! The members of CloudTrail requests, each with its rules, once.
//!
//! Source: the model of CloudTrail, version 2013-11-01.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    choice_list::Choice,
    choices::choices,
    integers,
    reading::{read_integer, read_text},
    structures::{lists, structure},
    texts,
};
use crate::wire::{
    error::{Error, Result},
    member::{ANY_NUMBER, Echo, Kind, Member, Shape, Violations, text},
};

texts! {
    /// What an attribute of events is to be.
    LookupAttributeValue 1..=2000;
    /// The name of a trail, or its ARN.
    TrailName 0..=4_294_967_295;
    /// Where a list goes on.
    NextToken 0..=4_294_967_295;
}

choices! {
    /// `AttributeKey`: what events are found by.
    AttributeName {
        EventId "EventId", EventName "EventName", ReadOnly "ReadOnly", Username "Username",
        ResourceType "ResourceType", ResourceName "ResourceName", EventSource "EventSource",
        AccessKeyId "AccessKeyId",
    }
    /// `EventCategory`: which events are looked up, if not those of what was called.
    EventCategoryName { Insight "insight" }
}

integers! {
    /// Events on a page, as the model has them.
    PageSize 1..=50;
}

/// Members whose rules have errors of their own.
macro_rules! own_errors {
    ($($(#[$doc:meta])* $name:ident of $inner:ty, $error:path;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub $inner);

        impl Member for $name {
            const SHAPE: Shape = <$inner>::SHAPE;

            fn read(
                value: Option<&Value>,
                path: &str,
                violations: &mut Violations,
            ) -> Result<Option<Self>> {
                if value.is_none() {
                    return Ok(<$inner>::read(value, path, violations)?.map(Self));
                }
                let mut own = Violations::default();
                let read = <$inner>::read(value, path, &mut own)?;
                own.check().map_err(|_| $error())?;
                Ok(read.map(Self))
            }

            fn echo(&self, name: &str, echo: &mut Echo) {
                self.0.echo(name, echo);
            }
        }
    )*};
}

own_errors! {
    /// `AttributeKey`.
    LookupAttributeKey of AttributeName, Error::unknown_lookup_attribute;
    /// `EventCategory`.
    EventCategory of EventCategoryName, Error::invalid_event_category;
    /// `MaxResults`.
    MaxResults of PageSize, Error::invalid_max_results;
}

structure! {
    /// What events are to have.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LookupAttribute {
        /// Which attribute.
        key "AttributeKey": LookupAttributeKey,
        /// What it is to be.
        value "AttributeValue": LookupAttributeValue,
    }
}

lists! {
    /// Names of trails, or ARNs.
    TrailNames of TrailName, names, ANY_NUMBER,
        |names, name, echo| echo.texts(name, names.iter().map(TrailName::as_str));
    /// What events are to have, of which there is one at most.
    LookupAttributes of LookupAttribute, attributes, ANY_NUMBER,
        |attributes, name, echo| {
            echo.structures(name, attributes.iter().map(LookupAttribute::shown));
        };
}
