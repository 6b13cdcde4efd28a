//! `GetParametersForImport`: a public key that wraps material on its way in, and the token that
//! brings it back.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Blob, Result,
        members::{KeyTarget, WrappingAlgorithm, WrappingKeySpec},
    },
};

use super::metadata::seconds;

request! {
    pub struct GetParametersForImport {
        key_id "KeyId": KeyTarget,
        wrapping_algorithm "WrappingAlgorithm": WrappingAlgorithm,
        wrapping_key_spec "WrappingKeySpec": WrappingKeySpec,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    import_token: Blob,
    public_key: Blob,
    parameters_valid_to: f64,
}

impl Operation for GetParametersForImport {
    const NAME: &'static str = "GetParametersForImport";
    const READ_ONLY: bool = true;
    type Output = Output;

    /// What is disabled or complete can be imported again; what is to be deleted cannot.
    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        key.check_external()?;
        key.check_stays()?;
        let (wrapping, spec) =
            key.spec.wrapping(self.wrapping_algorithm, self.wrapping_key_spec)?;
        let parameters = call.invite(&key, wrapping, spec).await?;
        Ok(Output {
            key_id: key.arn().to_string(),
            import_token: parameters.token.into(),
            public_key: parameters.public_key.into(),
            parameters_valid_to: seconds(parameters.valid_until),
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        match name {
            "kms:wrappingalgorithm" => Some(self.wrapping_algorithm.as_str().into()),
            "kms:wrappingkeyspec" => Some(self.wrapping_key_spec.as_str().into()),
            _ => None,
        }
    }
}
