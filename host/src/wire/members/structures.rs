//! Members that have members of their own, and lists of members.

/// Declares a structure like a request:
///
/// ```text
/// structure! {
///     /// A label.
///     pub struct Tag { key "TagKey": TagKey, value "TagValue": TagValue }
/// }
/// ```
macro_rules! structure {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* $field:ident $wire:literal: $type:ty),* $(,)?
    }) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl $crate::wire::member::Member for $name {
            const SHAPE: $crate::wire::member::Shape = $crate::wire::member::Shape {
                kind: $crate::wire::member::Kind::Structure(&[
                    $(($wire, <$type as $crate::wire::member::Member>::SHAPE)),*
                ]),
                required: true,
                sensitive: false,
            };

            fn read(
                value: Option<&serde_json::Value>,
                path: &str,
                violations: &mut $crate::wire::member::Violations,
            ) -> $crate::wire::Result<Option<Self>> {
                let Some(value) = value else {
                    violations.add_missing(path);
                    return Ok(None);
                };
                let members = value.as_object().ok_or_else(|| {
                    $crate::wire::Error::serialization("Expected map or null")
                })?;
                $(let $field = <$type as $crate::wire::member::Member>::read(
                    members.get($wire).filter(|value| !value.is_null()),
                    &format!("{path}.{}", $crate::wire::member::camel_case($wire)),
                    violations,
                )?;)*
                Ok((|| Some(Self { $($field: $field?,)* }))())
            }

            fn echo(&self, name: &str, echo: &mut $crate::wire::member::Echo) {
                echo.structure(name, self.shown());
            }
        }

        impl $name {
            /// What a record shows of its members.
            fn shown(&self) -> $crate::wire::member::Echo {
                let mut own = $crate::wire::member::Echo::default();
                $($crate::wire::member::Member::echo(&self.$field, $wire, &mut own);)*
                own
            }
        }
    };
}

/// Lists: what each is of, how its entries are asked for, how many there may be, and what a record
/// shows of them.
macro_rules! lists {
    ($(
        $(#[$doc:meta])*
        $name:ident of $entry:ty, $entries:ident, $most:expr,
            |$own:ident, $path:ident, $echo:ident| $shown:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(Vec<$entry>);

        impl $name {
            /// The entries, in the order in which they were given.
            pub fn $entries(&self) -> &[$entry] {
                &self.0
            }
        }

        impl $crate::wire::member::Member for $name {
            const SHAPE: $crate::wire::member::Shape = $crate::wire::member::Shape {
                kind: $crate::wire::member::Kind::List(
                    &<$entry as $crate::wire::member::Member>::SHAPE.kind,
                    (0, $most),
                ),
                required: true,
                sensitive: false,
            };

            fn read(
                value: Option<&serde_json::Value>,
                path: &str,
                violations: &mut $crate::wire::member::Violations,
            ) -> $crate::wire::Result<Option<Self>> {
                let read = |entry: &_, path: &_, violations: &mut _| {
                    <$entry as $crate::wire::member::Member>::read(Some(entry), path, violations)
                };
                let list = $crate::wire::members::reading::read_list;
                Ok(list(value, path, $most, violations, read)?.map(Self))
            }

            fn echo(&self, $path: &str, $echo: &mut $crate::wire::member::Echo) {
                let $own = self.$entries();
                $shown
            }
        }
    )*};
}

pub(crate) use {lists, structure};
