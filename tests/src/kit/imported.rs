//! Material that is made here and imported: wrapped by the crates `rsa` and `aes-kw`.

use aes_kw::{KeyInit, KwpAes256};
use keycell_core::random::Drbg;
use rsa::{Oaep, RsaPublicKey, pkcs8::DecodePublicKey};
use serde_json::{Value, json};

use super::{Client, Key, decode, encode};

/// A key with what has once imported its material: it may be imported again.
#[derive(Clone)]
pub(crate) struct Imported {
    pub(crate) key: Key,
    pub(crate) token: String,
    pub(crate) wrapped: String,
}

/// What GetParametersForImport has given.
pub(crate) struct Parameters {
    pub(crate) token: String,
    algorithm: String,
    public_key: Vec<u8>,
}

impl Parameters {
    /// From an answer.
    pub(crate) fn new(algorithm: &str, output: &Value) -> Self {
        Self {
            token: output["ImportToken"].as_str().expect("a text").to_owned(),
            algorithm: algorithm.to_owned(),
            public_key: decode(&output["PublicKey"]),
        }
    }

    /// Material wrapped as it was agreed.
    pub(crate) fn wrap(&self, material: &[u8]) -> String {
        let wrapped = match self.algorithm.as_str() {
            "RSAES_OAEP_SHA_1" => self.encrypt(Oaep::<sha1::Sha1>::new(), material),
            "RSAES_OAEP_SHA_256" => self.encrypt(Oaep::<sha2::Sha256>::new(), material),
            "RSA_AES_KEY_WRAP_SHA_1" => self.two_steps(Oaep::<sha1::Sha1>::new(), material),
            "RSA_AES_KEY_WRAP_SHA_256" => self.two_steps(Oaep::<sha2::Sha256>::new(), material),
            other => panic!("{other} is no way to wrap"),
        };
        encode(wrapped)
    }

    /// A request that imports it for good.
    pub(crate) fn input(&self, key: &Key, material: &[u8]) -> Value {
        self.import(&json!(key.id), material)
    }

    /// The same for a key of that id.
    pub(crate) fn import(&self, id: &Value, material: &[u8]) -> Value {
        json!({
            "KeyId": id,
            "ImportToken": self.token,
            "EncryptedKeyMaterial": self.wrap(material),
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        })
    }

    /// `CKM_RSA_AES_KEY_WRAP`: a fresh AES key under OAEP, then the material under it.
    fn two_steps(&self, padding: impl rsa::traits::PaddingScheme, material: &[u8]) -> Vec<u8> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("there is randomness");
        let mut room = vec![0; material.len() + 16];
        let cipher = KwpAes256::new(&key.into());
        let wrapped = cipher.wrap_key(material, &mut room).expect("there is room");
        [self.encrypt(padding, &key), wrapped.to_vec()].concat()
    }

    fn encrypt(&self, padding: impl rsa::traits::PaddingScheme, plaintext: &[u8]) -> Vec<u8> {
        let key = RsaPublicKey::from_public_key_der(&self.public_key).expect("it is RSA's");
        key.encrypt(&mut Drbg::new(random), padding, plaintext).expect("it fits")
    }
}

impl Client {
    /// What it takes to import material of a key.
    #[track_caller]
    pub(crate) fn parameters(&self, key: &Key, algorithm: &str, spec: &str) -> Parameters {
        let input = json!({
            "KeyId": key.id, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec,
        });
        Parameters::new(algorithm, &self.ok("GetParametersForImport", input))
    }

    /// A new symmetric key with imported material, and what imports more.
    #[track_caller]
    pub(crate) fn imported_key(&self, material: &[u8]) -> (Key, Parameters) {
        let key = self.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
        let parameters = self.parameters(&key, "RSAES_OAEP_SHA_256", "RSA_2048");
        self.ok("ImportKeyMaterial", parameters.input(&key, material));
        (key, parameters)
    }

    /// A key whose material the tests import again and again, and never delete.
    #[track_caller]
    pub(crate) fn shared_import(&self) -> Imported {
        let shared = self.shared.as_ref().expect("a client of the shared server");
        shared.imported(|| {
            let (key, parameters) = self.imported_key(&[7; 32]);
            let (token, wrapped) = (parameters.token.clone(), parameters.wrap(&[7; 32]));
            Imported { key, token, wrapped }
        })
    }
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("there is randomness");
    u64::from_be_bytes(bytes)
}
