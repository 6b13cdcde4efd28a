//! How services of AWS write requests and answers.

use serde_json::json;

use super::{ApiError, xml};

/// How requests and answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1.
    Json {
        /// How `X-Amz-Target` may begin: SDKs differ.
        targets: &'static [&'static str],
        /// What it calls the errors that all services have.
        common: Common,
    },
    /// AWS query: forms in, XML out.
    Query {
        /// `Version` of requests.
        version: &'static str,
        /// The namespace of answers.
        namespace: &'static str,
    },
    /// The same for clients that accept JSON alone, as those do that verify presigned requests of
    /// STS: forms in, JSON out.
    QueryInJson,
}

/// How a service calls the errors that all services have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Common {
    /// KMS has names of its own for some.
    Kms,
    /// As "Common Errors" of AWS's API references name them.
    General,
}

impl Protocol {
    /// The media type of answers.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json { .. } => "application/x-amz-json-1.1",
            Self::Query { .. } => xml::MEDIA_TYPE,
            Self::QueryInJson => JSON,
        }
    }

    /// The body of an answer.
    pub fn answer(self, operation: &str, result: Vec<u8>, request_id: &str) -> Vec<u8> {
        match self {
            Self::Json { .. } => result,
            Self::Query { namespace, .. } => xml::answer(operation, namespace, &result, request_id),
            Self::QueryInJson => json_answer(operation, &result, request_id),
        }
    }

    /// An error as this protocol spells it.
    pub fn spell(self, error: ApiError) -> ApiError {
        match self {
            Self::Json { common: Common::Kms, .. } => error,
            Self::Json { common: Common::General, .. } => error.as_general(),
            Self::Query { .. } | Self::QueryInJson => error.as_query(),
        }
    }

    /// The body of an answer that is an error.
    pub fn error(self, error: &ApiError, request_id: &str) -> Vec<u8> {
        match self {
            Self::Json { .. } => error.body(),
            Self::Query { namespace, .. } => xml::error(namespace, error, request_id),
            Self::QueryInJson => json_error(error, request_id),
        }
    }

    /// The same for a client that accepts answers in this form.
    #[must_use]
    pub fn accepted(self, accept: Option<&str>) -> Self {
        match self {
            Self::Query { .. } if accept == Some(JSON) => Self::QueryInJson,
            other => other,
        }
    }
}

fn json_answer(operation: &str, result: &[u8], request_id: &str) -> Vec<u8> {
    let mut out = format!("{{\"{operation}Response\":{{").into_bytes();
    if !result.is_empty() {
        out.extend_from_slice(format!("\"{operation}Result\":").as_bytes());
        out.extend_from_slice(result);
        out.push(b',');
    }
    let rest = format!("\"ResponseMetadata\":{{\"RequestId\":\"{request_id}\"}}}}}}");
    out.extend_from_slice(rest.as_bytes());
    out
}

fn json_error(error: &ApiError, request_id: &str) -> Vec<u8> {
    let kind = xml::fault(error);
    let error = json!({ "Code": error.code, "Message": error.message, "Type": kind });
    json!({ "Error": error, "RequestId": request_id }).to_string().into_bytes()
}

const JSON: &str = "application/json";
