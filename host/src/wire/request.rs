//! Requests: a struct, its decoder, its member table and its echo, all from one list of members.

use serde_json::{Map, Value};

use super::{
    error::{Error, Result},
    member::{Member, Shape, Violations, camel_case},
};

/// A JSON object.
pub type Members = Map<String, Value>;

/// What [`request!`] makes.
pub trait Request: Sized {
    /// The members that are served.
    const MEMBERS: &'static [(&'static str, Shape)];
    /// The members that AWS has and this service not yet: refused, never ignored.
    const LATER: &'static [&'static str];

    /// Reads a request, or says all that is wrong with it.
    fn decode(members: &Members) -> Result<Self>;

    /// `requestParameters`: the members as given, with defaults filled in, without what is secret.
    fn echo(&self) -> Option<String>;
}

/// Reads one member after the other. Members that nobody asks for are ignored, as AWS does.
pub struct Decoder<'a> {
    members: &'a Members,
    violations: Violations,
}

impl<'a> Decoder<'a> {
    /// Refuses members that are served later.
    pub fn new(members: &'a Members, later: &[&str]) -> Result<Self> {
        let unserved = |name: &&&str| members.get(**name).is_some_and(|value| !value.is_null());
        if let Some(name) = later.iter().find(unserved) {
            return Err(Error::unserved_member(name));
        }
        Ok(Self { members, violations: Violations::default() })
    }

    /// The next member; `None` if it breaks a rule.
    pub fn member<T: Member>(&mut self, name: &str) -> Result<Option<T>> {
        let value = self.members.get(name).filter(|value| !value.is_null());
        T::read(value, &camel_case(name), &mut self.violations)
    }

    /// Reports all broken rules at once.
    pub fn finish(self) -> Result<()> {
        self.violations.check()
    }
}

/// Refuses a body that is no JSON object, without taking memory for it: nothing is known yet of who
/// sent it.
pub fn check(body: &[u8]) -> Result<()> {
    let begins = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Ok(_) if begins => Ok(()),
        Ok(_) | Err(_) => Err(Error::not_json()),
    }
}

/// The whole body as a JSON object.
pub fn parse(body: &[u8]) -> Result<Members> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(Error::not_json()),
    }
}

/// Declares a request:
///
/// ```text
/// request! {
///     pub struct DisableKey { key_id "KeyId": KeyRef }
///     later { "Recipient" }
/// }
/// ```
#[macro_export]
macro_rules! request {
    (
        pub struct $name:ident { $($field:ident $wire:literal: $type:ty),* $(,)? }
        $(later { $($later:literal),* $(,)? })?
    ) => {
        #[doc = concat!("The request of `", stringify!($name), "`.")]
        pub struct $name {
            $(#[doc = concat!("`", $wire, "`.")] pub $field: $type,)*
        }

        impl $crate::wire::Request for $name {
            const MEMBERS: &'static [(&'static str, $crate::wire::member::Shape)] =
                &[$(($wire, <$type as $crate::wire::member::Member>::SHAPE)),*];
            const LATER: &'static [&'static str] = &[$($($later),*)?];

            fn decode(members: &$crate::wire::Members) -> $crate::wire::Result<Self> {
                #[allow(unused_mut, reason = "a request may have no members")]
                let mut decoder = $crate::wire::request::Decoder::new(members, Self::LATER)?;
                $(let $field = decoder.member($wire)?;)*
                decoder.finish()?;
                Ok(Self {
                    $($field: $field.expect("a member is missing only where a rule is broken"),)*
                })
            }

            fn echo(&self) -> Option<String> {
                #[allow(unused_mut, reason = "a request may have no members")]
                let mut echo = $crate::wire::member::Echo::default();
                $($crate::wire::member::Member::echo(&self.$field, $wire, &mut echo);)*
                echo.finish()
            }
        }
    };
}
