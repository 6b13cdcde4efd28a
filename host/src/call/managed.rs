//! AWS managed keys, which are made when they are first looked for.

use crate::{
    authorize::Resource,
    keys::{
        Alias, AliasId, Key, KeyAlias, KeyReference, Managed, Material, MaterialId, Named,
        Reference, Sealed, Stage,
    },
    register,
    storage::{Change, Stored},
    wire::Result,
};

use super::{
    Call,
    facts::{About, Facts, LookedUp},
    isolates::binding,
};

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
        // Who only reads does not hold it yet.
        self.changing = Some(self.service.begin_changing().await);
        let now = self.now().as_millisecond();
        let id = crate::service::uuid().parse()?;
        let mut key = managed.key(owner, self.region, id, now)?;
        self.authorize_new(&key, name)?;
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
        self.changes.extend(register::create(&key));
        self.changes.push(Change::create(id.path(), alias.encode()));
        self.changes.push(Change::put(KeyAlias::path(owner, region, &key.id, &id.name), row));
        self.event.read_only = false;
        self.tell_key(&key);
        Ok(Some(key))
    }

    /// Who may not do with the key what it is looked for for, does not make it either.
    fn authorize_new(&mut self, key: &Key, alias: &str) -> Result<()> {
        let arn = key.arn().to_string();
        let resource = Resource::Key { arn: &arn, owner: key.account, policy: &key.policy };
        let about = About { alias: Some(alias), ..About::action(self.action) };
        let verdict =
            self.decide(&Facts::new(self, about).of_key(key, LookedUp::default()), &resource);
        verdict.check(self.caller, self.caller.account, self.action, &resource)?;
        self.event.concerns(key.account, arn);
        Ok(())
    }
}
