//! The rows of IAM and STS. There is no way by a key or by a grant here.

use keycell::services::{iam, sts};
use serde_json::json;

use crate::kit::{Client, Credentials, Query, Refusal, Role, Signer, User, kms, policy, unique};

use super::{Way, assert_complete};

/// An operation, and the members that its call needs, as [`World::value`] knows them.
type Row = (&'static str, &'static [&'static str]);

/// What is simulated: any text is an action.
const ACTION: &str = "ActionNames.member.1";

const IAM: &[Row] = &[
    ("AddUserToGroup", &["GroupName", "UserName"]),
    ("AttachGroupPolicy", &["GroupName", "PolicyArn"]),
    ("AttachRolePolicy", &["RoleName", "PolicyArn"]),
    ("AttachUserPolicy", &["UserName", "PolicyArn"]),
    ("CreateAccessKey", &["UserName"]),
    ("CreateGroup", &["GroupName"]),
    ("CreatePolicy", &["PolicyName", "PolicyDocument"]),
    ("CreatePolicyVersion", &["PolicyArn", "PolicyDocument"]),
    ("CreateRole", &["RoleName", "AssumeRolePolicyDocument"]),
    ("CreateUser", &["UserName"]),
    ("DeleteAccessKey", &["UserName", "AccessKeyId"]),
    ("DeleteGroup", &["GroupName"]),
    ("DeleteGroupPolicy", &["GroupName", "PolicyName"]),
    ("DeleteLoginProfile", &["UserName"]),
    ("DeletePolicy", &["PolicyArn"]),
    ("DeletePolicyVersion", &["PolicyArn", "VersionId"]),
    ("DeleteRole", &["RoleName"]),
    ("DeleteRolePermissionsBoundary", &["RoleName"]),
    ("DeleteRolePolicy", &["RoleName", "PolicyName"]),
    ("DeleteUser", &["UserName"]),
    ("DeleteUserPermissionsBoundary", &["UserName"]),
    ("DeleteUserPolicy", &["UserName", "PolicyName"]),
    ("DetachGroupPolicy", &["GroupName", "PolicyArn"]),
    ("DetachRolePolicy", &["RoleName", "PolicyArn"]),
    ("DetachUserPolicy", &["UserName", "PolicyArn"]),
    ("GetAccessKeyLastUsed", &["AccessKeyId"]),
    ("GetAccountSummary", &[]),
    ("GetGroup", &["GroupName"]),
    ("GetGroupPolicy", &["GroupName", "PolicyName"]),
    ("GetLoginProfile", &["UserName"]),
    ("GetPolicy", &["PolicyArn"]),
    ("GetPolicyVersion", &["PolicyArn", "VersionId"]),
    ("GetRole", &["RoleName"]),
    ("GetRolePolicy", &["RoleName", "PolicyName"]),
    ("GetUser", &["UserName"]),
    ("GetUserPolicy", &["UserName", "PolicyName"]),
    ("ListAccessKeys", &["UserName"]),
    ("ListAccountAliases", &[]),
    ("ListAttachedGroupPolicies", &["GroupName"]),
    ("ListAttachedRolePolicies", &["RoleName"]),
    ("ListAttachedUserPolicies", &["UserName"]),
    ("ListEntitiesForPolicy", &["PolicyArn"]),
    ("ListGroupPolicies", &["GroupName"]),
    ("ListGroups", &[]),
    ("ListGroupsForUser", &["UserName"]),
    ("ListInstanceProfiles", &[]),
    ("ListInstanceProfilesForRole", &["RoleName"]),
    ("ListMFADevices", &["UserName"]),
    ("ListPolicies", &[]),
    ("ListPolicyTags", &["PolicyArn"]),
    ("ListPolicyVersions", &["PolicyArn"]),
    ("ListRolePolicies", &["RoleName"]),
    ("ListRoleTags", &["RoleName"]),
    ("ListRoles", &[]),
    ("ListSSHPublicKeys", &["UserName"]),
    ("ListServiceSpecificCredentials", &["UserName"]),
    ("ListSigningCertificates", &["UserName"]),
    ("ListUserPolicies", &["UserName"]),
    ("ListUserTags", &["UserName"]),
    ("ListUsers", &[]),
    ("PutGroupPolicy", &["GroupName", "PolicyName", "PolicyDocument"]),
    ("PutRolePermissionsBoundary", &["RoleName", "PermissionsBoundary"]),
    ("PutRolePolicy", &["RoleName", "PolicyName", "PolicyDocument"]),
    ("PutUserPermissionsBoundary", &["UserName", "PermissionsBoundary"]),
    ("PutUserPolicy", &["UserName", "PolicyName", "PolicyDocument"]),
    ("RemoveUserFromGroup", &["GroupName", "UserName"]),
    ("SetDefaultPolicyVersion", &["PolicyArn", "VersionId"]),
    ("SimulateCustomPolicy", &["PolicyDocument as PolicyInputList.member.1", ACTION]),
    ("SimulatePrincipalPolicy", &["PolicySourceArn", ACTION]),
    ("TagPolicy", &["PolicyArn", "Tags.member.1.Key", "Tags.member.1.Value"]),
    ("TagRole", &["RoleName", "Tags.member.1.Key", "Tags.member.1.Value"]),
    ("TagUser", &["UserName", "Tags.member.1.Key", "Tags.member.1.Value"]),
    ("UntagPolicy", &["PolicyArn", "TagKeys.member.1"]),
    ("UntagRole", &["RoleName", "TagKeys.member.1"]),
    ("UntagUser", &["UserName", "TagKeys.member.1"]),
    ("UpdateAccessKey", &["UserName", "AccessKeyId", "Status"]),
    ("UpdateAssumeRolePolicy", &["RoleName", "AssumeRolePolicyDocument as PolicyDocument"]),
    ("UpdateGroup", &["GroupName", "NewPath"]),
    ("UpdateRole", &["RoleName"]),
    ("UpdateRoleDescription", &["RoleName", "Description"]),
    ("UpdateUser", &["UserName", "NewPath"]),
];

const STS: &[Row] = &[
    ("AssumeRole", &["RoleArn", "RoleSessionName"]),
    ("GetAccessKeyInfo", &["AccessKeyId"]),
    ("GetCallerIdentity", &[]),
    ("GetFederationToken", &["Name"]),
    ("GetSessionToken", &[]),
];

const WAYS: [Way; 5] = [
    Way::NoCredentials,
    Way::WrongSignature,
    Way::NoPolicy,
    Way::IdentityPolicy,
    Way::DeniedByIdentity,
];

/// Whom the operations are about.
struct World {
    kms: Client,
    user: User,
    role: Role,
    group: String,
    policy: String,
}

impl World {
    fn new() -> Self {
        let kms = kms();
        let (user, role, group) = (kms.new_user(), kms.new_role(), unique("group"));
        kms.iam().ok("CreateGroup", &[("GroupName", &group)]);
        let (name, document) = (unique("policy"), policy(json!([crate::kit::allow("s3:*")])));
        let form = [("PolicyName", &*name), ("PolicyDocument", &*document)];
        let policy = kms.iam().ok("CreatePolicy", &form).text("Policy.Arn").to_owned();
        Self { kms, user, role, group, policy }
    }

    /// What a member says: what is made is new, all else is about what is there.
    fn value(&self, operation: &str, member: &str) -> String {
        let is_new = operation.starts_with("Create");
        match member {
            "UserName" if is_new && operation != "CreateAccessKey" => unique("user"),
            "UserName" => self.user.name.clone(),
            "RoleName" if is_new => unique("role"),
            "RoleName" => self.role.name.clone(),
            "RoleArn" | "PolicySourceArn" => self.role.arn.clone(),
            "GroupName" if is_new => unique("group"),
            "GroupName" => self.group.clone(),
            "PolicyArn" | "PermissionsBoundary" => self.policy.clone(),
            "PolicyDocument" => policy(json!([crate::kit::allow("s3:*")])),
            "AssumeRolePolicyDocument" => {
                let principal = json!({"AWS": self.kms.credentials.account});
                let action = "sts:AssumeRole";
                policy(json!({"Effect": "Allow", "Principal": principal, "Action": action}))
            }
            "AccessKeyId" => self.user.client.credentials.access_key_id.clone(),
            "PolicyName" => unique("policy"),
            "VersionId" => "v1".to_owned(),
            "Status" => "Active".to_owned(),
            "NewPath" => "/matrix/".to_owned(),
            "Name" | "RoleSessionName" => "matrix".to_owned(),
            _ => "text".to_owned(),
        }
    }
}

/// Calls an operation in a way.
fn call(world: &World, (service, operation, members): (&str, &str, &[&str]), way: Way) {
    let of = format!("{service}:{operation}, {way:?}");
    let values: Vec<_> = members
        .iter()
        .map(|member| member.split_once(" as ").unwrap_or((member, member)))
        .map(|(kind, name)| (name, world.value(operation, kind)))
        .collect();
    let form: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let kms = &world.kms;
    let query = |client: &Client| if service == "iam" { client.iam() } else { client.sts() };
    let outcome = match way {
        Way::NoCredentials => sent(kms, &query(kms).request(operation, &form)),
        Way::WrongSignature => {
            let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ".to_owned();
            let credentials = Credentials { secret, ..kms.credentials.clone() };
            let signer =
                Signer { credentials, service: service.to_owned(), ..query(kms).client.signer() };
            sent(kms, &signer.sign(query(kms).request(operation, &form)))
        }
        Way::NoPolicy | Way::IdentityPolicy | Way::DeniedByIdentity => {
            let action = format!("{service}:{operation}");
            let own = crate::kit::allow(&action);
            let deny = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
            let user = match way {
                Way::NoPolicy => kms.new_user(),
                Way::IdentityPolicy => kms.user_with(json!([own])),
                _ => kms.user_with(json!([crate::kit::allow("*"), deny])),
            };
            query(&user.client).call(operation, &form).map(drop)
        }
        Way::OtherAccount | Way::KeyPolicy | Way::Grant | Way::DeniedByKey => {
            panic!("there is no key in {of}")
        }
    };
    assert_outcome(&Called { service, operation, way }, outcome, &of);
}

struct Called<'a> {
    service: &'a str,
    operation: &'a str,
    way: Way,
}

fn assert_outcome(called: &Called<'_>, outcome: Result<(), Refusal>, of: &str) {
    let Called { service, operation, way } = called;
    // Whoever has credentials may know whose they are, and begin a session of his own.
    let is_free = matches!(*operation, "GetCallerIdentity" | "GetSessionToken");
    let denied = "AccessDenied";
    let (code, part) = match way {
        Way::NoCredentials => ("MissingAuthenticationToken", String::new()),
        Way::WrongSignature => ("SignatureDoesNotMatch", "The request signature we".to_owned()),
        Way::NoPolicy if !is_free && *operation == "AssumeRole" => {
            (denied, "is not authorized to perform: sts:AssumeRole on resource: ".to_owned())
        }
        Way::NoPolicy if !is_free => (
            denied,
            format!("because no identity-based policy allows the {service}:{operation} action"),
        ),
        Way::DeniedByIdentity if !is_free => {
            (denied, "with an explicit deny in an identity-based policy".to_owned())
        }
        _ => {
            // That there is no such policy, say, is told to those alone who may ask.
            let code = outcome.err().map(|refusal| refusal.code);
            assert!(
                code.as_deref().is_none_or(|code| ALLOWED_FAULTS.contains(&code)),
                "{of}: {code:?}"
            );
            return;
        }
    };
    let refusal = outcome.expect_err(of);
    assert_eq!((refusal.status, refusal.code.as_str()), (403, code), "{of}: {refusal:?}");
    assert!(refusal.message.contains(&part), "{of}: {refusal:?}");
}

/// What is told only to those who may do what they ask for.
const ALLOWED_FAULTS: &[&str] =
    &["NoSuchEntity", "DeleteConflict", "LimitExceeded", "EntityAlreadyExists"];

fn sent(kms: &Client, request: &crate::kit::Request) -> Result<(), Refusal> {
    Query::outcome_of(&kms.send(request)).map(drop)
}

#[test]
fn every_operation_has_its_row() {
    assert_complete(IAM.iter().map(|(name, _)| *name), iam::OPERATIONS);
    assert_complete(STS.iter().map(|(name, _)| *name), sts::OPERATIONS);
}

#[test]
fn operations_of_iam_serve_those_alone_whom_their_policies_let() {
    for way in WAYS {
        let mut world = World::new();
        for (operation, members) in IAM {
            call(&world, ("iam", operation, members), way);
            if operation.starts_with("Delete") || operation.starts_with("Update") {
                world = World::new();
            }
        }
    }
}

#[test]
fn operations_of_sts_serve_those_alone_whom_their_policies_let() {
    for way in WAYS {
        let world = World::new();
        for (operation, members) in STS {
            call(&world, ("sts", operation, members), way);
        }
    }
}
