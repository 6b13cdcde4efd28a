//! Errors of CloudTrail, and what it calls those that all services share.
//!
//! Codes: the model of CloudTrail, version 2013-11-01, and "Common Errors" of its API reference.
//! Texts: that of `TrailNotFoundException` is the service's own, as records of CloudTrail show it.
//! No answer of the service was at hand for the others: their texts are our own, after what the API
//! reference says of each.

use std::borrow::Cow;

use super::{ApiError, Error};

impl ApiError {
    /// An error as services other than KMS raise it in JSON. What KMS alone raises has no name
    /// there.
    pub fn as_general(&self) -> Self {
        let (code, status, message) = match self.code {
            "ThrottlingException" => ("ThrottlingException", 400, Some("Rate exceeded")),
            "KMSInternalException" | "KeyUnavailableException" | "DependencyTimeoutException" => {
                ("InternalFailure", 500, Some(INTERNAL_FAILURE))
            }
            _ => return self.clone(),
        };
        let message = message.map(Into::into);
        Self { code, message, status, layer: self.layer }
    }
}

/// Errors of looking up events.
impl Error {
    /// More attributes than one, or one that there is not.
    pub fn invalid_lookup_attributes(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("InvalidLookupAttributesException", message).into()
    }

    /// An attribute that events are not found by.
    pub fn unknown_lookup_attribute() -> Self {
        Self::invalid_lookup_attributes("A lookup attribute is specified that is not valid.")
    }

    /// More attributes than one.
    pub fn several_lookup_attributes() -> Self {
        Self::invalid_lookup_attributes("Only one lookup attribute can be specified.")
    }

    /// The start is after the end.
    pub fn invalid_time_range() -> Self {
        let message = "The start time must not be after the end time.";
        ApiError::new("InvalidTimeRangeException", message).into()
    }

    /// Not a number of events that a page may have.
    pub fn invalid_max_results() -> Self {
        let message = "The number of results must be at least 1 and at most 50.";
        ApiError::new("InvalidMaxResultsException", message).into()
    }

    /// A token that no answer to this query had.
    pub fn invalid_next_token() -> Self {
        let message = "The token is not valid, or was used with different parameters.";
        ApiError::new("InvalidNextTokenException", message).into()
    }

    /// A category other than that of Insights.
    pub fn invalid_event_category() -> Self {
        let message = "The event category that is specified is not valid.";
        ApiError::new("InvalidEventCategoryException", message).into()
    }
}

/// Errors of trails.
impl Error {
    /// The account has no trail of that name.
    pub fn no_trail(name: &str, account: &str) -> Self {
        let message = format!("Unknown trail: {name} for the user: {account}");
        ApiError::new("TrailNotFoundException", message).into()
    }

    /// What no trail is called.
    pub fn invalid_trail_name(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("InvalidTrailNameException", message).into()
    }

    /// An ARN that is none of a trail.
    pub fn invalid_trail_arn() -> Self {
        let message = "The ARN is not the ARN of a trail.";
        ApiError::new("CloudTrailARNInvalidException", message).into()
    }

    /// A token of a list that has one page.
    pub fn invalid_token() -> Self {
        ApiError::new("InvalidTokenException", "The token is not valid.").into()
    }
}

/// "Common Errors" of the API reference.
const INTERNAL_FAILURE: &str = "The request processing has failed because of an unknown error, \
                                exception or failure.";

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: Error) -> (&'static str, u16, String) {
        let Error::Caller(error) = error else { panic!("not a caller's error") };
        let error = error.as_general();
        assert_eq!(error, error.as_general());
        (error.code, error.status, error.message.unwrap_or_default().into_owned())
    }

    #[test]
    fn no_error_of_kms_alone_is_told_by_another_service() {
        assert_eq!(told(Error::internal().into()).0, "InternalFailure");
        assert_eq!(told(Error::key_unavailable().into()).1, 500);
        assert_eq!(told(Error::throttled()).2, "Rate exceeded");
        let message = "Unknown trail: t for the user: 111122223333".to_owned();
        let expected = ("TrailNotFoundException", 400, message);
        assert_eq!(told(Error::no_trail("t", "111122223333")), expected);
    }
}
