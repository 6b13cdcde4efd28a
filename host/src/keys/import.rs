//! Material that comes from elsewhere: which, when, and what comes of it.
//!
//! Source: KMS developer guide, "Importing key material".

use crate::wire::{
    Error, Result,
    members::{ExpirationModel, ImportType, KeyMaterialDescription, KeyMaterialId, Moment},
};

use super::{Key, Material, MaterialId, Origin, Sealed, Spec, Stage, Standing, State};

/// What ImportKeyMaterial says of a material beside its bytes.
pub struct Import {
    /// In milliseconds since 1970; never if none.
    expires: Option<i64>,
    description: Option<String>,
    way: Option<ImportType>,
    expected: Option<MaterialId>,
}

impl Import {
    /// Checks what can be checked before the material is unwrapped.
    pub fn new(
        spec: Spec,
        (model, valid_to): (ExpirationModel, Option<Moment>),
        way: Option<ImportType>,
        expected: Option<&KeyMaterialId>,
        description: Option<&KeyMaterialDescription>,
        now: i64,
    ) -> Result<Self> {
        let given = [
            ("importType", way.is_some()),
            ("keyMaterialId", expected.is_some()),
            ("keyMaterialDescription", description.is_some()),
        ];
        if let Some((name, _)) =
            given.iter().find(|(_, is_given)| *is_given && !spec.is_symmetric())
        {
            return Err(Error::validation(format!(
                "Input parameter {name} cannot be used with {} imported keys.",
                spec.as_str()
            )));
        }
        if way == Some(ImportType::New) && expected.is_some() {
            let message =
                "Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.";
            return Err(Error::validation(message));
        }
        Ok(Self {
            expires: expiry(model, valid_to, now)?,
            description: description.map(|words| words.as_str().to_owned()),
            way,
            expected: expected.and_then(|id| MaterialId::parse(id.as_str())),
        })
    }
}

impl Import {
    /// Refuses what the primary of a multi-Region key alone says of material.
    pub fn check_replica(&self, key: &Key) -> Result<()> {
        if key.is_primary() {
            return Ok(());
        }
        if self.way == Some(ImportType::New) {
            return Err(Error::validation(
                "Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica \
                 Multi-Region keys",
            ));
        }
        if self.description.is_some() {
            return Err(Error::validation(
                "Key material description can only be specified on primary Multi-Region keys",
            ));
        }
        Ok(())
    }
}

/// When a material expires: a whole second, within a year.
fn expiry(model: ExpirationModel, valid_to: Option<Moment>, now: i64) -> Result<Option<i64>> {
    let refuse = |message: &'static str| Err(Error::validation(message));
    let valid_to = match (model, valid_to) {
        (ExpirationModel::DoesNotExpire, None) => return Ok(None),
        (ExpirationModel::Expires, Some(valid_to)) => valid_to.second().saturating_mul(1000),
        (ExpirationModel::Expires, None) => {
            return refuse(
                "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
            );
        }
        (ExpirationModel::DoesNotExpire, Some(_)) => {
            return refuse(
                "A validTo date cannot be set if the ExpirationModel is \
                 KEY_MATERIAL_DOES_NOT_EXPIRE",
            );
        }
    };
    if valid_to <= now {
        return refuse("ValidTo must be in the future");
    }
    if valid_to >= now.saturating_add(YEAR) {
        return refuse("ValidTo must be less than 365 days in the future");
    }
    Ok(Some(valid_to))
}

impl Key {
    /// Whether material for the key is made elsewhere.
    pub fn check_external(&self) -> Result<()> {
        match self.origin {
            Origin::External => Ok(()),
            Origin::AwsKms => Err(Error::wrong_origin(&self.arn(), self.origin.as_str())),
        }
    }

    /// The same key with material that has come in.
    pub fn import(
        &self,
        id: MaterialId,
        sealed: Vec<u8>,
        import: &Import,
        now: i64,
    ) -> Result<Self> {
        let stage = self.place(id, import)?;
        let known = self.material(&id);
        let words = import.description.clone();
        let material = Material {
            id,
            stage,
            sealed: Some(Sealed(sealed)),
            expires: import.expires,
            description: words
                .or_else(|| known.map(|known| known.description.clone()))
                .unwrap_or_default(),
            rotated: known.and_then(|known| known.rotated),
        };
        let mut key = self.clone();
        match key.materials.iter_mut().find(|known| known.id == id) {
            Some(known) => *known = material,
            None => key.materials.push(material),
        }
        // What was missing is there: the key serves, even if it was disabled before.
        if stage != Stage::PendingRotation && key.state(now) == State::Disabled {
            key.standing = Standing::Enabled;
        }
        Ok(key)
    }

    /// What a material becomes that has come in under that id.
    fn place(&self, id: MaterialId, import: &Import) -> Result<Stage> {
        let arn = self.arn();
        let by_default = match self.newest() {
            Some(_) => ImportType::Existing,
            None => ImportType::New,
        };
        // Whoever names a material means one that is there already.
        let way = match import.expected {
            Some(_) => ImportType::Existing,
            None => import.way.unwrap_or(by_default),
        };
        match (way, self.material(&id), self.newest()) {
            (ImportType::New, Some(_), _) => Err(Error::incorrect_material(format!(
                "Key material (id: {id}) being imported as NEW_KEY_MATERIAL is already associated \
                 with KMS key {arn}."
            ))),
            (ImportType::New, None, None) => Ok(Stage::Current),
            (ImportType::New, None, Some(_)) => match self.pending() {
                Some(other) => Err(Error::invalid_state(format!(
                    "New key material (id: {id}) cannot be imported into KMS key {arn}, because \
                     another key material (id: {}) is pending rotation.",
                    other.id
                ))),
                None => Ok(Stage::PendingRotation),
            },
            (ImportType::Existing, known, newest) => {
                let expected = import.expected.or_else(|| newest.map(|newest| newest.id));
                match known {
                    Some(known) if import.expected.is_none_or(|expected| expected == id) => {
                        Ok(known.stage)
                    }
                    Some(_) | None => Err(self.unexpected(expected.filter(|e| *e != id), id)),
                }
            }
        }
    }

    /// What is said of material that is none of the key's.
    fn unexpected(&self, expected: Option<MaterialId>, id: MaterialId) -> Error {
        match expected {
            Some(expected) => Error::incorrect_material(format!(
                "Imported key material does not have the expected identifier ({expected})."
            )),
            None => self.never_imported(id),
        }
    }

    /// The same key without one of its materials (the current one, if none is named), and which it
    /// is. One that belongs to the key for good keeps its place.
    pub fn without_material(&self, id: Option<MaterialId>) -> Result<(Self, Option<MaterialId>)> {
        let known = match id {
            Some(id) => Some(self.material(&id).ok_or_else(|| self.never_imported(id))?),
            None => self.newest(),
        };
        let Some(Material { id, stage, .. }) = known else { return Ok((self.clone(), None)) };
        let mut key = self.clone();
        match stage {
            // Which material waits is the primary's to say.
            Stage::PendingRotation if self.is_primary() => {
                key.materials.retain(|material| material.id != *id);
            }
            Stage::PendingRotation | Stage::Current | Stage::NonCurrent => {
                for material in key.materials.iter_mut().filter(|material| material.id == *id) {
                    *material = Material { sealed: None, expires: None, ..material.clone() };
                }
            }
        }
        Ok((key, Some(*id)))
    }

    /// The same key without a material that has expired, which keeps its place. Of one that waits
    /// for its rotation it stays known that it had come.
    pub fn without_expired(&self, id: MaterialId) -> Self {
        let mut key = self.clone();
        for material in key.materials.iter_mut().filter(|material| material.id == id) {
            material.sealed = None;
            material.expires =
                material.expires.filter(|_| material.stage == Stage::PendingRotation);
        }
        key
    }

    /// The material that the next rotation brings, if there is one.
    pub fn pending(&self) -> Option<&Material> {
        self.materials.iter().find(|material| material.stage == Stage::PendingRotation)
    }

    fn never_imported(&self, id: MaterialId) -> Error {
        let arn = self.arn();
        Error::validation(format!(
            "Key material (id: {id}) has never been imported into KMS key {arn}."
        ))
    }
}

/// In milliseconds.
const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::authorize::KeyPolicy;

    pub(in crate::keys) const NOW: i64 = 1_795_294_256_355;

    pub(in crate::keys) fn id(byte: u8) -> MaterialId {
        MaterialId([byte; 32])
    }

    /// A key with materials that were imported one after the other, and rotated in between.
    pub(in crate::keys) fn key(materials: &[(u8, Stage)]) -> Key {
        let materials = materials.iter().map(|(byte, stage)| Material {
            id: id(*byte),
            stage: *stage,
            sealed: Some(Sealed(vec![*byte])),
            expires: None,
            description: String::new(),
            rotated: None,
        });
        Key {
            account: "111122223333".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            id: "1234abcd-12ab-34cd-56ef-1234567890ab".parse().unwrap(),
            description: String::new(),
            created: NOW,
            standing: Standing::Enabled,
            spec: Spec::SymmetricDefault,
            usage: crate::keys::Usage::EncryptDecrypt,
            origin: Origin::External,
            manager: crate::keys::Manager::Customer,
            policy: KeyPolicy::Default,
            tags: crate::keys::Tags::default(),
            materials: materials.collect(),
            rotation: crate::keys::Rotation::default(),
            deletion: None,
            topology: None,
        }
    }

    fn import(way: Option<ImportType>, expected: Option<u8>, expires: Option<i64>) -> Import {
        Import { expires, description: None, way, expected: expected.map(id) }
    }

    #[test]
    fn any_material_that_is_missing_stops_the_key_and_its_own_bytes_bring_it_back() {
        let rotated = key(&[(1, Stage::NonCurrent), (2, Stage::Current)]);
        for missing in [1, 2] {
            let (waiting, deleted) = rotated.without_material(Some(id(missing))).unwrap();
            assert_eq!((waiting.state(NOW), deleted), (State::PendingImport, Some(id(missing))));
            assert_eq!(waiting.newest().map(|newest| newest.id), Some(id(2)));
            let there = waiting.import(id(missing), vec![9], &import(None, None, None), NOW);
            let there = there.unwrap();
            assert_eq!(there.state(NOW), State::Enabled);
            let stages = |key: &Key| key.materials.iter().map(|one| one.stage).collect::<Vec<_>>();
            assert_eq!(stages(&there), stages(&rotated));
            let named = import(None, Some(3 - missing), None);
            assert!(waiting.import(id(missing), vec![9], &named, NOW).is_err());
        }
    }

    #[test]
    fn a_key_that_was_disabled_serves_once_nothing_is_missing_any_more() {
        let rotated = key(&[(1, Stage::NonCurrent), (2, Stage::Current)]).disable(NOW).unwrap();
        let (waiting, _) = rotated.without_material(Some(id(1))).unwrap();
        let (waiting, _) = waiting.without_material(None).unwrap();
        let half = waiting.import(id(1), vec![9], &import(None, None, None), NOW).unwrap();
        assert_eq!(half.state(NOW), State::PendingImport);
        let whole = half.import(id(2), vec![9], &import(None, None, None), NOW).unwrap();
        assert_eq!(whole.state(NOW), State::Enabled);
    }

    #[test]
    fn expiry_stops_the_key_but_not_on_behalf_of_what_only_waits() {
        let new = Some(ImportType::New);
        let one = key(&[(1, Stage::Current)]);
        let staged = one.import(id(2), vec![9], &import(new, None, Some(NOW + 1)), NOW).unwrap();
        assert_eq!(staged.pending().map(|pending| pending.id), Some(id(2)));
        assert_eq!((staged.state(NOW + 1), staged.earliest_expiry()), (State::Enabled, None));
        let short = one.import(id(1), vec![9], &import(None, None, Some(NOW + 1)), NOW).unwrap();
        assert_eq!((short.state(NOW), short.earliest_expiry()), (State::Enabled, Some(NOW + 1)));
        assert_eq!(short.state(NOW + 1), State::PendingImport);
    }

    #[test]
    fn material_that_waits_takes_its_own_bytes_again_when_it_is_named() {
        let staged = key(&[(1, Stage::Current), (2, Stage::PendingRotation)]);
        let again = staged.import(id(2), vec![9], &import(None, Some(2), Some(NOW + 1)), NOW);
        let again = again.unwrap();
        assert_eq!(again.pending().and_then(|pending| pending.expires), Some(NOW + 1));
        let (without, _) = again.without_material(Some(id(2))).unwrap();
        assert_eq!((without.pending().is_none(), without.materials.len()), (true, 1));
    }
}
