//! The requests, prepared before the clock runs: CreateKey once, and Encrypt of 32 bytes many
//! times, each with another plaintext, another encryption context and so another signature.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::sign::Signer;
use crate::{Failure, Result};

/// Prepared requests, in one buffer.
pub(crate) struct Pool {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Pool {
    /// Encrypt requests under `key_id` with these numbers in their encryption contexts, valid for
    /// five minutes from the signer's time.
    pub(crate) fn encrypt(signer: &Signer, key_id: &str, numbers: Range<usize>) -> Result<Self> {
        let mut pool = Self { bytes: Vec::new(), ends: Vec::with_capacity(numbers.len()) };
        for number in numbers {
            let mut plaintext = [0; 32];
            getrandom::fill(&mut plaintext).map_err(|error| Failure::new(error.to_string()))?;
            let body = format!(
                r#"{{"KeyId":"{key_id}","Plaintext":"{}","EncryptionContext":{{"n":"{number}"}}}}"#,
                STANDARD.encode(plaintext),
            );
            pool.bytes.extend_from_slice(signer.request("Encrypt", &body).as_bytes());
            pool.ends.push(pool.bytes.len());
        }
        Ok(pool)
    }

    /// The request at this index, or `None` past the last.
    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        self.bytes.get(start?..end)
    }
}

/// CreateKey with AWS's defaults: a symmetric encryption key.
pub(crate) fn create_key(signer: &Signer) -> String {
    signer.request("CreateKey", "{}")
}

/// The key's id in CreateKey's answer.
pub(crate) fn key_id(body: &[u8]) -> Result<String> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let id = answer.pointer("/KeyMetadata/KeyId").and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| Failure::new("CreateKey's answer names no key"))
}

/// Whether a body is Encrypt's answer: a 200 alone would not show that anything was encrypted.
pub(crate) fn has_ciphertext(body: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let blob = answer.get("CiphertextBlob").and_then(Value::as_str);
    blob.and_then(|blob| STANDARD.decode(blob).ok()).is_some_and(|blob| blob.len() > 32)
}

/// How many a server is warmed up with.
pub(crate) const WARM_UP_REQUESTS: usize = 20_000;

/// Bounds the memory that prepared requests take: about 100 MB.
pub(crate) const MOST_REQUESTS: usize = 150_000;
