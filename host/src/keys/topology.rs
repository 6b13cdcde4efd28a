//! Multi-Region keys: one key in several Regions, with one id and the same materials.
//!
//! Source: KMS developer guide, "Multi-Region keys in AWS KMS".

use serde::{Deserialize, Serialize};

use crate::{
    arn::Region,
    authorize::KeyPolicy,
    wire::{Error, Result},
};

use super::{Key, Material, Origin, Stage, Standing, Tags};

/// In which Regions a key is: the same in the records of all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// Where it is rotated and replicated.
    pub primary: Region,
    /// Where it is, too, in the order of the names.
    pub replicas: Vec<Region>,
}

impl Topology {
    /// That of a key that was just made.
    pub fn new(primary: Region) -> Self {
        Self { primary, replicas: Vec::new() }
    }

    /// All Regions, the primary's first.
    pub fn regions(&self) -> impl Iterator<Item = Region> {
        std::iter::once(self.primary).chain(self.replicas.iter().copied())
    }

    /// The same Regions and one more.
    fn with_replica(&self, region: Region) -> Self {
        Self::of(self.primary, self.replicas.iter().copied().chain([region]))
    }

    /// The same Regions, another of which has the primary.
    fn led_from(&self, primary: Region) -> Self {
        Self::of(primary, self.regions().filter(|region| *region != primary))
    }

    fn of(primary: Region, replicas: impl Iterator<Item = Region>) -> Self {
        let mut replicas: Vec<_> = replicas.collect();
        replicas.sort();
        Self { primary, replicas }
    }
}

/// What a replica does not share with its primary.
pub struct NewReplica {
    /// Where it is to be.
    pub region: Region,
    /// Its owner's words.
    pub description: String,
    /// Who may use it.
    pub policy: KeyPolicy,
    /// What it is labelled with.
    pub tags: Tags,
}

/// `KeyMaterialState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaterialState {
    /// Encrypts and decrypts.
    Current,
    /// Decrypts what it encrypted once.
    NonCurrent,
    /// Becomes the current one at the next rotation.
    PendingRotation,
    /// The same as soon as all the key's Regions have it.
    PendingImportAndRotation,
}

impl MaterialState {
    /// AWS's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "CURRENT",
            Self::NonCurrent => "NON_CURRENT",
            Self::PendingRotation => "PENDING_ROTATION",
            Self::PendingImportAndRotation => "PENDING_MULTI_REGION_IMPORT_AND_ROTATION",
        }
    }
}

impl Key {
    /// The other Regions that the key is in.
    pub fn other_regions(&self) -> impl Iterator<Item = Region> {
        let all = self.topology.iter().flat_map(Topology::regions);
        all.filter(|region| *region != self.region)
    }

    /// Refuses to replicate what is no primary, is not in use, or is in that Region already.
    pub fn check_replicable(&self, region: Region, is_served: bool, now: i64) -> Result<()> {
        let Some(topology) = self.topology.as_ref().filter(|_| self.is_primary()) else {
            let message = format!("{} is not a multi-region primary key.", self.arn());
            return Err(Error::unsupported(message));
        };
        self.check_usable(now)?;
        if region == self.region {
            return Err(Error::validation(format!(
                "{region} cannot have a replica because it contains the primary."
            )));
        }
        if region.partition() != self.region.partition() {
            return Err(Error::validation(
                "The replica key Region must be in the same AWS partition as the primary key \
                 Region.",
            ));
        }
        if !is_served {
            return Err(Error::validation(format!(
                "Region {region} is not a valid Region or multi-Region keys are not supported in \
                 Region {region}."
            )));
        }
        if topology.replicas.contains(&region) {
            return Err(Error::replica_exists());
        }
        Ok(())
    }

    /// The primary with one replica more, and that replica, which lacks its materials still.
    pub fn with_replica(&self, wanted: NewReplica, now: i64) -> Option<(Self, Self)> {
        let topology = self.topology.as_ref()?.with_replica(wanted.region);
        let primary = Self { topology: Some(topology), ..self.clone() };
        let bare = Self {
            region: wanted.region,
            description: wanted.description,
            created: now,
            standing: Standing::Enabled,
            policy: wanted.policy,
            tags: wanted.tags,
            materials: Vec::new(),
            deletion: None,
            ..self.clone()
        };
        let replica = bare.follow(&primary);
        Some((primary, replica))
    }

    /// The same key with all that it shares with its primary: the Regions, when it is rotated, and
    /// which materials there are. Of those it keeps what it has, and until when it has it.
    pub fn follow(&self, primary: &Self) -> Self {
        let materials = primary.materials.iter().map(|shared| {
            let own = self.material(&shared.id);
            Material {
                sealed: own.and_then(|own| own.sealed.clone()),
                expires: own.and_then(|own| own.expires),
                ..shared.clone()
            }
        });
        Self {
            materials: materials.collect(),
            rotation: primary.rotation,
            topology: primary.topology.clone(),
            ..self.clone()
        }
    }

    /// Whether the primary may move on to that Region: none if it is there already.
    pub fn check_moving(&self, region: Region, now: i64) -> Result<Option<Topology>> {
        let Some(topology) = self.topology.as_ref().filter(|_| self.is_primary()) else {
            let message = format!("{} is not a multi-Region primary key.", self.arn());
            return Err(Error::invalid_state(message));
        };
        self.check_usable(now)?;
        if region == self.region {
            return Ok(None);
        }
        if !topology.replicas.contains(&region) {
            return Err(Error::validation(format!(
                "{} does not have a replica key in the specified Region.",
                self.id
            )));
        }
        Ok(Some(topology.led_from(region)))
    }

    /// What is told of a material's stage, given the same key in its other Regions.
    pub fn material_state<'a>(
        &self,
        material: &Material,
        elsewhere: impl IntoIterator<Item = &'a Self>,
    ) -> MaterialState {
        match material.stage {
            Stage::Current => MaterialState::Current,
            Stage::NonCurrent => MaterialState::NonCurrent,
            Stage::PendingRotation if material.has_come() && self.have_come(elsewhere) => {
                MaterialState::PendingRotation
            }
            Stage::PendingRotation => MaterialState::PendingImportAndRotation,
        }
    }

    /// Refuses to rotate to material that not all replicas have. What becomes of theirs later does
    /// not stop a rotation that was asked for.
    pub fn check_replicas<'a>(&self, replicas: impl IntoIterator<Item = &'a Self>) -> Result<()> {
        if self.origin == Origin::AwsKms || self.have_come(replicas) {
            return Ok(());
        }
        Err(Error::invalid_state(
            "Cannot perform key material rotation: Key material has not been imported for replicas \
             of the Multi-Region key."
                .to_owned(),
        ))
    }

    /// Whether the material that the next rotation brings is in all those Regions.
    fn have_come<'a>(&self, elsewhere: impl IntoIterator<Item = &'a Self>) -> bool {
        elsewhere.into_iter().all(|other| other.pending().is_some_and(Material::has_come))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        keys::{
            MaterialId, Sealed,
            import::tests::{NOW, id, key},
        },
        wire::Error,
    };

    fn region(name: &str) -> Region {
        name.parse().unwrap()
    }

    fn primary(materials: &[(u8, Stage)]) -> Key {
        let key = key(materials);
        Key { topology: Some(Topology::new(key.region)), ..key }
    }

    fn with_replica(primary: &Key, name: &str) -> (Key, Key) {
        let wanted = NewReplica {
            region: region(name),
            description: "a replica".to_owned(),
            policy: KeyPolicy::Default,
            tags: Tags::default(),
        };
        primary.with_replica(wanted, NOW + 1).unwrap()
    }

    fn ids(key: &Key) -> Vec<(MaterialId, bool)> {
        key.materials.iter().map(|one| (one.id, one.sealed.is_some())).collect()
    }

    #[test]
    fn regions_are_listed_by_their_names_wherever_the_primary_is() {
        let (key, _) = with_replica(&primary(&[(1, Stage::Current)]), "us-west-2");
        let (key, replica) = with_replica(&key, "ap-east-1");
        let topology = key.topology.unwrap();
        assert_eq!(topology.replicas, [region("ap-east-1"), region("us-west-2")]);
        assert_eq!(replica.topology.as_ref(), Some(&topology));
        let moved = topology.led_from(region("us-west-2"));
        assert_eq!(moved.primary, region("us-west-2"));
        assert_eq!(moved.replicas, [region("ap-east-1"), region("us-east-1")]);
    }

    #[test]
    fn a_replica_follows_and_keeps_what_it_has() {
        let (primary, replica) = with_replica(&primary(&[(1, Stage::Current)]), "eu-west-1");
        assert_eq!(ids(&replica), [(id(1), false)]);
        let mut replica = replica;
        replica.materials[0].sealed = Some(Sealed(vec![9]));
        replica.materials[0].expires = Some(NOW + 5);
        let mut next = primary.clone();
        next.materials.extend(key(&[(2, Stage::PendingRotation)]).materials);
        let rotated =
            replica.follow(&next.promoted(id(2), crate::keys::RotationType::OnDemand, NOW));
        assert_eq!(ids(&rotated), [(id(1), true), (id(2), false)]);
        let stages: Vec<_> = rotated.materials.iter().map(|one| one.stage).collect();
        assert_eq!(stages, [Stage::NonCurrent, Stage::Current]);
        assert_eq!(rotated.materials[0].expires, Some(NOW + 5));
        assert_eq!((rotated.region, &*rotated.description), (region("eu-west-1"), "a replica"));
        // What its primary has no more, it has no more.
        assert_eq!(ids(&replica.follow(&next).follow(&primary)), [(id(1), true)]);
    }

    #[test]
    fn pending_material_waits_for_all_regions() {
        let staged = primary(&[(1, Stage::Current), (2, Stage::PendingRotation)]);
        let (primary, mut replica) = with_replica(&staged, "eu-west-1");
        let pending = primary.pending().unwrap();
        let told = |replica: &Key| primary.material_state(pending, [replica]);
        assert_eq!(told(&replica), MaterialState::PendingImportAndRotation);
        assert!(primary.check_replicas([&replica]).is_err());
        replica.materials[1].sealed = Some(Sealed(vec![2]));
        assert_eq!(told(&replica), MaterialState::PendingRotation);
        assert!(primary.check_replicas([&replica]).is_ok());
        // One that has expired was there, and is missed only once it is the current one.
        replica.materials[1].expires = Some(NOW);
        let expired = replica.without_expired(id(2));
        assert_eq!(ids(&expired)[1], (id(2), false));
        assert_eq!(told(&expired), MaterialState::PendingRotation);
        let (lost, _) = replica.without_material(Some(id(2))).unwrap();
        assert_eq!(told(&lost), MaterialState::PendingImportAndRotation);
        // In the primary it is gone for good.
        assert!(primary.without_material(Some(id(2))).unwrap().0.pending().is_none());
    }

    #[test]
    fn why_there_can_be_no_replica_is_told_in_the_words_of_aws() {
        let (key, replica) = with_replica(&primary(&[(1, Stage::Current)]), "eu-west-1");
        let told = |key: &Key, name: &str, is_served: bool| match key.check_replicable(
            region(name),
            is_served,
            NOW,
        ) {
            Ok(()) => String::new(),
            Err(Error::Caller(error)) => error.message.unwrap().into_owned(),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(told(&key, "us-west-2", true), "");
        assert!(told(&key, "us-west-2", false).starts_with("Region us-west-2 is not a valid"));
        assert!(told(&key, "cn-north-1", false).contains("the same AWS partition"));
        assert!(told(&key, "us-east-1", true).ends_with("because it contains the primary."));
        assert!(told(&key, "eu-west-1", true).starts_with("You can create only one replica"));
        for other in [&replica, &Key { topology: None, ..key.clone() }] {
            assert!(told(other, "us-west-2", true).ends_with("is not a multi-region primary key."));
        }
    }
}
