//! `ListGrants`: the grants of a key.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    arn::Arn,
    authorize::Values,
    call::{Call, GrantFilter},
    keys::{Constraints, Grant, Holder, Nominee, Office, Paging},
    request,
    services::Operation,
    storage::Loaded,
    wire::{
        Error, Result,
        members::{
            GrantIdText, GrantOperation, KeyTarget, Limit, Marker, PrincipalId, ServicePrincipal,
        },
    },
};

use super::metadata::seconds;

request! {
    pub struct ListGrants {
        limit "Limit": Option<Limit>,
        marker "Marker": Option<Marker>,
        key_id "KeyId": KeyTarget,
        grant_id "GrantId": Option<GrantIdText>,
        grantee "GranteePrincipal": Option<PrincipalId>,
        grantee_service "GranteeServicePrincipal": Option<ServicePrincipal>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    grants: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    truncated: bool,
}

/// A grant, as lists tell of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key_id: String,
    grant_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    creation_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    grantee_principal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grantee_service_principal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retiring_principal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retiring_service_principal: Option<String>,
    issuing_account: String,
    operations: Vec<GrantOperation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<Told>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context_subset: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context_equals: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_arn: Option<String>,
}

impl Operation for ListGrants {
    const NAME: &'static str = "ListGrants";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let filter = self.filter(call)?;
        let key = call.key(&self.key_id).await?;
        let marker = self.marker.as_ref();
        let paging = Paging { limit: self.limit, marker, default: 50, most: 100 };
        let (grants, next_marker) = call.grants_of(&key, &filter, &paging).await?;
        Output::of(call, &grants, next_marker).await
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "kms:grantisforawsresource").then(|| false.into())
    }
}

impl ListGrants {
    fn filter(&self, call: &Call<'_>) -> Result<GrantFilter<'_>> {
        let id = self.grant_id.as_ref().map(|id| id.as_str().parse());
        let id = id.transpose().map_err(|_| Error::invalid_grant_id())?;
        let grantee = match (&self.grantee, &self.grantee_service) {
            (None, None) => None,
            (Some(principal), None) => {
                Some(Nominee::principal(principal.as_str(), Office::Listed)?)
            }
            (None, Some(name)) => {
                call.check_service("GranteeServicePrincipal")?;
                Some(Nominee::Service(name.as_str()))
            }
            (Some(_), Some(_)) => {
                return Err(Error::validation(
                    "You can specify either GranteePrincipal or GranteeServicePrincipal, but not \
                     both.",
                ));
            }
        };
        Ok(GrantFilter { id, grantee })
    }
}

impl Output {
    pub(super) async fn of(
        call: &Call<'_>,
        found: &[Loaded<Grant>],
        next_marker: Option<String>,
    ) -> Result<Self> {
        let mut grants = Vec::with_capacity(found.len());
        for grant in found {
            grants.push(Entry::of(call, grant).await?);
        }
        Ok(Self { grants, truncated: next_marker.is_some(), next_marker })
    }
}

impl Entry {
    async fn of(call: &Call<'_>, grant: &Grant) -> Result<Self> {
        let terms = &grant.terms;
        let (grantee_principal, grantee_service_principal) =
            told(call, Some(&terms.grantee)).await?;
        let (retiring_principal, retiring_service_principal) =
            told(call, terms.retiring.as_ref()).await?;
        let constraints = Some(&terms.allowance.constraints).filter(|all| !all.is_empty());
        Ok(Self {
            key_id: grant.key_arn().to_string(),
            grant_id: grant.id.to_string(),
            name: terms.name.clone(),
            creation_date: seconds(grant.created),
            grantee_principal,
            grantee_service_principal,
            retiring_principal,
            retiring_service_principal,
            issuing_account: Arn::root(grant.issuer).to_string(),
            operations: terms.allowance.operations.clone(),
            constraints: constraints.map(Told::from),
        })
    }
}

impl From<&Constraints> for Told {
    fn from(constraints: &Constraints) -> Self {
        let Constraints { subset, equals, source_arn } = constraints.clone();
        Self { encryption_context_subset: subset, encryption_context_equals: equals, source_arn }
    }
}

/// A principal and a service: a holder is one of them.
async fn told(
    call: &Call<'_>,
    holder: Option<&Holder>,
) -> Result<(Option<String>, Option<String>)> {
    let Some(holder) = holder else { return Ok((None, None)) };
    let name = call.holder_name(holder).await?;
    Ok(match holder {
        Holder::Principal(_) | Holder::Bound { .. } => (Some(name), None),
        Holder::Service(_) => (None, Some(name)),
    })
}
