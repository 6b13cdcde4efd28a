//! Users, groups, roles and managed policies: found, authorized and changed.

use crate::{
    arn::AccountId,
    authorize::Resource,
    identity::{Caller, Entity, IamTags, NameRow, Named, UniqueId},
    storage::{Change, Loaded, Stored},
    wire::{Error, Protocol, Result},
};

use super::{
    Authorized, Call,
    facts::{About, Facts},
};

/// What does not exist yet, and may be made.
pub struct Coming {
    /// What it is to be.
    pub entity: Entity,
    /// Whose.
    pub account: AccountId,
    /// `/`, or `/…/`.
    pub path: String,
    /// As it was given.
    pub name: String,
}

impl<'a> Call<'a> {
    /// Who calls.
    pub fn caller(&self) -> &'a Caller {
        self.caller
    }

    /// In which protocol the answer is written.
    pub fn protocol(&self) -> Protocol {
        self.asked.protocol
    }

    /// Something of the caller's account, by its name: the operation is authorized for its ARN
    /// before it is told whether it is there.
    pub async fn entity<E: Named>(&mut self, name: &str) -> Result<Authorized<Loaded<E>>> {
        let account = self.caller.account;
        match self.find_entity::<E>(account, name).await? {
            Some(found) => {
                self.check_entity(&found.arn(), found.tags())?;
                Ok(Authorized { value: found, context: Vec::new() })
            }
            None => {
                self.check_entity(&E::ENTITY.arn(account, "/", name), None)?;
                Err(Error::no_entity(E::ENTITY, name))
            }
        }
    }

    /// A name for something new in the caller's account: authorized, and free.
    pub async fn coming<E: Named>(&mut self, path: &str, name: &str) -> Result<Authorized<Coming>> {
        let (account, entity) = (self.caller.account, E::ENTITY);
        self.check_entity(&entity.arn(account, path, name), None)?;
        if self.load::<NameRow>(&entity.name_path(account, name)).await?.is_some() {
            return Err(Error::entity_exists(entity, name));
        }
        let (path, name) = (path.to_owned(), name.to_owned());
        Ok(Authorized { value: Coming { entity, account, path, name }, context: Vec::new() })
    }

    /// Whether the caller may do the operation to that of its own account.
    pub fn check_entity(&self, arn: &str, tags: Option<&IamTags>) -> Result<()> {
        self.check_entity_as(self.action, arn, tags)
    }

    /// The same for an action that is not named like the operation.
    pub fn check_entity_as(
        &self,
        action: &'static str,
        arn: &str,
        tags: Option<&IamTags>,
    ) -> Result<()> {
        let resource = Resource::Plain { arn, owner: self.caller.account };
        let facts = Facts::new(self, About::action(action)).of_tags(tags);
        let verdict = self.decide(&facts, &resource);
        verdict.check(self.caller, self.caller.account, action, &resource)
    }

    /// Something by its name, of which nothing may be told yet.
    pub(super) async fn find_entity<E: Named>(
        &self,
        account: AccountId,
        name: &str,
    ) -> Result<Option<Loaded<E>>> {
        let row = self.load::<NameRow>(&E::ENTITY.name_path(account, name)).await?;
        match row {
            Some(row) => self.load::<E>(&E::ENTITY.path(account, &row.id)).await,
            None => Ok(None),
        }
    }

    /// An id that nothing has.
    pub fn unique_id(&self, entity: Entity) -> Result<UniqueId> {
        let mut random = [0; UniqueId::RANDOM];
        getrandom::fill(&mut random).map_err(Error::world)?;
        Ok(UniqueId::new(entity, random))
    }

    /// Writes something new, and the row of its name.
    pub fn create_entity<E: Named>(&mut self, _: &Authorized<Coming>, new: &E) {
        let row = NameRow { id: new.id().clone() };
        self.changes.push(Change::create(new.name_row(), row.encode()));
        self.changes.push(Change::create(new.record(), new.encode()));
    }

    /// Writes a new version of something, under the same name.
    pub fn replace_entity<E: Named>(&mut self, old: &Authorized<Loaded<E>>, new: &E) {
        self.changes.push(Change::replace(old.record(), old.version, new.encode()));
    }

    /// Removes something, and the row of its name.
    pub fn delete_entity<E: Named>(&mut self, old: &Authorized<Loaded<E>>) {
        self.changes.push(Change::remove(old.name_row()));
        self.changes.push(Change::delete(old.record(), old.version));
    }

    /// Writes or removes rows that follow something's record, which is written with them.
    pub fn change_rows<T>(&mut self, _: &Authorized<T>, rows: impl IntoIterator<Item = Change>) {
        self.changes.extend(rows);
    }
}
