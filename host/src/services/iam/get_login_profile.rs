//! `GetLoginProfile`: how a user signs in to the console: not at all, as there is none. Tools ask
//! before they delete a user.

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Error, Result, members::iam::NewUserName},
};

use super::own;

request! {
    pub struct GetLoginProfile {
        user_name "UserName": Option<NewUserName>,
    }
}

impl Operation for GetLoginProfile {
    const NAME: &'static str = "GetLoginProfile";
    const READ_ONLY: bool = true;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = own::user(call, self.user_name.as_ref().map(NewUserName::as_str)).await?;
        Err(Error::no_login_profile(&user.name))
    }
}
