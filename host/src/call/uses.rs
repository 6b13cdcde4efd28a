//! What a call has keys do that do not encrypt: each with an [`Authorized`] key.

use zeroize::Zeroizing;

use crate::{
    isolates::{self, Encapsulated, Failure, Refusal, Signing},
    keys::{Key, Message},
    storage::Loaded,
    wire::{Error, Result, members::SigningAlgorithm},
};

use super::{
    Authorized, Call,
    isolates::{sealed_key, unverified},
};

impl Call<'_> {
    /// The public half, as SubjectPublicKeyInfo (DER).
    pub async fn public_key(&mut self, key: &Authorized<Loaded<Key>>) -> Result<Vec<u8>> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.public_key(self.sealed(key)?).await?)
    }

    /// Signs.
    pub async fn sign(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        algorithm: SigningAlgorithm,
        message: Message<'_>,
    ) -> Result<Vec<u8>> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.sign(self.sealed(key)?, signing(algorithm)?, lent(message)).await?)
    }

    /// Whether a signature is the key's.
    pub async fn verify(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        algorithm: SigningAlgorithm,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<bool> {
        let isolate = self.isolate(key).await?;
        let (key, algorithm) = (self.sealed(key)?, signing(algorithm)?);
        Ok(isolate.verify(key, algorithm, lent(message), signature).await?)
    }

    /// A MAC of the length that the key's spec gives.
    pub async fn generate_mac(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        message: &[u8],
    ) -> Result<Vec<u8>> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.generate_mac(self.sealed(key)?, message)?)
    }

    /// Whether a MAC is the key's.
    pub async fn verify_mac(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        message: &[u8],
        mac: &[u8],
    ) -> Result<bool> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.verify_mac(self.sealed(key)?, message, mac)?)
    }

    /// The shared secret with `peer`, a SubjectPublicKeyInfo (DER) on the same curve.
    pub async fn derive(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        peer: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let isolate = self.isolate(key).await?;
        isolate.derive(self.sealed(key)?, peer).await.map_err(|failure| match failure {
            Failure::Refused(Refusal::Invalid | Refusal::Unverified) => Error::invalid(),
            other => other.into(),
        })
    }

    /// A fresh shared secret, and its ciphertext.
    pub async fn encapsulate(&mut self, key: &Authorized<Loaded<Key>>) -> Result<Encapsulated> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.encapsulate(self.sealed(key)?)?)
    }

    /// The shared secret that a ciphertext holds.
    pub async fn decapsulate(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let isolate = self.isolate(key).await?;
        isolate.decapsulate(self.sealed(key)?, ciphertext).map_err(unverified)
    }

    fn sealed<'k>(&mut self, key: &'k Authorized<Loaded<Key>>) -> Result<isolates::Key<'k>> {
        sealed_key(key, self.current(key)?)
    }
}

fn lent(message: Message<'_>) -> isolates::Message<'_> {
    match message {
        Message::Raw(bytes) => isolates::Message::Raw(bytes),
        Message::Digest(bytes) => isolates::Message::Digest(bytes),
        Message::ExternalMu(bytes) => isolates::Message::ExternalMu(bytes),
    }
}

fn signing(algorithm: SigningAlgorithm) -> Result<Signing> {
    Ok(match algorithm {
        SigningAlgorithm::RsassaPssSha256 => Signing::RsassaPssSha256,
        SigningAlgorithm::RsassaPssSha384 => Signing::RsassaPssSha384,
        SigningAlgorithm::RsassaPssSha512 => Signing::RsassaPssSha512,
        SigningAlgorithm::RsassaPkcs1V15Sha256 => Signing::RsassaPkcs1Sha256,
        SigningAlgorithm::RsassaPkcs1V15Sha384 => Signing::RsassaPkcs1Sha384,
        SigningAlgorithm::RsassaPkcs1V15Sha512 => Signing::RsassaPkcs1Sha512,
        SigningAlgorithm::EcdsaSha256 => Signing::EcdsaSha256,
        SigningAlgorithm::EcdsaSha384 => Signing::EcdsaSha384,
        SigningAlgorithm::EcdsaSha512 => Signing::EcdsaSha512,
        SigningAlgorithm::Ed25519Sha512 => Signing::Ed25519,
        SigningAlgorithm::Ed25519PhSha512 => Signing::Ed25519Ph,
        SigningAlgorithm::MlDsaShake256 => Signing::MlDsaShake256,
        SigningAlgorithm::Sm2Dsa => return Err(Error::world("no key goes with SM2")),
    })
}
