//! The material of a key in the form that is used: parsed once, cached by the [keyring].
//!
//! [keyring]: crate::keyring

use hkdf::Hkdf;
use sha2::Sha256;

use crate::secret::Secret;

/// A symmetric key, ready to derive message keys.
pub struct Material {
    id: [u8; 32],
    messages: Hkdf<Sha256>,
}

impl Material {
    /// Prepares the material of the key `key_id`.
    pub fn new(secret: &Secret, key_id: &[u8]) -> Self {
        Self {
            id: material_id(secret, key_id),
            messages: Hkdf::new(Some(b"keycell message v1"), secret.expose()),
        }
    }

    /// Names the material in ciphertexts.
    pub fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// What derives the key of one message.
    pub(crate) fn messages(&self) -> &Hkdf<Sha256> {
        &self.messages
    }
}

/// The material id: made of the material and the key id alone, so that the same bytes imported
/// again get the same id; tells nothing of the material, being the output of a key derivation
/// function.
pub fn material_id(secret: &Secret, key_id: &[u8]) -> [u8; 32] {
    let mut id = [0; 32];
    Hkdf::<Sha256>::new(Some(b"keycell material id v1"), secret.expose())
        .expand(key_id, &mut id)
        .expect("32 bytes are within what HKDF-SHA256 expands to");
    id
}
