//! The domain of KMS keys: what a key is, its states, its aliases, and how requests name them.
//! Pure.

mod alias;
mod key;
mod marker;
mod reference;
mod state;

pub use alias::{Alias, AliasId, KeyAlias};
pub(crate) use key::base64_text;
pub use key::{Key, Material, MaterialId, MaterialOwner, Origin, Spec, Usage};
pub use marker::{Page, Paging};
pub use reference::{KeyReference, Named, Reference};
pub use state::State;
