//! What a call has isolates make: keys, random bytes, and keys of what was made elsewhere.

use zeroize::Zeroizing;

use crate::{
    arn::KeyId,
    authorize::KeyPolicy,
    isolates::{self, Failure, KeySpec, Refusal, Tenant},
    keys::{
        Import, ImportToken, Key, Manager, Material, MaterialId, Origin, Rotation, Sealed, Spec,
        Stage, Standing, Tags, Topology, Usage, Wrapping, WrappingSpec,
    },
    register,
    storage::Loaded,
    wire::{Error, Result},
};

use super::{
    Account, Authorized, Call,
    isolates::{binding, unverified},
};

/// What is wanted of a new key.
pub struct NewKey<'a> {
    /// What kind of key it is to be.
    pub spec: Spec,
    /// What for.
    pub usage: Usage,
    /// Where its material comes from.
    pub origin: Origin,
    /// Whether it may have replicas in other Regions.
    pub multi_region: bool,
    /// Its owner's words.
    pub description: &'a str,
    /// Who may use it.
    pub policy: KeyPolicy,
    /// Its owner's labels.
    pub tags: Tags,
}

/// Whether a policy must leave its author a way to write another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockoutCheck {
    /// It must.
    Made,
    /// Its author wants no such way.
    Bypassed,
}

impl LockoutCheck {
    /// As `BypassPolicyLockoutSafetyCheck` says.
    pub fn unless(is_bypassed: bool) -> Self {
        if is_bypassed { Self::Bypassed } else { Self::Made }
    }
}

/// What it takes to send material in.
pub struct Parameters {
    /// Wraps the material: SubjectPublicKeyInfo (DER).
    pub public_key: Vec<u8>,
    /// Comes back with the wrapped material.
    pub token: Vec<u8>,
    /// In milliseconds since 1970.
    pub valid_until: i64,
}

impl Call<'_> {
    /// Random bytes, from the generator of the caller's isolate.
    pub async fn random(
        &mut self,
        account: &Authorized<Account>,
        length: u32,
    ) -> Result<Zeroizing<Vec<u8>>> {
        Ok(self.tenant(account.id).await?.random(length)?)
    }

    /// Makes a key. One whose material comes from elsewhere waits for it.
    pub async fn create_key(
        &mut self,
        account: &Authorized<Account>,
        wanted: NewKey<'_>,
        lockout: LockoutCheck,
    ) -> Result<Key> {
        let Account { id: owner, region } = **account;
        let policy = self.bind_policy(&wanted.policy, owner).await?;
        self.service.admit_key(owner, region).await?;
        let id = match wanted.multi_region {
            true => KeyId::multi_region(&crate::service::uuid())?,
            false => crate::service::uuid().parse()?,
        };
        let mut key = Key {
            account: owner,
            region,
            id,
            description: wanted.description.to_owned(),
            created: self.now().as_millisecond(),
            standing: Standing::Enabled,
            spec: wanted.spec,
            usage: wanted.usage,
            origin: wanted.origin,
            manager: Manager::Customer,
            policy,
            tags: wanted.tags,
            materials: Vec::new(),
            rotation: Rotation::default(),
            deletion: None,
            topology: wanted.multi_region.then(|| Topology::new(region)),
        };
        self.check_lockout(&key, &key.policy, lockout).await?;
        match key.origin {
            Origin::AwsKms => {
                let made = self.tenant(owner).await?.generate(binding(&key)).await?;
                key.materials.push(Material {
                    id: MaterialId(made.material_id),
                    stage: Stage::Current,
                    sealed: Some(Sealed(made.sealed)),
                    expires: None,
                    description: String::new(),
                    rotated: None,
                });
            }
            Origin::External => {}
        }
        self.changes.extend(register::create(&key));
        self.event.concerns(owner, key.arn().to_string());
        Ok(key)
    }

    /// A wrapping key for the material of `key`, and the token that brings it back.
    pub async fn invite(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        wrapping: Wrapping,
        spec: WrappingSpec,
    ) -> Result<Parameters> {
        let isolate = self.isolate(key).await?;
        let invitation = isolate.invite(wrapping_spec(spec), binding(key)).await?;
        let valid_until = self.now().as_millisecond().saturating_add(ImportToken::LIFE);
        let token = ImportToken { spec, wrapping, valid_until, sealed: invitation.sealed };
        let tag = isolate.tag(ImportToken::LABEL, &token.message(&key.arn()))?;
        let token = token.encode(&tag)?;
        Ok(Parameters { public_key: invitation.public_key, token, valid_until })
    }

    /// Takes in what was wrapped under an invitation.
    pub async fn accept(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        token: &[u8],
        wrapped: &[u8],
        import: &Import,
    ) -> Result<MaterialId> {
        import.check_replica(key)?;
        let isolate = self.isolate(key).await?;
        let token = self.open_token(&isolate, key, token)?;
        let (spec, wrapping) = (wrapping_spec(token.spec), wrapping_words(token.wrapping));
        let accepted = isolate.accept(&token.sealed, spec, wrapping, wrapped, binding(key)).await;
        let made = accepted.map_err(|failure| match failure {
            // The root that sealed the wrapping key was dropped since the token was looked at.
            Failure::Refused(Refusal::Foreign) => Error::invalid_import_token(),
            other => unverified(other),
        })?;
        let id = MaterialId(made.material_id);
        let new = key.import(id, made.sealed, import, self.now().as_millisecond())?;
        self.tell_material(key, new.current()?);
        self.save_everywhere(key, &new).await?;
        Ok(id)
    }

    /// Removes material that was imported. The same bytes may come again.
    pub async fn delete_material(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        id: Option<MaterialId>,
    ) -> Result<Option<MaterialId>> {
        let (new, deleted) = key.without_material(id)?;
        self.save_everywhere(key, &new).await?;
        Ok(deleted)
    }

    /// An import token of this key that is still good.
    fn open_token(&self, isolate: &Tenant, key: &Key, token: &[u8]) -> Result<ImportToken> {
        let (token, tag) = ImportToken::parse(token).ok_or_else(Error::invalid_import_token)?;
        match isolate.check(ImportToken::LABEL, &token.message(&key.arn()), tag) {
            Ok(true) => {}
            // A tag of the wrong form, a token that is too long: neither was made here.
            Ok(false) | Err(Failure::Refused(Refusal::Foreign | Refusal::Invalid)) => {
                return Err(Error::invalid_import_token());
            }
            Err(failure) => return Err(failure.into()),
        }
        if token.valid_until <= self.now().as_millisecond() {
            return Err(Error::expired_import_token());
        }
        Ok(token)
    }
}

fn wrapping_spec(spec: WrappingSpec) -> KeySpec {
    match spec {
        WrappingSpec::Rsa2048 => KeySpec::Rsa2048,
        WrappingSpec::Rsa3072 => KeySpec::Rsa3072,
        WrappingSpec::Rsa4096 => KeySpec::Rsa4096,
    }
}

fn wrapping_words(wrapping: Wrapping) -> isolates::Wrapping {
    match wrapping {
        Wrapping::OaepSha1 => isolates::Wrapping::RsaesOaepSha1,
        Wrapping::OaepSha256 => isolates::Wrapping::RsaesOaepSha256,
        Wrapping::AesKeyWrapSha1 => isolates::Wrapping::RsaAesKeyWrapSha1,
        Wrapping::AesKeyWrapSha256 => isolates::Wrapping::RsaAesKeyWrapSha256,
    }
}
