//! The domain of KMS keys: what a key is, its states, its aliases, how material comes in from
//! elsewhere, and how requests name keys. Pure.

mod algorithm;
mod alias;
mod deletion;
mod due;
mod grant;
mod import;
mod key;
mod managed;
mod marker;
mod material;
mod policy_text;
mod reference;
mod rotation;
mod spec;
mod state;
mod tags;
mod token;
mod topology;
mod usage;

pub use algorithm::{Algorithm, Message};
pub use alias::{Alias, AliasId, KeyAlias};
pub use deletion::Deletion;
pub use due::Due;
pub use grant::{
    Allowance, Constraints, Draft, Grant, GrantCount, GrantId, GrantRow, GrantToken, GranteeRow,
    Holder, Nominee, Office, Terms, Wanted, names, operations_of,
};
pub use import::Import;
pub use key::Key;
pub(crate) use key::base64_text;
pub use managed::Managed;
pub use marker::{Page, Paging};
pub use material::{Material, MaterialId, MaterialOwner, Sealed, Stage};
pub use reference::{KeyReference, Named, Reference};
pub use rotation::{Rotated, Rotation, RotationType};
pub use spec::{Kind, Manager, Origin, Spec, Usage};
pub use state::{Standing, State};
pub use tags::Tags;
pub use token::{ImportToken, Wrapping, WrappingSpec};
pub use topology::{MaterialState, NewReplica, Topology};
pub use usage::{KeyPlace, LastUse, Tracked, Tracking, Uuid, days_without_use};
