//! What can go wrong, by whose fault; and every error text that a caller may read, in AWS's words.
//!
//! Sources: the "Errors" sections of the KMS API reference, "Common Errors", and the wire captures
//! named in the specification.

mod acting;
mod cloudtrail;
mod iam;
mod query;
mod simulation;

use std::{borrow::Cow, fmt};

use crate::arn::Malformed;

/// Why a request has no answer.
#[derive(Debug)]
pub enum Error {
    /// The caller's fault: told to the caller, in AWS's words.
    Caller(ApiError),
    /// The world's fault (disk, isolate): logged here and told to nobody.
    World(Box<dyn std::error::Error + Send + Sync>),
    /// A record has changed since it was read: the request is run again.
    Conflict,
}

/// The result of everything that serves a request.
pub type Result<T> = std::result::Result<T, Error>;

/// An error as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The `__type`.
    pub code: &'static str,
    /// Some errors have none.
    pub message: Option<Cow<'static, str>>,
    /// The HTTP status.
    pub status: u16,
    /// Which of the two spellings the message's name has.
    pub layer: Layer,
}

/// Who raises an error: it shows in the spelling of the message's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// KMS itself: `message`.
    Service,
    /// The common front end (authorization, deserialization): `Message`.
    Front,
}

impl ApiError {
    fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: Some(message.into()), status: 400, layer: Layer::Service }
    }

    fn silent(code: &'static str) -> Self {
        Self { code, message: None, status: 400, layer: Layer::Service }
    }

    fn front(self) -> Self {
        Self { layer: Layer::Front, ..self }
    }

    fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The body of the answer.
    pub fn body(&self) -> Vec<u8> {
        let name = match self.layer {
            Layer::Service => "message",
            Layer::Front => "Message",
        };
        match &self.message {
            Some(message) => serde_json::json!({ "__type": self.code, name: message }),
            None => serde_json::json!({ "__type": self.code }),
        }
        .to_string()
        .into_bytes()
    }
}

/// Errors of the front end: before there is a caller.
impl Error {
    /// No operation has that name.
    pub fn unknown_operation() -> Self {
        ApiError::silent("UnknownOperationException").into()
    }

    /// The body is no JSON object, or a member has the wrong type.
    pub fn serialization(what: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("SerializationException", what).front().into()
    }

    /// The body is no JSON object.
    pub fn not_json() -> Self {
        ApiError::silent("SerializationException").into()
    }

    /// The body is longer than any operation needs.
    pub fn too_large() -> Self {
        ApiError::silent("RequestEntityTooLargeException").status(413).into()
    }

    /// The body did not arrive in time.
    pub fn timeout() -> Self {
        ApiError::silent("RequestTimeoutException").status(408).into()
    }

    /// More requests are being served than there is room for.
    pub fn throttled() -> Self {
        let message = "You have exceeded the rate at which you may call KMS. \
                       Reduce the frequency of your calls.";
        ApiError::new("ThrottlingException", message).into()
    }

    /// Too many long calls of this tenant wait already.
    pub fn busy() -> Self {
        ApiError::new("ThrottlingException", "Rate exceeded").into()
    }

    /// Authentication failed, in a way that the signature's own module words.
    pub fn authentication(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new(code, message).into()
    }

    /// No active access key has that id; session tokens are told the same until there are any.
    pub fn unknown_client() -> Self {
        let message = "The security token included in the request is invalid.";
        ApiError::new("UnrecognizedClientException", message).into()
    }

    /// The temporary credentials were active until a while ago.
    pub fn expired_token() -> Self {
        let message = "The security token included in the request is expired";
        ApiError::new("ExpiredTokenException", message).into()
    }

    /// `n validation errors detected: …`
    pub fn violations(violations: &[String]) -> Self {
        let count = violations.len();
        let plural = if count == 1 { "" } else { "s" };
        let listed = violations.iter().take(10).map(String::as_str).collect::<Vec<_>>().join("; ");
        Self::validation(format!("{count} validation error{plural} detected: {listed}"))
    }

    /// A rule that no single member's constraint expresses.
    pub fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("ValidationException", message).into()
    }

    /// A member that most requests must have, and this one has not.
    pub fn missing(path: &str) -> Self {
        let rule = "failed to satisfy constraint: Member must not be null";
        Self::violations(&[format!("Value null at '{path}' {rule}")])
    }

    /// A rule on a member that AWS says nothing more of.
    pub fn invalid() -> Self {
        ApiError::silent("ValidationException").into()
    }

    /// Something is wrong here that the caller cannot help; it may try again.
    pub fn internal() -> ApiError {
        ApiError::silent("KMSInternalException").status(500)
    }

    /// What is stored of the key does not open.
    pub fn key_unavailable() -> ApiError {
        ApiError::silent("KeyUnavailableException").status(500)
    }

    /// The key's isolate took too long, and was stopped.
    pub fn dependency_timeout() -> ApiError {
        ApiError::silent("DependencyTimeoutException").status(500)
    }

    /// What was done could not be recorded, so it is not told.
    pub fn unavailable() -> ApiError {
        ApiError::silent("ServiceUnavailable").status(503)
    }
}

/// Errors of authorization.
impl Error {
    /// Nothing allows it; `why` is AWS's phrase for what is missing.
    pub fn denied(caller: &impl fmt::Display, action: &str, what: &str, why: &str) -> Self {
        let message = format!("User: {caller} is not authorized to perform: {action} on {what}");
        ApiError::new("AccessDeniedException", format!("{message} {why}")).front().into()
    }

    /// Decrypt without a key id, and the ciphertext's key is unknown or forbidden.
    pub fn ciphertext_denied() -> Self {
        let message = "The ciphertext refers to a customer master key that does not exist, \
                       does not exist in this region, or you are not allowed to access.";
        ApiError::new("AccessDeniedException", message).into()
    }
}

/// Errors of finding keys and aliases.
impl Error {
    /// A well-formed id that no key has.
    pub fn no_key(arn: &impl fmt::Display) -> Self {
        ApiError::new("NotFoundException", format!("Key '{arn}' does not exist")).into()
    }

    /// Neither a UUID nor a multi-Region key's id.
    pub fn invalid_key_id(id: &str) -> Self {
        ApiError::new("NotFoundException", format!("Invalid keyId '{id}'")).into()
    }

    /// An ARN of another Region (which is then what is named), or of no KMS resource.
    pub fn invalid_arn(what: &str) -> Self {
        ApiError::new("NotFoundException", format!("Invalid arn {what}")).into()
    }

    /// No alias has that name.
    pub fn no_alias(arn: &impl fmt::Display) -> Self {
        ApiError::new("NotFoundException", format!("Alias {arn} is not found.")).into()
    }

    /// An alias where only a key id or a key ARN will do.
    pub fn alias_not_supported() -> Self {
        let message = "Key Aliases are not supported for this operation.";
        ApiError::new("InvalidArnException", message).into()
    }

    /// An alias with that name is there already.
    pub fn alias_exists(arn: &impl fmt::Display) -> Self {
        let message = format!("An alias with the name {arn} already exists");
        ApiError::new("AlreadyExistsException", message).into()
    }

    /// A multi-Region key is in that Region already.
    pub fn replica_exists() -> Self {
        let message = "You can create only one replica of each primary key in each AWS Region.";
        ApiError::new("AlreadyExistsException", message).into()
    }

    /// `alias/aws/` belongs to AWS services. AWS says no more, and by a name that no model has.
    pub fn reserved_alias() -> Self {
        ApiError::silent("NotAuthorizedException").into()
    }

    /// An alias as the target of another one.
    pub fn alias_of_alias() -> Self {
        Self::validation("Aliases must refer to keys. Not aliases")
    }

    /// An alias name without its prefix.
    pub fn alias_prefix() -> Self {
        Self::validation(
            "Alias must start with the prefix \"alias/\". Please see \
             https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        )
    }

    /// A quota is used up.
    pub fn limit_exceeded(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("LimitExceededException", message).into()
    }

    /// A marker that no list of this kind has returned.
    pub fn invalid_marker() -> Self {
        ApiError::silent("InvalidMarkerException").into()
    }
}

/// Errors of key policies.
impl Error {
    /// The text is no key policy; of most faults AWS says no more.
    pub fn malformed_policy(message: Option<&'static str>) -> Self {
        match message {
            Some(message) => ApiError::new("MalformedPolicyDocumentException", message),
            None => ApiError::silent("MalformedPolicyDocumentException"),
        }
        .into()
    }

    /// It names somebody who is not there, or cannot be.
    pub fn invalid_policy_principal() -> Self {
        let message = "Policy contains a statement with one or more invalid principals.";
        Self::malformed_policy(Some(message))
    }

    /// It would leave its author no way to write another.
    pub fn policy_lockout() -> Self {
        Self::malformed_policy(Some(
            "The new key policy will not allow you to update the key policy in the future.",
        ))
    }

    /// Keys have one policy.
    pub fn no_policy() -> Self {
        ApiError::new("NotFoundException", "No such policy exists").into()
    }

    /// The policy of keys that are shared, which nobody writes by hand.
    pub fn foreign_policy() -> Self {
        Self::validation("The AWS_RAM policy can only be managed by the RAM service")
    }
}

/// Errors of grants.
impl Error {
    /// No grant has that token.
    pub fn invalid_grant_token() -> Self {
        ApiError::silent("InvalidGrantTokenException").into()
    }

    /// No grant can have that id.
    pub fn invalid_grant_id() -> Self {
        ApiError::silent("InvalidGrantIdException").into()
    }

    /// No grant of that key has that id.
    pub fn no_grant(id: &impl fmt::Display) -> Self {
        ApiError::new("NotFoundException", format!("Grant ID {id} not found")).into()
    }

    /// What is no principal, in AWS's several words.
    pub fn invalid_principal(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("InvalidArnException", message).into()
    }

    /// An ARN of the right form that nobody has.
    pub fn unknown_principal(arn: &str) -> Self {
        Self::invalid_principal(format!("ARN does not refer to a valid principal: {arn}"))
    }

    /// Nobody of that name can retire grants.
    pub fn no_retiring_principal(name: &str) -> Self {
        let message = format!("Retiring principal {name} could not be found");
        ApiError::new("NotFoundException", message).into()
    }
}

/// Errors of tags.
impl Error {
    /// Tags that no key may have, in AWS's few words.
    pub fn tags(message: &'static str) -> Self {
        ApiError::new("TagException", message).into()
    }
}

/// Errors of using keys.
impl Error {
    /// The key is disabled.
    pub fn disabled(arn: &impl fmt::Display) -> Self {
        ApiError::new("DisabledException", format!("{arn} is disabled.")).into()
    }

    /// Material of the key is missing.
    pub fn pending_import(arn: &impl fmt::Display) -> Self {
        Self::invalid_state(format!("{arn} is pending import."))
    }

    /// The key is rotated soon in any case, or is being rotated.
    pub fn rotation_conflict() -> Self {
        let message = "The request was rejected because an automatic rotation of this key is \
                       currently in progress or scheduled to begin within the next 20 minutes.";
        ApiError::new("ConflictException", message).into()
    }

    /// The key's state does not allow it.
    pub fn invalid_state(message: String) -> Self {
        ApiError::new("KMSInvalidStateException", message).into()
    }

    /// The key is made for something else.
    pub fn invalid_usage(arn: &impl fmt::Display, usage: &str, operation: &str) -> Self {
        let message = format!("{arn} key usage is {usage} which is not valid for {operation}.");
        ApiError::new("InvalidKeyUsageException", message).into()
    }

    /// The algorithm does not go with the key.
    pub fn incompatible_algorithm(algorithm: &str, spec: &str) -> Self {
        let message = format!("Algorithm {algorithm} is incompatible with key spec {spec}.");
        ApiError::new("InvalidKeyUsageException", message).into()
    }

    /// The ciphertext is no ciphertext of this key and context.
    pub fn invalid_ciphertext() -> Self {
        ApiError::silent("InvalidCiphertextException").into()
    }

    /// The signature is none of this key and message.
    pub fn invalid_signature() -> Self {
        ApiError::silent("KMSInvalidSignatureException").into()
    }

    /// The MAC is none of this key and message.
    pub fn invalid_mac() -> Self {
        ApiError::silent("KMSInvalidMacException").into()
    }

    /// The ciphertext belongs to another key than the one named.
    pub fn incorrect_key() -> Self {
        let message = "The key ID in the request does not identify a CMK that can perform this \
                       operation.";
        ApiError::new("IncorrectKeyException", message).into()
    }

    /// All checks passed, and nothing was done.
    pub fn dry_run() -> Self {
        let message = "The request would have succeeded, but the DryRun option is set.";
        ApiError::new("DryRunOperationException", message).into()
    }

    /// The operation makes no sense for a key of this kind.
    pub fn senseless() -> Self {
        ApiError::silent("UnsupportedOperationException").into()
    }

    /// A feature of AWS KMS that this service does not have.
    pub fn unsupported(what: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("UnsupportedOperationException", what).into()
    }
}

/// Errors of importing key material.
impl Error {
    /// The key's material is from elsewhere than the operation needs.
    pub fn wrong_origin(arn: &impl fmt::Display, origin: &str) -> Self {
        let message = format!("{arn} origin is {origin} which is not valid for this operation.");
        ApiError::new("UnsupportedOperationException", message).into()
    }

    /// No import token of this key.
    pub fn invalid_import_token() -> Self {
        ApiError::silent("InvalidImportTokenException").into()
    }

    /// It was one until a while ago.
    pub fn expired_import_token() -> Self {
        ApiError::silent("ExpiredImportTokenException").into()
    }

    /// The material is another than it must be.
    pub fn incorrect_material(message: String) -> Self {
        ApiError::new("IncorrectKeyMaterialException", message).into()
    }
}

impl Error {
    /// The world's fault.
    pub fn world(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::World(source.into())
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Self::Caller(error)
    }
}

/// What the service has stored itself and now cannot read.
impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::world(malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(error: Error) -> String {
        let Error::Caller(error) = error else { panic!("not a caller's error") };
        String::from_utf8(error.body()).unwrap()
    }

    #[test]
    fn bodies_have_the_shapes_of_aws() {
        assert_eq!(body(Error::unknown_operation()), r#"{"__type":"UnknownOperationException"}"#);
        assert_eq!(
            body(Error::disabled(&"K")),
            r#"{"__type":"DisabledException","message":"K is disabled."}"#
        );
        assert!(
            body(Error::denied(&"U", "kms:X", "R", "because")).contains(r#""Message":"User: U"#)
        );
    }

    #[test]
    fn violations_are_counted_and_joined() {
        assert!(body(Error::violations(&["a".into()])).contains("1 validation error detected: a"));
        let many = vec!["a".to_owned(); 12];
        assert!(body(Error::violations(&many)).contains("12 validation errors detected: a; a"));
    }
}
