//! How users, groups, roles and policies are shown in answers and in records.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::{
    identity::{Group, IamTags, Listing, Policies, Shown, User, page},
    wire::{Result, members::in_words},
};

/// A time as the query protocol writes it: whole seconds.
pub(super) fn time(milliseconds: i64) -> String {
    whole(milliseconds).to_string()
}

/// The same as CloudTrail writes it.
pub(super) fn time_in_words(milliseconds: i64) -> String {
    in_words(whole(milliseconds))
}

fn whole(milliseconds: i64) -> Timestamp {
    Timestamp::from_second(milliseconds.div_euclid(1000)).unwrap_or_default()
}

/// A policy document as answers have it: encoded as in RFC 3986.
pub(super) fn document(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => encoded += &format!("%{other:02X}"),
        }
    }
    encoded
}

/// `User` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownUser {
    path: String,
    user_name: String,
    user_id: String,
    arn: String,
    create_date: String,
    permissions_boundary: Option<ShownBoundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<ShownTag>,
    #[serde(skip)]
    created: i64,
}

/// `Group` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownGroup {
    path: String,
    group_name: String,
    group_id: String,
    arn: String,
    create_date: String,
    #[serde(skip)]
    created: i64,
}

/// `PermissionsBoundary` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownBoundary {
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: String,
}

/// A tag of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownTag {
    key: String,
    value: String,
}

/// An entry of `AttachedPolicies`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownPolicy {
    policy_name: String,
    policy_arn: String,
}

impl ShownUser {
    pub(super) fn of(user: &User) -> Self {
        Self {
            permissions_boundary: ShownBoundary::of(&user.policies),
            tags: ShownTag::all(&user.tags),
            ..Self::listed(user)
        }
    }

    /// As lists show it.
    pub(super) fn listed(user: &User) -> Self {
        Self {
            path: user.path.clone(),
            user_name: user.name.clone(),
            user_id: user.id.to_string(),
            arn: user.arn(),
            create_date: time(user.created),
            permissions_boundary: None,
            tags: Vec::new(),
            created: user.created,
        }
    }

    /// `responseElements` of what makes one.
    pub(super) fn element(&self) -> String {
        let mut shown = json!({
            "path": self.path,
            "userName": self.user_name,
            "userId": self.user_id,
            "arn": self.arn,
            "createDate": time_in_words(self.created),
        });
        if let (Some(boundary), Some(members)) = (&self.permissions_boundary, shown.as_object_mut())
        {
            let boundary = json!({
                "permissionsBoundaryType": boundary.permissions_boundary_type,
                "permissionsBoundaryArn": boundary.permissions_boundary_arn,
            });
            members.insert("permissionsBoundary".to_owned(), boundary);
        }
        if let (false, Some(members)) = (self.tags.is_empty(), shown.as_object_mut()) {
            let tags = self.tags.iter();
            let tags: Vec<_> =
                tags.map(|tag| json!({ "key": tag.key, "value": tag.value })).collect();
            members.insert("tags".to_owned(), tags.into());
        }
        json!({ "user": shown }).to_string()
    }
}

impl ShownGroup {
    pub(super) fn of(group: &Group) -> Self {
        Self {
            path: group.path.clone(),
            group_name: group.name.clone(),
            group_id: group.id.to_string(),
            arn: group.arn(),
            create_date: time(group.created),
            created: group.created,
        }
    }

    /// `responseElements` of what makes one.
    pub(super) fn element(&self) -> String {
        let shown = json!({
            "path": self.path,
            "groupName": self.group_name,
            "groupId": self.group_id,
            "arn": self.arn,
            "createDate": time_in_words(self.created),
        });
        json!({ "group": shown }).to_string()
    }
}

impl ShownBoundary {
    pub(super) fn of(policies: &Policies) -> Option<Self> {
        let (arn, _) = policies.boundary.as_ref()?;
        let permissions_boundary_arn = arn.clone();
        Some(Self { permissions_boundary_type: "Policy", permissions_boundary_arn })
    }
}

impl ShownTag {
    pub(super) fn all(tags: &IamTags) -> Vec<Self> {
        let tags = tags.0.iter();
        tags.map(|(key, value)| Self { key: key.clone(), value: value.clone() }).collect()
    }

    /// One page of them.
    pub(super) fn page(tags: &IamTags, listing: &Listing<'_>) -> Result<Shown<Self>> {
        let shown = Self::all(tags);
        page(listing, shown.into_iter().map(|tag| (tag.key.clone(), tag)))
    }
}

impl ShownPolicy {
    /// One page of the managed policies that are attached, by their names; of those whose paths
    /// begin so.
    pub(super) fn page(
        policies: &Policies,
        prefix: &str,
        listing: &Listing<'_>,
    ) -> Result<Shown<Self>> {
        let shown = policies.attached.keys().filter_map(|arn| {
            let (owner, rest) = arn.strip_prefix("arn:aws:iam::")?.split_once(":policy")?;
            let (path, name) = rest.rsplit_once('/')?;
            if !format!("{path}/").starts_with(prefix) {
                return None;
            }
            // Two policies may have one name, if one of them is of AWS.
            let order = format!("{}/{owner}", name.to_ascii_lowercase());
            Some((order, Self { policy_name: name.to_owned(), policy_arn: arn.clone() }))
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort_by(|(one, _), (other, _)| one.cmp(other));
        page(listing, shown)
    }
}

/// One page of the names of inline policies.
pub(super) fn policy_names(policies: &Policies, listing: &Listing<'_>) -> Result<Shown<String>> {
    page(listing, policies.inline.iter().map(|(order, policy)| (order, policy.name.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_encoded_as_in_rfc_3986() {
        assert_eq!(document("{\"a\": \"~é*\"}"), "%7B%22a%22%3A%20%22~%C3%A9%2A%22%7D");
    }
}
