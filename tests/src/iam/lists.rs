//! Lists, page by page.

use serde_json::json;

use crate::kit::{Query, allow, kms, policy, unique};

#[test]
fn users_and_groups_are_listed_by_their_names_below_a_path() {
    let iam = kms().iam();
    for (entity, list) in [("User", "Users"), ("Group", "Groups")] {
        let path = format!("/{}/", unique("p"));
        let action = format!("List{list}");
        let name_of = format!("{entity}Name");
        let mut names: Vec<_> = (0..5).map(|_| unique("n")).collect();
        for (number, name) in names.iter().enumerate() {
            let path = if number == 3 { format!("{path}deep/") } else { path.clone() };
            iam.ok(&format!("Create{entity}"), &[(&name_of, name), ("Path", &path)]);
        }
        names.sort();
        let pages = all_pages(&iam, &action, &[("PathPrefix", &path)], list, &name_of);
        assert_eq!(pages, names);
        // The beginning of a path need not end with a slash.
        let prefix = path.trim_end_matches('/');
        let found = iam.ok(&action, &[("PathPrefix", prefix)]);
        assert_eq!(found.list(list).len(), 5);
        assert_eq!((found.text("IsTruncated"), found.find("Marker")), ("false", None));
    }
}

#[test]
fn a_marker_is_good_for_its_own_list_and_pages_have_bounds() {
    let kms = kms();
    let iam = kms.iam();
    let path = format!("/{}/", unique("p"));
    for _ in 0..2 {
        iam.ok("CreateUser", &[("UserName", &unique("n")), ("Path", &path)]);
    }
    let filter = ("PathPrefix", &*path);
    let first = iam.ok("ListUsers", &[filter, ("MaxItems", "+01")]);
    assert_eq!((first.list("Users").len(), first.text("IsTruncated")), (1, "true"));
    let marker = ("Marker", first.text("Marker"));
    // The size of pages may change, and what nobody knows is ignored.
    let rest = iam.ok("ListUsers", &[filter, marker, ("MaxItems", "7"), ("Extra", "x")]);
    assert_eq!((rest.list("Users").len(), rest.text("IsTruncated")), (1, "false"));
    let invalid = (400, "ValidationError");
    iam.refuses("ListUsers", &[marker], invalid, "Invalid Marker.");
    iam.refuses("ListGroups", &[filter, marker], invalid, "Invalid Marker.");
    iam.refuses("ListUsers", &[filter, ("Marker", "x")], invalid, "Invalid Marker.");
    for (max, code) in [
        ("0", "ValidationError"),
        ("1001", "ValidationError"),
        ("2147483648", "MalformedInput"),
        (" 1 ", "MalformedInput"),
        ("1.0", "MalformedInput"),
    ] {
        let refusal = iam.call("ListUsers", &[("MaxItems", max)]).unwrap_err();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, code), "{max:?}");
    }
}

#[test]
fn the_lists_of_a_user_have_pages() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let name = ("UserName", &*user.name);
    let mut expected = Vec::new();
    for key in ["A", "b", "C"] {
        iam.ok("TagUser", &[name, ("Tags.member.1.Key", key), ("Tags.member.1.Value", "v")]);
        let document = policy(json!([allow("kms:Encrypt")]));
        let form = [name, ("PolicyName", key), ("PolicyDocument", &document)];
        iam.ok("PutUserPolicy", &form);
        let group = unique("g");
        iam.ok("CreateGroup", &[("GroupName", &group)]);
        iam.ok("AddUserToGroup", &[name, ("GroupName", &group)]);
        expected.push(group);
    }
    expected.sort();
    assert_eq!(all_pages(&iam, "ListUserTags", &[name], "Tags", "Key"), ["A", "C", "b"]);
    let policies = all_pages(&iam, "ListUserPolicies", &[name], "PolicyNames", "");
    assert_eq!(policies, ["A", "b", "C"]);
    let groups = all_pages(&iam, "ListGroupsForUser", &[name], "Groups", "GroupName");
    assert_eq!(groups, expected);
}

/// All entries, two by two.
#[track_caller]
fn all_pages(
    iam: &Query,
    action: &str,
    form: &[(&str, &str)],
    list: &str,
    name: &str,
) -> Vec<String> {
    let (mut all, mut marker) = (Vec::new(), None::<String>);
    loop {
        let mut form = [form, &[("MaxItems", "2")]].concat();
        form.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let page = iam.ok(action, &form);
        let texts = page.texts(list, name);
        assert!(texts.len() <= 2, "{page:?}");
        all.extend(texts.into_iter().map(str::to_owned));
        marker = page.find("Marker").map(|marker| marker.text.clone());
        if marker.is_none() {
            return all;
        }
    }
}
