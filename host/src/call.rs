//! One request's context: it finds and authorizes keys, reaches their isolates, and gathers what is
//! to be changed. Only here can an [`Authorized`] be made, and nothing is used or changed without one.

use std::{ops::Deref, sync::Arc};

use jiff::Timestamp;

use crate::{
    arn::{AccountId, Arn, KeyId, Region},
    audit::record::Event,
    authorize::{self, Resource},
    identity::Caller,
    isolates::{
        self, Binding, DataKey, Failure, KeySpec, KeyUsage, Refusal, Side, Tenant, TenantId,
    },
    keys::{
        Alias, AliasId, Key, KeyAlias, KeyReference, Material, MaterialId, MaterialOwner, Named,
        Origin, Page, Paging, Reference, Spec, State, Usage,
    },
    service::Service,
    storage::{self, Change, Loaded, Stored},
    wire::{
        Error, Result,
        members::{EncryptionAlgorithm, EncryptionContext, GrantTokens},
    },
};

/// A request being served.
pub struct Call<'a> {
    service: &'a Service,
    caller: &'a Caller,
    region: Region,
    action: &'static str,
    event: &'a mut Event,
    changes: Vec<Change>,
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
pub type Listed<T> = (Vec<Loaded<T>>, Option<String>);

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
        action: &'static str,
        event: &'a mut Event,
    ) -> Self {
        Self { service, caller, region, action, event, changes: Vec::new() }
    }

    /// The key that the operation acts on.
    pub async fn key<R: KeyReference>(&mut self, key: &R) -> Result<Authorized<Loaded<Key>>> {
        self.key_as(key, self.action, &EncryptionContext::default()).await
    }

    /// The key that the operation encrypts or decrypts with: authorized, enabled, and made for it.
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
        key.check_cipher(algorithm)?;
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
        match self.authorize_key(key, action, context) {
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
        self.decide(self.action, &Resource::Account)?;
        let account = Account { id: self.caller.account, region: self.region };
        Ok(Authorized { value: account, context: Vec::new() })
    }

    /// An alias of the caller's own account, whether there is such an alias or not.
    pub fn alias(&mut self, name: &str) -> Result<Authorized<AliasId>> {
        Alias::check_name(name)?;
        let account = self.caller.account;
        let alias = AliasId { account, region: self.region, name: name.to_owned() };
        self.event.concerns(account, alias.arn().to_string());
        let resource = Resource::Alias { arn: &alias.arn(), owner: account };
        self.decide(self.action, &resource)?;
        Ok(Authorized { value: alias, context: Vec::new() })
    }

    /// The key that an alias stands for.
    pub async fn key_of_alias(&mut self, alias: &Alias) -> Result<Authorized<Loaded<Key>>> {
        let path = Key::path(alias.account, alias.region, &alias.target);
        let missing = || Error::no_key(&Arn::key(alias.region, alias.account, &alias.target));
        let key = self.load(&path).await?.ok_or_else(missing)?;
        self.authorize_key(key, self.action, &EncryptionContext::default())
    }

    /// Grant tokens are those of grants, and there are none yet.
    pub fn present_grants(&self, tokens: Option<&GrantTokens>) -> Result<()> {
        match tokens {
            Some(tokens) if !tokens.is_empty() => Err(Error::invalid_grant_token()),
            Some(_) | None => Ok(()),
        }
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
        let id = match named {
            Named::Key(id) => id,
            Named::Alias(name) => match self.alias_of(account, name).await? {
                Some(alias) => alias.target,
                None if is_own => {
                    return Err(Error::no_alias(&Arn::alias(self.region, account, name)));
                }
                None => return Err(self.hide(action)),
            },
        };
        match self.load::<Key>(&Key::path(account, self.region, &id)).await? {
            Some(key) => self.authorize_key(key, action, context),
            None if is_own => Err(Error::no_key(&Arn::key(self.region, account, &id))),
            None => Err(self.hide(action)),
        }
    }

    fn authorize_key(
        &mut self,
        key: Loaded<Key>,
        action: &'static str,
        context: &EncryptionContext,
    ) -> Result<Authorized<Loaded<Key>>> {
        let arn = key.arn();
        let resource = Resource::Key { arn: &arn, owner: key.account, policy: key.policy };
        self.decide(action, &resource)?;
        self.event.concerns(key.account, arn.to_string());
        Ok(Authorized { value: key, context: context.canonical() })
    }

    fn decide(&self, action: &str, resource: &Resource<'_>) -> Result<()> {
        authorize::decide(self.caller, resource).map_err(|denial| denial.error(self.caller, action))
    }

    fn hide(&self, action: &str) -> Error {
        match self.decide(action, &Resource::Hidden) {
            Err(error) => error,
            Ok(()) => Error::world("what nobody may know of was allowed"),
        }
    }
}

/// Isolates.
impl Call<'_> {
    /// Encrypts under the key's current material.
    pub async fn encrypt(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.encrypt(side(key, self.current(key)?), plaintext)?)
    }

    /// Decrypts what the key encrypted with `material`.
    pub async fn decrypt(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        material: &Material,
        ciphertext: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        let isolate = self.isolate(key).await?;
        self.event.material_id = Some(material.id.to_string());
        isolate.decrypt(side(key, material), ciphertext).map_err(unverified)
    }

    /// From one key to another of the same account, without the plaintext leaving the isolate.
    pub async fn re_encrypt(
        &mut self,
        source: (&Authorized<Loaded<Key>>, &Material),
        ciphertext: &[u8],
        destination: &Authorized<Loaded<Key>>,
    ) -> Result<Vec<u8>> {
        if source.0.account != destination.account {
            return Err(Error::unsupported("ReEncrypt between accounts is not supported."));
        }
        let isolate = self.isolate(source.0).await?;
        let destination = side(destination, self.current(destination)?);
        let source = side(source.0, source.1);
        isolate.re_encrypt(source, ciphertext, destination).map_err(unverified)
    }

    /// A data key under the key's current material.
    pub async fn data_key(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        length: u32,
    ) -> Result<DataKey> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.data_key(side(key, self.current(key)?), length)?)
    }

    /// The same without the plaintext.
    pub async fn sealed_data_key(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        length: u32,
    ) -> Result<Vec<u8>> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.sealed_data_key(side(key, self.current(key)?), length)?)
    }

    /// Random bytes, from the generator of the caller's isolate.
    pub async fn random(
        &mut self,
        account: &Authorized<Account>,
        length: u32,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        Ok(self.tenant(account.id).await?.random(length)?)
    }

    /// Makes a key.
    pub async fn create_key(
        &mut self,
        account: &Authorized<Account>,
        description: &str,
    ) -> Result<Key> {
        let Account { id: owner, region } = **account;
        let id: KeyId = crate::service::uuid().parse()?;
        let binding = Binding {
            account: owner.as_str().as_bytes(),
            region: region.as_str().as_bytes(),
            key_id: id.as_str().as_bytes(),
            spec: KeySpec::Symmetric,
            usage: KeyUsage::EncryptDecrypt,
            multi_region: false,
        };
        let made = self.tenant(owner).await?.generate(binding)?;
        let material = Material { id: MaterialId(made.material_id), sealed: made.sealed };
        let key = Key {
            account: owner,
            region,
            id,
            description: description.to_owned(),
            created: self.now().as_millisecond(),
            state: State::Enabled,
            spec: Spec::SymmetricDefault,
            usage: Usage::EncryptDecrypt,
            origin: Origin::AwsKms,
            policy: authorize::KeyPolicy::Default,
            materials: vec![material],
        };
        let index = MaterialOwner { account: owner, key: id };
        let material = key.current()?.id;
        self.changes.push(Change::create(MaterialOwner::path(region, &material), index.encode()));
        self.changes.push(Change::create(Key::path(owner, region, &id), key.encode()));
        self.event.concerns(owner, key.arn().to_string());
        Ok(key)
    }

    fn current<'k>(&mut self, key: &'k Authorized<Loaded<Key>>) -> Result<&'k Material> {
        let material = key.current()?;
        self.event.material_id = Some(material.id.to_string());
        Ok(material)
    }

    async fn isolate(&mut self, key: &Authorized<Loaded<Key>>) -> Result<Arc<Tenant>> {
        self.tenant(key.account).await
    }

    async fn tenant(&mut self, account: AccountId) -> Result<Arc<Tenant>> {
        self.service.tenant(TenantId::of(account, self.region)).await
    }
}

/// Records.
impl Call<'_> {
    /// When the request came.
    pub fn now(&self) -> Timestamp {
        self.event.time
    }

    /// Writes a new version of a key, if it differs from the old one.
    pub fn save(&mut self, old: &Authorized<Loaded<Key>>, new: &Key) {
        self.tell_key(old);
        let new = new.encode();
        if new != old.encode() {
            let path = Key::path(old.account, old.region, &old.id);
            self.changes.push(Change::replace(path, old.version, new));
        }
    }

    /// Writes a key as it is, so that whatever changes it meanwhile is noticed.
    fn touch(&mut self, key: &Authorized<Loaded<Key>>) {
        let path = Key::path(key.account, key.region, &key.id);
        self.changes.push(Change::replace(path, key.version, key.encode()));
    }

    /// `responseElements` of operations that change something of a key: its ARN.
    fn tell_key(&mut self, key: &Key) {
        self.event.response = Some(format!(r#"{{"keyId":"{}"}}"#, key.arn()));
    }

    /// Writes an alias: a new one, or one that pointed at `old` until now. Both keys are written as
    /// they are, so that whatever changes them or their aliases meanwhile is noticed.
    pub async fn point_alias(
        &mut self,
        id: &Authorized<AliasId>,
        old: Option<(&Loaded<Alias>, &Authorized<Loaded<Key>>)>,
        target: &Authorized<Loaded<Key>>,
    ) -> Result<()> {
        let AliasId { account, region, name } = &**id;
        self.tell_key(target);
        if target.account != *account {
            return Err(self.hide(self.action));
        }
        if old.is_some_and(|(alias, _)| alias.target == target.id) {
            return Ok(());
        }
        let prefix = KeyAlias::prefix(*account, *region, &target.id);
        let others = self.service.storage().scan(&prefix, None, KeyAlias::MOST).await?;
        if others.len() >= KeyAlias::MOST {
            let message = format!("{} cannot have more than 50 aliases", target.arn());
            return Err(Error::limit_exceeded(message));
        }
        let now = self.now().as_millisecond();
        let alias = Alias {
            account: *account,
            region: *region,
            name: name.clone(),
            target: target.id,
            created: old.map_or(now, |(alias, _)| alias.created),
            updated: now,
        };
        self.changes.push(match old {
            Some((old, _)) => Change::replace(id.path(), old.version, alias.encode()),
            None => Change::create(id.path(), alias.encode()),
        });
        if let Some((_, key)) = old {
            self.changes.push(Change::remove(KeyAlias::path(*account, *region, &key.id, name)));
            self.touch(key);
        }
        let row = KeyAlias { name: name.clone() }.encode();
        self.changes.push(Change::put(KeyAlias::path(*account, *region, &target.id, name), row));
        self.touch(target);
        Ok(())
    }

    /// Removes an alias.
    pub fn delete_alias(
        &mut self,
        id: &Authorized<AliasId>,
        alias: &Loaded<Alias>,
        target: &Authorized<Loaded<Key>>,
    ) {
        self.tell_key(target);
        let row = KeyAlias::path(id.account, id.region, &target.id, &id.name);
        self.changes.push(Change::delete(id.path(), alias.version));
        self.changes.push(Change::remove(row));
    }

    /// The alias itself, if there is one.
    pub async fn find_alias(&self, id: &Authorized<AliasId>) -> Result<Option<Loaded<Alias>>> {
        self.load(&id.path()).await
    }

    /// One page of the keys of an account in a Region, and where the next one begins.
    pub async fn keys(
        &self,
        account: &Authorized<Account>,
        page: &Paging<'_>,
    ) -> Result<Listed<Key>> {
        self.list(&Key::prefix(account.id, account.region), page).await
    }

    /// The same of aliases.
    pub async fn aliases(
        &self,
        account: &Authorized<Account>,
        page: &Paging<'_>,
    ) -> Result<Listed<Alias>> {
        self.list(&Alias::prefix(account.id, account.region), page).await
    }

    /// The same of one key's aliases.
    pub async fn aliases_of(
        &self,
        key: &Authorized<Loaded<Key>>,
        page: &Paging<'_>,
    ) -> Result<Listed<Alias>> {
        let prefix = KeyAlias::prefix(key.account, key.region, &key.id);
        let (rows, next) = self.list::<KeyAlias>(&prefix, page).await?;
        let mut aliases = Vec::with_capacity(rows.len());
        for row in rows {
            let path = Alias::path(key.account, key.region, &row.name);
            let alias = self.load::<Alias>(&path).await?;
            // It may have moved on since the row was read.
            aliases.extend(alias.filter(|alias| alias.target == key.id));
        }
        Ok((aliases, next))
    }

    async fn list<T: Stored>(&self, prefix: &str, paging: &Paging<'_>) -> Result<Listed<T>> {
        let page = Page::new(prefix, paging)?;
        let after = page.after.as_deref();
        let mut found = self.service.storage().list::<T>(prefix, after, page.limit + 1).await?;
        let next = page.cut(&mut found);
        Ok((found.into_iter().map(|(_, value)| value).collect(), next))
    }

    /// `requestParameters` of the record.
    pub(crate) fn echo(&mut self, parameters: Option<String>) {
        self.event.parameters = parameters;
    }

    /// `responseElements` of the record.
    pub(crate) fn respond(&mut self, elements: Option<String>) {
        if elements.is_some() {
            self.event.response = elements;
        }
    }

    /// What is to be committed.
    pub(crate) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    async fn alias_of(&self, account: AccountId, name: &str) -> Result<Option<Loaded<Alias>>> {
        // No record can have a longer or an odder name than an alias may.
        if name.len() > 256 {
            return Ok(None);
        }
        self.load(&Alias::path(account, self.region, name)).await
    }

    async fn load<T: Stored>(&self, path: &str) -> Result<Option<Loaded<T>>> {
        match self.service.storage().cached(path) {
            Some(known) => Ok(known),
            None => Ok(self.service.storage().load(path).await?),
        }
    }
}

/// A key as its isolate wants it.
fn side<'a>(key: &'a Authorized<Loaded<Key>>, material: &'a Material) -> Side<'a> {
    let Spec::SymmetricDefault = key.spec;
    let Usage::EncryptDecrypt = key.usage;
    let binding = Binding {
        account: key.account.as_str().as_bytes(),
        region: key.region.as_str().as_bytes(),
        key_id: key.id.as_str().as_bytes(),
        spec: KeySpec::Symmetric,
        usage: KeyUsage::EncryptDecrypt,
        multi_region: false,
    };
    Side { key: isolates::Key { sealed: &material.sealed, binding }, context: &key.context }
}

/// What does not verify is the caller's affair where the caller brought it.
fn unverified(failure: Failure) -> Error {
    match failure {
        Failure::Refused(Refusal::Unverified) => Error::invalid_ciphertext(),
        other => other.into(),
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::world(failure)
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
