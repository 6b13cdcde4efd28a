//! The policies of users, groups and roles, as simulations name them.

use crate::{
    arn::{AccountId, Arn, Owner},
    authorize::IdentityPolicy,
    identity::{Entity, Group, Policies, PolicyHolder, Role, User},
    wire::{Error, Result},
};

use super::{Authorized, Call};

/// A user, a group or a role with all that its policies say.
pub struct Simulant {
    /// What it is.
    pub entity: Entity,
    /// Whose.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its policies, and a user's groups'.
    pub policies: Vec<NamedPolicy>,
    /// Its permissions boundary.
    pub boundary: Option<NamedPolicy>,
}

/// A policy with its name.
pub struct NamedPolicy {
    /// `user_NAME_POLICY`, or that of a managed policy.
    pub name: String,
    /// What it says.
    pub document: IdentityPolicy,
}

impl Call<'_> {
    /// A user, a group or a role of the caller's account, by its ARN; as AWS does, whatever path
    /// that has.
    pub async fn simulant(&mut self, arn: &str) -> Result<Authorized<Simulant>> {
        let invalid = || Error::invalid_simulated_arn(arn);
        let parsed = Arn::parse(arn).map_err(|_| invalid())?;
        let (kind, name) = parsed.resource.split_once('/').ok_or_else(invalid)?;
        let name = name.rsplit('/').next().unwrap_or(name);
        let account = match (parsed.service, parsed.owner) {
            ("iam", Owner::Account(account)) => account,
            (_, Owner::Account(_) | Owner::Aws | Owner::Nobody) => return Err(invalid()),
        };
        if account != self.caller.account {
            return Err(Error::foreign_policy_source(self.caller.account, account));
        }
        let value = match kind {
            "user" => {
                let user = present(self.entity::<User>(name).await)?;
                let mut simulant = self.policies_named(&**user).await?;
                for id in &user.groups {
                    let group = self.load::<Group>(&Entity::Group.path(account, id)).await?;
                    if let Some(group) = group {
                        simulant.policies.extend(self.policies_named(&*group).await?.policies);
                    }
                }
                // One that comes by several groups counts once.
                simulant.policies.sort_by(|one, other| one.name.cmp(&other.name));
                simulant.policies.dedup_by(|one, other| one.name == other.name);
                simulant
            }
            "group" => {
                let group = present(self.entity::<Group>(name).await)?;
                self.policies_named(&**group).await?
            }
            "role" => {
                let role = present(self.entity::<Role>(name).await)?;
                self.policies_named(&**role).await?
            }
            _ => return Err(invalid()),
        };
        Ok(Authorized { value, context: Vec::new() })
    }

    async fn policies_named<E: PolicyHolder>(&self, holder: &E) -> Result<Simulant> {
        let Policies { inline, attached, boundary } = holder.policies();
        let word = E::ENTITY.as_str();
        let inline = inline.values().map(|own| NamedPolicy {
            name: format!("{word}_{}_{}", holder.name(), own.name),
            document: own.document.clone(),
        });
        let mut policies: Vec<_> = inline.collect();
        for (arn, id) in attached {
            policies.extend(self.managed_named(arn, id).await?);
        }
        let boundary = match boundary {
            Some((arn, id)) => self.managed_named(arn, id).await?,
            None => None,
        };
        let (account, name, arn) = (holder.account(), holder.name().to_owned(), holder.arn());
        Ok(Simulant { entity: E::ENTITY, account, name, arn, policies, boundary })
    }

    async fn managed_named(
        &self,
        arn: &str,
        id: &crate::identity::UniqueId,
    ) -> Result<Option<NamedPolicy>> {
        let name = arn.rsplit('/').next().unwrap_or(arn).to_owned();
        let document = self.service.managed(arn, id).await?;
        Ok(document.map(|document| NamedPolicy { name, document }))
    }
}

/// The simulator has words of its own for what is not there.
fn present<T>(found: Result<T>) -> Result<T> {
    match found {
        Err(Error::Caller(error)) if error.code == "NoSuchEntity" => {
            Err(Error::no_simulated_entity())
        }
        other => other,
    }
}
