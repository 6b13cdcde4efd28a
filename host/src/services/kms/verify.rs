//! `Verify`: whether a signature is the key's. One that is not is an error, never an answer.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    keys::Message as Form,
    request,
    services::Operation,
    wire::{
        Error, Result,
        member::Defaulted,
        members::{GrantTokens, KeyRef, Message, MessageType, Signature, SigningAlgorithm},
    },
};

request! {
    pub struct Verify {
        key_id "KeyId": KeyRef,
        message "Message": Message,
        message_type "MessageType": Defaulted<MessageType>,
        signature "Signature": Signature,
        signing_algorithm "SigningAlgorithm": SigningAlgorithm,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    signature_valid: bool,
    signing_algorithm: SigningAlgorithm,
}

impl Operation for Verify {
    const NAME: &'static str = "Verify";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let algorithm = self.signing_algorithm;
        let key = call.usable_key(&self.key_id, algorithm).await?;
        let form = self.message_type.0;
        let message = Form::new(key.spec, algorithm, form, self.message.bytes())?;
        if !call.verify(&key, algorithm, message, self.signature.bytes()).await? {
            return Err(Error::invalid_signature());
        }
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        Ok(Output {
            key_id: key.arn().to_string(),
            signature_valid: true,
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
