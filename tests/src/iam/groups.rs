//! Groups: who is in them, and that their policies count.

use serde_json::json;

use crate::kit::{allow, kms, policy, unique};

#[test]
fn the_policies_of_a_group_count_for_its_users() {
    let kms = kms();
    let (iam, user, name) = (kms.iam(), kms.new_user(), unique("group"));
    let group = ("GroupName", name.as_str());
    let made = iam.ok("CreateGroup", &[group, ("Path", "/g/")]);
    assert!(made.text("Group.GroupId").starts_with("AGPA"));
    let document = policy(json!([allow("kms:ListKeys")]));
    let inline = [group, ("PolicyName", "P"), ("PolicyDocument", &document)];
    iam.ok("PutGroupPolicy", &inline);
    let both = [group, ("UserName", &*user.name)];
    let may = || user.client.call("ListKeys", json!({})).is_ok();
    assert!(!may());
    iam.ok("AddUserToGroup", &both);
    iam.ok("AddUserToGroup", &both);
    assert!(may());
    let told = iam.ok("GetGroup", &[group]);
    assert_eq!(told.texts("Users", "UserName"), [&*user.name]);
    let groups = iam.ok("ListGroupsForUser", &[("UserName", &user.name)]);
    assert_eq!(groups.texts("Groups", "GroupName"), [&*name]);
    iam.ok("DeleteGroupPolicy", &[group, ("PolicyName", "p")]);
    assert!(!may());
    iam.ok("AttachGroupPolicy", &[group, ("PolicyArn", ADMINISTRATOR)]);
    assert!(may());
    let attached = iam.ok("ListAttachedGroupPolicies", &[group]);
    assert_eq!(attached.texts("AttachedPolicies", "PolicyArn"), [ADMINISTRATOR]);
    let conflict = "Cannot delete entity, must remove users from group first.";
    iam.refuses("DeleteGroup", &[group], (409, "DeleteConflict"), conflict);
    iam.ok("RemoveUserFromGroup", &both);
    iam.ok("RemoveUserFromGroup", &both);
    assert!(!may());
    let conflict = "Cannot delete entity, must detach all policies first.";
    iam.refuses("DeleteGroup", &[group], (409, "DeleteConflict"), conflict);
    iam.ok("DetachGroupPolicy", &[group, ("PolicyArn", ADMINISTRATOR)]);
    iam.ok("DeleteGroup", &[group]);
    let gone = format!("The group with name {name} cannot be found.");
    iam.refuses("GetGroup", &[group], (404, "NoSuchEntity"), &gone);
}

#[test]
fn a_renamed_group_keeps_its_users() {
    let kms = kms();
    let (iam, user, name) = (kms.iam(), kms.new_user(), unique("group"));
    iam.ok("CreateGroup", &[("GroupName", &name)]);
    iam.ok("AddUserToGroup", &[("GroupName", &name), ("UserName", &user.name)]);
    let new = unique("renamed");
    iam.ok("UpdateGroup", &[("GroupName", &name), ("NewGroupName", &new), ("NewPath", "/x/")]);
    let told = iam.ok("GetGroup", &[("GroupName", &new)]);
    assert_eq!(told.text("Group.Path"), "/x/");
    assert_eq!(told.texts("Users", "UserName"), [&*user.name]);
    let gone = format!("The group with name {name} cannot be found.");
    iam.refuses("GetGroup", &[("GroupName", &name)], (404, "NoSuchEntity"), &gone);
}

#[test]
fn a_user_is_in_ten_groups_at_most() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    for number in 0..11 {
        let name = unique("many");
        iam.ok("CreateGroup", &[("GroupName", &name)]);
        let both = [("GroupName", &*name), ("UserName", &*user.name)];
        if number < 10 {
            iam.ok("AddUserToGroup", &both);
        } else {
            let words = "Cannot exceed quota for GroupsPerUser: 10";
            iam.refuses("AddUserToGroup", &both, (409, "LimitExceeded"), words);
        }
    }
}

#[test]
fn neither_a_group_nor_a_user_that_is_not_there_is_joined() {
    let kms = kms();
    let (iam, user, name) = (kms.iam(), kms.new_user(), unique("group"));
    let both = [("GroupName", &*name), ("UserName", &*user.name)];
    let gone = format!("The group with name {name} cannot be found.");
    iam.refuses("AddUserToGroup", &both, (404, "NoSuchEntity"), &gone);
    iam.ok("CreateGroup", &[("GroupName", &name)]);
    let nobody = unique("nobody");
    let gone = format!("The user with name {nobody} cannot be found.");
    let both = [("GroupName", &*name), ("UserName", &*nobody)];
    iam.refuses("AddUserToGroup", &both, (404, "NoSuchEntity"), &gone);
    let exists = format!("Group with name {name} already exists.");
    iam.refuses("CreateGroup", &[("GroupName", &name)], (409, "EntityAlreadyExists"), &exists);
}

#[test]
fn whoever_joins_at_once_is_in_the_group() {
    let kms = kms();
    let (iam, name) = (kms.iam(), unique("group"));
    iam.ok("CreateGroup", &[("GroupName", &name)]);
    let users: Vec<_> = (0..6).map(|_| kms.new_user()).collect();
    std::thread::scope(|scope| {
        for user in &users {
            let (iam, name) = (kms.iam(), &name);
            scope.spawn(move || {
                iam.ok("AddUserToGroup", &[("GroupName", name), ("UserName", &user.name)]);
            });
        }
    });
    let told = iam.ok("GetGroup", &[("GroupName", &name)]);
    let mut names: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(told.texts("Users", "UserName"), names);
}

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
