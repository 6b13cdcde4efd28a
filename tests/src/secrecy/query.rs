//! The operations of IAM and STS, called well and badly by those who may and those who may not.

use serde_json::json;

use super::secrets::Secrets;
use crate::kit::{Client, Query, allow, policy, unique};

/// Calls everything.
pub(super) fn call_everything(kms: &Client, secrets: &mut Secrets) {
    let nobody = kms.new_user().client;
    let mut values = Values { account: kms.credentials.account.clone(), key: String::new() };
    for (action, members) in IAM {
        let form = values.form(members);
        let form = borrowed(&form);
        let _ = nobody.iam().call(action, &form);
        let mut bad = form.clone();
        bad.push(("UserName.a", "b"));
        let _ = kms.iam().call(action, &bad[bad.len() - 1..]);
        let told = match kms.iam().call(action, &form) {
            Ok(told) => told,
            Err(refusal) if action.ends_with("LoginProfile") => {
                assert_eq!(refusal.code, "NoSuchEntity");
                continue;
            }
            Err(refusal) => panic!("{action} was refused: {refusal:?}"),
        };
        if *action == "CreateAccessKey" {
            told.text("AccessKey.AccessKeyId").clone_into(&mut values.key);
        }
    }
    begin_sessions(kms, secrets);
}

/// What forms are filled in with.
struct Values {
    account: String,
    /// The id of the access key that was made.
    key: String,
}

impl Values {
    /// `Name=value Name=value`, where a value may be one of a few words.
    fn form(&self, members: &'static str) -> Vec<(&'static str, String)> {
        let pairs = members.split_whitespace().map(|pair| {
            let (name, value) = pair.split_once('=').expect("each has a value");
            (name, self.value(value))
        });
        pairs.collect()
    }

    fn value(&self, value: &str) -> String {
        match value {
            "{arn}" => format!("arn:aws:iam::{}:policy/secrecy", self.account),
            "{role}" => format!("arn:aws:iam::{}:role/secrecy", self.account),
            "{key}" => self.key.clone(),
            "{document}" => policy(json!([allow("s3:*")])),
            "{trust}" => policy(json!({
                "Effect": "Allow",
                "Principal": {"AWS": self.account},
                "Action": "sts:AssumeRole",
            })),
            other => other.to_owned(),
        }
    }
}

fn borrowed<'a>(form: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Begins sessions of all kinds, and calls with what they give.
fn begin_sessions(kms: &Client, secrets: &mut Secrets) {
    let (nobody, role) = (kms.new_user().client, kms.new_role());
    kms.put_role_policy(&role, json!([allow("*")]));
    let user = kms.user_with(json!([allow("*")])).client;
    let device = format!("arn:aws:iam::{}:mfa/device", kms.credentials.account);
    let id = user.credentials.access_key_id.clone();
    let forms: [(&str, Vec<(&str, &str)>); 5] = [
        ("AssumeRole", vec![("RoleArn", &role.arn), ("RoleSessionName", "session")]),
        ("GetAccessKeyInfo", vec![("AccessKeyId", &id)]),
        ("GetCallerIdentity", vec![]),
        ("GetFederationToken", vec![("Name", "federated")]),
        ("GetSessionToken", vec![]),
    ];
    for (action, form) in &forms {
        let _ = nobody.sts().call(action, form);
        let told = user.sts().ok(action, form);
        for code in ["123456", "12345", &unique("code"), "\"code\" of a device\n\u{e9}"] {
            secrets.add("a code", code.as_bytes());
            let mut form = form.clone();
            form.extend([("SerialNumber", &*device), ("TokenCode", code)]);
            let _ = user.sts().call(action, &form);
        }
        if told.find("Credentials").is_some() {
            let session = crate::kit::session_of(&kms.credentials.account, &told);
            let session = user.as_caller(session);
            let _ = session.call("ListKeys", json!({}));
            session.sts().ok("GetCallerIdentity", &[]);
            let _ = session.sts().call("GetSessionToken", &[]);
            let _ = session.iam().call("GetUser", &[]);
            with_wrong_tokens(&session);
            presigned(&session);
        }
    }
}

/// Tokens and signatures that are not those of the caller.
fn with_wrong_tokens(session: &Client) {
    let token = session.credentials.session_token.clone().expect("it has one");
    for token in [format!("{token}A"), token[1..].to_owned(), String::new(), token.repeat(20)] {
        let mut credentials = session.credentials.clone();
        credentials.session_token = Some(token);
        let wrong = session.as_caller(credentials);
        wrong.send(&wrong.signed("ListKeys", "{}"));
        let sts: Query = wrong.sts();
        sts.client.send(&sts.signed("GetCallerIdentity", &[]));
    }
}

/// Requests that have it all in their target, where logs are most likely to show it.
fn presigned(session: &Client) {
    let token = session.credentials.session_token.clone().expect("it has one");
    let escaped = token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let mut request = session.request("ListKeys", "{}");
    request.query_token = Some(escaped.leak());
    let signed = session.signer().presign(request, 60);
    session.send(&signed);
    let target = signed.target.replace("X-Amz-Signature=", "X-Amz-Signature=0");
    session.send(&crate::kit::Request { target, ..signed });
}

/// All operations, in an order in which all of them succeed.
const IAM: &[(&str, &str)] = &[
    ("CreateUser", "UserName=secrecy"),
    ("CreateGroup", "GroupName=secrecy"),
    ("CreateRole", "RoleName=secrecy AssumeRolePolicyDocument={trust}"),
    ("CreatePolicy", "PolicyName=secrecy PolicyDocument={document}"),
    ("CreatePolicyVersion", "PolicyArn={arn} PolicyDocument={document}"),
    ("SetDefaultPolicyVersion", "PolicyArn={arn} VersionId=v2"),
    ("DeletePolicyVersion", "PolicyArn={arn} VersionId=v1"),
    ("GetPolicy", "PolicyArn={arn}"),
    ("GetPolicyVersion", "PolicyArn={arn} VersionId=v2"),
    ("ListPolicies", ""),
    ("ListPolicyVersions", "PolicyArn={arn}"),
    ("TagPolicy", "PolicyArn={arn} Tags.member.1.Key=a Tags.member.1.Value=b"),
    ("ListPolicyTags", "PolicyArn={arn}"),
    ("UntagPolicy", "PolicyArn={arn} TagKeys.member.1=a"),
    ("AddUserToGroup", "GroupName=secrecy UserName=secrecy"),
    ("GetGroup", "GroupName=secrecy"),
    ("ListGroups", ""),
    ("ListGroupsForUser", "UserName=secrecy"),
    ("ListMFADevices", "UserName=secrecy"),
    ("ListSSHPublicKeys", "UserName=secrecy"),
    ("ListServiceSpecificCredentials", "UserName=secrecy"),
    ("ListSigningCertificates", "UserName=secrecy"),
    ("ListAccountAliases", ""),
    ("ListInstanceProfiles", ""),
    ("GetLoginProfile", "UserName=secrecy"),
    ("DeleteLoginProfile", "UserName=secrecy"),
    ("UpdateGroup", "GroupName=secrecy NewPath=/new/"),
    ("AttachGroupPolicy", "GroupName=secrecy PolicyArn={arn}"),
    ("ListAttachedGroupPolicies", "GroupName=secrecy"),
    ("PutGroupPolicy", "GroupName=secrecy PolicyName=p PolicyDocument={document}"),
    ("GetGroupPolicy", "GroupName=secrecy PolicyName=p"),
    ("ListGroupPolicies", "GroupName=secrecy"),
    ("DeleteGroupPolicy", "GroupName=secrecy PolicyName=p"),
    ("CreateAccessKey", "UserName=secrecy"),
    ("ListAccessKeys", "UserName=secrecy"),
    ("GetAccessKeyLastUsed", "AccessKeyId={key}"),
    ("UpdateAccessKey", "UserName=secrecy AccessKeyId={key} Status=Inactive"),
    ("AttachUserPolicy", "UserName=secrecy PolicyArn={arn}"),
    ("ListAttachedUserPolicies", "UserName=secrecy"),
    ("PutUserPolicy", "UserName=secrecy PolicyName=p PolicyDocument={document}"),
    ("GetUserPolicy", "UserName=secrecy PolicyName=p"),
    ("ListUserPolicies", "UserName=secrecy"),
    ("DeleteUserPolicy", "UserName=secrecy PolicyName=p"),
    ("PutUserPermissionsBoundary", "UserName=secrecy PermissionsBoundary={arn}"),
    ("DeleteUserPermissionsBoundary", "UserName=secrecy"),
    ("TagUser", "UserName=secrecy Tags.member.1.Key=a Tags.member.1.Value=b"),
    ("ListUserTags", "UserName=secrecy"),
    ("UntagUser", "UserName=secrecy TagKeys.member.1=a"),
    ("GetUser", "UserName=secrecy"),
    ("ListUsers", ""),
    ("UpdateUser", "UserName=secrecy NewPath=/new/"),
    ("AttachRolePolicy", "RoleName=secrecy PolicyArn={arn}"),
    ("ListAttachedRolePolicies", "RoleName=secrecy"),
    ("ListEntitiesForPolicy", "PolicyArn={arn}"),
    ("PutRolePolicy", "RoleName=secrecy PolicyName=p PolicyDocument={document}"),
    ("GetRolePolicy", "RoleName=secrecy PolicyName=p"),
    ("ListRolePolicies", "RoleName=secrecy"),
    ("DeleteRolePolicy", "RoleName=secrecy PolicyName=p"),
    ("PutRolePermissionsBoundary", "RoleName=secrecy PermissionsBoundary={arn}"),
    ("DeleteRolePermissionsBoundary", "RoleName=secrecy"),
    ("TagRole", "RoleName=secrecy Tags.member.1.Key=a Tags.member.1.Value=b"),
    ("ListRoleTags", "RoleName=secrecy"),
    ("UntagRole", "RoleName=secrecy TagKeys.member.1=a"),
    ("GetRole", "RoleName=secrecy"),
    ("ListRoles", ""),
    ("ListInstanceProfilesForRole", "RoleName=secrecy"),
    ("UpdateRole", "RoleName=secrecy"),
    ("UpdateRoleDescription", "RoleName=secrecy Description=new"),
    ("UpdateAssumeRolePolicy", "RoleName=secrecy PolicyDocument={trust}"),
    ("SimulateCustomPolicy", "PolicyInputList.member.1={document} ActionNames.member.1=s3:Get"),
    ("SimulatePrincipalPolicy", "PolicySourceArn={role} ActionNames.member.1=s3:Get"),
    ("GetAccountSummary", ""),
    ("DetachRolePolicy", "RoleName=secrecy PolicyArn={arn}"),
    ("DetachUserPolicy", "UserName=secrecy PolicyArn={arn}"),
    ("DetachGroupPolicy", "GroupName=secrecy PolicyArn={arn}"),
    ("DeleteAccessKey", "UserName=secrecy AccessKeyId={key}"),
    ("RemoveUserFromGroup", "GroupName=secrecy UserName=secrecy"),
    ("DeleteUser", "UserName=secrecy"),
    ("DeleteGroup", "GroupName=secrecy"),
    ("DeleteRole", "RoleName=secrecy"),
    ("DeletePolicy", "PolicyArn={arn}"),
];
