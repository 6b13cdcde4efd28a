//! The operations of IAM, and that what they change counts at once.

mod access_keys;
mod groups;
mod lists;
mod managed_policies;
mod policies;
mod roles;
mod simulate;
mod tags;
mod users;
