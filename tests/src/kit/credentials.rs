//! Signature Version 4, the client's side: the canonical request is written here, the MACs are
//! those of the crate `aws-sigv4`, and none of it is the server's own code.
//!
//! Source: IAM user guide, "Create a signed AWS API request".

use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::Request;

/// An access key of an account.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) account: String,
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
    /// Of temporary credentials.
    pub(crate) session_token: Option<String>,
}

impl Credentials {
    /// What a server is given at its first start.
    pub(crate) fn preset() -> Self {
        Self {
            account: "111122223333".to_owned(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        }
    }

    /// What the command line printed: `export` lines.
    pub(crate) fn from_exports(account: &str, text: &str) -> Self {
        let value = |name: &str| {
            let lines: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(name)).collect();
            let [value] = lines.as_slice() else { panic!("one line has {name:?}: {text:?}") };
            (*value).to_owned()
        };
        Self {
            account: account.to_owned(),
            access_key_id: value("export AWS_ACCESS_KEY_ID="),
            secret: value("export AWS_SECRET_ACCESS_KEY="),
            session_token: None,
        }
    }
}

/// Who signs, for where, and when. Each may be wrong.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) time: Timestamp,
}

/// The machine's time.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

impl Signer {
    /// Signs every header that the request has, but for those that it wants unsigned.
    pub(crate) fn sign(&self, request: Request) -> Request {
        let request = match request.header("X-Amz-Date") {
            Some(_) => request,
            None => request.add("X-Amz-Date", &self.date_time()),
        };
        let request = match &self.credentials.session_token {
            Some(token) => request.add("X-Amz-Security-Token", token),
            None => request,
        };
        let signed = signed_headers(&request);
        let signature = self.signature(&request, &signed, "");
        let credential = format!("{}/{}", self.credentials.access_key_id, self.scope());
        request.add(
            "Authorization",
            &format!(
                "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, \
                 Signature={signature}"
            ),
        )
    }

    /// Signs in the query, as presigned requests are.
    pub(crate) fn presign(&self, request: Request, seconds: u32) -> Request {
        let signed = signed_headers(&request);
        let credential = format!("{}/{}", self.credentials.access_key_id, self.scope());
        // In the order of the names, encoded: this is the canonical query as well.
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={}\
             &X-Amz-Expires={seconds}{}&X-Amz-SignedHeaders={}",
            credential.replace('/', "%2F"),
            self.date_time(),
            request
                .query_token
                .as_ref()
                .map_or(String::new(), |token| format!("&X-Amz-Security-Token={token}")),
            signed.replace(';', "%3B"),
        );
        let signature = self.signature(&request, &signed, &query);
        Request { target: format!("/?{query}&X-Amz-Signature={signature}"), ..request }
    }

    fn signature(&self, request: &Request, signed: &str, query: &str) -> String {
        let mut canonical = format!("{}\n/\n{query}\n", request.method);
        for name in signed.split(';') {
            let values = request.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
            let values: Vec<_> = values.map(|(_, value)| value.trim()).collect();
            canonical += &format!("{name}:{}\n", values.join(","));
        }
        canonical += &format!("\n{signed}\n{}", hex(&request.body));
        let (date_time, scope) = (self.date_time(), self.scope());
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{date_time}\n{scope}\n{}", hex(canonical.as_bytes()));
        let time = SystemTime::from(self.time);
        let secret = &self.credentials.secret;
        let key = generate_signing_key(secret, time, &self.region, &self.service);
        calculate_signature(key, to_sign.as_bytes())
    }

    fn scope(&self) -> String {
        let date = self.time.strftime("%Y%m%d");
        format!("{date}/{}/{}/aws4_request", self.region, self.service)
    }

    /// As it stands in `X-Amz-Date`.
    pub(crate) fn date_time(&self) -> String {
        self.time.strftime("%Y%m%dT%H%M%SZ").to_string()
    }
}

fn signed_headers(request: &Request) -> String {
    let is_signed = |name: &String| !request.unsigned.iter().any(|unsigned| unsigned == name);
    let names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    let mut names: Vec<_> = names.filter(is_signed).collect();
    names.sort_unstable();
    names.dedup();
    names.join(";")
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
