//! `SimulateCustomPolicy`: what policies would allow, if anybody had them.

use serde::Serialize;

use crate::{
    call::Call,
    identity::Listing,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{
            ActionNames, ContextEntries, Marker, MaxItems, PolicyDocument, PolicyDocuments,
            ResourceHandlingOption, ResourceName, ResourceNames,
        },
    },
};

use super::simulation::{Asked, Policies, ShownResult};

request! {
    pub struct SimulateCustomPolicy {
        policies "PolicyInputList": PolicyDocuments,
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
    later { "OrderedOrganizationPolicyInputList" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    evaluation_results: Vec<ShownResult>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for SimulateCustomPolicy {
    const NAME: &'static str = "SimulateCustomPolicy";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let account = call.account()?;
        let mut policies = Policies::default();
        policies.add_input(&self.policies)?;
        if let Some(list) = &self.boundaries {
            policies.set_boundary(list)?;
        }
        if self.resource_policy.is_some() && self.caller.is_none() {
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
        let marker = self.marker.as_ref();
        let listing = Listing { list: Self::NAME, max: self.max, marker };
        let (evaluation_results, marker) = asked.answer(&policies, account.id, "", &listing)?;
        Ok(Output { evaluation_results, is_truncated: marker.is_some(), marker })
    }
}
