//! Material from elsewhere, wrapped by crate `rsa`.

use aws_sdk_kms::{
    Client,
    primitives::{Blob, DateTime},
    types::{AlgorithmSpec, ExpirationModelType, WrappingKeySpec},
};
use keycell_core::random::Drbg;
use rsa::{Oaep, RsaPublicKey, pkcs8::DecodePublicKey};

use crate::{Result, refused};

/// A way to import the same material again and again.
pub(crate) struct Import<'a> {
    kms: &'a Client,
    key: &'a str,
    token: Blob,
    wrapped: Vec<u8>,
}

impl<'a> Import<'a> {
    pub(crate) async fn new(kms: &'a Client, key: &'a str) -> Result<Self> {
        let parameters = kms.get_parameters_for_import().key_id(key);
        let parameters = parameters
            .wrapping_algorithm(AlgorithmSpec::RsaesOaepSha256)
            .wrapping_key_spec(WrappingKeySpec::Rsa2048)
            .send()
            .await?;
        let public = parameters.public_key().expect("AWS gives it");
        let public = RsaPublicKey::from_public_key_der(public.as_ref()).expect("it is RSA's");
        let padding = Oaep::<sha2::Sha256>::new();
        let wrapped = public.encrypt(&mut Drbg::new(random), padding, &MATERIAL);
        let token = parameters.import_token().expect("AWS gives it").clone();
        Ok(Self { kms, key, token, wrapped: wrapped.expect("it fits") })
    }

    /// Imports it, until then or for good.
    pub(crate) async fn take(&self, until: Option<DateTime>) -> Result {
        let model = match until {
            Some(_) => ExpirationModelType::KeyMaterialExpires,
            None => ExpirationModelType::KeyMaterialDoesNotExpire,
        };
        let request = self.kms.import_key_material().key_id(self.key).set_valid_to(until);
        let request = request.expiration_model(model.clone());
        let wrapped = Blob::new(self.wrapped.clone());
        let bad = request.clone().import_token(Blob::new("none"));
        let bad = bad.encrypted_key_material(wrapped.clone());
        refused(bad.send().await, "InvalidImportTokenException");
        let request = request.import_token(self.token.clone());
        let bad = request.clone().encrypted_key_material(Blob::new("none"));
        refused(bad.send().await, "InvalidCiphertextException");
        request.encrypted_key_material(wrapped).send().await?;

        let described = self.kms.describe_key().key_id(self.key).send().await?;
        let described = described.key_metadata().expect("AWS gives it");
        assert_eq!(described.expiration_model(), Some(&model));
        assert_eq!(described.valid_to(), until.as_ref());
        Ok(())
    }
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("there is randomness");
    u64::from_be_bytes(bytes)
}

const MATERIAL: [u8; 32] = *b"thirty-two bytes from elsewhere.";
