//! How managed policies and their versions are shown in answers and in records.

use serde::Serialize;
use serde_json::json;

use crate::{
    call::{AnyPolicy, Usage},
    identity::{ManagedPolicy, PolicyVersion, provided::Provided, version_name},
};

use super::shown::{ShownTag, document, time, time_in_words};

/// `Policy` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownManaged {
    policy_name: String,
    policy_id: String,
    arn: String,
    path: String,
    default_version_id: String,
    attachment_count: usize,
    permissions_boundary_usage_count: usize,
    is_attachable: bool,
    description: Option<String>,
    create_date: String,
    update_date: String,
    tags: Option<Vec<ShownTag>>,
    #[serde(skip)]
    created: i64,
}

/// `PolicyVersion` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownVersion {
    document: Option<String>,
    version_id: String,
    is_default_version: bool,
    create_date: String,
    #[serde(skip)]
    number: u32,
    #[serde(skip)]
    created: i64,
}

impl ShownManaged {
    /// As lists show it: without its words and its labels.
    pub(super) fn of(policy: &AnyPolicy, usage: &Usage) -> Self {
        match policy {
            AnyPolicy::Own(own) => Self::of_own(own, usage),
            AnyPolicy::Provided(provided) => Self::of_provided(provided, usage),
        }
    }

    /// With all there is to tell.
    pub(super) fn whole(policy: &AnyPolicy, usage: &Usage) -> Self {
        let (description, tags) = match policy {
            AnyPolicy::Own(own) => (own.description.clone(), ShownTag::all(&own.tags)),
            AnyPolicy::Provided(provided) => (Some(provided.description.to_owned()), Vec::new()),
        };
        Self { description, tags: Some(tags), ..Self::of(policy, usage) }
    }

    /// As CreatePolicy shows it.
    pub(super) fn new(policy: &ManagedPolicy) -> Self {
        let tags = (!policy.tags.is_empty()).then(|| ShownTag::all(&policy.tags));
        Self { tags, ..Self::of_own(policy, &Usage { attached: 0, bounding: 0 }) }
    }

    /// `responseElements` of what makes it.
    pub(super) fn element(&self) -> String {
        let shown = json!({
            "path": self.path,
            "policyName": self.policy_name,
            "policyId": self.policy_id,
            "arn": self.arn,
            "defaultVersionId": self.default_version_id,
            "attachmentCount": self.attachment_count,
            "permissionsBoundaryUsageCount": self.permissions_boundary_usage_count,
            "isAttachable": self.is_attachable,
            "createDate": time_in_words(self.created),
            "updateDate": time_in_words(self.created),
        });
        json!({ "policy": shown }).to_string()
    }

    fn of_own(policy: &ManagedPolicy, usage: &Usage) -> Self {
        Self {
            policy_name: policy.name.clone(),
            policy_id: policy.id.to_string(),
            arn: policy.arn(),
            path: policy.path.clone(),
            default_version_id: version_name(policy.default_version),
            attachment_count: usage.attached,
            permissions_boundary_usage_count: usage.bounding,
            is_attachable: true,
            description: None,
            create_date: time(policy.created),
            update_date: time(policy.updated),
            tags: None,
            created: policy.created,
        }
    }

    fn of_provided(policy: &Provided, usage: &Usage) -> Self {
        Self {
            policy_name: policy.name.to_owned(),
            policy_id: policy.id.to_string(),
            arn: policy.arn(),
            path: "/".to_owned(),
            default_version_id: version_name(policy.version),
            attachment_count: usage.attached,
            permissions_boundary_usage_count: usage.bounding,
            is_attachable: true,
            description: None,
            create_date: time(policy.created * 1000),
            update_date: time(policy.updated * 1000),
            tags: None,
            created: policy.created * 1000,
        }
    }
}

impl ShownVersion {
    /// Without its document, as lists show it.
    pub(super) fn of(policy: &ManagedPolicy, version: &PolicyVersion) -> Self {
        Self {
            document: None,
            version_id: version.name(),
            is_default_version: version.number == policy.default_version,
            create_date: time(version.created),
            number: version.number,
            created: version.created,
        }
    }

    /// With its document.
    pub(super) fn whole(policy: &ManagedPolicy, version: &PolicyVersion) -> Self {
        let document = Some(document(version.document.text()));
        Self { document, ..Self::of(policy, version) }
    }

    /// The one version that there is here of what AWS provides.
    pub(super) fn of_provided(policy: &Provided) -> Self {
        Self {
            document: None,
            version_id: version_name(policy.version),
            is_default_version: true,
            create_date: time(policy.updated * 1000),
            number: policy.version,
            created: policy.updated * 1000,
        }
    }

    /// The same with its document.
    pub(super) fn whole_provided(policy: &Provided) -> Self {
        let document = Some(document(policy.document.text()));
        Self { document, ..Self::of_provided(policy) }
    }

    /// With what it is ordered by in lists, the newest first.
    pub(super) fn ordered(self) -> (String, Self) {
        (format!("{:010}", u32::MAX - self.number), self)
    }

    /// `responseElements` of what makes it.
    pub(super) fn element(&self) -> String {
        let shown = json!({
            "versionId": self.version_id,
            "isDefaultVersion": self.is_default_version,
            "createDate": time_in_words(self.created),
        });
        json!({ "policyVersion": shown }).to_string()
    }
}
