//! Binary members: standard base64 in JSON.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

/// Bytes of an answer. They may be a plaintext on its way to its owner, so they are wiped.
pub struct Blob(Zeroizing<Vec<u8>>);

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<Zeroizing<Vec<u8>>> for Blob {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(STANDARD.encode(&*self.0));
        serializer.serialize_str(&text)
    }
}

/// The bytes of a blob, or `None` if the text is no base64.
pub fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    STANDARD.decode(text).ok().map(Zeroizing::new)
}
