//! What a call has encrypted and decrypted: each with an [`Authorized`] key, and the encryption
//! context that the key was authorized for.

use zeroize::Zeroizing;

use crate::{
    isolates::{DataKey, DataKeyPair, Encryption, Failure, Refusal, SealedPair, Side},
    keys::{Key, Material, Spec},
    storage::Loaded,
    wire::{Error, Result, members::EncryptionAlgorithm},
};

use super::{
    Authorized, Call,
    isolates::{sealed_key, spec, unverified},
};

/// One end of an encryption: a key, and the algorithm that was checked for it.
pub type End<'a> = (&'a Authorized<Loaded<Key>>, EncryptionAlgorithm);

impl Call<'_> {
    /// Encrypts under the key's current material.
    pub async fn encrypt(&mut self, under: End<'_>, plaintext: &[u8]) -> Result<Vec<u8>> {
        let isolate = self.isolate(under.0).await?;
        Ok(isolate.encrypt(side(under, self.current(under.0)?)?, plaintext)?)
    }

    /// Decrypts what the key encrypted with `material`.
    pub async fn decrypt(
        &mut self,
        under: End<'_>,
        material: &Material,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let isolate = self.isolate(under.0).await?;
        self.tell_material(under.0, material);
        isolate.decrypt(side(under, material)?, ciphertext).await.map_err(unverified)
    }

    /// From one key to another, without the plaintext leaving their isolates.
    pub async fn re_encrypt(
        &mut self,
        from: (End<'_>, &Material),
        ciphertext: &[u8],
        to: End<'_>,
    ) -> Result<Vec<u8>> {
        let own = self.isolate(from.0.0).await?;
        let destination = side(to, self.current(to.0)?)?;
        let source = side(from.0, from.1)?;
        let moved = if from.0.0.account == to.0.account {
            own.re_encrypt(source, ciphertext, destination).await
        } else {
            let other = self.isolate(to.0).await?;
            own.re_encrypt_to(source, ciphertext, &other, destination).await
        };
        moved.map_err(|failure| match failure {
            // How long the plaintext is shows only inside.
            Failure::Refused(Refusal::Invalid) if !to.0.spec.is_symmetric() => {
                to.0.spec.too_long(to.1)
            }
            other => unverified(other),
        })
    }

    /// A data key under the key's current material.
    pub async fn data_key(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        length: u32,
    ) -> Result<DataKey> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.data_key(self.symmetric(key)?, length)?)
    }

    /// The same without the plaintext.
    pub async fn sealed_data_key(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        length: u32,
    ) -> Result<Vec<u8>> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.sealed_data_key(self.symmetric(key)?, length)?)
    }

    /// A key pair for use outside, its private half under the key's current material.
    pub async fn data_key_pair(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        pair: Spec,
    ) -> Result<DataKeyPair> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.data_key_pair(self.symmetric(key)?, spec(pair)).await?)
    }

    /// The same without the plaintext.
    pub async fn sealed_data_key_pair(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        pair: Spec,
    ) -> Result<SealedPair> {
        let isolate = self.isolate(key).await?;
        Ok(isolate.sealed_data_key_pair(self.symmetric(key)?, spec(pair)).await?)
    }

    fn symmetric<'k>(&mut self, key: &'k Authorized<Loaded<Key>>) -> Result<Side<'k>> {
        side((key, EncryptionAlgorithm::SymmetricDefault), self.current(key)?)
    }
}

/// A key as its isolate wants it, with the context that it was authorized for.
fn side<'a>((key, algorithm): End<'a>, material: &'a Material) -> Result<Side<'a>> {
    let algorithm = match algorithm {
        EncryptionAlgorithm::SymmetricDefault => Encryption::SymmetricDefault,
        EncryptionAlgorithm::RsaesOaepSha1 => Encryption::RsaesOaepSha1,
        EncryptionAlgorithm::RsaesOaepSha256 => Encryption::RsaesOaepSha256,
        EncryptionAlgorithm::Sm2Pke => return Err(Error::world("no key goes with SM2")),
    };
    Ok(Side { key: sealed_key(key, material)?, algorithm, context: &key.context })
}
