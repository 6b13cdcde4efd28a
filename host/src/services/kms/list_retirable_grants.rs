//! `ListRetirableGrants`: the grants that a principal can retire, in this Region, for whatever key.

use crate::{
    call::Call,
    keys::{Nominee, Office, Paging},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{Limit, Marker, PrincipalId, ServicePrincipal},
    },
};

use super::list_grants::Output;

request! {
    pub struct ListRetirableGrants {
        limit "Limit": Option<Limit>,
        marker "Marker": Option<Marker>,
        retiring "RetiringPrincipal": Option<PrincipalId>,
        retiring_service "RetiringServicePrincipal": Option<ServicePrincipal>,
    }
}

impl Operation for ListRetirableGrants {
    const NAME: &'static str = "ListRetirableGrants";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let retiring = match (&self.retiring, &self.retiring_service) {
            (Some(principal), None) => Nominee::principal(principal.as_str(), Office::Retiring)?,
            (None, Some(name)) => {
                call.check_service("RetiringServicePrincipal")?;
                Nominee::Service(name.as_str())
            }
            (Some(_), Some(_)) | (None, None) => {
                return Err(Error::validation(
                    "You must specify either RetiringPrincipal or RetiringServicePrincipal, but \
                     not both.",
                ));
            }
        };
        let account = call.account()?;
        let marker = self.marker.as_ref();
        let paging = Paging { limit: self.limit, marker, default: 50, most: 100 };
        let (grants, next_marker) = call.grants_to_retire(&account, &retiring, &paging).await?;
        Output::of(call, &grants, next_marker).await
    }
}
