//! The operations of IAM, and that what they change counts at once.

mod access_keys;
mod groups;
mod lists;
mod policies;
mod tags;
mod users;
