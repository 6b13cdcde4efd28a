//! The domain of KMS keys: what a key is, its states, its aliases, how material comes in from
//! elsewhere, and how requests name keys. Pure.

mod algorithm;
mod alias;
mod import;
mod key;
mod marker;
mod material;
mod reference;
mod spec;
mod state;
mod token;

pub use algorithm::{Algorithm, Message};
pub use alias::{Alias, AliasId, KeyAlias};
pub use import::Import;
pub use key::Key;
pub(crate) use key::base64_text;
pub use marker::{Page, Paging};
pub use material::{Material, MaterialId, MaterialOwner, Sealed, Stage};
pub use reference::{KeyReference, Named, Reference};
pub use spec::{Kind, Origin, Spec, Usage};
pub use state::{Standing, State};
pub use token::{ImportToken, Wrapping, WrappingSpec};
