//! One request's context: it finds and authorizes keys, reaches their isolates, and gathers what is
//! to be changed. Only here can an [`Authorized`] be made, and nothing is used or changed without
//! one.

mod access_keys;
mod ciphers;
mod events;
mod facts;
mod grants;
mod groups;
mod identity;
mod isolates;
mod making;
mod managed;
mod managed_policies;
mod policies;
mod principals;
mod records;
mod regions;
mod sessions;
mod simulation;
mod trail;
mod usage;
mod uses;

use std::ops::Deref;

pub use access_keys::NewAccessKey;
pub use ciphers::End;
pub use facts::Asked;
use facts::{About, Facts};
pub use grants::{GrantFilter, Named as NamedGrant, Proposal};
pub use identity::Coming;
pub(crate) use isolates::{binding, sealed_key};
pub use making::{LockoutCheck, NewKey, Parameters};
pub use managed_policies::{AnyPolicy, PolicyFilter, Usage};
pub use policies::check_policy_arn;
pub(crate) use regions::hand_over;
pub use sessions::{Begun, NewSession};
pub use simulation::{NamedPolicy, Simulant};

use crate::{
    arn::{AccountId, Arn, Region},
    audit::record::Event,
    authorize::{self, Judgement, KeyPolicy, Question, Resource, Verdict},
    identity::Caller,
    isolates::Failure,
    keys::{
        Algorithm, Alias, AliasId, Allowance, Key, KeyReference, MaterialId, MaterialOwner, Named,
        Reference,
    },
    service::{Changing, Service},
    storage::{self, Change, Loaded},
    wire::{
        Error, Result,
        members::{EncryptionAlgorithm, EncryptionContext},
    },
};

/// A request being served.
pub struct Call<'a> {
    service: &'a Service,
    caller: &'a Caller,
    region: Region,
    action: &'static str,
    asked: Asked<'a>,
    /// Whether both ends of a ReEncrypt are one key.
    same_key: Option<bool>,
    /// What a grant is to allow that is to be made.
    proposed: Option<Allowance>,
    event: &'a mut Event,
    changes: Vec<Change>,
    /// Held until the changes are stored, where the operation is one that mostly changes nothing.
    changing: Option<Changing>,
    /// What has to be stored before this can be done.
    founding: Option<managed::Founding>,
}

/// Proof that the caller may do this to that: made by the checks of [`Call`] alone.
pub struct Authorized<T> {
    value: T,
    /// The canonical encryption context that the check was made for, and the isolate is given.
    context: Vec<u8>,
}

/// The caller's account in the Region of the request: what operations are about that are about no
/// single resource.
#[derive(Clone, Copy)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// The Region.
    pub region: Region,
}

/// Entries of a list, and where the next page begins.
pub type Paged<T> = (Vec<T>, Option<String>);

/// The same of records.
pub type Listed<T> = Paged<Loaded<T>>;

impl<T> Deref for Authorized<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Authorization.
impl<'a> Call<'a> {
    pub(crate) fn new(
        service: &'a Service,
        caller: &'a Caller,
        region: Region,
        asked: Asked<'a>,
        event: &'a mut Event,
    ) -> Self {
        let action = asked.action;
        let changes = Vec::new();
        Self {
            service,
            caller,
            region,
            action,
            asked,
            same_key: None,
            proposed: None,
            event,
            changes,
            changing: None,
            founding: None,
        }
    }

    /// The key that the operation acts on.
    pub async fn key<R: KeyReference>(&mut self, key: &R) -> Result<Authorized<Loaded<Key>>> {
        self.key_as(key, self.action, &EncryptionContext::default()).await
    }

    /// The key that the operation uses: authorized, in a state to be used, and made for it.
    pub async fn usable_key<R: KeyReference, A: Algorithm>(
        &mut self,
        key: &R,
        algorithm: A,
    ) -> Result<Authorized<Loaded<Key>>> {
        let key = self.key(key).await?;
        key.check_use(algorithm, operation(self.action), self.now().as_millisecond())?;
        Ok(key)
    }

    /// The key that the operation encrypts with.
    pub async fn cipher_key<R: KeyReference>(
        &mut self,
        key: &R,
        algorithm: EncryptionAlgorithm,
        context: &EncryptionContext,
    ) -> Result<Authorized<Loaded<Key>>> {
        self.cipher_key_as(key, self.action, algorithm, context).await
    }

    /// The same for an action that is not named like the operation.
    pub async fn cipher_key_as<R: KeyReference>(
        &mut self,
        key: &R,
        action: &'static str,
        algorithm: EncryptionAlgorithm,
        context: &EncryptionContext,
    ) -> Result<Authorized<Loaded<Key>>> {
        let key = self.key_as(key, action, context).await?;
        key.check_use(algorithm, operation(action), self.now().as_millisecond())?;
        key.check_context(context)?;
        Ok(key)
    }

    /// The key that is named to decrypt with. A multi-Region key of another Region is not this one,
    /// although it would decrypt the same.
    pub async fn source_key<R: KeyReference>(
        &mut self,
        key: &R,
        action: &'static str,
        algorithm: EncryptionAlgorithm,
        context: &EncryptionContext,
    ) -> Result<Authorized<Loaded<Key>>> {
        if Reference::is_elsewhere(key, self.region) {
            return Err(Error::incorrect_key());
        }
        let key = self.key_as(key, action, context).await?;
        key.check_decryption(algorithm, self.now().as_millisecond())?;
        key.check_context(context)?;
        Ok(key)
    }

    /// The key that a ciphertext was made with. Whether it is unknown or forbidden is not told.
    pub async fn key_of_ciphertext(
        &mut self,
        action: &'static str,
        material: &MaterialId,
        context: &EncryptionContext,
    ) -> Result<Authorized<Loaded<Key>>> {
        let path = MaterialOwner::path(self.region, material);
        let owner = self.load::<MaterialOwner>(&path).await?;
        let owner = owner.ok_or_else(Error::ciphertext_denied)?;
        let key = self.load::<Key>(&Key::path(owner.account, self.region, &owner.key)).await?;
        let key = key.ok_or_else(Error::ciphertext_denied)?;
        match self.authorize_key(key, About::context(action, context)).await {
            Err(Error::Caller(denied)) if denied.code == "AccessDeniedException" => {
                Err(Error::ciphertext_denied())
            }
            result => result,
        }
    }

    /// Whether any key of this Region has a material of that id.
    pub async fn is_material(&self, material: &MaterialId) -> Result<bool> {
        let path = MaterialOwner::path(self.region, material);
        Ok(self.load::<MaterialOwner>(&path).await?.is_some())
    }

    /// The caller's account, for operations that are about no single resource.
    pub fn account(&mut self) -> Result<Authorized<Account>> {
        self.check_account(self.action)?;
        let account = Account { id: self.caller.account, region: self.region };
        Ok(Authorized { value: account, context: Vec::new() })
    }

    /// Whether the caller may do that, too, in its account.
    pub fn check_account(&self, action: &'static str) -> Result<()> {
        let resource = Resource::Account;
        let facts = Facts::new(self, About::action(action));
        self.decide(&facts, &resource).check(self.caller, self.caller.account, action, &resource)
    }

    /// An alias of the caller's own account, whether there is such an alias or not.
    pub fn alias(&mut self, name: &str) -> Result<Authorized<AliasId>> {
        Alias::check_name(name)?;
        let account = self.caller.account;
        let alias = AliasId { account, region: self.region, name: name.to_owned() };
        let arn = alias.arn().to_string();
        let resource = Resource::Plain { arn: &arn, owner: account };
        let facts = Facts::new(self, About::action(self.action));
        self.decide(&facts, &resource).check(
            self.caller,
            self.caller.account,
            self.action,
            &resource,
        )?;
        self.event.concerns(account, arn);
        Ok(Authorized { value: alias, context: Vec::new() })
    }

    /// The key that an alias stands for.
    pub async fn key_of_alias(&mut self, alias: &Alias) -> Result<Authorized<Loaded<Key>>> {
        let path = Key::path(alias.account, alias.region, &alias.target);
        let missing = || Error::no_key(&Arn::key(alias.region, alias.account, &alias.target));
        let key = self.load(&path).await?.ok_or_else(missing)?;
        self.authorize_key(key, About::action(self.action)).await
    }

    /// Finds a key by any of its names, and asks whether the caller may. That a key is not there is
    /// told to its own account only.
    async fn key_as<R: KeyReference>(
        &mut self,
        key: &R,
        action: &'static str,
        context: &EncryptionContext,
    ) -> Result<Authorized<Loaded<Key>>> {
        let Reference { account, named } = Reference::parse(key, self.region)?;
        let account = account.unwrap_or(self.caller.account);
        let is_own = account == self.caller.account;
        let (id, alias) = match named {
            Named::Key(id) => (id, None),
            Named::Alias(name) => match self.alias_of(account, name).await? {
                Some(alias) => (alias.target, Some(name)),
                None if is_own => {
                    let about = About { alias: Some(name), ..About::context(action, context) };
                    self.found_managed(name, about).await?;
                    return Err(Error::no_alias(&Arn::alias(self.region, account, name)));
                }
                None => return Err(self.hide(action)),
            },
        };
        let about = About { alias, ..About::context(action, context) };
        match self.load::<Key>(&Key::path(account, self.region, &id)).await? {
            Some(key) => self.authorize_key(key, about).await,
            None if is_own => Err(Error::no_key(&Arn::key(self.region, account, &id))),
            None => Err(self.hide(action)),
        }
    }

    /// A key by its id or its ARN, of which nothing may be told yet, and nothing is if it is not
    /// there and not of the caller's account.
    async fn find_key<R: KeyReference>(&self, key: &R) -> Result<Loaded<Key>> {
        let Reference { account, named } = Reference::parse(key, self.region)?;
        let account = account.unwrap_or(self.caller.account);
        let Named::Key(id) = named else { return Err(Error::alias_not_supported()) };
        match self.load::<Key>(&Key::path(account, self.region, &id)).await? {
            Some(key) => Ok(key),
            None if account == self.caller.account => {
                Err(Error::no_key(&Arn::key(self.region, account, &id)))
            }
            None => Err(self.hide(self.action)),
        }
    }

    async fn authorize_key(
        &mut self,
        key: Loaded<Key>,
        about: About<'_>,
    ) -> Result<Authorized<Loaded<Key>>> {
        let arn = key.arn().to_string();
        let resource = Resource::Key { arn: &arn, owner: key.account, policy: &key.policy };
        let looked_up = self.look_up(&key, &key.policy).await?;
        let judgement = self.judge(&Facts::new(self, about).of_key(&key, looked_up), &resource);
        let verdict = match judgement.verdict(None) {
            verdict @ (Verdict::Allowed | Verdict::Denied(_)) => verdict,
            // Grants only allow: they are looked at only now.
            Verdict::NotAllowed(_) => self.decide_by_grants(&key, about, judgement).await?,
        };
        verdict.check(self.caller, self.caller.account, about.action, &resource)?;
        if key.account != self.caller.account {
            // A sealed account serves nobody, and so not its friends.
            self.service.check_account(key.account)?;
        }
        self.event.concerns(key.account, arn);
        let context = about.context.map(EncryptionContext::canonical).unwrap_or_default();
        Ok(Authorized { value: key, context })
    }

    /// Whether the caller can write another policy for a key that has this one: if not, it would
    /// lock itself out.
    pub async fn check_lockout(
        &self,
        key: &Key,
        policy: &KeyPolicy,
        check: LockoutCheck,
    ) -> Result<()> {
        if check == LockoutCheck::Bypassed {
            return Ok(());
        }
        let arn = key.arn().to_string();
        let resource = Resource::Key { arn: &arn, owner: key.account, policy };
        let looked_up = self.look_up(key, policy).await?;
        let facts = Facts::new(self, About::action("kms:PutKeyPolicy")).of_key(key, looked_up);
        match self.decide(&facts, &resource) {
            Verdict::Allowed => Ok(()),
            Verdict::Denied(_) | Verdict::NotAllowed(_) => Err(Error::policy_lockout()),
        }
    }

    fn decide(&self, facts: &Facts<'_, '_>, resource: &Resource<'_>) -> Verdict {
        self.judge(facts, resource).verdict(None)
    }

    fn judge(&self, facts: &Facts<'_, '_>, resource: &Resource<'_>) -> Judgement {
        let action = facts.action();
        self.caller.with_subject(|subject| {
            let keys = facts;
            authorize::judge(&Question { subject, action, resource, keys, granted: None })
        })
    }

    fn hide(&self, action: &'static str) -> Error {
        let facts = Facts::new(self, About::action(action));
        let verdict = self.decide(&facts, &Resource::Hidden);
        match verdict.check(self.caller, self.caller.account, action, &Resource::Hidden) {
            Err(error) => error,
            Ok(()) => Error::world("what nobody may know of was allowed"),
        }
    }
}

/// `Encrypt` of `kms:Encrypt`.
fn operation(action: &str) -> &str {
    action.split_once(':').map_or(action, |(_, operation)| operation)
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Busy => Self::busy(),
            other => Self::world(other),
        }
    }
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Conflict => Self::Conflict,
            other => Self::world(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_calls_more_than_can_be_served_is_told_so() {
        let Error::Caller(error) = Error::from(Failure::Busy) else {
            panic!("it is the caller's affair")
        };
        assert_eq!((error.status, error.code), (400, "ThrottlingException"));
        assert_eq!(error.message.as_deref(), Some("Rate exceeded"));
    }
}
