//! Managed policies: an account's own and those that AWS provides, and who uses them.

use std::fmt;

use crate::{
    arn::Owner,
    authorize::Resource,
    identity::{
        Entity, Filling, Listing, ManagedPolicy, NameRow, Shown, UniqueId, Use, attachments_prefix,
        provided::{self, Provided},
    },
    storage::Loaded,
    wire::{
        Error, Result,
        members::iam::{PolicyScope, PolicyUsage},
    },
};

use super::{
    Account, Authorized, Call, check_policy_arn,
    facts::{About, Facts},
};

/// A managed policy.
pub enum AnyPolicy {
    /// One that its account has written.
    Own(Loaded<ManagedPolicy>),
    /// One that AWS provides.
    Provided(&'static Provided),
}

/// Which managed policies are listed.
#[derive(Clone, Copy)]
pub struct PolicyFilter<'a> {
    /// Whose.
    pub scope: PolicyScope,
    /// Whether those alone that are used.
    pub only_attached: bool,
    /// In which way they must be used then. AWS asks that of no others.
    pub usage: Option<PolicyUsage>,
    /// How their paths begin.
    pub path: &'a str,
}

/// How much an account uses a managed policy, and in which way.
pub struct Usage {
    /// To how many users, groups and roles it is attached.
    pub attached: usize,
    /// Of how many it is the permissions boundary.
    pub bounding: usize,
}

impl Call<'_> {
    /// A managed policy by its ARN: the operation is authorized for it before it is told whether it
    /// is there.
    pub async fn policy(&mut self, arn: &str) -> Result<Authorized<AnyPolicy>> {
        let found = match check_policy_arn(arn)? {
            Owner::Account(owner) if owner == self.caller.account => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                let found = self.find_entity::<ManagedPolicy>(owner, name).await?;
                // Names are one whatever their case, ARNs are not.
                found.filter(|found| found.arn() == arn).map(AnyPolicy::Own)
            }
            Owner::Account(owner) => {
                let resource = Resource::Plain { arn, owner };
                let verdict = self.decide(&Facts::new(self, About::action(self.action)), &resource);
                verdict.check(self.caller, self.caller.account, self.action, &resource)?;
                return Err(Error::policy_of_others());
            }
            Owner::Aws => provided::find(arn).map(AnyPolicy::Provided),
            Owner::Nobody => return Err(Error::unsuitable_arn(arn)),
        };
        let tags = match &found {
            Some(AnyPolicy::Own(own)) => Some(&own.tags),
            Some(AnyPolicy::Provided(_)) | None => None,
        };
        self.check_entity(arn, tags)?;
        let value = found.ok_or_else(|| Error::no_managed_policy(arn))?;
        Ok(Authorized { value, context: Vec::new() })
    }

    /// The same of the caller's own account, to be changed.
    pub async fn own_policy(&mut self, arn: &str) -> Result<Authorized<Loaded<ManagedPolicy>>> {
        let Authorized { value, context } = self.policy(arn).await?;
        match value {
            AnyPolicy::Own(value) => Ok(Authorized { value, context }),
            AnyPolicy::Provided(_) => Err(Error::policy_of_others()),
        }
    }

    /// Who in the caller's account uses a managed policy in that way.
    pub async fn holders_of(&self, arn: &str, how: Use) -> Result<Vec<(Entity, UniqueId)>> {
        let prefix = attachments_prefix(self.caller.account, arn, how);
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let rows = self.service.storage().scan(&prefix, after.as_deref(), BATCH).await?;
            let is_last = rows.len() < BATCH;
            after = rows.last().map(|(path, _)| path.clone());
            found.extend(rows.iter().filter_map(|(path, _)| {
                let id = UniqueId::parse(path.rsplit('/').next()?)?;
                Some((id.entity()?, id))
            }));
            if is_last {
                return Ok(found);
            }
        }
    }

    /// How much the caller's account uses a managed policy.
    pub async fn usage_of(&self, arn: &str) -> Result<Usage> {
        Ok(Usage {
            attached: self.holders_of(arn, Use::Policy).await?.len(),
            bounding: self.holders_of(arn, Use::Boundary).await?.len(),
        })
    }

    /// One page of managed policies by their names, the account's own before the others.
    pub async fn policies(
        &mut self,
        filter: &PolicyFilter<'_>,
        listing: &Listing<'_>,
    ) -> Result<Shown<(AnyPolicy, Usage)>> {
        // AWS's words for what this is about.
        self.check_entity(&format!("policy path {}", filter.path), None)?;
        let mut page = Filling::new(listing)?;
        if filter.scope != PolicyScope::Aws {
            self.list_own(filter, &mut page).await?;
        }
        if filter.scope != PolicyScope::Local {
            for provided in provided::all() {
                let usage = self.usage_of(&provided.arn()).await?;
                if filter.takes("/", &usage) {
                    let name = format!("{PROVIDED}{}", provided.name);
                    page.take(&name, (AnyPolicy::Provided(provided), usage));
                }
            }
        }
        Ok(page.finish())
    }

    async fn list_own(
        &self,
        filter: &PolicyFilter<'_>,
        page: &mut Filling<(AnyPolicy, Usage)>,
    ) -> Result<()> {
        let account = self.caller.account;
        let names = Entity::Policy.names(account);
        let mut after = match page.after().map(|after| after.strip_prefix(OWN)) {
            None => None,
            Some(Some(name)) => Some(format!("{names}{name}")),
            // It goes on behind all of them.
            Some(None) => return Ok(()),
        };
        while !page.is_full() {
            let storage = self.service.storage();
            let rows = storage.list::<NameRow>(&names, after.as_deref(), BATCH).await?;
            for (path, row) in &rows {
                let record = Entity::Policy.path(account, &row.id);
                // It may be gone since.
                let Some(policy) = self.load::<ManagedPolicy>(&record).await? else { continue };
                let usage = self.usage_of(&policy.arn()).await?;
                if let (true, Some(name)) =
                    (filter.takes(&policy.path, &usage), path.strip_prefix(&names))
                {
                    page.take(&format!("{OWN}{name}"), (AnyPolicy::Own(policy), usage));
                }
                if page.is_full() {
                    return Ok(());
                }
            }
            match rows.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => break,
            }
        }
        Ok(())
    }

    /// How many users, groups, roles or managed policies the account has.
    pub async fn count_of(&self, account: &Authorized<Account>, entity: Entity) -> Result<usize> {
        let names = entity.names(account.id);
        let (mut known, mut after) = (0, None::<String>);
        loop {
            let rows = self.service.storage().scan(&names, after.as_deref(), BATCH).await?;
            known += rows.len();
            match rows.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => return Ok(known),
            }
        }
    }
}

impl PolicyFilter<'_> {
    fn takes(&self, path: &str, usage: &Usage) -> bool {
        let is_used = match self.usage {
            None => usage.attached + usage.bounding > 0,
            Some(PolicyUsage::Policy) => usage.attached > 0,
            Some(PolicyUsage::Boundary) => usage.bounding > 0,
        };
        path.starts_with(self.path) && (is_used || !self.only_attached)
    }
}

/// What the markers of a list are good for.
impl fmt::Display for PolicyFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usage = self.usage.as_ref().map_or("", PolicyUsage::as_str);
        write!(f, "{}\n{}\n{usage}\n{}", self.scope.as_str(), self.only_attached, self.path)
    }
}

/// In which order the two kinds are listed.
const OWN: &str = "1/";
const PROVIDED: &str = "2/";

/// How many rows are read at once.
const BATCH: usize = 500;
