//! Users, groups, roles and managed policies: found, authorized and changed.

use crate::{
    arn::{AccountId, Arn},
    authorize::Resource,
    identity::{
        Account, Caller, Entity, Filling, IamTags, Listing, NameRow, Named, Shown, UniqueId,
    },
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
                self.check_named(self.action, &*found)?;
                Ok(Authorized { value: found, context: Vec::new() })
            }
            None => {
                self.check_entity(&E::ENTITY.arn(account, "/", name), None)?;
                Err(Error::no_entity(E::ENTITY, name))
            }
        }
    }

    /// The caller's account, where the operation is about its root user.
    pub async fn own_account(&mut self) -> Result<Loaded<Account>> {
        let account = self.caller.account;
        self.check_entity(&Arn::root(account).to_string(), None)?;
        let found = self.load::<Account>(&Account::path(account)).await?;
        found.ok_or_else(|| Error::world("the account of a caller is gone"))
    }

    /// Something else of the caller's account that a change is about as well, and that needs no
    /// permission of its own.
    pub async fn beside<T, E: Named>(
        &mut self,
        _: &Authorized<T>,
        name: &str,
    ) -> Result<Authorized<Loaded<E>>> {
        let found = self.find_entity::<E>(self.caller.account, name).await?;
        let found = found.ok_or_else(|| Error::no_entity(E::ENTITY, name))?;
        Ok(Authorized { value: found, context: Vec::new() })
    }

    /// The same by its id, if it is there still.
    pub async fn beside_by_id<T, E: Named>(
        &self,
        _: &Authorized<T>,
        id: &UniqueId,
    ) -> Result<Option<Loaded<E>>> {
        self.load::<E>(&E::ENTITY.path(self.caller.account, id)).await
    }

    /// One page of those whose paths begin so, by their names; and where the next one begins.
    pub async fn entities<E: Named>(
        &mut self,
        path: &str,
        listing: &Listing<'_>,
    ) -> Result<Shown<Loaded<E>>> {
        let (account, entity) = (self.caller.account, E::ENTITY);
        self.check_entity(&entity.arn(account, path, ""), None)?;
        let mut page = Filling::new(listing)?;
        let rows = entity.names(account);
        let mut after = page.after().map(|after| format!("{rows}{after}"));
        while !page.is_full() {
            let storage = self.service.storage();
            let found = storage.list::<NameRow>(&rows, after.as_deref(), BATCH).await?;
            for (row, name) in &found {
                // It may be gone since.
                let known = self.load::<E>(&entity.path(account, &name.id)).await?;
                let known = known.filter(|known| known.path().starts_with(path));
                if let (Some(known), Some(name)) = (known, row.strip_prefix(&rows)) {
                    page.take(name, known);
                }
                if page.is_full() {
                    break;
                }
            }
            match found.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => break,
            }
        }
        Ok(page.finish())
    }

    /// A name for something new in the caller's account: authorized, and free.
    pub async fn coming<E: Named>(&mut self, path: &str, name: &str) -> Result<Authorized<Coming>> {
        let (account, entity) = (self.caller.account, E::ENTITY);
        self.check_entity(&entity.arn(account, path, name), None)?;
        self.check_free::<E>(name).await?;
        self.admit(entity).await?;
        let (path, name) = (path.to_owned(), name.to_owned());
        Ok(Authorized { value: Coming { entity, account, path, name }, context: Vec::new() })
    }

    async fn check_free<E: Named>(&self, name: &str) -> Result<()> {
        let (account, entity) = (self.caller.account, E::ENTITY);
        if self.load::<NameRow>(&entity.name_path(account, name)).await?.is_some() {
            return Err(match entity {
                Entity::User | Entity::Group | Entity::Role => Error::entity_exists(entity, name),
                Entity::Policy => Error::managed_policy_exists(name),
            });
        }
        Ok(())
    }

    /// Refuses what is one too many. Several requests together may exceed the quota a little.
    async fn admit(&self, entity: Entity) -> Result<()> {
        let (quota, most) = match entity {
            Entity::User => ("UsersPerAccount", 5000),
            Entity::Group => ("GroupsPerAccount", 300),
            Entity::Role => ("RolesPerAccount", 1000),
            Entity::Policy => ("PoliciesPerAccount", 1500),
        };
        let rows = entity.names(self.caller.account);
        let (mut known, mut after) = (0, None::<String>);
        loop {
            let found = self.service.storage().scan(&rows, after.as_deref(), BATCH).await?;
            known += found.len();
            if known >= most {
                return Err(Error::quota_exceeded(quota, most));
            }
            match found.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    /// Gives something another name or path: the operation is authorized for what it is then, as
    /// well. All that leads to it leads to its id.
    pub async fn rename<E: Named>(&mut self, old: &Authorized<Loaded<E>>, new: &E) -> Result<()> {
        if new.arn() != old.arn() {
            self.check_named(self.action, new)?;
        }
        if new.name_row() != old.name_row() {
            self.check_free::<E>(new.name()).await?;
            let row = NameRow { id: new.id().clone() };
            self.changes.push(Change::create(new.name_row(), row.encode()));
            self.changes.push(Change::remove(old.name_row()));
        }
        if new.arn() != old.arn() {
            self.replace_entity(old, new);
        }
        Ok(())
    }

    /// Whether the caller may do that to something that is known.
    fn check_named<E: Named>(&self, action: &'static str, entity: &E) -> Result<()> {
        let arn = entity.arn();
        let resource = Resource::Plain { arn: &arn, owner: entity.account() };
        let facts = Facts::new(self, About::action(action)).of_entity(entity);
        let verdict = self.decide(&facts, &resource);
        verdict.check(self.caller, self.caller.account, action, &resource)
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
        // An ARN may have a longer name than anything can, and than there can be a row for.
        if name.len() > LONGEST_NAME {
            return Ok(None);
        }
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

/// Names that are read at once.
const BATCH: usize = 1000;

/// The most characters of a name in IAM's model.
const LONGEST_NAME: usize = 128;
