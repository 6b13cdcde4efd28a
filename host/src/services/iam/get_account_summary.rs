//! `GetAccountSummary`: how many of what there are in an account, and how many there may be.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Entity, ManagedPolicy, Policies},
    request,
    services::Operation,
    wire::Result,
};

request! {
    pub struct GetAccountSummary {}
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    summary_map: BTreeMap<&'static str, usize>,
}

impl Operation for GetAccountSummary {
    const NAME: &'static str = "GetAccountSummary";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let account = call.account()?;
        let mut summary_map = BTreeMap::from(FIXED);
        for (name, entity) in [
            ("Users", Entity::User),
            ("Groups", Entity::Group),
            ("Roles", Entity::Role),
            ("Policies", Entity::Policy),
        ] {
            summary_map.insert(name, call.count_of(&account, entity).await?);
        }
        Ok(Output { summary_map })
    }
}

/// The quotas, which nobody changes here, and what no account has here.
const FIXED: [(&str, usize); 27] = [
    ("AccessKeysPerUserQuota", 2),
    // A root user has its access key from the operators.
    ("AccountAccessKeysPresent", 1),
    ("AccountMFAEnabled", 0),
    ("AccountPasswordPresent", 0),
    ("AccountSigningCertificatesPresent", 0),
    ("AssumeRolePolicySizeQuota", 2048),
    ("AttachedPoliciesPerGroupQuota", Policies::MOST_ATTACHED),
    ("AttachedPoliciesPerRoleQuota", Policies::MOST_ATTACHED),
    ("AttachedPoliciesPerUserQuota", Policies::MOST_ATTACHED),
    ("GlobalEndpointTokenVersion", 2),
    ("GroupPolicySizeQuota", 5120),
    ("GroupsPerUserQuota", 10),
    ("GroupsQuota", 300),
    ("InstanceProfiles", 0),
    ("MFADevices", 0),
    ("MFADevicesInUse", 0),
    ("PoliciesQuota", 1500),
    ("PolicySizeQuota", ManagedPolicy::LONGEST),
    ("Providers", 0),
    ("RolePolicySizeQuota", 10_240),
    ("RolesQuota", 1000),
    ("ServerCertificates", 0),
    ("SigningCertificatesPerUserQuota", 0),
    ("UserPolicySizeQuota", 2048),
    ("UsersQuota", 5000),
    ("VersionsPerPolicyQuota", ManagedPolicy::MOST_VERSIONS),
    ("InstanceProfilesQuota", 0),
];
