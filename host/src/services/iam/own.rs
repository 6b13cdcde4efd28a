//! The user whose name a request may leave out: the caller.

use crate::{
    call::Call,
    identity::Principal,
    wire::{Error, Result, members::iam::UserName},
};

/// The name that was given, or the caller's.
pub(super) fn user_name<'a>(call: &Call<'a>, given: Option<&'a UserName>) -> Result<&'a str> {
    name_of(call, given.map(UserName::as_str))
}

/// The same of a name with other rules.
pub(super) fn name(call: &Call<'_>, given: Option<&str>) -> Result<String> {
    match given {
        Some(name) => Ok(name.to_owned()),
        None => name_of(call, None).map(str::to_owned),
    }
}

fn name_of<'a>(call: &Call<'a>, given: Option<&'a str>) -> Result<&'a str> {
    match (given, &call.caller().principal) {
        (Some(name), _) => Ok(name),
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
