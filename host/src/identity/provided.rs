//! The managed policies that AWS provides to all accounts.
//!
//! Source: AWS managed policy reference guide; ids and dates are those that `GetPolicy` shows.

use std::sync::LazyLock;

use crate::authorize::IdentityPolicy;

use super::UniqueId;

/// A managed policy that is there for all accounts.
pub struct Provided {
    /// `AdministratorAccess`
    pub name: &'static str,
    /// Its id, which is the same everywhere.
    pub id: UniqueId,
    /// AWS's words.
    pub description: &'static str,
    /// When AWS made it, in seconds since 1970.
    pub created: i64,
    /// When its default version was made, likewise.
    pub updated: i64,
    /// The number of the version that counts.
    pub version: u32,
    /// What it says.
    pub document: IdentityPolicy,
}

/// How the ARNs of all of them begin.
pub const PREFIX: &str = "arn:aws:iam::aws:policy/";

/// The one with that ARN.
pub fn find(arn: &str) -> Option<&'static Provided> {
    let name = arn.strip_prefix(PREFIX)?;
    ALL.iter().find(|one| one.name == name)
}

/// All of them, by their names.
pub fn all() -> &'static [Provided] {
    &ALL
}

impl Provided {
    /// `arn:aws:iam::aws:policy/AdministratorAccess`
    pub fn arn(&self) -> String {
        [PREFIX, self.name].concat()
    }
}

/// Everything is allowed.
pub fn administrator_access() -> IdentityPolicy {
    EVERYTHING.clone()
}

/// Nothing is allowed.
pub fn nothing() -> IdentityPolicy {
    NOTHING.clone()
}

fn parsed(text: &str) -> IdentityPolicy {
    IdentityPolicy::parse(text).expect("what is written here is a policy")
}

static EVERYTHING: LazyLock<IdentityPolicy> = LazyLock::new(|| parsed(ADMINISTRATOR_ACCESS));

static NOTHING: LazyLock<IdentityPolicy> =
    LazyLock::new(|| parsed(r#"{"Version":"2012-10-17","Statement":[]}"#));

static ALL: LazyLock<Vec<Provided>> = LazyLock::new(|| {
    let id = |text| UniqueId::parse(text).expect("it is an id");
    vec![
        Provided {
            name: "AWSKeyManagementServicePowerUser",
            id: id("ANPAJNPP7PPPPMJRV2SA4"),
            description: "Provides access to AWS Key Management Service (KMS).",
            // 2015-02-06T18:40:40Z and 2017-03-07T00:55:11Z
            created: 1_423_248_040,
            updated: 1_488_848_111,
            version: 2,
            document: parsed(KEY_MANAGEMENT_SERVICE_POWER_USER),
        },
        Provided {
            name: "AdministratorAccess",
            id: id("ANPAIWMBCKSKIEE64ZLYK"),
            description: "Provides full access to AWS services and resources.",
            // 2015-02-06T18:39:46Z
            created: 1_423_247_986,
            updated: 1_423_247_986,
            version: 1,
            document: administrator_access(),
        },
        Provided {
            name: "ReadOnlyAccess",
            id: id("ANPAILL3HVNFSB6DCOWYQ"),
            description: "Provides read-only access to AWS services and resources.",
            // 2015-02-06T18:39:48Z and 2026-02-12T18:01:33Z
            created: 1_423_247_988,
            updated: 1_770_919_293,
            version: 178,
            document: parsed(READ_ONLY_ACCESS),
        },
    ]
});

const ADMINISTRATOR_ACCESS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*"
        }
    ]
}"#;

const KEY_MANAGEMENT_SERVICE_POWER_USER: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "kms:CreateAlias",
                "kms:CreateKey",
                "kms:DeleteAlias",
                "kms:Describe*",
                "kms:GenerateRandom",
                "kms:Get*",
                "kms:List*",
                "kms:TagResource",
                "kms:UntagResource",
                "iam:ListGroups",
                "iam:ListRoles",
                "iam:ListUsers"
            ],
            "Resource": "*"
        }
    ]
}"#;

/// Of AWS's document the actions of the services that are here; it has over a thousand others.
const READ_ONLY_ACCESS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "ReadOnlyActionsGroup1",
            "Effect": "Allow",
            "Action": [
                "cloudtrail:Describe*",
                "cloudtrail:Get*",
                "cloudtrail:List*",
                "cloudtrail:LookupEvents",
                "iam:Generate*",
                "iam:Get*",
                "iam:List*",
                "iam:Simulate*"
            ],
            "Resource": "*"
        },
        {
            "Sid": "ReadOnlyActionsGroup2",
            "Effect": "Allow",
            "Action": [
                "kms:Describe*",
                "kms:Get*",
                "kms:List*",
                "sts:GetAccessKeyInfo",
                "sts:GetCallerIdentity",
                "sts:GetSessionToken"
            ],
            "Resource": "*"
        }
    ]
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_provided_is_found_by_its_arn() {
        for one in all() {
            let found = find(&one.arn()).expect("it is there");
            assert_eq!((&found.id, found.name), (&one.id, one.name));
            assert!(one.created <= one.updated);
        }
        assert!(all().is_sorted_by_key(|one| one.name));
        for arn in ["arn:aws:iam::aws:policy/", "arn:aws:iam::111122223333:policy/ReadOnlyAccess"] {
            assert!(find(arn).is_none(), "{arn}");
        }
    }
}
