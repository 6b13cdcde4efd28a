//! How services of AWS write requests and answers.

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
        }
    }

    /// The body of an answer.
    pub fn answer(self, operation: &str, result: Vec<u8>, request_id: &str) -> Vec<u8> {
        match self {
            Self::Json { .. } => result,
            Self::Query { namespace, .. } => xml::answer(operation, namespace, &result, request_id),
        }
    }

    /// An error as this protocol spells it.
    pub fn spell(self, error: ApiError) -> ApiError {
        match self {
            Self::Json { common: Common::Kms, .. } => error,
            Self::Json { common: Common::General, .. } => error.as_general(),
            Self::Query { .. } => error.as_query(),
        }
    }

    /// The body of an answer that is an error.
    pub fn error(self, error: &ApiError, request_id: &str) -> Vec<u8> {
        match self {
            Self::Json { .. } => error.body(),
            Self::Query { namespace, .. } => xml::error(namespace, error, request_id),
        }
    }
}
