//! `EnableKeyRotation`: a key gets other material every so many days.

use crate::{
    authorize::Values,
    call::Call,
    keys::Key,
    request,
    services::Operation,
    wire::{
        Result,
        members::{KeyTarget, RotationPeriodInDays},
    },
};

request! {
    pub struct EnableKeyRotation {
        key_id "KeyId": KeyTarget,
        period "RotationPeriodInDays": Option<RotationPeriodInDays>,
    }
}

impl Operation for EnableKeyRotation {
    const NAME: &'static str = "EnableKeyRotation";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let key = call.key(&self.key_id).await?;
        let period = self.period.map(|period| period.get());
        call.save_everywhere(&key, &key.enable_rotation(period, call.now().as_millisecond())?).await
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        let period = self.period.map_or(Key::ROTATION_PERIOD, |period| period.get());
        (name == "kms:rotationperiodindays").then(|| period.to_string().into())
    }
}
