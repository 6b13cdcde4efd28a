//! `DeleteLoginProfile`: a user shall not sign in to the console: none does, as there is none.
//! Tools ask for it before they delete a user.

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Error, Result, members::iam::NewUserName},
};

use super::own;

request! {
    pub struct DeleteLoginProfile {
        user_name "UserName": Option<NewUserName>,
    }
}

impl Operation for DeleteLoginProfile {
    const NAME: &'static str = "DeleteLoginProfile";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = own::user(call, self.user_name.as_ref().map(NewUserName::as_str)).await?;
        Err(Error::no_login_profile(&user.name))
    }
}
