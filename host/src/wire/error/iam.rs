//! Errors of IAM and STS. Their codes are those of the query protocol.
//!
//! Sources: the "Errors" sections of the IAM and STS API references, and answers of the services.

use std::borrow::Cow;

use super::{ApiError, Error};
use crate::arn::Entity;

/// What is not there.
impl Error {
    /// No user, group or role has that name.
    pub fn no_entity(entity: Entity, name: &str) -> Self {
        no_such_entity(format!("The {} with name {name} cannot be found.", entity.as_str()))
    }

    /// No inline policy of it has that name.
    pub fn no_inline_policy(entity: Entity, name: &str) -> Self {
        no_such_entity(format!("The {} policy with name {name} cannot be found.", entity.as_str()))
    }

    /// No access key of the user has that id.
    pub fn no_access_key(id: &str) -> Self {
        no_such_entity(format!("The Access Key with id {id} cannot be found."))
    }

    /// A user does not sign in to a console.
    pub fn no_login_profile(name: &str) -> Self {
        no_such_entity(format!("Login Profile for User {name} cannot be found."))
    }

    /// No managed policy has that ARN, or it is not attached to what it was to be detached from.
    pub fn no_managed_policy(arn: &str) -> Self {
        no_such_entity(format!("Policy {arn} was not found."))
    }

    /// No managed policy that can be attached has that ARN.
    pub fn no_attachable_policy(arn: &str) -> Self {
        no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
    }

    /// No managed policy that can be a permissions boundary has that ARN.
    pub fn no_boundary_policy(arn: &str) -> Self {
        no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable."))
    }

    /// The managed policy has no such version.
    pub fn no_policy_version(arn: &str, version: &str) -> Self {
        let message =
            format!("Policy {arn} version {version} does not exist or is not attachable.");
        no_such_entity(message)
    }

    /// It has no permissions boundary. (AWS's code; the text is our own.)
    pub fn no_permissions_boundary(entity: Entity, name: &str) -> Self {
        let word = entity.as_str();
        no_such_entity(format!("The {word} with name {name} does not have a permissions boundary."))
    }
}

fn no_such_entity(message: String) -> Error {
    ApiError::new("NoSuchEntity", message).status(404).into()
}

/// What is there already, or in the way.
impl Error {
    /// A user, group or role has that name.
    pub fn entity_exists(entity: Entity, name: &str) -> Self {
        entity_already_exists(format!("{} with name {name} already exists.", entity.title()))
    }

    /// A managed policy has that name.
    pub fn managed_policy_exists(name: &str) -> Self {
        entity_already_exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        ))
    }

    /// It still has what must go first: `delete access keys`, `detach all policies`,
    /// `delete policies`, `remove users from group`.
    pub fn delete_conflict(first: &str) -> Self {
        conflict(format!("Cannot delete entity, must {first} first."))
    }

    /// The managed policy is attached, or somebody's boundary.
    pub fn policy_attached() -> Self {
        conflict("Cannot delete a policy attached to entities.")
    }

    /// The managed policy has other versions than the default one.
    pub fn policy_has_versions() -> Self {
        conflict(
            "This policy has more than one version. Before you delete a policy, you must delete \
             the policy's versions. The default version is deleted with the policy.",
        )
    }

    /// The default version goes with its policy alone.
    pub fn default_policy_version() -> Self {
        conflict("Cannot delete the default version of a policy.")
    }
}

fn entity_already_exists(message: String) -> Error {
    ApiError::new("EntityAlreadyExists", message).status(409).into()
}

fn conflict(message: impl Into<Cow<'static, str>>) -> Error {
    ApiError::new("DeleteConflict", message).status(409).into()
}

/// What is too much.
impl Error {
    /// A quota under AWS's name for it: `AccessKeysPerUser`, `PolicySize`, `ACLSizePerRole`,
    /// `AttachedPoliciesPerUser`, `GroupsPerUser`, `UsersPerAccount`.
    pub fn quota_exceeded(quota: &str, most: usize) -> Self {
        limit_exceeded(format!("Cannot exceed quota for {quota}: {most}"))
    }

    /// The inline policies of one entity, together, without white space.
    pub fn inline_policies_too_large(entity: Entity, name: &str, most: usize) -> Self {
        let word = entity.as_str();
        limit_exceeded(format!("Maximum policy size of {most} bytes exceeded for {word} {name}"))
    }

    /// A managed policy has all the versions that it can have.
    pub fn too_many_policy_versions(most: usize) -> Self {
        limit_exceeded(format!(
            "A managed policy can have up to {most} versions. Before you create a new version, you \
             must delete an existing version."
        ))
    }

    /// It has all the tags that it can have.
    pub fn too_many_tags() -> Self {
        limit_exceeded("The number of tags has reached the maximum limit.".to_owned())
    }
}

fn limit_exceeded(message: String) -> Error {
    ApiError::new("LimitExceeded", message).status(409).into()
}

/// What is wrong in itself.
impl Error {
    /// No policy document, or none of the kind that is wanted.
    pub fn malformed_policy_document(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("MalformedPolicyDocument", message).into()
    }

    /// A trust policy that names somebody who is not there.
    pub fn invalid_trusted_principal(name: &str) -> Self {
        Self::malformed_policy_document(format!("Invalid principal in policy: \"AWS\":\"{name}\""))
    }

    /// No ARN at all.
    pub fn unparsable_arn() -> Self {
        Self::validation("Invalid ARN:  Could not be parsed!")
    }

    /// An ARN of something else.
    pub fn unsuitable_arn(arn: &str) -> Self {
        Self::validation(format!("ARN {arn} is not valid."))
    }

    /// A marker that no list of this kind has returned. (The text is our own.)
    pub fn invalid_iam_marker() -> Self {
        Self::validation("Invalid Marker.")
    }

    /// No user is named, and the caller is none.
    pub fn no_own_user() -> Self {
        Self::validation("Must specify userName when calling with non-User credentials")
    }

    /// A rule on the request that no single member's constraint expresses.
    pub fn invalid_input(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("InvalidInput", message).into()
    }

    /// An empty list where there must be an entry.
    pub fn empty_input() -> Self {
        Self::invalid_input("Error occurred while validating input. ")
    }

    /// Two tags of a request that AWS holds for one.
    pub fn duplicate_tags() -> Self {
        Self::invalid_input(DUPLICATE_TAGS)
    }

    /// A tag that only AWS may set.
    pub fn reserved_tag() -> Self {
        Self::invalid_input("Tag keys beginning with aws: are reserved for system use.")
    }

    /// A policy that is there, but not for this.
    pub fn policy_not_attachable(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("PolicyNotAttachable", message).into()
    }

    /// An entity that only AWS may change.
    pub fn unmodifiable_entity(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("UnmodifiableEntity", message).into()
    }
}

/// Errors of STS.
impl Error {
    /// Session policies and tags are too large together, in per cent of what there is room for.
    pub fn packed_policy_too_large(percent: usize) -> Self {
        let message = format!(
            "Packed policy consumes {percent}% of allotted space, please use smaller policy."
        );
        ApiError::new("PackedPolicyTooLarge", message).into()
    }

    /// Session tags of a request that AWS holds for one.
    pub fn duplicate_session_tags() -> Self {
        invalid_parameter(DUPLICATE_TAGS)
    }

    /// A transitive tag that is none of the session's.
    pub fn no_transitive_tag() -> Self {
        invalid_parameter(
            "The specified transitive tag key must be included in the requested tags.",
        )
    }

    /// A tag that the calling session hands on, and that is to be changed.
    pub fn transitive_tag_conflict() -> Self {
        invalid_parameter(
            "One of the specified transitive tag keys can't be set because it conflicts with a \
             transitive tag key from the calling session.",
        )
    }

    /// What must be the ARN of a role and is none.
    pub fn invalid_role_arn(text: &str) -> Self {
        Self::validation(format!("{text} is invalid"))
    }

    /// Longer than the role allows.
    pub fn session_too_long() -> Self {
        Self::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    }

    /// Longer than a role that was assumed by a role allows.
    pub fn chained_session_too_long() -> Self {
        Self::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining",
        )
    }

    /// Nothing lets the caller do that with a role, which need not be there: of roles no more is
    /// told.
    pub fn not_trusted(caller: &impl std::fmt::Display, action: &str, role: &str) -> Self {
        Self::forbidden(format!(
            "User: {caller} is not authorized to perform: {action} on resource: {role}"
        ))
    }

    /// A tag that only AWS may set.
    pub fn reserved_session_tag() -> Self {
        invalid_parameter("Tag keys beginning with aws: are reserved for system use.")
    }

    /// What must be the ARN of a managed policy of the session's account and is none. (The text is
    /// our own.)
    pub fn no_session_policy(arn: &str) -> Self {
        Self::validation(format!("Policy {arn} does not exist or cannot limit this session."))
    }

    /// Of a device's serial number and its code, only one.
    pub fn half_a_device() -> Self {
        Self::forbidden(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time \
             pass code.",
        )
    }

    /// No device of the caller's has that serial number.
    pub fn unknown_device() -> Self {
        Self::forbidden(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
             MFA serial number is valid and associated with this user.",
        )
    }

    /// No account has such an access key. (The text is our own.)
    pub fn unknown_access_key() -> Self {
        Self::validation("The access key ID provided does not exist in our records.")
    }

    /// Root has no use for roles.
    pub fn root_assumes_role() -> Self {
        Self::forbidden("Roles may not be assumed by root accounts.")
    }

    /// An operation for long-term credentials alone.
    pub fn session_credentials(operation: &str) -> Self {
        Self::forbidden(format!("Cannot call {operation} with session credentials"))
    }

    /// A managed policy that is to be changed, and not of the caller's account.
    pub fn policy_of_others() -> Self {
        Self::forbidden("Policy is outside your own account.")
    }

    /// What no policy can allow.
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        ApiError::new("AccessDenied", message).status(403).into()
    }
}

fn invalid_parameter(message: &'static str) -> Error {
    ApiError::new("InvalidParameterValue", message).into()
}

const DUPLICATE_TAGS: &str =
    "Duplicate tag keys found. Please note that Tag keys are case insensitive.";

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: Error) -> (&'static str, u16, String) {
        let Error::Caller(error) = error else { panic!("not a caller's error") };
        let error = error.as_query();
        (error.code, error.status, error.message.unwrap_or_default().into_owned())
    }

    #[test]
    fn codes_and_statuses_are_those_of_the_model() {
        for (error, code, status) in [
            (Error::no_entity(Entity::User, "x"), "NoSuchEntity", 404),
            (Error::entity_exists(Entity::Role, "x"), "EntityAlreadyExists", 409),
            (Error::delete_conflict("delete policies"), "DeleteConflict", 409),
            (Error::quota_exceeded("PolicySize", 6144), "LimitExceeded", 409),
            (Error::malformed_policy_document("x"), "MalformedPolicyDocument", 400),
            (Error::malformed_policy(None), "MalformedPolicyDocument", 400),
            (Error::unparsable_arn(), "ValidationError", 400),
            (Error::duplicate_tags(), "InvalidInput", 400),
            (Error::policy_not_attachable("x"), "PolicyNotAttachable", 400),
            (Error::unmodifiable_entity("x"), "UnmodifiableEntity", 400),
            (Error::packed_policy_too_large(117), "PackedPolicyTooLarge", 400),
            (Error::duplicate_session_tags(), "InvalidParameterValue", 400),
            (Error::expired_token(), "ExpiredToken", 403),
            (Error::session_credentials("GetSessionToken"), "AccessDenied", 403),
        ] {
            let told = told(error);
            assert_eq!((told.0, told.1), (code, status));
        }
    }

    #[test]
    fn texts_name_what_they_are_about() {
        let text = |error| told(error).2;
        assert_eq!(
            text(Error::no_entity(Entity::Group, "g")),
            "The group with name g cannot be found."
        );
        assert_eq!(
            text(Error::no_inline_policy(Entity::User, "p")),
            "The user policy with name p cannot be found."
        );
        assert_eq!(
            text(Error::entity_exists(Entity::User, "u")),
            "User with name u already exists."
        );
        assert_eq!(
            text(Error::delete_conflict("detach all policies")),
            "Cannot delete entity, must detach all policies first."
        );
        assert_eq!(
            text(Error::quota_exceeded("AccessKeysPerUser", 2)),
            "Cannot exceed quota for AccessKeysPerUser: 2"
        );
        assert_eq!(
            text(Error::inline_policies_too_large(Entity::User, "u", 2048)),
            "Maximum policy size of 2048 bytes exceeded for user u"
        );
    }
}
