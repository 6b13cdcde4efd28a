//! How roles are shown in answers.

use serde::Serialize;

use crate::identity::Role;

use super::shown::time;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_session_duration: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_last_used: Option<LastUsed>,
}

/// `RoleLastUsed`: when a role was used is not kept.
#[derive(Serialize)]
struct LastUsed {}

impl ShownRole {
    /// As CreateRole shows it: without what goes without saying.
    pub(super) fn new(role: &Role) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id.to_string(),
            arn: role.arn(),
            create_date: time(role.created),
            assume_role_policy_document: encoded(role.trust.text()),
            description: role.description.clone(),
            max_session_duration: None,
            role_last_used: None,
        }
    }

    /// As GetRole shows it: with all there is to tell.
    pub(super) fn whole(role: &Role) -> Self {
        Self {
            max_session_duration: Some(role.longest_session),
            role_last_used: Some(LastUsed {}),
            ..Self::new(role)
        }
    }
}

/// A policy document as answers show it: encoded like a part of a URL (RFC 3986).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
