//! What a key is used for, by its usage.

use aws_sdk_kms::{
    Client,
    primitives::Blob,
    types::{
        DataKeyPairSpec, DataKeySpec, EncapsulationAlgorithmSpec, EncryptionAlgorithmSpec,
        KeyAgreementAlgorithmSpec, KeySpec, KeyUsageType, MacAlgorithmSpec, MessageType,
        OriginType, SigningAlgorithmSpec,
    },
};

use crate::{Result, life::created, refused};

/// A key in use.
pub(crate) struct Use<'a> {
    pub(crate) kms: &'a Client,
    pub(crate) key: String,
    pub(crate) spec: KeySpec,
    pub(crate) usage: KeyUsageType,
}

/// What a key has made: good for as long as the key is.
pub(crate) enum Made {
    Ciphertext(EncryptionAlgorithmSpec, Blob),
    Signature(SigningAlgorithmSpec, Blob),
    Mac(MacAlgorithmSpec, Blob),
    /// With the public key of another one.
    Agreed(Blob, Blob),
    Encapsulated(Blob, Blob),
}

impl Use<'_> {
    pub(crate) async fn make(&self) -> Result<Made> {
        Ok(match self.usage {
            KeyUsageType::EncryptDecrypt => {
                let algorithm = match self.spec {
                    KeySpec::SymmetricDefault => EncryptionAlgorithmSpec::SymmetricDefault,
                    _ => EncryptionAlgorithmSpec::RsaesOaepSha256,
                };
                let request = self.kms.encrypt().key_id(&self.key).plaintext(Blob::new(MESSAGE));
                let request = request.encryption_algorithm(algorithm.clone());
                let made = request.set_encryption_context(self.context()).send().await?;
                Made::Ciphertext(algorithm, given(made.ciphertext_blob))
            }
            KeyUsageType::SignVerify => {
                let mut algorithms = self.signing_algorithms().await?.into_iter();
                // The other one of Ed25519 takes digests only.
                let fits = |name: &_| *name != SigningAlgorithmSpec::Ed25519PhSha512;
                let algorithm = algorithms.find(fits).expect("there is one");
                let made = self.sign(&algorithm, MESSAGE).await?;
                Made::Signature(algorithm, made)
            }
            KeyUsageType::GenerateVerifyMac => {
                let name = self.spec.as_str().replace('_', "_SHA_");
                let algorithm = MacAlgorithmSpec::from(name.as_str());
                let request = self.kms.generate_mac().key_id(&self.key).message(Blob::new(MESSAGE));
                let made = request.mac_algorithm(algorithm.clone()).send().await?;
                Made::Mac(algorithm, given(made.mac))
            }
            KeyUsageType::KeyAgreement => {
                let theirs = created(self.kms, &self.spec, &self.usage, OriginType::AwsKms).await?;
                let (own, other) = (self.public_key(&self.key), self.public_key(&theirs));
                let (own, other) = (own.await?, other.await?);
                let secret = self.derive(&theirs, own).await?;
                Made::Agreed(other, secret)
            }
            KeyUsageType::EncapsulateDecapsulate => {
                let request = self.kms.encapsulate().key_id(&self.key);
                let algorithm = EncapsulationAlgorithmSpec::MlKem;
                let made = request.encapsulation_algorithm(algorithm).send().await?;
                Made::Encapsulated(
                    given(made.shared_secret_ciphertext_blob),
                    given(made.shared_secret),
                )
            }
            ref other => panic!("{other:?} is not of this test"),
        })
    }

    pub(crate) async fn check(&self, made: &Made) -> Result {
        match made {
            Made::Ciphertext(algorithm, sealed) => {
                let request = self.kms.decrypt().key_id(&self.key).ciphertext_blob(sealed.clone());
                let request = request.encryption_algorithm(algorithm.clone());
                let opened = request.set_encryption_context(self.context()).send().await?;
                assert_eq!(given(opened.plaintext).as_ref(), MESSAGE);
            }
            Made::Signature(algorithm, signature) => {
                assert!(self.verify(algorithm, MESSAGE, signature).await?);
            }
            Made::Mac(algorithm, mac) => {
                assert!(self.verify_mac(algorithm, MESSAGE, mac).await?);
            }
            Made::Agreed(other, secret) => {
                assert_eq!(self.derive(&self.key, other.clone()).await?, *secret);
            }
            Made::Encapsulated(ciphertext, secret) => {
                let request = self.kms.decapsulate().key_id(&self.key);
                let request = request.shared_secret_ciphertext_blob(ciphertext.clone());
                let algorithm = EncapsulationAlgorithmSpec::MlKem;
                let opened = request.encapsulation_algorithm(algorithm).send().await?;
                assert_eq!(given(opened.shared_secret), *secret);
            }
        }
        Ok(())
    }

    /// What else keys of that usage do.
    pub(crate) async fn everything(&self) -> Result {
        match (&self.usage, self.make().await?) {
            (KeyUsageType::EncryptDecrypt, Made::Ciphertext(algorithm, sealed)) => {
                self.encrypts_again(algorithm, sealed).await?;
                if self.spec == KeySpec::SymmetricDefault {
                    self.makes_data_keys().await?;
                    self.makes_data_key_pairs().await?;
                }
            }
            (_, Made::Signature(..)) => {
                for algorithm in self.signing_algorithms().await? {
                    if algorithm != SigningAlgorithmSpec::Ed25519PhSha512 {
                        let signature = self.sign(&algorithm, MESSAGE).await?;
                        assert!(self.verify(&algorithm, MESSAGE, &signature).await?);
                        let other = self.verify(&algorithm, b"another", &signature).await;
                        refused(other, "KMSInvalidSignatureException");
                    }
                }
            }
            (_, Made::Mac(algorithm, mac)) => {
                let other = self.verify_mac(&algorithm, b"another", &mac).await;
                refused(other, "KMSInvalidMacException");
            }
            (_, Made::Agreed(..)) => {
                let wrong = self.derive(&self.key, Blob::new("none")).await;
                refused(wrong, "ValidationException");
            }
            _ => {}
        }
        Ok(())
    }

    async fn encrypts_again(&self, algorithm: EncryptionAlgorithmSpec, sealed: Blob) -> Result {
        let request = self.kms.re_encrypt().ciphertext_blob(sealed).source_key_id(&self.key);
        let request = request.set_source_encryption_context(self.context());
        let request = request.source_encryption_algorithm(algorithm.clone());
        let spec = &KeySpec::SymmetricDefault;
        let other = created(self.kms, spec, &self.usage, OriginType::AwsKms).await?;
        let moved = request.destination_key_id(&other).send().await?;
        assert_eq!(moved.source_encryption_algorithm(), Some(&algorithm));
        let request = self.kms.decrypt().ciphertext_blob(given(moved.ciphertext_blob));
        let opened = request.clone().send().await?;
        assert_eq!(given(opened.plaintext).as_ref(), MESSAGE);
        if self.spec == *spec {
            refused(request.key_id(&self.key).send().await, "IncorrectKeyException");
        }
        Ok(())
    }

    async fn makes_data_keys(&self) -> Result {
        let (key, spec) = (&self.key, DataKeySpec::Aes256);
        let made = self.kms.generate_data_key().key_id(key).key_spec(spec.clone()).send().await?;
        let plaintext = given(made.plaintext);
        assert_eq!(plaintext.as_ref().len(), 32);
        assert_eq!(self.open(made.ciphertext_blob, None).await?, plaintext);
        let request = self.kms.generate_data_key_without_plaintext().key_id(key);
        let made = request.key_spec(spec).send().await?;
        assert_eq!(self.open(made.ciphertext_blob, None).await?.as_ref().len(), 32);
        Ok(())
    }

    async fn makes_data_key_pairs(&self) -> Result {
        for spec in [DataKeyPairSpec::EccNistP256, DataKeyPairSpec::EccNistEdwards25519] {
            let request = self.kms.generate_data_key_pair().key_id(&self.key);
            let request = request.key_pair_spec(spec.clone());
            let made = request.set_encryption_context(self.context()).send().await?;
            let private = self.open(made.private_key_ciphertext_blob, self.context()).await?;
            assert_eq!(Some(private), made.private_key_plaintext);
            let request = self.kms.generate_data_key_pair_without_plaintext().key_id(&self.key);
            let request = request.key_pair_spec(spec);
            let made = request.set_encryption_context(self.context()).send().await?;
            self.open(made.private_key_ciphertext_blob, self.context()).await?;
            assert!(made.public_key.is_some());
        }
        Ok(())
    }

    async fn open(&self, sealed: Option<Blob>, context: Context) -> Result<Blob> {
        let request = self.kms.decrypt().ciphertext_blob(given(sealed));
        Ok(given(request.set_encryption_context(context).send().await?.plaintext))
    }

    async fn sign(&self, algorithm: &SigningAlgorithmSpec, message: &[u8]) -> Result<Blob> {
        let request = self.kms.sign().key_id(&self.key).message(Blob::new(message));
        let request = request.message_type(MessageType::Raw).signing_algorithm(algorithm.clone());
        Ok(given(request.send().await?.signature))
    }

    async fn verify(
        &self,
        algorithm: &SigningAlgorithmSpec,
        message: &[u8],
        signature: &Blob,
    ) -> Result<bool> {
        let request = self.kms.verify().key_id(&self.key).message(Blob::new(message));
        let request = request.signature(signature.clone()).signing_algorithm(algorithm.clone());
        Ok(request.send().await?.signature_valid())
    }

    async fn verify_mac(
        &self,
        algorithm: &MacAlgorithmSpec,
        message: &[u8],
        mac: &Blob,
    ) -> Result<bool> {
        let request = self.kms.verify_mac().key_id(&self.key).message(Blob::new(message));
        let request = request.mac(mac.clone()).mac_algorithm(algorithm.clone());
        Ok(request.send().await?.mac_valid())
    }

    async fn derive(&self, key: &str, public: Blob) -> Result<Blob> {
        let request = self.kms.derive_shared_secret().key_id(key).public_key(public);
        let request = request.key_agreement_algorithm(KeyAgreementAlgorithmSpec::Ecdh);
        Ok(given(request.send().await?.shared_secret))
    }

    async fn public_key(&self, key: &str) -> Result<Blob> {
        Ok(given(self.kms.get_public_key().key_id(key).send().await?.public_key))
    }

    async fn signing_algorithms(&self) -> Result<Vec<SigningAlgorithmSpec>> {
        let told = self.kms.get_public_key().key_id(&self.key).send().await?;
        Ok(told.signing_algorithms().to_vec())
    }

    /// Only symmetric keys have one.
    fn context(&self) -> Context {
        let context = [("purpose", "test"), ("ünï", "cöde")];
        let owned = context.map(|(name, value)| (name.to_owned(), value.to_owned()));
        (self.spec == KeySpec::SymmetricDefault).then(|| owned.into_iter().collect())
    }
}

type Context = Option<std::collections::HashMap<String, String>>;

#[track_caller]
fn given<T>(member: Option<T>) -> T {
    member.expect("AWS gives it")
}

const MESSAGE: &[u8] = b"what one makes, the other takes";
