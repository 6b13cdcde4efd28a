//! Who an access key stands for, as things are now: nothing of it is remembered from request to
//! request but what the records' cache holds.

use std::sync::Arc;

use crate::{
    arn::AccountId,
    authorize::IdentityPolicy,
    identity::{
        AccessKey, Bearer, Caller, Entity, Group, ManagedPolicy, OwnPolicies, Policies, Principal,
        Role, Session, SessionKind, SessionPolicy, Status, UniqueId, User, provided,
    },
    wire::{Error, Result},
};

use super::Service;

impl Service {
    /// The caller that an access key stands for, with its policies.
    ///
    /// # Errors
    ///
    /// If the key is inactive, the session has ended, or who it was made for is gone.
    pub async fn caller(&self, key: &AccessKey, token: Option<&str>) -> Result<Caller> {
        match (&key.bearer, token) {
            (Bearer::Root | Bearer::User { .. }, None) => self.bearer(key).await,
            (Bearer::Session(session), Some(token)) if session.is_of(token) => {
                self.bearer(key).await
            }
            (Bearer::Root | Bearer::User { .. } | Bearer::Session(_), _) => {
                Err(Error::unknown_client())
            }
        }
    }

    /// For whom an access key signs.
    pub(super) async fn bearer(&self, key: &AccessKey) -> Result<Caller> {
        let mut caller = Caller::root(key.account, &key.id);
        match &key.bearer {
            Bearer::Root => {}
            Bearer::User { id, status: Status::Active, .. } => {
                self.become_user(&mut caller, id).await?;
            }
            Bearer::User { status: Status::Inactive, .. } => return Err(Error::unknown_client()),
            Bearer::Session(session) => {
                if session.expires <= self.now().as_millisecond() {
                    return Err(Error::expired_token());
                }
                self.begin_session(&mut caller, session).await?;
            }
        }
        Ok(caller)
    }

    pub(super) async fn become_user(&self, caller: &mut Caller, id: &UniqueId) -> Result<()> {
        let user = self.user(caller.account, id).await?;
        caller.own = Some(Arc::new(self.policies_of_user(&user).await?));
        let arn = user.arn();
        caller.principal = Principal::User { user, arn };
        Ok(())
    }

    async fn begin_session(&self, caller: &mut Caller, session: &Session) -> Result<()> {
        let account = caller.account;
        caller.session = Some(Arc::new(session.clone()));
        let mut own = match &session.kind {
            SessionKind::Root => return Ok(()),
            SessionKind::User { id } => return self.become_user(caller, id).await,
            SessionKind::Role { id, name, .. } => {
                let role = self.storage.load::<Role>(&Entity::Role.path(account, id)).await?;
                // The sessions of a role end with it.
                let role = role.ok_or_else(Error::unknown_client)?.value;
                let own = self.policies_of(&role.policies).await?;
                caller.principal = Principal::of_role(role, name);
                own
            }
            SessionKind::Federated { name, user } => {
                let (user, own) = match user {
                    Some(id) => {
                        let user = self.user(account, id).await?;
                        let own = self.policies_of_user(&user).await?;
                        (Some(user), own)
                    }
                    None => {
                        let all = vec![provided::administrator_access()];
                        (None, OwnPolicies { identity: all, ..OwnPolicies::default() })
                    }
                };
                caller.principal = Principal::federated(account, user, name);
                own
            }
        };
        own.session = match &session.policies {
            Some(policies) => Some(self.session_policies(policies).await?),
            // Without a policy of its own a federated user has what resources allow it, no more.
            None => matches!(session.kind, SessionKind::Federated { .. }).then(Vec::new),
        };
        caller.own = Some(Arc::new(own));
        Ok(())
    }

    async fn session_policies(&self, policies: &[SessionPolicy]) -> Result<Vec<IdentityPolicy>> {
        let mut found = Vec::with_capacity(policies.len());
        for policy in policies {
            match policy {
                SessionPolicy::Inline(document) => found.push(document.clone()),
                SessionPolicy::Managed(arn, id) => found.extend(self.managed(arn, id).await?),
            }
        }
        Ok(found)
    }

    async fn user(&self, account: AccountId, id: &UniqueId) -> Result<Arc<User>> {
        let user = self.storage.load::<User>(&Entity::User.path(account, id)).await?;
        Ok(user.ok_or_else(Error::unknown_client)?.value)
    }

    /// The policies of a user and of its groups.
    pub async fn policies_of_user(&self, user: &User) -> Result<OwnPolicies> {
        let mut own = self.policies_of(&user.policies).await?;
        for id in &user.groups {
            let group = Entity::Group.path(user.account, id);
            if let Some(group) = self.storage.load::<Group>(&group).await? {
                own.identity.extend(self.policies_of(&group.policies).await?.identity);
            }
        }
        Ok(own)
    }

    /// The policies of a user without its groups, of a group, or of a role.
    pub async fn policies_of(&self, policies: &Policies) -> Result<OwnPolicies> {
        let mut identity: Vec<_> =
            policies.inline.values().map(|inline| inline.document.clone()).collect();
        for (arn, id) in &policies.attached {
            identity.extend(self.managed(arn, id).await?);
        }
        let boundary = match &policies.boundary {
            // One that is gone allows nothing.
            Some((arn, id)) => {
                let found = self.managed(arn, id).await?;
                Some(found.unwrap_or_else(provided::nothing))
            }
            None => None,
        };
        Ok(OwnPolicies { identity, boundary, session: None })
    }

    /// What a managed policy says now, if it is there.
    pub async fn managed(&self, arn: &str, id: &UniqueId) -> Result<Option<IdentityPolicy>> {
        if let Some(provided) = provided::find(arn) {
            return Ok(Some(provided.document.clone()));
        }
        let owner = crate::arn::Arn::parse(arn).ok().and_then(|arn| arn.account());
        let Some(owner) = owner else { return Ok(None) };
        let policy = self.storage.load::<ManagedPolicy>(&Entity::Policy.path(owner, id)).await?;
        Ok(policy.and_then(|policy| policy.document().cloned()))
    }
}
