//! AssumeRole.

use serde_json::{Value, json};

use super::world::{World, allow, trust};

/// Members of a request.
type Members<'a> = &'a [(&'a str, &'a str)];

const ASSUME: &str = "sts:AssumeRole";

#[tokio::test]
async fn a_user_whom_the_role_trusts_assumes_it_and_has_its_permissions() {
    let world = World::new().await;
    let (root, key) = (world.root.clone(), world.key().await);
    let user = world.user(&root, "alice", None).await;
    let arn = format!("arn:aws:iam::{}:user/alice", world.account);
    let may = allow(json!("kms:DescribeKey"));
    let role = world.role("reader", trust(&arn, json!(ASSUME), json!({})), Some(may)).await;

    let told = world.try_assume(&user, &role, &[("RoleSessionName", "s1")]).await.ok();
    let session = told.session();
    assert!(session.access_key_id.starts_with("ASIA"));
    assert_eq!(session.access_key_id.len(), 20);
    assert_eq!(session.secret.len(), 40);
    assert_eq!(told.text("SessionTokenSize"), told.text("SessionToken").len().to_string());
    assert!(!told.has("PackedPolicySize"));
    let session_arn = format!("arn:aws:sts::{}:assumed-role/reader/s1", world.account);
    assert_eq!(told.text("Arn"), session_arn);
    assert!(told.text("AssumedRoleId").starts_with("AROA"));

    let identity = world.query(&session, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(identity.text("Arn"), session_arn);
    assert_eq!(identity.text("UserId"), told.text("AssumedRoleId"));
    world.kms(&session, "DescribeKey", json!({"KeyId": key})).await.ok();
    let denied = world.kms(&session, "DisableKey", json!({"KeyId": key})).await;
    let message = format!(
        "User: {session_arn} is not authorized to perform: kms:DisableKey on resource: {key} \
         because no identity-based policy allows the kms:DisableKey action"
    );
    denied.refused(400, "AccessDeniedException", &message);
}

#[tokio::test]
async fn the_record_tells_who_has_assumed_what_and_no_secret() {
    let world = World::new().await;
    let root = world.root.clone();
    let user = world.user(&root, "alice", None).await;
    let arn = format!("arn:aws:iam::{}:user/alice", world.account);
    let actions = json!(["sts:AssumeRole", "sts:TagSession"]);
    let role = world.role("r", trust(&arn, actions, json!({})), None).await;
    let tags = [("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
    let told = world.try_assume(&user, &role, &tags).await.ok();
    let record = world.record("AssumeRole");
    assert_eq!(record["eventSource"], "sts.amazonaws.com");
    assert_eq!(record["readOnly"], true);
    assert_eq!(record["userIdentity"]["arn"], arn);
    assert_eq!(record["requestParameters"]["roleArn"], role);
    assert_eq!(record["requestParameters"]["tags"], json!([{"key": "a", "value": "b"}]));
    let elements = &record["responseElements"];
    assert_eq!(elements["credentials"]["accessKeyId"], told.text("AccessKeyId"));
    assert!(elements["credentials"]["expiration"].is_string());
    assert_eq!(elements["credentials"].as_object().unwrap().len(), 2);
    assert_eq!(elements["assumedRoleUser"]["arn"], told.text("Arn"));
    assert_eq!(record["resources"][0]["ARN"], role);
    assert_eq!(record["resources"][0]["type"], "AWS::IAM::Role");
    let text = record.to_string();
    assert!(!text.contains(&told.text("SecretAccessKey")));
    assert!(!text.contains(&told.text("SessionToken")));

    let session = told.session();
    world.query(&session, "GetCallerIdentity", &[]).await.ok();
    let identity = world.record("GetCallerIdentity")["userIdentity"].clone();
    assert_eq!(identity["type"], "AssumedRole");
    assert_eq!(identity["sessionContext"]["sessionIssuer"]["arn"], role);
}

#[tokio::test]
async fn who_is_not_trusted_is_told_the_same_as_if_the_role_were_not_there() {
    let world = World::new().await;
    let root = world.root.clone();
    let all = Some(allow(json!("sts:*")));
    let user = world.user(&root, "alice", all.clone()).await;
    let bob = format!("arn:aws:iam::{}:user/bob", world.account);
    world.user(&root, "bob", None).await;
    let role = world.role("r", trust(&bob, json!(ASSUME), json!({})), None).await;
    for role in [role.clone(), role.replace("role/r", "role/none")] {
        let message = format!(
            "User: arn:aws:iam::{}:user/alice is not authorized to perform: sts:AssumeRole on \
             resource: {role}",
            world.account
        );
        world.try_assume(&user, &role, &[]).await.refused(403, "AccessDenied", &message);
    }
    let message = "Roles may not be assumed by root accounts.";
    world.try_assume(&root, &role, &[]).await.refused(403, "AccessDenied", message);
    let wrong = format!("arn:aws:iam::{}:user/alice", world.account);
    let message = format!("{wrong} is invalid");
    world.try_assume(&user, &wrong, &[]).await.refused(400, "ValidationError", &message);
}

#[tokio::test]
async fn trust_in_the_account_needs_an_identity_policy_too() {
    let world = World::new().await;
    let root = world.root.clone();
    let without = world.user(&root, "without", None).await;
    let with = world.user(&root, "with", Some(allow(json!(ASSUME)))).await;
    let role = world.role("r", trust(&world.account, json!(ASSUME), json!({})), None).await;
    assert_eq!(world.try_assume(&without, &role, &[]).await.status, 403);
    world.assume(&with, &role, &[]).await;

    let stranger = world.stranger().await;
    let far = world.user(&stranger, "far", None).await;
    let farther = world.user(&stranger, "farther", Some(allow(json!(ASSUME)))).await;
    assert_eq!(world.try_assume(&farther, &role, &[]).await.status, 403);
    let role = world.role("open", trust("444455556666", json!(ASSUME), json!({})), None).await;
    assert_eq!(world.try_assume(&far, &role, &[]).await.status, 403);
    let session = world.assume(&farther, &role, &[]).await;
    let identity = world.query(&session, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(identity.text("Account"), world.account);
    let record = world.record("AssumeRole");
    assert_eq!(record["userIdentity"]["accountId"], "444455556666");
}

#[tokio::test]
async fn conditions_of_the_trust_policy_see_what_is_asked_for() {
    let world = World::new().await;
    let root = world.root.clone();
    let user = world.user(&root, "alice", Some(allow(json!("sts:*")))).await;
    let cases: &[(Value, Members<'_>, u16)] = &[
        (json!({"StringEquals": {"sts:ExternalId": "xy"}}), &[], 403),
        (json!({"StringEquals": {"sts:ExternalId": "xy"}}), &[("ExternalId", "yx")], 403),
        (json!({"StringEquals": {"sts:ExternalId": "xy"}}), &[("ExternalId", "xy")], 200),
        (json!({"StringLike": {"sts:RoleSessionName": "a*"}}), &[("RoleSessionName", "b1")], 403),
        (json!({"StringLike": {"sts:RoleSessionName": "a*"}}), &[("RoleSessionName", "a1")], 200),
        (json!({"NumericLessThan": {"sts:DurationSeconds": "1000"}}), &[], 403),
        (
            json!({"NumericLessThan": {"sts:DurationSeconds": "1000"}}),
            &[("DurationSeconds", "900")],
            200,
        ),
        (json!({"StringEquals": {"sts:SourceIdentity": "me"}}), &[("SourceIdentity", "it")], 403),
        (json!({"StringEquals": {"sts:SourceIdentity": "me"}}), &[("SourceIdentity", "me")], 200),
        (
            json!({"StringEquals": {"aws:RequestTag/Team": "a"}}),
            &[("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "b")],
            403,
        ),
        (
            json!({"StringEquals": {"aws:RequestTag/Team": "a"}}),
            &[("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "a")],
            200,
        ),
        (
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
            &[("Tags.member.1.Key", "other"), ("Tags.member.1.Value", "a")],
            403,
        ),
        (
            json!({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": ["a"]}}),
            &[
                ("Tags.member.1.Key", "a"),
                ("Tags.member.1.Value", "1"),
                ("TransitiveTagKeys.member.1", "a"),
            ],
            200,
        ),
        (json!({"StringEquals": {"aws:ResourceTag/team": "blue"}}), &[], 200),
        (json!({"StringEquals": {"aws:ResourceTag/team": "red"}}), &[], 403),
    ];
    for (number, (condition, members, status)) in cases.iter().enumerate() {
        let trust = trust(&world.account, json!("sts:*"), condition.clone());
        let role = world.role(&format!("r{number}"), trust, None).await;
        let told = world.try_assume(&user, &role, members).await;
        assert_eq!(told.status, *status, "{condition} {members:?} {}", told.body);
    }
}

#[tokio::test]
async fn tags_and_a_source_identity_need_permissions_of_their_own() {
    let world = World::new().await;
    let root = world.root.clone();
    let arn = format!("arn:aws:iam::{}:user/alice", world.account);
    let user = world.user(&root, "alice", None).await;
    let role = world.role("r", trust(&arn, json!(ASSUME), json!({})), None).await;
    let denied = |action: &str| {
        format!("User: {arn} is not authorized to perform: {action} on resource: {role}")
    };
    let tags = [("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
    let told = world.try_assume(&user, &role, &tags).await;
    told.refused(403, "AccessDenied", &denied("sts:TagSession"));
    let told = world.try_assume(&user, &role, &[("SourceIdentity", "me")]).await;
    told.refused(403, "AccessDenied", &denied("sts:SetSourceIdentity"));
}

#[tokio::test]
async fn session_policies_only_take_away() {
    let world = World::new().await;
    let (root, key) = (world.root.clone(), world.key().await);
    let user = world.user(&root, "alice", Some(allow(json!(ASSUME)))).await;
    let trust = trust(&world.account, json!(ASSUME), json!({}));
    let may = allow(json!(["kms:DescribeKey", "kms:ListGrants"]));
    let role = world.role("r", trust, Some(may)).await;
    let policy = allow(json!(["kms:DescribeKey", "kms:Encrypt"])).to_string();
    let told = world.try_assume(&user, &role, &[("Policy", &policy)]).await.ok();
    assert_eq!(told.text("PackedPolicySize"), "3");
    let session = told.session();
    world.kms(&session, "DescribeKey", json!({"KeyId": key})).await.ok();
    for (operation, missing) in [("ListGrants", "session"), ("Encrypt", "identity-based")] {
        let told = world.kms(&session, operation, json!({"KeyId": key, "Plaintext": "eA=="})).await;
        let message = format!(
            "User: arn:aws:sts::{}:assumed-role/r/session is not authorized to perform: \
             kms:{operation} on resource: {key} because no {missing} policy allows the \
             kms:{operation} action",
            world.account
        );
        told.refused(400, "AccessDeniedException", &message);
    }
    let all = "arn:aws:iam::aws:policy/AdministratorAccess";
    let session = world.assume(&user, &role, &[("PolicyArns.member.1.arn", all)]).await;
    world.kms(&session, "ListGrants", json!({"KeyId": key})).await.ok();
}

#[tokio::test]
async fn what_a_session_cannot_have_is_refused() {
    let world = World::new().await;
    let root = world.root.clone();
    let user = world.user(&root, "alice", Some(allow(json!("sts:*")))).await;
    let role = world.role("r", trust(&world.account, json!("sts:*"), json!({})), None).await;
    let long = allow(json!("a".repeat(2048).as_str().replace('a', "k"))).to_string();
    let many: Vec<_> = (1..=11).map(|at| format!("PolicyArns.member.{at}.arn")).collect();
    let all = "arn:aws:iam::aws:policy/AdministratorAccess";
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), all)).collect();
    let cases: &[(Members<'_>, u16, &str, &str)] = &[
        (
            &[("Policy", &long)],
            400,
            "ValidationError",
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member \
             must have length less than or equal to 2048",
        ),
        (
            &many,
            400,
            "ValidationError",
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: \
             Member must have length less than or equal to 10",
        ),
    ];
    for (members, status, code, message) in cases.iter().chain(REFUSED) {
        world.try_assume(&user, &role, members).await.refused(*status, code, message);
    }
}

const DEVICE: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please \
                      verify your MFA serial number is valid and associated with this user.";
const HALF: &str = "MultiFactorAuthentication failed, must provide both MFA serial number and one \
                    time pass code.";

/// What is asked for, and the answer.
const REFUSED: &[(Members<'_>, u16, &str, &str)] = &[
    (&[("Policy", "{")], 400, "MalformedPolicyDocument", "This policy contains invalid Json"),
    (&[("Policy", "{}")], 400, "MalformedPolicyDocument", "Syntax errors in policy."),
    (
        &[("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/None")],
        400,
        "ValidationError",
        "Policy arn:aws:iam::aws:policy/None does not exist or cannot limit this session.",
    ),
    (
        &[
            ("Tags.member.1.Key", "a"),
            ("Tags.member.1.Value", "1"),
            ("Tags.member.2.Key", "A"),
            ("Tags.member.2.Value", "2"),
        ],
        400,
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ),
    (
        &[("Tags.member.1.Key", "aws:a"), ("Tags.member.1.Value", "1")],
        400,
        "InvalidParameterValue",
        "Tag keys beginning with aws: are reserved for system use.",
    ),
    (
        &[("TransitiveTagKeys.member.1", "a")],
        400,
        "InvalidParameterValue",
        "The specified transitive tag key must be included in the requested tags.",
    ),
    (&[("SerialNumber", "GAHT12345678"), ("TokenCode", "123456")], 403, "AccessDenied", DEVICE),
    (&[("SerialNumber", "GAHT12345678")], 403, "AccessDenied", HALF),
    (&[("TokenCode", "123456")], 403, "AccessDenied", HALF),
    (
        &[("DurationSeconds", "899")],
        400,
        "ValidationError",
        "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy \
             constraint: Member must have value greater than or equal to 900",
    ),
    (
        &[("RoleSessionName", "a")],
        400,
        "ValidationError",
        "1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy \
             constraint: Member must have length greater than or equal to 2",
    ),
    (
        &[("ProvidedContexts.member.1.ContextAssertion", "abcd")],
        400,
        "UnsupportedOperation",
        "ProvidedContexts is not supported by this service.",
    ),
];

#[tokio::test]
async fn policies_and_tags_have_room_for_so_much() {
    let world = World::new().await;
    let root = world.root.clone();
    let user = world.user(&root, "alice", Some(allow(json!("sts:*")))).await;
    let role = world.role("r", trust(&world.account, json!("sts:*"), json!({})), None).await;
    let value = "v".repeat(256);
    let names: Vec<_> = (1..=16)
        .map(|at| (format!("Tags.member.{at}.Key"), format!("k{at}"), at))
        .map(|(name, key, at)| (name, key, format!("Tags.member.{at}.Value")))
        .collect();
    let tags = |count: usize| -> Vec<(&str, &str)> {
        let tags = names.iter().take(count);
        tags.flat_map(|(name, key, of)| [(name.as_str(), key.as_str()), (of.as_str(), &*value)])
            .collect()
    };
    let told = world.try_assume(&user, &role, &tags(15)).await.ok();
    assert_eq!(told.text("PackedPolicySize"), "95");
    let message = "Packed policy consumes 101% of allotted space, please use smaller policy.";
    let told = world.try_assume(&user, &role, &tags(16)).await;
    told.refused(400, "PackedPolicyTooLarge", message);
    let told = world.try_assume(&user, &role, &[("MinimumSessionTokenSize", "4096")]).await.ok();
    assert_eq!(
        (told.text("SessionTokenSize"), told.text("SessionTokenUtilization")),
        ("4096".to_owned(), "100".to_owned())
    );
    world.query(&told.session(), "GetCallerIdentity", &[]).await.ok();
}

#[tokio::test]
async fn a_chain_of_roles_hands_on_what_it_must() {
    let world = World::new().await;
    let (root, key) = (world.root.clone(), world.key().await);
    let user = world.user(&root, "alice", Some(allow(json!("sts:*")))).await;
    let open = trust(&world.account, json!("sts:*"), json!({}));
    let may = allow(json!(["sts:*", "kms:*"]));
    let first = world.role("first", open.clone(), Some(may.clone())).await;
    let condition = json!({"StringEquals": {"aws:PrincipalTag/who": "me"}});
    let may = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*", "Condition": condition}});
    let second = world.role("second", open, Some(may)).await;
    let session = world
        .assume(
            &user,
            &first,
            &[
                ("Tags.member.1.Key", "who"),
                ("Tags.member.1.Value", "me"),
                ("Tags.member.2.Key", "what"),
                ("Tags.member.2.Value", "own"),
                ("TransitiveTagKeys.member.1", "who"),
                ("SourceIdentity", "alice"),
            ],
        )
        .await;
    let told = world.try_assume(&session, &second, &[]).await.ok();
    assert_eq!(told.text("SourceIdentity"), "alice");
    assert!(!told.has("PackedPolicySize"));
    let chained = told.session();
    world.kms(&chained, "DescribeKey", json!({"KeyId": key})).await.ok();
    let identity = world.record("DescribeKey")["userIdentity"].clone();
    assert_eq!(identity["sessionContext"]["sourceIdentity"], "alice");

    let conflict = "One of the specified transitive tag keys can't be set because it conflicts \
                    with a transitive tag key from the calling session.";
    let again = [("Tags.member.1.Key", "Who"), ("Tags.member.1.Value", "you")];
    let told = world.try_assume(&session, &second, &again).await;
    told.refused(400, "InvalidParameterValue", conflict);
    let other = [("Tags.member.1.Key", "what"), ("Tags.member.1.Value", "new")];
    world.assume(&session, &second, &other).await;
    let told = world.try_assume(&session, &second, &[("SourceIdentity", "bob")]).await;
    assert_eq!(told.status, 403, "{}", told.body);
    let told = world.try_assume(&session, &second, &[("DurationSeconds", "3601")]).await;
    let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles \
                   assumed by role chaining";
    told.refused(400, "ValidationError", message);
    world.assume(&user, &second, &[("DurationSeconds", "43200")]).await;
}
