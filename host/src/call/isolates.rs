//! What a call has isolates do: each with an [`Authorized`] key, and the encryption context that
//! the key was authorized for.

use std::sync::Arc;

use crate::{
    arn::{AccountId, KeyId},
    authorize,
    isolates::{
        self, Binding, DataKey, Encryption, Failure, KeySpec, KeyUsage, Refusal, Side, Tenant,
        TenantId,
    },
    keys::{Key, Material, MaterialId, MaterialOwner, Origin, Spec, State, Usage},
    storage::{Change, Loaded, Stored},
    wire::{Error, Result},
};

use super::{Account, Authorized, Call};

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
        isolate.decrypt(side(key, material), ciphertext).await.map_err(unverified)
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
        isolate.re_encrypt(source, ciphertext, destination).await.map_err(unverified)
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
            account: owner,
            region,
            key_id: id,
            spec: KeySpec::Symmetric,
            usage: KeyUsage::EncryptDecrypt,
            multi_region: false,
        };
        let made = self.tenant(owner).await?.generate(binding).await?;
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

/// A key as its isolate wants it, with the context that it was authorized for.
fn side<'a>(key: &'a Authorized<Loaded<Key>>, material: &'a Material) -> Side<'a> {
    let (key_value, algorithm) = (sealed_key(key, material), Encryption::SymmetricDefault);
    Side { key: key_value, algorithm, context: &key.context }
}

/// A key as its isolate wants it.
pub(crate) fn sealed_key<'a>(key: &'a Key, material: &'a Material) -> isolates::Key<'a> {
    let Spec::SymmetricDefault = key.spec;
    let Usage::EncryptDecrypt = key.usage;
    let binding = Binding {
        account: key.account,
        region: key.region,
        key_id: key.id,
        spec: KeySpec::Symmetric,
        usage: KeyUsage::EncryptDecrypt,
        multi_region: false,
    };
    isolates::Key { sealed: &material.sealed, binding }
}

/// What does not verify is the caller's affair where the caller brought it.
fn unverified(failure: Failure) -> Error {
    match failure {
        Failure::Refused(Refusal::Unverified) => Error::invalid_ciphertext(),
        other => other.into(),
    }
}
