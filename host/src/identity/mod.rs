//! Who calls: accounts, the users, groups, roles and policies in them, the access keys and sessions
//! that stand for them. Pure.

mod access_key;
mod account;
mod acting;
mod caller;
mod group;
mod key_use;
mod listing;
mod managed_policy;
mod named;
mod path;
mod policies;
pub mod provided;
mod role;
mod session;
mod tags;
mod user;

pub use crate::arn::{Entity, UniqueId};
pub use access_key::{AccessKey, Bearer, Status};
pub use account::{Account, Standing};
pub use acting::{Acting, Actors, ForWhom};
pub use caller::{Caller, OwnPolicies, Principal};
pub use group::{Group, Member};
pub use key_use::KeyUse;
pub use listing::{Filling, Listing, Shown, page};
pub use managed_policy::{ManagedPolicy, PolicyVersion, version_name};
pub use named::Named;
pub use path::{NameRow, Use, attachment_path, attachments_prefix, prefix};
pub use policies::{Inline, Labelled, Policies, PolicyHolder, size};
pub use role::Role;
pub use session::{Ending, Session, SessionKind, SessionPolicy};
pub use tags::IamTags;
pub use user::User;
