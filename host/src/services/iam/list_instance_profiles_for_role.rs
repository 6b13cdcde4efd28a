//! `ListInstanceProfilesForRole`: none, as there are no instances here. Tools ask for them before
//! they delete a role.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, Role, page},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, RoleName},
    },
};

request! {
    pub struct ListInstanceProfilesForRole {
        role_name "RoleName": RoleName,
        marker "Marker": Option<Marker>,
        max "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    instance_profiles: Vec<String>,
    is_truncated: bool,
}

impl Operation for ListInstanceProfilesForRole {
    const NAME: &'static str = "ListInstanceProfilesForRole";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        let list = format!("ListInstanceProfilesForRole\n{}", role.id);
        let listing = Listing { list: &list, max: self.max, marker: self.marker.as_ref() };
        let (instance_profiles, _) = page(&listing, Vec::<(String, String)>::new())?;
        Ok(Output { instance_profiles, is_truncated: false })
    }
}
