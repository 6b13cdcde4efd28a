//! AWS Identity and Access Management, version 2010-05-08.

use crate::{operations, sigv4, wire::Protocol};

use super::{Api, Place};

mod own;
mod shown;

operations! { "iam":
    add_user_to_group::AddUserToGroup,
    attach_group_policy::AttachGroupPolicy,
    attach_user_policy::AttachUserPolicy,
    create_access_key::CreateAccessKey,
    create_group::CreateGroup,
    create_user::CreateUser,
    delete_access_key::DeleteAccessKey,
    delete_group::DeleteGroup,
    delete_group_policy::DeleteGroupPolicy,
    delete_user::DeleteUser,
    delete_user_permissions_boundary::DeleteUserPermissionsBoundary,
    delete_user_policy::DeleteUserPolicy,
    detach_group_policy::DetachGroupPolicy,
    detach_user_policy::DetachUserPolicy,
    get_group::GetGroup,
    get_group_policy::GetGroupPolicy,
    get_user::GetUser,
    get_user_policy::GetUserPolicy,
    list_access_keys::ListAccessKeys,
    list_attached_group_policies::ListAttachedGroupPolicies,
    list_attached_user_policies::ListAttachedUserPolicies,
    list_group_policies::ListGroupPolicies,
    list_groups::ListGroups,
    list_groups_for_user::ListGroupsForUser,
    list_user_policies::ListUserPolicies,
    list_user_tags::ListUserTags,
    list_users::ListUsers,
    put_group_policy::PutGroupPolicy,
    put_user_permissions_boundary::PutUserPermissionsBoundary,
    put_user_policy::PutUserPolicy,
    remove_user_from_group::RemoveUserFromGroup,
    tag_user::TagUser,
    untag_user::UntagUser,
    update_access_key::UpdateAccessKey,
    update_group::UpdateGroup,
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
