//! Rotation: a key gets other material, and keeps all it had for what was encrypted with it.
//!
//! Source: KMS developer guide, "Rotate AWS KMS keys".

use serde::{Deserialize, Serialize};

use crate::wire::{Error, Result};

use super::{Key, Material, MaterialId, Origin, Sealed, Stage, Standing, deletion::DAY};

/// When a key gets other material.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// How often by itself; never if none.
    pub schedule: Option<Schedule>,
    /// When its owner asked for one that is not done yet, in milliseconds since 1970.
    pub asked: Option<i64>,
    /// How many its owner has asked for.
    pub on_demand: u32,
}

/// Automatic rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// In days.
    pub period: u32,
    /// The next time, in milliseconds since 1970.
    pub next: i64,
}

/// How a material took the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotated {
    /// In milliseconds since 1970.
    pub at: i64,
    /// On whose account.
    pub how: RotationType,
}

/// `RotationType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RotationType {
    /// The schedule's.
    #[serde(rename = "AUTOMATIC")]
    Automatic,
    /// The owner's.
    #[serde(rename = "ON_DEMAND")]
    OnDemand,
}

impl Rotation {
    /// Whether there is nothing to say of it.
    pub fn is_idle(&self) -> bool {
        *self == Self::default()
    }
}

impl Schedule {
    /// One that begins now.
    pub fn new(period: u32, now: i64) -> Self {
        Self { period, next: now.saturating_add(i64::from(period) * DAY) }
    }

    /// The same after one of its rotations. Those that were missed are not made up for.
    fn after(self, now: i64) -> Self {
        let next = self.next.saturating_add(i64::from(self.period) * DAY);
        if next > now { Self { next, ..self } } else { Self::new(self.period, now) }
    }
}

impl Key {
    /// The same key, rotated every so many days. The period that is asked for anew, or not named,
    /// leaves the schedule as it is.
    pub fn enable_rotation(&self, period: Option<u32>, now: i64) -> Result<Self> {
        self.check_scheduled("EnableKeyRotation")?;
        self.check_usable(now)?;
        if !self.spec.is_symmetric() {
            return Err(Error::senseless());
        }
        let schedule = match (self.rotation.schedule, period) {
            (Some(schedule), None) => schedule,
            (Some(schedule), Some(period)) if schedule.period == period => schedule,
            (_, period) => Schedule::new(period.unwrap_or(Self::ROTATION_PERIOD), now),
        };
        let rotation = Rotation { schedule: Some(schedule), ..self.rotation };
        Ok(Self { rotation, ..self.clone() })
    }

    /// The same key, rotated only when its owner asks.
    pub fn disable_rotation(&self, now: i64) -> Result<Self> {
        self.check_scheduled("DisableKeyRotation")?;
        self.check_usable(now)?;
        let rotation = Rotation { schedule: None, ..self.rotation };
        Ok(Self { rotation, ..self.clone() })
    }

    /// The same key, to be rotated soon. Asking again meanwhile changes nothing.
    pub fn ask_rotation(&self, now: i64) -> Result<Self> {
        self.check_usable(now)?;
        if !self.spec.is_symmetric() || !self.manager.is_customer() {
            return Err(Error::senseless());
        }
        self.check_primary("RotateKeyOnDemand")?;
        if self.rotation.asked.is_some() {
            return Ok(self.clone());
        }
        let arn = self.arn();
        if self.rotation.on_demand >= ON_DEMAND {
            return Err(Error::limit_exceeded(format!(
                "The on-demand rotations limit has been reached for the given keyId. No more \
                 on-demand rotations can be performed for this key: {arn}"
            )));
        }
        if self.origin == Origin::External && !self.pending().is_some_and(Material::has_come) {
            return Err(Error::invalid_state(format!(
                "No available key material pending rotation for the key: {arn}."
            )));
        }
        if self.rotation.schedule.is_some_and(|schedule| schedule.next <= now + SOON) {
            return Err(Error::rotation_conflict());
        }
        let on_demand = self.rotation.on_demand + 1;
        let rotation = Rotation { asked: Some(now), on_demand, ..self.rotation };
        Ok(Self { rotation, ..self.clone() })
    }

    /// Which rotation is due now, if any. One that was asked for is done whatever became of the key
    /// since; the schedule's waits until the key is used again.
    pub fn rotation_due(&self, now: i64) -> Option<RotationType> {
        self.next_rotation().filter(|(at, _)| *at <= now).map(|(_, how)| how)
    }

    /// The next rotation and its time; none for replicas, which follow their primary.
    pub(super) fn next_rotation(&self) -> Option<(i64, RotationType)> {
        if !self.is_primary() {
            return None;
        }
        let asked =
            self.rotation.asked.map(|at| (at.saturating_add(DELAY), RotationType::OnDemand));
        let scheduled = self.running_schedule().filter(|_| self.standing == Standing::Enabled);
        let scheduled = scheduled.map(|schedule| (schedule.next, RotationType::Automatic));
        asked.into_iter().chain(scheduled).min_by_key(|(at, _)| *at)
    }

    /// The same key with other material, freshly made.
    pub fn rotated(&self, id: MaterialId, sealed: Vec<u8>, how: RotationType, now: i64) -> Self {
        let material = Material {
            id,
            stage: Stage::PendingRotation,
            sealed: Some(Sealed(sealed)),
            expires: None,
            description: String::new(),
            rotated: None,
        };
        let mut key = self.clone();
        key.materials.push(material);
        key.promoted(id, how, now)
    }

    /// The same key, whose current material is one that waited for it.
    pub fn promoted(&self, id: MaterialId, how: RotationType, now: i64) -> Self {
        let mut key = self.concluded(how, now);
        for material in &mut key.materials {
            if material.id == id {
                material.stage = Stage::Current;
                material.rotated = Some(Rotated { at: now, how });
            } else if material.stage == Stage::Current {
                material.stage = Stage::NonCurrent;
            }
        }
        key
    }

    /// The same key, for which a rotation is over.
    pub fn concluded(&self, how: RotationType, now: i64) -> Self {
        let Rotation { schedule, asked, on_demand } = self.rotation;
        let rotation = match how {
            RotationType::OnDemand => Rotation { asked: None, ..self.rotation },
            RotationType::Automatic => {
                let schedule = schedule.map(|schedule| schedule.after(now));
                Rotation { schedule, asked, on_demand }
            }
        };
        Self { rotation, ..self.clone() }
    }

    /// The schedule as it is shown: that of AWS is not told.
    pub fn schedule(&self) -> Option<Schedule> {
        self.running_schedule().filter(|_| self.manager.is_customer())
    }

    /// A key that is to be deleted has none. While its replicas are still there, a primary goes on
    /// giving them other material.
    fn running_schedule(&self) -> Option<Schedule> {
        let is_leaving = self.deletion.is_some_and(|deletion| deletion.at.is_some());
        self.rotation.schedule.filter(|_| !is_leaving)
    }

    /// Whether it is the one of a multi-Region key that is rotated and replicated; of others there
    /// is only one.
    pub fn is_primary(&self) -> bool {
        self.topology.as_ref().is_none_or(|topology| topology.primary == self.region)
    }

    /// Refuses what the primary alone does.
    pub fn check_primary(&self, operation: &str) -> Result<()> {
        match self.is_primary() {
            true => Ok(()),
            false => Err(Error::unsupported(format!(
                "{} is a multi-region replica key which is not valid for {operation}.",
                self.arn()
            ))),
        }
    }

    /// Whether its rotation is the owner's to schedule.
    fn check_scheduled(&self, operation: &str) -> Result<()> {
        if !self.manager.is_customer() {
            return Err(Error::senseless());
        }
        if self.origin == Origin::External {
            return Err(Error::wrong_origin(&self.arn(), self.origin.as_str()));
        }
        self.check_primary(operation)
    }

    /// The period of automatic rotation where none is named, in days.
    pub const ROTATION_PERIOD: u32 = 365;
}

/// Rotations that an owner may ask for in a key's life: an AWS quota.
const ON_DEMAND: u32 = 25;
/// How long an owner's rotation is seen to be under way, in milliseconds.
const DELAY: i64 = 1000;
/// So near to the schedule's no other rotation is begun: 20 minutes, in milliseconds.
const SOON: i64 = 20 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::import::tests::{NOW, id, key};

    fn symmetric() -> Key {
        Key { origin: Origin::AwsKms, ..key(&[(1, Stage::Current)]) }
    }

    fn stages(key: &Key) -> Vec<Stage> {
        key.materials.iter().map(|material| material.stage).collect()
    }

    #[test]
    fn the_same_period_keeps_the_schedule_and_another_begins_anew() {
        let key = symmetric().enable_rotation(Some(90), NOW).unwrap();
        let next = |key: &Key| key.schedule().unwrap().next;
        for period in [None, Some(90)] {
            assert_eq!(next(&key.enable_rotation(period, NOW + 5).unwrap()), NOW + 90 * DAY);
        }
        let other = key.enable_rotation(Some(100), NOW + 5).unwrap();
        assert_eq!(next(&other), NOW + 5 + 100 * DAY);
        let again = other.disable_rotation(NOW).unwrap().enable_rotation(None, NOW).unwrap();
        assert_eq!(again.schedule().unwrap(), Schedule::new(365, NOW));
    }

    #[test]
    fn what_is_due_is_done_once_however_late() {
        let key = symmetric().enable_rotation(Some(90), NOW).unwrap();
        let due = NOW + 90 * DAY;
        assert_eq!(key.rotation_due(due - 1), None);
        assert_eq!(key.rotation_due(due), Some(RotationType::Automatic));
        let late = due + 200 * DAY;
        let rotated = key.rotated(id(2), vec![2], RotationType::Automatic, late);
        assert_eq!(rotated.schedule().unwrap(), Schedule::new(90, late));
        assert_eq!(stages(&rotated), [Stage::NonCurrent, Stage::Current]);
        assert_eq!(rotated.newest().unwrap().id, id(2));
        let in_time = key.rotated(id(2), vec![2], RotationType::Automatic, due + 1);
        assert_eq!(in_time.schedule().unwrap().next, due + 90 * DAY);
    }

    #[test]
    fn a_disabled_key_waits_for_its_schedule_but_not_for_what_was_asked() {
        let key = symmetric().enable_rotation(Some(90), NOW).unwrap();
        let asked = key.ask_rotation(NOW).unwrap().disable(NOW).unwrap();
        assert_eq!(asked.rotation_due(NOW + DELAY), Some(RotationType::OnDemand));
        let done = asked.rotated(id(2), vec![2], RotationType::OnDemand, NOW + DELAY);
        assert_eq!((done.rotation.asked, done.rotation.on_demand), (None, 1));
        assert_eq!(done.rotation_due(NOW + 100 * DAY), None);
        let enabled = done.enable(NOW).unwrap();
        assert_eq!(enabled.rotation_due(NOW + 100 * DAY), Some(RotationType::Automatic));
    }

    #[test]
    fn what_is_asked_for_again_counts_once_and_25_times_at_most() {
        let mut key = symmetric();
        for count in 1..=25 {
            key = key.ask_rotation(NOW).unwrap().ask_rotation(NOW + 1).unwrap();
            assert_eq!((key.rotation.on_demand, key.rotation.asked), (count, Some(NOW)));
            key = key.concluded(RotationType::OnDemand, NOW);
        }
        assert!(key.ask_rotation(NOW).is_err());
    }
}
