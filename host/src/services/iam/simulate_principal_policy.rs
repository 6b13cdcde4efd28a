//! `SimulatePrincipalPolicy`: what somebody could do, without anything being done.

use serde::Serialize;

use crate::{
    authorize::Kind,
    call::Call,
    identity::{Entity, Listing},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{
            ActionNames, ContextEntries, Marker, MaxItems, PolicyArn, PolicyDocument,
            PolicyDocuments, ResourceHandlingOption, ResourceName, ResourceNames,
        },
    },
};

use super::simulation::{Asked, Policies, ShownResult};

request! {
    pub struct SimulatePrincipalPolicy {
        source "PolicySourceArn": PolicyArn,
        policies "PolicyInputList": Option<PolicyDocuments>,
        boundaries "PermissionsBoundaryPolicyInputList": Option<PolicyDocuments>,
        actions "ActionNames": ActionNames,
        resources "ResourceArns": Option<ResourceNames>,
        resource_policy "ResourcePolicy": Option<PolicyDocument>,
        owner "ResourceOwner": Option<ResourceName>,
        caller "CallerArn": Option<ResourceName>,
        entries "ContextEntries": Option<ContextEntries>,
        handling "ResourceHandlingOption": Option<ResourceHandlingOption>,
        max "MaxItems": Option<MaxItems>,
        marker "Marker": Option<Marker>,
    }
    later { "PolicyExclusionList" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    evaluation_results: Vec<ShownResult>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for SimulatePrincipalPolicy {
    const NAME: &'static str = "SimulatePrincipalPolicy";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let simulant = call.simulant(self.source.as_str()).await?;
        let mut policies = Policies::default();
        for own in &simulant.policies {
            policies.add(Kind::Identity, &own.name, own.document.clone());
        }
        if let Some(boundary) = &simulant.boundary {
            policies.add(Kind::Boundary, &boundary.name, boundary.document.clone());
        }
        if let Some(list) = &self.policies {
            policies.add_input(list)?;
        }
        if let Some(list) = &self.boundaries {
            policies.set_boundary(list)?;
        }
        if self.resource_policy.is_some()
            && self.caller.is_none()
            && simulant.entity != Entity::User
        {
            return Err(Error::no_simulated_caller());
        }
        let asked = Asked {
            actions: &self.actions,
            resources: self.resources.as_ref(),
            resource_policy: self.resource_policy.as_ref(),
            owner: self.owner.as_ref(),
            caller: self.caller.as_ref(),
            entries: self.entries.as_ref(),
            handling: self.handling.as_ref(),
        };
        // AWS lets everything but the marker change from page to page.
        let marker = self.marker.as_ref();
        let listing = Listing { list: Self::NAME, max: self.max, marker };
        let (evaluation_results, marker) =
            asked.answer(&policies, simulant.account, &simulant.arn, &listing)?;
        Ok(Output { evaluation_results, is_truncated: marker.is_some(), marker })
    }
}
