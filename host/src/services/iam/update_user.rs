//! `UpdateUser`: gives a user another name or another path. Its id stays.

use crate::{
    call::Call,
    identity::User,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{NewUserName, Path, UserName},
    },
};

request! {
    pub struct UpdateUser {
        user_name "UserName": UserName,
        new_path "NewPath": Option<Path>,
        new_user_name "NewUserName": Option<NewUserName>,
    }
}

impl Operation for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        let mut new = User::clone(&user);
        if let Some(path) = &self.new_path {
            path.as_str().clone_into(&mut new.path);
        }
        if let Some(name) = &self.new_user_name {
            name.as_str().clone_into(&mut new.name);
        }
        call.rename(&user, &new).await
    }
}
