//! AWS Identity and Access Management, version 2010-05-08.

use crate::{operations, sigv4, wire::Protocol};

use super::{Api, Place};

mod managed;
mod own;
mod shown;
mod shown_managed;
mod shown_role;
mod trust;

operations! { "iam":
    attach_role_policy::AttachRolePolicy,
    create_access_key::CreateAccessKey,
    create_policy::CreatePolicy,
    create_policy_version::CreatePolicyVersion,
    create_role::CreateRole,
    create_user::CreateUser,
    delete_policy::DeletePolicy,
    delete_policy_version::DeletePolicyVersion,
    delete_role::DeleteRole,
    delete_role_permissions_boundary::DeleteRolePermissionsBoundary,
    delete_role_policy::DeleteRolePolicy,
    detach_role_policy::DetachRolePolicy,
    get_account_summary::GetAccountSummary,
    get_policy::GetPolicy,
    get_policy_version::GetPolicyVersion,
    get_role::GetRole,
    get_role_policy::GetRolePolicy,
    get_user::GetUser,
    list_attached_role_policies::ListAttachedRolePolicies,
    list_entities_for_policy::ListEntitiesForPolicy,
    list_policies::ListPolicies,
    list_policy_tags::ListPolicyTags,
    list_policy_versions::ListPolicyVersions,
    list_role_policies::ListRolePolicies,
    list_role_tags::ListRoleTags,
    list_roles::ListRoles,
    put_role_permissions_boundary::PutRolePermissionsBoundary,
    put_role_policy::PutRolePolicy,
    put_user_policy::PutUserPolicy,
    set_default_policy_version::SetDefaultPolicyVersion,
    tag_policy::TagPolicy,
    tag_role::TagRole,
    untag_policy::UntagPolicy,
    untag_role::UntagRole,
    update_assume_role_policy::UpdateAssumeRolePolicy,
    update_role::UpdateRole,
    update_role_description::UpdateRoleDescription,
}

/// The service.
pub static API: Api = Api {
    signing_name: "iam",
    source: "iam.amazonaws.com",
    protocol: Protocol::Query {
        version: "2010-05-08",
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    },
    place: Place::Global,
    policy: sigv4::Policy::GENERAL,
    operations: OPERATIONS,
    refused: &[],
};
