//! Who is in which group.

use crate::{
    identity::{Entity, Group, Member, User},
    storage::{Change, Loaded, Stored},
    wire::{Error, Result},
};

use super::{Authorized, Call};

/// The most groups of a user: an AWS quota.
const MOST: usize = 10;
/// Members that are read at once.
const BATCH: usize = 1000;

impl Call<'_> {
    /// Puts a user into a group. The group is written as it is, so that whoever deletes it
    /// meanwhile notices.
    pub fn add_to_group(
        &mut self,
        group: &Authorized<Loaded<Group>>,
        user: &Authorized<Loaded<User>>,
    ) -> Result<()> {
        let mut changed = User::clone(user);
        if !changed.groups.insert(group.id.clone()) {
            return Ok(());
        }
        if changed.groups.len() > MOST {
            return Err(Error::quota_exceeded("GroupsPerUser", MOST));
        }
        let row = Member { user: user.id.clone() }.encode();
        self.changes.push(Change::put(Member::path(group.account, &group.id, &user.id), row));
        self.replace_entity(user, &changed);
        self.replace_entity(group, &**group);
        Ok(())
    }

    /// Takes a user out of a group, if it is in it.
    pub fn remove_from_group(
        &mut self,
        group: &Authorized<Loaded<Group>>,
        user: &Authorized<Loaded<User>>,
    ) {
        let mut changed = User::clone(user);
        if changed.groups.remove(&group.id) {
            let row = Member::path(group.account, &group.id, &user.id);
            self.changes.push(Change::remove(row));
            self.replace_entity(user, &changed);
        }
    }

    /// The users in a group, by their names.
    pub async fn members(&self, group: &Authorized<Loaded<Group>>) -> Result<Vec<Loaded<User>>> {
        let rows = Member::prefix(group.account, &group.id);
        let (mut users, mut after) = (Vec::new(), None::<String>);
        loop {
            let storage = self.service.storage();
            let found = storage.list::<Member>(&rows, after.as_deref(), BATCH).await?;
            for (_, member) in &found {
                let path = Entity::User.path(group.account, &member.user);
                users.extend(self.load::<User>(&path).await?);
            }
            match found.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => break,
            }
        }
        users.sort_by_cached_key(|user| user.name.to_ascii_lowercase());
        Ok(users)
    }

    /// Whether nobody is in a group.
    pub async fn is_empty_group(&self, group: &Authorized<Loaded<Group>>) -> Result<bool> {
        let rows = Member::prefix(group.account, &group.id);
        Ok(self.service.storage().scan(&rows, None, 1).await?.is_empty())
    }

    /// The groups of a user, by their names.
    pub async fn groups_of(&self, user: &Authorized<Loaded<User>>) -> Result<Vec<Loaded<Group>>> {
        let mut groups = Vec::with_capacity(user.groups.len());
        for id in &user.groups {
            groups.extend(self.load::<Group>(&Entity::Group.path(user.account, id)).await?);
        }
        groups.sort_by_cached_key(|group| group.name.to_ascii_lowercase());
        Ok(groups)
    }
}
