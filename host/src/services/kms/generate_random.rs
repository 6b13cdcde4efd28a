//! `GenerateRandom`: bytes from the generator of the caller's isolate.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Blob, Error, Result, members::NumberOfBytes},
};

request! {
    pub struct GenerateRandom { number_of_bytes "NumberOfBytes": Option<NumberOfBytes> }
    later { "CustomKeyStoreId", "Recipient" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    plaintext: Blob,
}

impl Operation for GenerateRandom {
    const NAME: &'static str = "GenerateRandom";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let missing = || Error::validation("NumberOfBytes is required.");
        let length = self.number_of_bytes.ok_or_else(missing)?.get();
        let account = call.account()?;
        Ok(Output { plaintext: call.random(&account, length).await?.into() })
    }
}
