//! Whom the names in policies and grants mean: users and roles by their unique ids, so that nobody
//! comes to what was another's by being called like him.
//!
//! Source: IAM user guide, "AWS JSON policy elements: Principal"; KMS developer guide, "Grants".

use std::collections::BTreeMap;

use crate::{
    arn::{AccountId, Arn, Entity, UniqueId},
    authorize::{Ids, KeyPolicy, TrustPolicy, shown},
    identity::{Account, Role, Standing, User},
    keys::Key,
    wire::{Error, Result},
};

use super::Call;

/// A principal that is there.
pub(super) struct Meant {
    /// Whose it is.
    pub(super) account: AccountId,
    /// Of a user or a role; accounts and federated users have none.
    pub(super) id: Option<UniqueId>,
    /// The name of the session, if it is one of a role.
    pub(super) session: Option<String>,
}

impl Call<'_> {
    /// A policy for a key of that account, which means the users and roles that have the names in
    /// it now.
    pub async fn bind_policy(&self, policy: &KeyPolicy, owner: AccountId) -> Result<KeyPolicy> {
        let KeyPolicy::Written(document) = policy else { return Ok(policy.clone()) };
        let mut ids = Ids::new();
        for name in document.names() {
            let meant = self.find_principal(&name, owner).await?;
            let meant = meant.ok_or_else(Error::invalid_policy_principal)?;
            ids.extend(meant.id.map(|id| (name.into_owned(), id)));
        }
        Ok(KeyPolicy::Written(document.bind(ids)))
    }

    /// The same of a role's trust policy.
    pub async fn bind_trust(&self, trust: &TrustPolicy, owner: AccountId) -> Result<TrustPolicy> {
        let mut ids = Ids::new();
        for name in trust.names() {
            let meant = self.find_principal(&name, owner).await?;
            let meant = meant.ok_or_else(|| Error::invalid_trusted_principal(&name))?;
            ids.extend(meant.id.map(|id| (name.into_owned(), id)));
        }
        Ok(trust.bind(ids))
    }

    /// A role's trust policy with the names that users and roles have now.
    pub async fn trust_text(&self, role: &Role) -> Result<String> {
        self.named_now(role.trust.text(), role.trust.ids(), role.account).await
    }

    /// A key's policy with the names that users and roles have now; those who are gone have but
    /// their ids.
    pub async fn policy_text(&self, key: &Key) -> Result<String> {
        let KeyPolicy::Written(document) = &key.policy else {
            return Ok(key.policy.text(key.account));
        };
        self.named_now(document.text(), document.ids(), key.account).await
    }

    /// A document in which users and roles have the names that they have now.
    async fn named_now(&self, text: &str, ids: &Ids, home: AccountId) -> Result<String> {
        let mut names = BTreeMap::new();
        for (written, id) in ids {
            let arn = Arn::parse(written).ok();
            let account = arn.as_ref().and_then(Arn::account).unwrap_or(home);
            let session = arn.as_ref().and_then(session);
            names.insert(written, self.present_name(account, id, session).await?);
        }
        Ok(shown(text, |written| {
            names.get(&written.to_owned()).filter(|now| *now != written).cloned()
        }))
    }

    /// The principal that an ARN names, or a unique id of the account `home`: a user, a role or an
    /// account that is there, or anybody who can become a session of one.
    pub(super) async fn find_principal(
        &self,
        name: &str,
        home: AccountId,
    ) -> Result<Option<Meant>> {
        let Ok(arn) = Arn::parse(name) else { return self.find_by_id(name, home).await };
        let Some(account) = arn.account() else { return Ok(None) };
        let entity = arn.resource.rsplit_once('/').map_or("", |(_, entity)| entity);
        let by_id = |id: &UniqueId, session: Option<&str>| {
            Some(Meant { account, id: Some(id.clone()), session: session.map(str::to_owned) })
        };
        Ok(match arn.resource.split('/').next().unwrap_or_default() {
            "root" | "federated-user" => self.find_account(account).await?,
            "user" => {
                let user = self.find_entity::<User>(account, entity).await?;
                user.filter(|user| user.arn() == name).and_then(|user| by_id(&user.id, None))
            }
            "role" => {
                let role = self.find_entity::<Role>(account, entity).await?;
                role.filter(|role| role.arn() == name).and_then(|role| by_id(&role.id, None))
            }
            "assumed-role" => {
                let named = arn.resource.split('/').nth(1).unwrap_or_default();
                let role = self.find_entity::<Role>(account, named).await?;
                let role = role.filter(|role| role.name == named);
                role.and_then(|role| by_id(&role.id, session(&arn)))
            }
            _ => None,
        })
    }

    /// What a user, a role or a session is called now: by its ARN, or by its id once it is gone.
    pub(super) async fn present_name(
        &self,
        account: AccountId,
        id: &UniqueId,
        session: Option<&str>,
    ) -> Result<String> {
        let user_or_role = match id.entity() {
            Some(Entity::User) => {
                let user = self.load::<User>(&Entity::User.path(account, id)).await?;
                user.map(|user| user.arn())
            }
            Some(Entity::Role) => {
                let role = self.load::<Role>(&Entity::Role.path(account, id)).await?;
                role.map(|role| match session {
                    None => role.arn(),
                    Some(session) => Arn::session(account, &role.name, session).to_string(),
                })
            }
            Some(Entity::Group | Entity::Policy) | None => None,
        };
        Ok(user_or_role.unwrap_or_else(|| match session {
            None => id.to_string(),
            Some(session) => format!("{id}:{session}"),
        }))
    }

    /// `AIDA…`, `AROA…` or `AROA…:session` of that account.
    async fn find_by_id(&self, name: &str, account: AccountId) -> Result<Option<Meant>> {
        let (id, session) = match name.split_once(':') {
            None => (name, None),
            Some((id, session)) => (id, Some(session.to_owned())),
        };
        let Some(id) = UniqueId::parse(id) else { return Ok(None) };
        let is_there = match (id.entity(), &session) {
            (Some(Entity::User), None) => {
                self.load::<User>(&Entity::User.path(account, &id)).await?.is_some()
            }
            (Some(Entity::Role), _) => {
                self.load::<Role>(&Entity::Role.path(account, &id)).await?.is_some()
            }
            (Some(Entity::User | Entity::Group | Entity::Policy) | None, _) => false,
        };
        Ok(is_there.then_some(Meant { account, id: Some(id), session }))
    }

    async fn find_account(&self, account: AccountId) -> Result<Option<Meant>> {
        let found = self.load::<Account>(&Account::path(account)).await?;
        let is_there = found.is_some_and(|found| match found.standing {
            Standing::Open | Standing::Sealed => true,
            Standing::Erased => false,
        });
        Ok(is_there.then_some(Meant { account, id: None, session: None }))
    }
}

/// The name of the session that an ARN names.
fn session<'a>(arn: &'a Arn<'_>) -> Option<&'a str> {
    arn.resource.strip_prefix("assumed-role/")?.split('/').nth(1)
}
