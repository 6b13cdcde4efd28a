//! Signature Version 4 of a POST to KMS, for the client's side; it verifies nothing.
//! Source: "Create a signed AWS API request", IAM user guide.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{Failure, Result};

/// The root access key that a benchmarked server is started with. It guards nothing: the server and
/// its folder are gone when the run ends.
pub(crate) struct Credential {
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
}

impl Credential {
    /// A new secret of AWS's form: 40 characters of base64.
    pub(crate) fn random() -> Result<Self> {
        let mut bytes = [0; 30];
        getrandom::fill(&mut bytes).map_err(|error| Failure::new(error.to_string()))?;
        let access_key_id = "AKIABENCHBENCHBENCHA".to_owned();
        Ok(Self { access_key_id, secret: STANDARD.encode(bytes) })
    }
}

/// Signs requests to one host at one time.
pub(crate) struct Signer {
    host: String,
    datetime: String,
    scope: String,
    access_key_id: String,
    key: Hmac<Sha256>,
}

impl Signer {
    pub(crate) fn new(credential: &Credential, host: String, now: Timestamp) -> Self {
        let datetime = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let date = now.strftime("%Y%m%d").to_string();
        let secret = format!("AWS4{}", credential.secret);
        let key = [date.as_str(), REGION, SERVICE, "aws4_request"]
            .into_iter()
            .fold(keyed(secret.as_bytes()), |key, part| keyed(&mac(key, part)));
        let scope = format!("{date}/{REGION}/{SERVICE}/aws4_request");
        Self { host, datetime, scope, access_key_id: credential.access_key_id.clone(), key }
    }

    /// The bytes of a whole HTTP/1.1 request for `operation`.
    pub(crate) fn request(&self, operation: &str, body: &str) -> String {
        let Self { host, datetime, scope, access_key_id, key } = self;
        let canonical = format!(
            "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-amz-date:{datetime}\n\
             x-amz-target:TrentService.{operation}\n\n{SIGNED_HEADERS}\n{}",
            hex(&Sha256::digest(body)),
        );
        let digest = hex(&Sha256::digest(canonical));
        let string_to_sign = format!("AWS4-HMAC-SHA256\n{datetime}\n{scope}\n{digest}");
        let signature = hex(&mac(key.clone(), &string_to_sign));
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: keycell-bench\r\n\
             Content-Type: {CONTENT_TYPE}\r\nX-Amz-Date: {datetime}\r\n\
             X-Amz-Target: TrentService.{operation}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, \
             SignedHeaders={SIGNED_HEADERS}, Signature={signature}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len(),
        )
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn mac(key: Hmac<Sha256>, text: &str) -> [u8; 32] {
    key.chain_update(text).finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("a nibble is below 16");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

const REGION: &str = "us-east-1";
const SERVICE: &str = "kms";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
const SIGNED_HEADERS: &str = "content-type;host;x-amz-date;x-amz-target";

#[cfg(test)]
mod tests {
    use super::*;

    /// The signature is botocore's (1.43) for the same credential, time and request.
    #[test]
    fn a_request_is_signed_as_botocore_signs_it() {
        let credential = Credential {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
        };
        let now = "2026-01-02T03:04:05Z".parse().expect("a timestamp");
        let signer = Signer::new(&credential, "127.0.0.1:8080".to_owned(), now);
        let request = signer.request("Encrypt", r#"{"KeyId":"k","Plaintext":"AAAA"}"#);
        let signature = "cbf24ab526f5caf1ac4752a258afc8ada3de0f4fd1efa19c59371e6a5d3560e9";
        assert!(request.contains(&format!("Signature={signature}\r\n")), "{request}");
    }
}
