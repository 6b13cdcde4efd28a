//! AWS managed keys, which are made when they are first looked for.

use std::sync::Arc;

use serde_json::json;

use crate::{
    audit::record::{Event, Source},
    authorize::Resource,
    keys::{
        Alias, AliasId, Key, KeyAlias, KeyReference, Managed, Material, MaterialId, Named,
        Reference, Sealed, Stage,
    },
    register,
    service::Service,
    storage::{Change, Stored},
    wire::{Error, Result},
};

use super::{
    Call,
    facts::{About, Facts, LookedUp},
    isolates::binding,
};

/// What has to be stored before a request can be served, with its own record.
pub(crate) struct Founding {
    event: Box<Event>,
    changes: Vec<Change>,
}

impl Founding {
    /// Stores it. If somebody else was faster, that is as good.
    pub(crate) async fn store(self, service: &Arc<Service>) -> Result<()> {
        match service.commit(&self.event, self.changes).await {
            Ok(()) | Err(Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Call<'_> {
    /// A key of an AWS service, if it is named by its alias and nobody has looked for it before:
    /// then it is made. Who comes at the same moment finds the alias taken, and then the key.
    pub async fn managed_key<R: KeyReference>(&mut self, key: &R) -> Result<Option<Key>> {
        let Reference { account, named } = Reference::parse(key, self.region)?;
        let owner = self.caller.account;
        let Named::Alias(name) = named else { return Ok(None) };
        let Some(managed) = Managed::of_alias(name) else { return Ok(None) };
        let is_own = account.is_none_or(|account| account == owner);
        if !is_own || self.alias_of(owner, name).await?.is_some() {
            return Ok(None);
        }
        let about = About { alias: Some(name), ..About::action(self.action) };
        let (key, changes) = self.make_managed(managed, about, name).await?;
        self.changes.extend(changes);
        self.event.read_only = false;
        self.tell_key(&key);
        Ok(Some(key))
    }

    /// The key of an AWS service, if it is missing and the service itself wants to use it for
    /// somebody: then it is made first, and the request begins anew.
    pub(super) async fn found_managed(&mut self, name: &str, about: About<'_>) -> Result<()> {
        let is_forwarded = self.caller.acting.as_ref().is_some_and(|acting| acting.is_forwarded());
        let Some(managed) = Managed::of_alias(name).filter(|_| is_forwarded) else {
            return Ok(());
        };
        let (key, changes) = self.make_managed(managed, about, name).await?;
        let mut event = self.service.begin(Source::Service { account: key.account }, None);
        event.name = "CreateKey";
        event.read_only = false;
        event.region = Some(key.region);
        event.component = Some(self.service.component(key.account).to_owned());
        event.details = Some(json!({ "keyId": key.id.as_str() }).to_string());
        event.concerns(key.account, key.arn().to_string());
        self.founding = Some(Founding { event: Box::new(event), changes });
        Err(Error::Conflict)
    }

    /// What has to be stored before the request can be served.
    pub(crate) fn take_founding(&mut self) -> Option<Founding> {
        self.founding.take()
    }

    async fn make_managed(
        &mut self,
        managed: &Managed,
        about: About<'_>,
        name: &str,
    ) -> Result<(Key, Vec<Change>)> {
        let owner = self.caller.account;
        // Who only reads does not hold it yet.
        self.changing = Some(self.service.begin_changing().await);
        let now = self.now().as_millisecond();
        let id = crate::service::uuid().parse()?;
        let mut key = managed.key(owner, self.region, id, now)?;
        self.authorize_new(&key, about)?;
        let made = self.tenant(owner).await?.generate(binding(&key)).await?;
        key.materials.push(Material {
            id: MaterialId(made.material_id),
            stage: Stage::Current,
            sealed: Some(Sealed(made.sealed)),
            expires: None,
            description: String::new(),
            rotated: None,
        });
        let id = AliasId { account: owner, region: self.region, name: name.to_owned() };
        let (name, region) = (id.name.clone(), self.region);
        let alias =
            Alias { account: owner, region, name, target: key.id, created: now, updated: now };
        let row = KeyAlias { name: id.name.clone() }.encode();
        let mut changes = register::create(&key);
        changes.push(Change::create(id.path(), alias.encode()));
        changes.push(Change::put(KeyAlias::path(owner, region, &key.id, &id.name), row));
        Ok((key, changes))
    }

    /// Who may not do with the key what it is looked for for, does not make it either.
    fn authorize_new(&mut self, key: &Key, about: About<'_>) -> Result<()> {
        let arn = key.arn().to_string();
        let resource = Resource::Key { arn: &arn, owner: key.account, policy: &key.policy };
        let verdict =
            self.decide(&Facts::new(self, about).of_key(key, LookedUp::default()), &resource);
        verdict.check(self.caller, self.caller.account, about.action, &resource)?;
        self.event.concerns(key.account, arn);
        Ok(())
    }
}
