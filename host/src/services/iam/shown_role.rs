//! How roles are shown in answers and in records.

use serde::Serialize;
use serde_json::json;

use crate::identity::Role;

use super::shown::{ShownBoundary, ShownTag, document, time, time_in_words};

/// `Role` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownRole {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: String,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
    permissions_boundary: Option<ShownBoundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<ShownTag>,
    role_last_used: Option<LastUsed>,
    #[serde(skip)]
    created: i64,
}

/// `RoleLastUsed`: when a role was used is not kept.
#[derive(Serialize)]
struct LastUsed {}

impl ShownRole {
    /// As CreateRole shows it: without the length of its sessions. `trust` is its trust policy,
    /// with the names that users and roles have now.
    pub(super) fn new(role: &Role, trust: &str) -> Self {
        Self {
            permissions_boundary: ShownBoundary::of(&role.policies),
            tags: ShownTag::all(&role.tags),
            max_session_duration: None,
            ..Self::listed(role, trust)
        }
    }

    /// As lists show it.
    pub(super) fn listed(role: &Role, trust: &str) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id.to_string(),
            arn: role.arn(),
            create_date: time(role.created),
            assume_role_policy_document: document(trust),
            description: role.description.clone(),
            max_session_duration: Some(role.longest_session),
            permissions_boundary: None,
            tags: Vec::new(),
            role_last_used: None,
            created: role.created,
        }
    }

    /// As GetRole shows it: with all there is to tell.
    pub(super) fn whole(role: &Role, trust: &str) -> Self {
        Self {
            max_session_duration: Some(role.longest_session),
            role_last_used: Some(LastUsed {}),
            ..Self::new(role, trust)
        }
    }

    /// `responseElements` of what makes it or shows it anew.
    pub(super) fn element(&self) -> String {
        let shown = json!({
            "path": self.path,
            "roleName": self.role_name,
            "roleId": self.role_id,
            "arn": self.arn,
            "createDate": time_in_words(self.created),
            "assumeRolePolicyDocument": self.assume_role_policy_document,
        });
        json!({ "role": shown }).to_string()
    }
}
