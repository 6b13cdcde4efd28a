//! Errors of callers that act as services. The words are our own: AWS's services need none.

use std::fmt;

use super::{ApiError, Error};

impl Error {
    /// The signer says that it acts as a service, and is not registered for that.
    pub fn no_service(signer: &impl fmt::Display, service: &str) -> Self {
        let message = format!("User: {signer} is not registered to act as {service}");
        ApiError::new("AccessDeniedException", message).front().into()
    }

    /// A service acts on behalf of somebody who is not there, or whom this name does not tell well
    /// enough.
    pub fn nobody_asks(name: &str) -> Self {
        let message = format!(
            "A service can act on behalf of an access key by its id, or of a user or a root user \
             by its ARN, and not of: {name}"
        );
        ApiError::new("AccessDeniedException", message).front().into()
    }

    /// A service acts for itself and for somebody else at once.
    pub fn two_behalves() -> Self {
        let message = "A service that acts on behalf of a caller names no source of its own.";
        ApiError::new("AccessDeniedException", message).front().into()
    }
}
