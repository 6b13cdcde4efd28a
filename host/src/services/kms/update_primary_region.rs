//! `UpdatePrimaryRegion`: another Region has a multi-Region key's primary from now on.

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Result,
        members::{KeyTarget, RegionName},
    },
};

request! {
    pub struct UpdatePrimaryRegion {
        key_id "KeyId": KeyTarget,
        primary_region "PrimaryRegion": RegionName,
    }
}

impl Operation for UpdatePrimaryRegion {
    const NAME: &'static str = "UpdatePrimaryRegion";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let primary = call.key(&self.key_id).await?;
        call.move_primary(&primary, self.primary_region.get()).await
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "kms:primaryregion").then(|| self.primary_region.as_str().into())
    }
}
