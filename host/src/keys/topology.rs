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
