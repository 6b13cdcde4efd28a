//! What a call does with a multi-Region key in several Regions: all its records lie in one storage,
//! so each of these is one commit of them all.

use crate::{
    arn::Region,
    authorize::Resource,
    isolates::TenantId,
    keys::{Key, NewReplica, Origin, Sealed, Tags},
    register,
    service::Service,
    storage::Loaded,
    wire::{Error, Result},
};

use super::{
    Authorized, Call, LockoutCheck,
    facts::{About, Facts, LookedUp},
    isolates::{binding, sealed_key},
};

impl Call<'_> {
    /// The same key in its other Regions.
    pub async fn elsewhere(&self, key: &Key) -> Result<Vec<Loaded<Key>>> {
        register::elsewhere(self.service.storage(), key).await
    }

    /// Writes a new version of a key, and what a primary shares with its replicas in their records,
    /// too.
    pub async fn save_everywhere(
        &mut self,
        old: &Authorized<Loaded<Key>>,
        new: &Key,
    ) -> Result<()> {
        self.save(old, new);
        if new.is_primary() {
            self.tell_replicas(old, new).await?;
        }
        Ok(())
    }

    /// The key is to be rotated soon, in all its Regions.
    pub async fn ask_rotation(&mut self, key: &Authorized<Loaded<Key>>) -> Result<()> {
        let new = key.ask_rotation(self.now().as_millisecond())?;
        if key.rotation.asked.is_none() {
            let replicas = self.elsewhere(key).await?;
            key.check_replicas(replicas.iter().map(|replica| &**replica))?;
        }
        self.save_everywhere(key, &new).await
    }

    /// Makes a replica of a primary, which has its materials when this is committed.
    pub async fn replicate(
        &mut self,
        primary: &Authorized<Loaded<Key>>,
        mut wanted: NewReplica,
        lockout: LockoutCheck,
    ) -> Result<Key> {
        let (region, now) = (wanted.region, self.now().as_millisecond());
        let is_served = self.service.regions().find(region.as_str()).is_some();
        primary.check_replicable(region, is_served, now)?;
        wanted.policy = self.bind_policy(&wanted.policy, primary.account).await?;
        let made = primary.with_replica(wanted, now);
        let (new, mut replica) = made.ok_or_else(|| Error::world("a primary has no Regions"))?;
        self.check_making(&replica, "kms:CreateKey")?;
        if !replica.tags.is_empty() {
            self.check_making(&replica, "kms:TagResource")?;
        }
        self.check_lockout(&replica, &replica.policy, lockout).await?;
        self.service.admit_key(primary.account, region).await?;
        hand_over(self.service, &new, &mut replica).await?;
        self.save_everywhere(primary, &new).await?;
        self.changes.extend(register::create(&replica));
        self.event.concerns(replica.account, replica.arn().to_string());
        Ok(replica)
    }

    /// Makes a key's replica in that Region its primary, and the primary a replica.
    pub async fn move_primary(
        &mut self,
        primary: &Authorized<Loaded<Key>>,
        region: Region,
    ) -> Result<()> {
        let now = self.now().as_millisecond();
        let Some(topology) = primary.check_moving(region, now)? else {
            self.save(primary, primary);
            return Ok(());
        };
        let mut replicas = self.elsewhere(primary).await?.into_iter();
        let next = replicas.find(|replica| replica.region == region);
        let next = next.ok_or_else(|| Error::world("a replica is not where it should be"))?;
        let next = self.authorize_key(next, About::action_in(region, self.action)).await?;
        next.check_usable(now)?;
        let new = Key { topology: Some(topology), ..Key::clone(primary) };
        self.save(primary, &new);
        self.tell_replicas(primary, &new).await
    }

    /// Whether the caller may have such a key made in its Region, where it has no labels yet.
    fn check_making(&self, replica: &Key, action: &'static str) -> Result<()> {
        let bare = Key { tags: Tags::default(), ..replica.clone() };
        let facts = Facts::new(self, About::action_in(replica.region, action))
            .of_key(&bare, LookedUp::default());
        self.decide(&facts, &Resource::Account).check(
            self.caller,
            self.caller.account,
            action,
            &Resource::Account,
        )
    }

    async fn tell_replicas(&mut self, old: &Key, new: &Key) -> Result<()> {
        for replica in self.elsewhere(old).await? {
            self.changes.extend(register::replace(&replica, &replica.follow(new)));
        }
        Ok(())
    }
}

/// Gives a replica the materials that it lacks, from isolate to isolate. Imported material never
/// takes this way: its owner brings it to each Region.
pub(crate) async fn hand_over(service: &Service, from: &Key, to: &mut Key) -> Result<()> {
    match from.origin {
        Origin::AwsKms => {}
        Origin::External => return Ok(()),
    }
    let here = service.tenant(TenantId::of(from.account, from.region)).await?;
    let there = service.tenant(TenantId::of(to.account, to.region)).await?;
    let target = binding(to);
    for material in to.materials.iter_mut().filter(|material| material.sealed.is_none()) {
        let missing = || Error::world("a replica has a material that its primary lacks");
        let source = from.material(&material.id).ok_or_else(missing)?;
        let made = here.replicate(sealed_key(from, source)?, &there, target).await?;
        if made.material_id != material.id.0 {
            return Err(Error::world("a material has another id in another Region"));
        }
        material.sealed = Some(Sealed(made.sealed));
    }
    Ok(())
}
