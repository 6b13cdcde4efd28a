//! Trust policies as requests bring them.

use crate::{
    authorize::{Malformed, TrustPolicy},
    wire::{Error, Result},
};

/// The longest trust policy without its white space, in characters.
const LONGEST: usize = 2048;

/// Reads a trust policy.
///
/// # Errors
///
/// If it is too long, or malformed, in IAM's words.
pub(super) fn parse(text: &str) -> Result<TrustPolicy> {
    let length = text.chars().filter(|letter| !letter.is_whitespace()).count();
    if length > LONGEST {
        return Err(Error::quota_exceeded("ACLSizePerRole", LONGEST));
    }
    TrustPolicy::parse(text).map_err(|malformed| {
        Error::malformed_policy_document(match malformed {
            Malformed::Form if has_resource(text) => "Has prohibited field Resource",
            Malformed::Form if serde_json::from_str::<serde_json::Value>(text).is_err() => {
                "This policy contains invalid Json"
            }
            Malformed::Form | Malformed::OverlyPermissive => "Syntax errors in policy.",
            Malformed::NoPrincipal => "Missing required field Principal",
            Malformed::InvalidPrincipal => "Invalid principal in policy",
        })
    })
}

/// Whether a statement names a resource: a role's trust policy is about the role.
fn has_resource(text: &str) -> bool {
    let Ok(document) = serde_json::from_str::<serde_json::Value>(text) else { return false };
    let statements = match document.get("Statement") {
        Some(serde_json::Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let names = |one: &serde_json::Value, name| one.get(name).is_some();
    statements.iter().any(|one| names(one, "Resource") || names(one, "NotResource"))
}
