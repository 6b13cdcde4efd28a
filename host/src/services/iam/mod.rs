//! AWS Identity and Access Management, version 2010-05-08.

use crate::{operations, sigv4, wire::Protocol};

use super::{Api, Place};

mod managed;
mod own;
mod shown;
mod shown_managed;
mod shown_role;
mod simulation;
mod trust;

operations! { "iam":
    add_user_to_group::AddUserToGroup,
    attach_group_policy::AttachGroupPolicy,
    attach_role_policy::AttachRolePolicy,
    attach_user_policy::AttachUserPolicy,
    create_access_key::CreateAccessKey,
    create_group::CreateGroup,
    create_policy::CreatePolicy,
    create_policy_version::CreatePolicyVersion,
    create_role::CreateRole,
    create_user::CreateUser,
    delete_access_key::DeleteAccessKey,
    delete_group::DeleteGroup,
    delete_group_policy::DeleteGroupPolicy,
    delete_policy::DeletePolicy,
    delete_policy_version::DeletePolicyVersion,
    delete_role::DeleteRole,
    delete_role_permissions_boundary::DeleteRolePermissionsBoundary,
    delete_role_policy::DeleteRolePolicy,
    delete_user::DeleteUser,
    delete_user_permissions_boundary::DeleteUserPermissionsBoundary,
    delete_user_policy::DeleteUserPolicy,
    detach_group_policy::DetachGroupPolicy,
    detach_role_policy::DetachRolePolicy,
    detach_user_policy::DetachUserPolicy,
    get_access_key_last_used::GetAccessKeyLastUsed,
    get_account_summary::GetAccountSummary,
    get_group::GetGroup,
    get_group_policy::GetGroupPolicy,
    get_policy::GetPolicy,
    get_policy_version::GetPolicyVersion,
    get_role::GetRole,
    get_role_policy::GetRolePolicy,
    get_user::GetUser,
    get_user_policy::GetUserPolicy,
    list_access_keys::ListAccessKeys,
    list_attached_group_policies::ListAttachedGroupPolicies,
    list_attached_role_policies::ListAttachedRolePolicies,
    list_attached_user_policies::ListAttachedUserPolicies,
    list_entities_for_policy::ListEntitiesForPolicy,
    list_group_policies::ListGroupPolicies,
    list_groups::ListGroups,
    list_groups_for_user::ListGroupsForUser,
    list_instance_profiles_for_role::ListInstanceProfilesForRole,
    list_policies::ListPolicies,
    list_policy_tags::ListPolicyTags,
    list_policy_versions::ListPolicyVersions,
    list_role_policies::ListRolePolicies,
    list_role_tags::ListRoleTags,
    list_roles::ListRoles,
    list_user_policies::ListUserPolicies,
    list_user_tags::ListUserTags,
    list_users::ListUsers,
    put_group_policy::PutGroupPolicy,
    put_role_permissions_boundary::PutRolePermissionsBoundary,
    put_role_policy::PutRolePolicy,
    put_user_permissions_boundary::PutUserPermissionsBoundary,
    put_user_policy::PutUserPolicy,
    remove_user_from_group::RemoveUserFromGroup,
    set_default_policy_version::SetDefaultPolicyVersion,
    simulate_custom_policy::SimulateCustomPolicy,
    simulate_principal_policy::SimulatePrincipalPolicy,
    tag_policy::TagPolicy,
    tag_role::TagRole,
    tag_user::TagUser,
    untag_policy::UntagPolicy,
    untag_role::UntagRole,
    untag_user::UntagUser,
    update_access_key::UpdateAccessKey,
    update_assume_role_policy::UpdateAssumeRolePolicy,
    update_group::UpdateGroup,
    update_role::UpdateRole,
    update_role_description::UpdateRoleDescription,
    update_user::UpdateUser,
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
