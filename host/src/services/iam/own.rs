//! The user whose name a request may leave out: the caller.

use crate::{
    call::Call,
    identity::Principal,
    wire::{Error, Result, members::iam::UserName},
};

/// The name that was given, or the caller's.
pub(super) fn user_name<'a>(call: &Call<'a>, given: Option<&'a UserName>) -> Result<&'a str> {
    match (given, &call.caller().principal) {
        (Some(name), _) => Ok(name.as_str()),
        (None, Principal::User { user, .. }) => Ok(&user.name),
        (
            None,
            Principal::Root
            | Principal::Role { .. }
            | Principal::Federated { .. }
            | Principal::Service { .. },
        ) => Err(Error::no_own_user()),
    }
}
