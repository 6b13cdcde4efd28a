//! The policies and the labels of users, groups and roles, changed.

use crate::{
    arn::{Arn, Owner},
    identity::{
        IamTags, Labelled, ManagedPolicy, Policies, PolicyHolder, UniqueId, Use, attachment_path,
        provided,
    },
    storage::{Change, Loaded, Stored},
    wire::{Error, Result},
};

use super::{Authorized, Call, Coming};

/// A user, a group or a role that may be changed.
type Held<E> = Authorized<Loaded<E>>;

impl Call<'_> {
    /// Writes an inline policy, a new one or another in its place.
    pub fn put_inline<E: PolicyHolder>(
        &mut self,
        holder: &Held<E>,
        name: &str,
        document: &str,
    ) -> Result<()> {
        let policies = holder.policies().with_inline::<E>(holder, name, document)?;
        self.replace_policies(holder, policies);
        Ok(())
    }

    /// Removes an inline policy.
    pub fn delete_inline<E: PolicyHolder>(&mut self, holder: &Held<E>, name: &str) -> Result<()> {
        let policies = holder.policies().without_inline(E::ENTITY, name)?;
        self.replace_policies(holder, policies);
        Ok(())
    }

    /// Attaches a managed policy, if it is not attached already.
    pub async fn attach<E: PolicyHolder>(&mut self, holder: &Held<E>, arn: &str) -> Result<()> {
        let id = self.find_policy(arn).await?.ok_or_else(|| Error::no_attachable_policy(arn))?;
        if holder.policies().attached.get(arn) == Some(id.id()) {
            return Ok(());
        }
        let mut policies = holder.policies().clone();
        policies.attached.insert(arn.to_owned(), id.id().clone());
        if policies.attached.len() > Policies::MOST_ATTACHED {
            let quota = format!("PoliciesPer{}", E::ENTITY.title());
            return Err(Error::quota_exceeded(&quota, Policies::MOST_ATTACHED));
        }
        self.use_policy(holder, Use::Policy, arn, id);
        self.replace_policies(holder, policies);
        Ok(())
    }

    /// Detaches a managed policy, which must be attached.
    pub fn detach<E: PolicyHolder>(&mut self, holder: &Held<E>, arn: &str) -> Result<()> {
        check_policy_arn(arn)?;
        let mut policies = holder.policies().clone();
        if policies.attached.remove(arn).is_none() {
            return Err(Error::no_managed_policy(arn));
        }
        self.leave_policy(holder, Use::Policy, arn);
        self.replace_policies(holder, policies);
        Ok(())
    }

    /// Sets a permissions boundary, in the place of another if there is one.
    pub async fn put_boundary<E: PolicyHolder>(
        &mut self,
        holder: &Held<E>,
        arn: &str,
    ) -> Result<()> {
        let id = self.find_policy(arn).await?.ok_or_else(|| Error::no_boundary_policy(arn))?;
        let boundary = Some((arn.to_owned(), id.id().clone()));
        let old = holder.policies().boundary.clone();
        if old == boundary {
            return Ok(());
        }
        if let Some((old, _)) = &old
            && old != arn
        {
            self.leave_policy(holder, Use::Boundary, old);
        }
        self.use_policy(holder, Use::Boundary, arn, id);
        self.replace_policies(holder, Policies { boundary, ..holder.policies().clone() });
        Ok(())
    }

    /// Removes the permissions boundary, of which there must be one.
    pub fn delete_boundary<E: PolicyHolder>(&mut self, holder: &Held<E>) -> Result<()> {
        let Some((arn, _)) = holder.policies().boundary.clone() else {
            return Err(Error::no_permissions_boundary(E::ENTITY, holder.name()));
        };
        self.leave_policy(holder, Use::Boundary, &arn);
        self.replace_policies(holder, Policies { boundary: None, ..holder.policies().clone() });
        Ok(())
    }

    /// The boundary that something new is to have, and all that comes with it but for its record.
    pub async fn first_boundary(
        &mut self,
        coming: &Authorized<Coming>,
        id: &UniqueId,
        arn: Option<&str>,
    ) -> Result<Policies> {
        let Some(arn) = arn else { return Ok(Policies::default()) };
        let policy = self.find_policy(arn).await?.ok_or_else(|| Error::no_boundary_policy(arn))?;
        let boundary = Some((arn.to_owned(), policy.id().clone()));
        let path = attachment_path(coming.account, arn, Use::Boundary, coming.entity, id);
        self.changes.push(Change::create(path, Vec::new()));
        self.changes.extend(policy.touched());
        Ok(Policies { boundary, ..Policies::default() })
    }

    /// Removes the rows that lead from managed policies to what is deleted.
    pub fn leave_policies<E: PolicyHolder>(&mut self, holder: &Held<E>) {
        if let Some((arn, _)) = &holder.policies().boundary {
            self.leave_policy(holder, Use::Boundary, arn);
        }
        for arn in holder.policies().attached.keys() {
            self.leave_policy(holder, Use::Policy, arn);
        }
    }

    /// Sets labels, in the place of others of the same names.
    pub fn tag<E: Labelled>(&mut self, entity: &Held<E>, tags: &IamTags) -> Result<()> {
        self.relabel(entity, entity.labels().with(tags)?);
        Ok(())
    }

    /// Writes something with other labels.
    pub fn relabel<E: Labelled>(&mut self, entity: &Held<E>, tags: IamTags) {
        if tags != *entity.labels() {
            self.replace_entity(entity, &entity.with_labels(tags));
        }
    }

    fn replace_policies<E: PolicyHolder>(&mut self, holder: &Held<E>, policies: Policies) {
        if policies != *holder.policies() {
            self.replace_entity(holder, &holder.with_policies(policies));
        }
    }

    /// The row, and the policy's record as it is: whoever deletes the policy meanwhile notices.
    fn use_policy<E: PolicyHolder>(
        &mut self,
        holder: &Held<E>,
        how: Use,
        arn: &str,
        policy: Usable,
    ) {
        let path = attachment_path(holder.account(), arn, how, E::ENTITY, holder.id());
        self.changes.push(Change::put(path, Vec::new()));
        self.changes.extend(policy.touched());
    }

    fn leave_policy<E: PolicyHolder>(&mut self, holder: &Held<E>, how: Use, arn: &str) {
        let path = attachment_path(holder.account(), arn, how, E::ENTITY, holder.id());
        self.changes.push(Change::remove(path));
    }

    /// A managed policy that the caller's account can use, by its ARN.
    async fn find_policy(&self, arn: &str) -> Result<Option<Usable>> {
        let owner = check_policy_arn(arn)?;
        let account = self.caller.account;
        match owner {
            Owner::Aws => Ok(provided::find(arn).map(|found| Usable::Provided(found.id.clone()))),
            Owner::Account(owner) if owner == account => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                let found = self.find_entity::<ManagedPolicy>(account, name).await?;
                Ok(found.filter(|found| found.arn() == arn).map(Usable::Own))
            }
            Owner::Account(_) | Owner::Nobody => Ok(None),
        }
    }
}

/// A managed policy that can be used.
enum Usable {
    /// One that is there for all.
    Provided(UniqueId),
    /// One of the account's own.
    Own(Loaded<ManagedPolicy>),
}

impl Usable {
    fn id(&self) -> &UniqueId {
        match self {
            Self::Provided(id) => id,
            Self::Own(policy) => &policy.id,
        }
    }

    /// Its record, written as it is.
    fn touched(&self) -> Option<Change> {
        use crate::identity::Named;
        match self {
            Self::Provided(_) => None,
            Self::Own(policy) => {
                Some(Change::replace(policy.record(), policy.version, policy.encode()))
            }
        }
    }
}

/// Whose policy an ARN names, if it is that of a policy.
pub fn check_policy_arn(text: &str) -> Result<Owner> {
    let arn = Arn::parse(text).map_err(|_| Error::unparsable_arn())?;
    let is_policy = arn.partition == "aws"
        && arn.service == "iam"
        && arn.region.is_none()
        && arn.resource.starts_with("policy/");
    if is_policy { Ok(arn.owner) } else { Err(Error::unsuitable_arn(text)) }
}
