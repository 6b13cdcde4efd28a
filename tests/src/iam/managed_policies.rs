//! Managed policies: their versions, and who has them.

use serde_json::json;

use crate::kit::{Query, kms, policy, unique};

/// A new policy under a path of its own: its ARN and that path.
fn new_policy(iam: &Query) -> (String, String) {
    let (name, path) = (unique("policy"), format!("/{}/", unique("path")));
    let document = document("kms:Encrypt");
    let form = [("PolicyName", &*name), ("Path", &*path), ("PolicyDocument", &*document)];
    let made = iam.ok("CreatePolicy", &form);
    assert_eq!(made.text("Policy.DefaultVersionId"), "v1");
    assert_eq!(made.text("Policy.AttachmentCount"), "0");
    assert_eq!(made.text("Policy.IsAttachable"), "true");
    assert!(made.text("Policy.PolicyId").starts_with("ANPA"));
    (made.text("Policy.Arn").to_owned(), path)
}

fn document(action: &str) -> String {
    policy(json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]))
}

#[test]
fn versions_are_numbered_and_no_number_comes_again() {
    let kms = kms();
    let iam = kms.iam();
    let (arn, _) = new_policy(&iam);
    let arn = ("PolicyArn", &*arn);
    let text = document("kms:Decrypt");
    let version = |number| ("VersionId", number);
    for number in ["v2", "v3", "v4", "v5"] {
        let made = iam.ok("CreatePolicyVersion", &[arn, ("PolicyDocument", &text)]);
        assert_eq!(made.text("PolicyVersion.VersionId"), number);
        assert_eq!(made.text("PolicyVersion.IsDefaultVersion"), "false");
    }
    let full = "A managed policy can have up to 5 versions. Before you create a new version, you \
                must delete an existing version.";
    let more = [arn, ("PolicyDocument", &*text)];
    iam.refuses("CreatePolicyVersion", &more, (409, "LimitExceeded"), full);
    iam.ok("DeletePolicyVersion", &[arn, version("v5")]);
    let made = iam.ok("CreatePolicyVersion", &[more[0], more[1], ("SetAsDefault", "true")]);
    assert_eq!(made.text("PolicyVersion.VersionId"), "v6");
    let listed = iam.ok("ListPolicyVersions", &[arn]);
    assert_eq!(listed.texts("Versions", "VersionId"), ["v6", "v4", "v3", "v2", "v1"]);
    iam.ok("SetDefaultPolicyVersion", &[arn, version("v2")]);
    assert_eq!(iam.ok("GetPolicy", &[arn]).text("Policy.DefaultVersionId"), "v2");
    let found = iam.ok("GetPolicyVersion", &[arn, version("v2")]);
    assert!(found.text("PolicyVersion.Document").contains("kms%3ADecrypt"));
    let message = "Cannot delete the default version of a policy.";
    let default = [arn, version("v2")];
    iam.refuses("DeletePolicyVersion", &default, (409, "DeleteConflict"), message);
    let message = format!("Policy {} version v5 does not exist or is not attachable.", arn.1);
    iam.refuses("GetPolicyVersion", &[arn, version("v5")], (404, "NoSuchEntity"), &message);
    let message = "This policy has more than one version. Before you delete a policy, you must \
                   delete the policy's versions. The default version is deleted with the policy.";
    iam.refuses("DeletePolicy", &[arn], (409, "DeleteConflict"), message);
}

/// As AWS was observed: in which way a policy is used is asked of those alone that are used.
#[test]
fn lists_tell_who_has_a_policy_and_in_which_way() {
    let kms = kms();
    let (iam, user, role) = (kms.iam(), kms.new_user(), kms.new_role());
    let (arn, path) = new_policy(&iam);
    let arn = ("PolicyArn", &*arn);
    let listed = |more: &[(&str, &str)]| {
        let form = [&[("PathPrefix", &*path), ("Scope", "Local")], more].concat();
        iam.ok("ListPolicies", &form).list("Policies").len()
    };
    let (used, by_boundary) =
        (("OnlyAttached", "true"), ("PolicyUsageFilter", "PermissionsBoundary"));
    assert_eq!([listed(&[]), listed(&[by_boundary]), listed(&[used])], [1, 1, 0]);
    iam.ok("AttachUserPolicy", &[("UserName", &user.name), arn]);
    assert_eq!([listed(&[used]), listed(&[used, by_boundary])], [1, 0]);
    let boundary = ("PermissionsBoundary", arn.1);
    iam.ok("PutRolePermissionsBoundary", &[("RoleName", &role.name), boundary]);
    assert_eq!(listed(&[used, by_boundary]), 1);
    let found = iam.ok("GetPolicy", &[arn]);
    assert_eq!(found.text("Policy.AttachmentCount"), "1");
    assert_eq!(found.text("Policy.PermissionsBoundaryUsageCount"), "1");
    let holders = iam.ok("ListEntitiesForPolicy", &[arn]);
    assert_eq!(holders.texts("PolicyUsers", "UserName"), [&*user.name]);
    assert_eq!(holders.texts("PolicyRoles", "RoleName"), [&*role.name]);
    assert_eq!(holders.list("PolicyGroups").len(), 0);
    let users = iam.ok("ListEntitiesForPolicy", &[arn, ("EntityFilter", "User"), by_boundary]);
    assert_eq!((users.list("PolicyUsers").len(), users.list("PolicyRoles").len()), (0, 0));
    let attached = "Cannot delete a policy attached to entities.";
    iam.refuses("DeletePolicy", &[arn], (409, "DeleteConflict"), attached);
    iam.ok("DetachUserPolicy", &[("UserName", &user.name), arn]);
    iam.ok("DeleteRolePermissionsBoundary", &[("RoleName", &role.name)]);
    iam.ok("DeletePolicy", &[arn]);
    let gone = format!("Policy {} was not found.", arn.1);
    iam.refuses("GetPolicy", &[arn], (404, "NoSuchEntity"), &gone);
}

#[test]
fn what_aws_provides_is_there_and_stays_as_it_is() {
    let kms = kms();
    let iam = kms.iam();
    let listed = iam.ok("ListPolicies", &[("Scope", "AWS")]);
    let names = ["AWSKeyManagementServicePowerUser", "AdministratorAccess", "ReadOnlyAccess"];
    assert_eq!(listed.texts("Policies", "PolicyName"), names);
    let arn = ("PolicyArn", "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser");
    let found = iam.ok("GetPolicy", &[arn]);
    assert_eq!(found.text("Policy.PolicyId"), "ANPAJNPP7PPPPMJRV2SA4");
    assert_eq!(found.text("Policy.DefaultVersionId"), "v2");
    iam.ok("GetPolicyVersion", &[arn, ("VersionId", "v2")]);
    let text = document("*");
    let message = "Policy is outside your own account.";
    for (action, more) in [
        ("DeletePolicy", &[][..]),
        ("CreatePolicyVersion", &[("PolicyDocument", &*text)]),
        ("SetDefaultPolicyVersion", &[("VersionId", "v1")]),
    ] {
        iam.refuses(action, &[&[arn], more].concat(), (403, "AccessDenied"), message);
    }
}

#[test]
fn what_names_no_managed_policy_is_told_so() {
    let kms = kms();
    let iam = kms.iam();
    let unparsable = "Invalid ARN:  Could not be parsed!";
    let form = [("PolicyArn", "no-arn-but-long-enough")];
    iam.refuses("GetPolicy", &form, (400, "ValidationError"), unparsable);
    let role = format!("arn:aws:iam::{}:role/name", kms.credentials.account);
    let message = format!("ARN {role} is not valid.");
    iam.refuses("GetPolicy", &[("PolicyArn", &role)], (400, "ValidationError"), &message);
    let (arn, _) = new_policy(&iam);
    let name = arn.rsplit('/').next().unwrap().to_uppercase();
    let message =
        format!("A policy called {name} already exists. Duplicate names are not allowed.");
    let text = document("*");
    let form = [("PolicyName", &*name), ("PolicyDocument", &*text)];
    iam.refuses("CreatePolicy", &form, (409, "EntityAlreadyExists"), &message);
}

#[test]
fn labels_of_a_policy_are_set_and_removed() {
    let kms = kms();
    let iam = kms.iam();
    let (arn, _) = new_policy(&iam);
    let arn = ("PolicyArn", &*arn);
    iam.ok("TagPolicy", &[arn, ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")]);
    assert_eq!(iam.ok("GetPolicy", &[arn]).texts("Policy.Tags", "Value"), ["1"]);
    assert_eq!(iam.ok("ListPolicyTags", &[arn]).texts("Tags", "Key"), ["a"]);
    iam.ok("UntagPolicy", &[arn, ("TagKeys.member.1", "a")]);
    assert_eq!(iam.ok("ListPolicyTags", &[arn]).list("Tags").len(), 0);
}

/// Another version counts from the next request on.
#[test]
fn who_has_a_policy_may_what_its_default_version_says_now() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let (arn, _) = new_policy(&iam);
    let arn = ("PolicyArn", &*arn);
    iam.ok("AttachUserPolicy", &[("UserName", &user.name), arn]);
    assert!(user.client.iam().call("GetAccountSummary", &[]).is_err());
    let text = document("iam:GetAccountSummary");
    let default = ("SetAsDefault", "true");
    iam.ok("CreatePolicyVersion", &[arn, ("PolicyDocument", &text), default]);
    let summary = user.client.iam().ok("GetAccountSummary", &[]);
    assert!(summary.find("SummaryMap").is_some());
    iam.ok("SetDefaultPolicyVersion", &[arn, ("VersionId", "v1")]);
    assert!(user.client.iam().call("GetAccountSummary", &[]).is_err());
}
