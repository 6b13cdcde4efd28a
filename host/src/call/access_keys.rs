//! The access keys of users.

use zeroize::Zeroizing;

use crate::{
    arn::Arn,
    identity::{AccessKey, Bearer, Entity, KeyUse, Status, User},
    storage::{Change, Loaded, Stored},
    wire::{Error, Result},
};

use super::{Authorized, Call};

/// An access key that has just been made.
pub struct NewAccessKey {
    /// `AKIA…`
    pub id: String,
    /// Told this once.
    pub secret: Zeroizing<String>,
    /// When, in milliseconds since 1970.
    pub created: i64,
}

/// The most access keys of a user: an AWS quota.
const MOST: usize = 2;

impl Call<'_> {
    /// Makes an access key for a user.
    pub async fn create_access_key(
        &mut self,
        user: &Authorized<Loaded<User>>,
    ) -> Result<NewAccessKey> {
        if user.access_keys.len() >= MOST {
            return Err(Error::quota_exceeded("AccessKeysPerUser", MOST));
        }
        let random = getrandom::u64().map_err(Error::world)?;
        let id = AccessKey::new_id(user.account, random);
        let (secret, sealed) = self.service.new_secret(user.account, &id).await?;
        let created = self.now().as_millisecond();
        let bearer = Bearer::User { id: user.id.clone(), status: Status::Active, created };
        let key = AccessKey { id: id.clone(), account: user.account, sealed, bearer };
        self.changes.push(Change::create(AccessKey::path(&id), key.encode()));
        let mut changed = User::clone(user);
        changed.access_keys.push(id.clone());
        self.replace_entity(user, &changed);
        Ok(NewAccessKey { id, secret, created })
    }

    /// One of a user's access keys.
    pub async fn access_key(
        &self,
        user: &Authorized<Loaded<User>>,
        id: &str,
    ) -> Result<Loaded<AccessKey>> {
        let missing = || Error::no_access_key(id);
        if !user.access_keys.iter().any(|known| known == id) {
            return Err(missing());
        }
        self.load::<AccessKey>(&AccessKey::path(id)).await?.ok_or_else(missing)
    }

    /// Lets an access key sign, or not.
    pub fn set_access_key_status(
        &mut self,
        _: &Authorized<Loaded<User>>,
        key: &Loaded<AccessKey>,
        wanted: Status,
    ) {
        let mut changed = AccessKey::clone(key);
        if let Bearer::User { status, .. } = &mut changed.bearer {
            *status = wanted;
        }
        if changed.bearer != key.bearer {
            let path = AccessKey::path(&key.id);
            self.changes.push(Change::replace(path, key.version, changed.encode()));
        }
    }

    /// Ends an access key.
    pub fn delete_access_key(&mut self, user: &Authorized<Loaded<User>>, key: &Loaded<AccessKey>) {
        let mut changed = User::clone(user);
        changed.access_keys.retain(|id| *id != key.id);
        self.replace_entity(user, &changed);
        self.changes.push(Change::delete(AccessKey::path(&key.id), key.version));
        self.changes.push(Change::remove(KeyUse::path(user.account, &key.id)));
    }

    /// The last use of an access key of the caller's account, and the user whose it is. Of other
    /// keys nothing is told, not even whether there are any.
    pub async fn key_use(&mut self, id: &str) -> Result<(Option<KeyUse>, Option<Loaded<User>>)> {
        let account = self.caller.account;
        let key = self.load::<AccessKey>(&AccessKey::path(id)).await?;
        let bearer = key.filter(|key| key.account == account).map(|key| key.bearer.clone());
        let user = match bearer {
            Some(Bearer::User { id, .. }) => {
                self.load::<User>(&Entity::User.path(account, &id)).await?
            }
            Some(Bearer::Root) => None,
            Some(Bearer::Session(_)) | None => {
                let why = "because no resource-based policy allows the \
                           iam:GetAccessKeyLastUsed action";
                let what = format!("resource: access key {id}");
                return Err(Error::denied(self.caller, self.action, &what, why));
            }
        };
        match &user {
            Some(user) => self.check_entity(&user.arn(), Some(&user.tags))?,
            None => self.check_entity(&Arn::root(account).to_string(), None)?,
        }
        Ok((self.service.key_use(account, id).await?, user))
    }
}
