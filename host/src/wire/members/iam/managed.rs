//! The members of requests about managed policies.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::wire::{
    error::Result,
    member::{Echo, Kind, Member, Shape, Violations, text},
    members::{
        choice_list::Choice,
        choices::choices,
        reading::{Allows, Pattern, read_text},
        texts,
    },
};

const VERSION: Pattern = ("v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?", Allows::Whole(is_version));

/// `v1`, and perhaps more behind a full stop, which no version here has.
fn is_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let (number, more) = rest.split_once('.').unwrap_or((rest, ""));
    !number.is_empty()
        && !number.starts_with('0')
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && more.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

texts! {
    /// What a managed policy is for, in its owner's words.
    PolicyDescription 0..=1000;
    /// `v1`
    PolicyVersionId 0..=4_294_967_295, VERSION;
}

choices! {
    /// `Scope`: whose managed policies are listed.
    PolicyScope { All "All", Aws "AWS", Local "Local" }
    /// `PolicyUsageFilter`: in which way they are used.
    PolicyUsage { Policy "PermissionsPolicy", Boundary "PermissionsBoundary" }
    /// `EntityFilter`: of what kind those are who use them.
    EntityFilter {
        User "User", Role "Role", Group "Group",
        LocalManagedPolicy "LocalManagedPolicy", AwsManagedPolicy "AWSManagedPolicy",
    }
}
