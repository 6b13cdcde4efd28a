//! The user whose name a request may leave out: the caller.

use crate::{
    call::{Authorized, Call},
    identity::{Listing, Principal, User, page},
    storage::Loaded,
    wire::{
        Error, Result,
        members::iam::{Marker, MaxItems, UserName},
    },
};

/// The name that was given, or the caller's.
pub(super) fn user_name<'a>(call: &Call<'a>, given: Option<&'a UserName>) -> Result<&'a str> {
    name_of(call, given.map(UserName::as_str))
}

/// The user whose name that is, or the caller.
pub(super) async fn user(
    call: &mut Call<'_>,
    given: Option<&str>,
) -> Result<Authorized<Loaded<User>>> {
    let name = name_of(call, given)?.to_owned();
    call.entity::<User>(&name).await
}

/// A list of what no user has here: empty, once it is known that there is the user and who asks may
/// ask, and that the marker is one of this list.
pub(super) async fn none_of(
    call: &mut Call<'_>,
    list: &str,
    given: Option<&str>,
    max: Option<MaxItems>,
    marker: Option<&Marker>,
) -> Result<Vec<String>> {
    let user = user(call, given).await?;
    let list = format!("{list} {}", user.id);
    let (none, _) = page(&Listing { list: &list, max, marker }, Vec::<(String, _)>::new())?;
    Ok(none)
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
