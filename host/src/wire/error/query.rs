//! Errors under the query protocol: its own, and what it calls those that all services share.

use super::{ApiError, Error};

impl ApiError {
    /// The error as services of the query protocol raise it. What only they raise stays as it is.
    pub fn as_query(&self) -> Self {
        let (code, status, message) = match self.code {
            "ValidationException" => ("ValidationError", 400, None),
            "SerializationException" => ("MalformedInput", 400, None),
            "AccessDeniedException" => ("AccessDenied", 403, None),
            "UnrecognizedClientException" => ("InvalidClientTokenId", 403, None),
            "ExpiredTokenException" => ("ExpiredToken", 403, None),
            "InvalidSignatureException" => ("SignatureDoesNotMatch", 403, None),
            "IncompleteSignatureException" => ("IncompleteSignature", 400, None),
            "MissingAuthenticationTokenException" => {
                let message = "Request is missing Authentication Token";
                ("MissingAuthenticationToken", 403, Some(message))
            }
            "MalformedPolicyDocumentException" => ("MalformedPolicyDocument", 400, None),
            "ThrottlingException" => ("Throttling", 400, Some("Rate exceeded")),
            "UnsupportedOperationException" => ("UnsupportedOperation", 400, None),
            "UnknownOperationException" => ("InvalidAction", 400, None),
            "RequestEntityTooLargeException" => ("RequestEntityTooLarge", 413, None),
            "RequestTimeoutException" => ("RequestTimeout", 408, None),
            "KMSInternalException" | "KeyUnavailableException" | "DependencyTimeoutException" => {
                ("InternalFailure", 500, Some(INTERNAL_FAILURE))
            }
            "ServiceUnavailable" => ("ServiceUnavailable", 503, Some(UNAVAILABLE)),
            _ => return self.clone(),
        };
        let message = message.map(Into::into).or_else(|| self.message.clone());
        Self { code, message, status, layer: self.layer }
    }
}

/// Errors of routing.
impl Error {
    /// No operation has that name, or not in that version of the API.
    pub fn invalid_action(action: &str, version: Option<&str>) -> Self {
        let version = version.unwrap_or("NO_VERSION_SPECIFIED");
        let message = format!("Could not find operation {action} for version {version}");
        ApiError::new("InvalidAction", message).into()
    }

    /// No operation is named.
    pub fn missing_action() -> Self {
        let message = "The request is missing an action or a required parameter.";
        ApiError::new("MissingAction", message).into()
    }
}

/// Errors of reading a form.
impl Error {
    /// Not a number, a truth value or a time.
    pub fn not_convertible(wanted: &str) -> Self {
        malformed(format!("STRING_VALUE can not be converted to {wanted}"))
    }

    /// `X.0`.
    pub fn invalid_index(index: &str) -> Self {
        malformed(format!("{index} is not a valid index"))
    }

    /// `X.-1`.
    pub fn leading_minus(segment: &str) -> Self {
        malformed(format!("Key {segment} may not have a leading '-'"))
    }

    /// `X.1.1`.
    pub fn two_indexes() -> Self {
        malformed("Two index elements may not occur back to back".to_owned())
    }

    /// An index far behind all others.
    pub fn sparse_list(skipped: u32) -> Self {
        malformed(format!("Excessively sparse input would skip {skipped} list elements"))
    }

    /// `X.1` or `X.Y` where `X` is one text.
    pub fn unexpected_list() -> Self {
        malformed("Start of list found where not expected".to_owned())
    }

    /// `X.Y` where `X` is a list.
    pub fn unexpected_structure() -> Self {
        malformed("Start of structure or map found where not expected.".to_owned())
    }

    /// `X=text` where `X` is a list, a structure or a map.
    pub fn unexpected_text(wanted: &str) -> Self {
        malformed(format!("Unexpected {wanted} element termination"))
    }

    /// One parameter twice.
    pub fn repeated_parameter(name: &str) -> Self {
        malformed(format!("Parameter '{name}' must not be given more than once"))
    }

    /// A member that this service does not have yet.
    pub fn unserved_member(name: &str) -> Self {
        Self::unsupported(format!("{name} is not supported by this service."))
    }

    /// More parameters than anyone needs.
    pub fn many_parameters(most: usize) -> Self {
        malformed(format!("A request must have at most {most} parameters"))
    }

    /// A name that no parameter has.
    pub fn long_parameter_name(longest: usize) -> Self {
        malformed(format!("The name of a parameter must be at most {longest} bytes"))
    }

    /// Bytes that are no text.
    pub fn not_utf8() -> Self {
        malformed("Parameters must be UTF-8".to_owned())
    }

    /// `%` without two hexadecimal digits.
    pub fn bad_escape() -> Self {
        malformed("'%' must be followed by two hexadecimal digits".to_owned())
    }
}

fn malformed(message: String) -> Error {
    ApiError::new("MalformedInput", message).into()
}

/// "Common Errors" of IAM and STS.
const INTERNAL_FAILURE: &str = "The request processing has failed because of an unknown error, \
                                exception or failure.";
const UNAVAILABLE: &str = "The request has failed due to a temporary failure of the server.";

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: Error) -> (&'static str, u16, String) {
        let Error::Caller(error) = error else { panic!("not a caller's error") };
        let error = error.as_query();
        assert_eq!(error, error.as_query());
        (error.code, error.status, error.message.unwrap_or_default().into_owned())
    }

    #[test]
    fn shared_errors_have_the_codes_and_statuses_of_the_query_protocol() {
        let (code, status, message) = told(Error::denied(&"U", "iam:X", "R", "because"));
        assert_eq!((code, status), ("AccessDenied", 403));
        assert_eq!(message, "User: U is not authorized to perform: iam:X on R because");
        let (code, status, message) = told(Error::violations(&["a".into()]));
        assert_eq!((code, status), ("ValidationError", 400));
        assert_eq!(message, "1 validation error detected: a");
        assert_eq!(told(Error::unknown_client()).0, "InvalidClientTokenId");
        assert_eq!(told(Error::internal().into()).0, "InternalFailure");
        assert_eq!(told(Error::unavailable().into()).1, 503);
        let throttled = ("Throttling", 400, "Rate exceeded".to_owned());
        assert_eq!(told(Error::throttled()), throttled);
        assert_eq!(told(Error::busy()), throttled);
        let missing = Error::authentication("MissingAuthenticationTokenException", "");
        let message = "Request is missing Authentication Token".to_owned();
        assert_eq!(told(missing), ("MissingAuthenticationToken", 403, message));
        let invalid = Error::authentication("InvalidSignatureException", "text");
        assert_eq!(told(invalid), ("SignatureDoesNotMatch", 403, "text".to_owned()));
    }

    #[test]
    fn unknown_actions_are_named() {
        let message = "Could not find operation X for version 2010-05-08".to_owned();
        let expected = ("InvalidAction", 400, message);
        assert_eq!(told(Error::invalid_action("X", Some("2010-05-08"))), expected);
        assert!(told(Error::invalid_action("X", None)).2.ends_with("NO_VERSION_SPECIFIED"));
    }
}
