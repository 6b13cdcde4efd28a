//! `ListEntitiesForPolicy`: who has a managed policy.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    call::{AnyPolicy, Authorized, Call},
    identity::{Entity, Filling, Group, Listing, Named, Role, UniqueId, Use, User},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{EntityFilter, Marker, MaxItems, Path, PolicyArn, PolicyUsage},
    },
};

request! {
    pub struct ListEntitiesForPolicy {
        policy "PolicyArn": PolicyArn,
        filter "EntityFilter": Option<EntityFilter>,
        path "PathPrefix": Option<Path>,
        usage "PolicyUsageFilter": Option<PolicyUsage>,
        marker "Marker": Option<Marker>,
        max "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_groups: Vec<HolderGroup>,
    policy_users: Vec<HolderUser>,
    policy_roles: Vec<HolderRole>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HolderGroup {
    group_name: String,
    group_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HolderUser {
    user_name: String,
    user_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HolderRole {
    role_name: String,
    role_id: String,
}

impl Operation for ListEntitiesForPolicy {
    const NAME: &'static str = "ListEntitiesForPolicy";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let arn = self.policy.as_str();
        let policy = call.policy(arn).await?;
        let path = self.path.as_ref().map_or("/", Path::as_str);
        let filter = self.filter.as_ref().map_or("", EntityFilter::as_str);
        let usage = self.usage.as_ref().map_or("", PolicyUsage::as_str);
        let list = format!("ListEntitiesForPolicy\n{arn}\n{filter}\n{path}\n{usage}");
        let listing = Listing { list: &list, max: self.max, marker: self.marker.as_ref() };
        let mut page = Filling::new(&listing)?;
        for (order, (entity, id)) in self.holders(call).await? {
            if page.is_full() {
                break;
            }
            if page.after().is_some_and(|after| order.as_str() <= after) {
                continue;
            }
            if let Some(name) = name(call, &policy, entity, &id, path).await? {
                page.take(&order, (entity, name, id.to_string()));
            }
        }
        let (shown, marker) = page.finish();
        let mut output = Output {
            policy_groups: Vec::new(),
            policy_users: Vec::new(),
            policy_roles: Vec::new(),
            is_truncated: marker.is_some(),
            marker,
        };
        for (entity, name, id) in shown {
            output.show(entity, name, id);
        }
        Ok(output)
    }
}

impl ListEntitiesForPolicy {
    /// Those who use it in the way that is asked for and are of the kind that is asked for, each
    /// once, in an order of their own.
    async fn holders(&self, call: &Call<'_>) -> Result<BTreeMap<String, (Entity, UniqueId)>> {
        let ways: &[Use] = match self.usage {
            None => &[Use::Policy, Use::Boundary],
            Some(PolicyUsage::Policy) => &[Use::Policy],
            Some(PolicyUsage::Boundary) => &[Use::Boundary],
        };
        let mut found = BTreeMap::new();
        for how in ways {
            for (entity, id) in call.holders_of(self.policy.as_str(), *how).await? {
                let is_asked = match self.filter {
                    None => true,
                    Some(EntityFilter::User) => entity == Entity::User,
                    Some(EntityFilter::Role) => entity == Entity::Role,
                    Some(EntityFilter::Group) => entity == Entity::Group,
                    // Policies have none.
                    Some(EntityFilter::LocalManagedPolicy | EntityFilter::AwsManagedPolicy) => {
                        false
                    }
                };
                if is_asked {
                    found.insert(format!("{}/{id}", entity.as_str()), (entity, id));
                }
            }
        }
        Ok(found)
    }
}

impl Output {
    fn show(&mut self, entity: Entity, name: String, id: String) {
        match entity {
            Entity::Group => {
                self.policy_groups.push(HolderGroup { group_name: name, group_id: id });
            }
            Entity::User => self.policy_users.push(HolderUser { user_name: name, user_id: id }),
            Entity::Role => self.policy_roles.push(HolderRole { role_name: name, role_id: id }),
            // It has no policies.
            Entity::Policy => {}
        }
    }
}

/// The name of one whose path begins so, if it is there still.
async fn name(
    call: &Call<'_>,
    policy: &Authorized<AnyPolicy>,
    entity: Entity,
    id: &UniqueId,
    path: &str,
) -> Result<Option<String>> {
    fn of<E: Named>(found: &E, path: &str) -> Option<String> {
        found.path().starts_with(path).then(|| found.name().to_owned())
    }
    Ok(match entity {
        Entity::Group => {
            call.beside_by_id::<_, Group>(policy, id).await?.and_then(|found| of(&*found, path))
        }
        Entity::User => {
            call.beside_by_id::<_, User>(policy, id).await?.and_then(|found| of(&*found, path))
        }
        Entity::Role => {
            call.beside_by_id::<_, Role>(policy, id).await?.and_then(|found| of(&*found, path))
        }
        Entity::Policy => None,
    })
}
