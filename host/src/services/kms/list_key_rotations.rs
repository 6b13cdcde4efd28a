//! `ListKeyRotations`: the materials that a key has had, in the order in which they came.

use serde::Serialize;

use crate::{
    call::Call,
    keys::{Key, Material, MaterialState, Origin, Page, Paging, RotationType},
    request,
    services::Operation,
    wire::{
        Result,
        member::Defaulted,
        members::{ExpirationModel, IncludeKeyMaterial, KeyTarget, Limit, Marker},
    },
};

use super::metadata::seconds;

request! {
    pub struct ListKeyRotations {
        key_id "KeyId": KeyTarget,
        include "IncludeKeyMaterial": Defaulted<IncludeKeyMaterial>,
        limit "Limit": Option<Limit>,
        marker "Marker": Option<Marker>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    rotations: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key_id: String,
    key_material_id: String,
    key_material_state: &'static str,
    #[serde(flatten)]
    import: Option<Imported>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_type: Option<RotationType>,
}

/// What is told of material from elsewhere.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Imported {
    #[serde(skip_serializing_if = "String::is_empty")]
    key_material_description: String,
    import_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_model: Option<ExpirationModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<f64>,
}

impl Operation for ListKeyRotations {
    const NAME: &'static str = "ListKeyRotations";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        let marker = self.marker.as_ref();
        let paging = Paging { limit: self.limit, marker, default: 100, most: 1000 };
        let history = format!("history/{}/", key.arn());
        let page = Page::new(&history, &paging)?;
        let now = call.now().as_millisecond();
        let all = self.include.0 == IncludeKeyMaterial::All;
        let shown =
            key.materials.iter().enumerate().filter(|(_, material)| {
                key.spec.is_symmetric() && (all || material.rotated.is_some())
            });
        let named = shown.map(|(at, material)| (format!("{history}{at:04}"), material));
        let ahead = named.filter(|(name, _)| page.after.as_ref().is_none_or(|after| name > after));
        let mut found: Vec<_> = ahead.take(page.limit.saturating_add(1)).collect();
        let next_marker = page.cut(&mut found);
        let elsewhere = call.elsewhere(&key).await?;
        let rotations = found.into_iter().map(|(_, material)| {
            let state = key.material_state(material, elsewhere.iter().map(|other| &**other));
            Entry::of(&key, material, state, now)
        });
        Ok(Output { rotations: rotations.collect(), truncated: next_marker.is_some(), next_marker })
    }
}

impl Entry {
    fn of(key: &Key, material: &Material, state: MaterialState, now: i64) -> Self {
        Self {
            key_id: key.arn().to_string(),
            key_material_id: material.id.to_string(),
            key_material_state: state.as_str(),
            import: (key.origin == Origin::External).then(|| Imported::of(material, now)),
            rotation_date: material.rotated.map(|rotated| seconds(rotated.at)),
            rotation_type: material.rotated.map(|rotated| rotated.how),
        }
    }
}

impl Imported {
    /// Of material that is missing no end is told.
    fn of(material: &Material, now: i64) -> Self {
        let is_there = material.is_there(now);
        let expires = material.expires.filter(|_| is_there);
        let model = match expires {
            Some(_) => ExpirationModel::Expires,
            None => ExpirationModel::DoesNotExpire,
        };
        Self {
            key_material_description: material.description.clone(),
            import_state: if is_there { "IMPORTED" } else { "PENDING_IMPORT" },
            expiration_model: is_there.then_some(model),
            valid_to: expires.map(seconds),
        }
    }
}
