//! `Sign`: a signature with the private half of a key pair.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    keys::Message as Form,
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        member::Defaulted,
        members::{GrantTokens, KeyRef, Message, MessageType, SigningAlgorithm},
    },
};

request! {
    pub struct Sign {
        key_id "KeyId": KeyRef,
        message "Message": Message,
        message_type "MessageType": Defaulted<MessageType>,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        signing_algorithm "SigningAlgorithm": SigningAlgorithm,
        dry_run "DryRun": Option<bool>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    signature: Blob,
    signing_algorithm: SigningAlgorithm,
}

impl Operation for Sign {
    const NAME: &'static str = "Sign";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let algorithm = self.signing_algorithm;
        let key = call.usable_key(&self.key_id, algorithm).await?;
        let form = self.message_type.0;
        let message = Form::new(key.spec, algorithm, form, self.message.bytes())?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        Ok(Output {
            signature: call.sign(&key, algorithm, message).await?.into(),
            key_id: key.arn().to_string(),
            signing_algorithm: algorithm,
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        match name {
            "kms:signingalgorithm" => Some(self.signing_algorithm.as_str().into()),
            "kms:messagetype" => Some(self.message_type.0.as_str().into()),
            _ => None,
        }
    }
}
