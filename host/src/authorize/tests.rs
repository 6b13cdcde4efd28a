//! Whole decisions: who is reached by which policy, and what is said of it.

use serde_json::{Value, json};

use super::*;
use crate::{arn::AccountId, wire::Error};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const USER: &str = "arn:aws:iam::111122223333:user/path/alice";
const ROLE: &str = "arn:aws:iam::111122223333:role/path/worker";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/worker/session";
const STRANGER: &str = "arn:aws:iam::444455556666:user/bob";
const ROOT: &str = "arn:aws:iam::111122223333:root";

/// Condition keys of a request, by their names in lower case.
struct Keys(Vec<(&'static str, Values<'static>)>);

impl ConditionKeys for Keys {
    fn get(&self, name: &str) -> Option<Values<'_>> {
        let (_, values) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(values.clone())
    }
}

fn owner() -> AccountId {
    "111122223333".parse().expect("an account")
}

fn other() -> AccountId {
    "444455556666".parse().expect("an account")
}

fn subject<'a>(who: Who<'a>, own: Option<Own<'a>>) -> Subject<'a> {
    let is_stranger = matches!(who, Who::User { arn: STRANGER });
    Subject { account: if is_stranger { other() } else { owner() }, who, id: None, own }
}

fn own<'a>(
    identity: &'a [&'a Policy],
    boundary: Option<&'a Policy>,
    session: Option<&'a [&'a Policy]>,
) -> Option<Own<'a>> {
    Some(Own { identity, boundary, session })
}

/// A key policy of these statements.
fn policy(statements: Value) -> KeyPolicy {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    KeyPolicy::written(&document.to_string()).expect("a key policy")
}

fn identity(effect: &str, action: &str) -> Policy {
    let statement = json!({"Effect": effect, "Action": action, "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": statement});
    Policy::parse(&document.to_string(), Place::Identity).expect("a policy")
}

fn allow(principal: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"})
}

fn ask(policy: &KeyPolicy, subject: &Subject<'_>) -> Verdict {
    ask_with(policy, subject, &(), None)
}

fn ask_with(
    policy: &KeyPolicy,
    subject: &Subject<'_>,
    keys: &dyn ConditionKeys,
    granted: Option<Granted>,
) -> Verdict {
    let resource = Resource::Key { arn: KEY, owner: owner(), policy };
    decide(&Question { subject, action: "kms:Encrypt", resource: &resource, keys, granted })
}

const NO_KEY_POLICY: Verdict = Verdict::NotAllowed(Kind::Resource);
const NO_IDENTITY: Verdict = Verdict::NotAllowed(Kind::Identity);

#[test]
fn the_default_policy_delegates_to_its_own_account_alone() {
    let default = KeyPolicy::Default;
    assert_eq!(ask(&default, &subject(Who::Root, None)), Verdict::Allowed);
    let elsewhere = Subject { account: other(), who: Who::Root, id: None, own: None };
    assert_eq!(ask(&default, &elsewhere), NO_KEY_POLICY);
    let user = Who::User { arn: USER };
    assert_eq!(ask(&default, &subject(user, Some(Own::default()))), NO_IDENTITY);
    let policies = [&identity("Allow", "kms:Enc*")];
    let own = Own { identity: &policies, ..Own::default() };
    assert_eq!(ask(&default, &subject(user, Some(own))), Verdict::Allowed);
    let service = subject(Who::Service { name: "logs.amazonaws.com" }, None);
    assert_eq!(ask(&default, &service), NO_KEY_POLICY);
    // Written out it says the same.
    let written = KeyPolicy::written(&default.text(owner())).expect("a key policy");
    assert_eq!(ask(&written, &subject(Who::Root, None)), Verdict::Allowed);
    assert_eq!(ask(&written, &subject(user, Some(Own::default()))), NO_IDENTITY);
    assert_eq!(ask(&written, &elsewhere), NO_KEY_POLICY);
}

#[test]
fn principals_are_reached_by_what_names_them() {
    let federated = "arn:aws:sts::111122223333:federated-user/carol";
    let everybody = [
        (Who::Root, [true, false, false, false, false, true, false]),
        (Who::User { arn: USER }, [false, true, false, false, false, true, false]),
        (Who::Session { role: ROLE, arn: SESSION }, [false, false, true, true, false, true, false]),
        (Who::Federated { arn: federated }, [false, false, false, false, true, true, false]),
        (
            Who::Service { name: "logs.amazonaws.com" },
            [false, false, false, false, false, true, true],
        ),
    ];
    for (who, expected) in everybody {
        let named = [ROOT, USER, ROLE, SESSION, federated, "*"].map(allow);
        let mut service = allow("*");
        service["Principal"] = json!({"Service": "logs.amazonaws.com"});
        let policies = named.into_iter().chain([service]).map(policy);
        let own = || match who {
            Who::Root | Who::Service { .. } => None,
            Who::User { .. } | Who::Session { .. } | Who::Federated { .. } => Some(Own::default()),
        };
        let found: Vec<_> =
            policies.map(|policy| ask(&policy, &subject(who, own())) == Verdict::Allowed).collect();
        assert_eq!(found, expected, "{who:?}");
    }
    for text in ["111122223333", ROOT] {
        let by_account = policy(allow(text));
        assert_eq!(ask(&by_account, &subject(Who::Root, None)), Verdict::Allowed, "{text}");
    }
}

/// The nine cases that are confused most: section 2.8 of the specification.
#[test]
fn confused_details() {
    let kms = identity("Allow", "kms:*");
    let nothing = identity("Allow", "s3:*");
    let deny = identity("Deny", "kms:Encrypt");
    let (no_kms, no_encryption) = ([&nothing], [&deny]);
    let user = Who::User { arn: USER };
    let session = Who::Session { role: ROLE, arn: SESSION };
    let stranger = Who::User { arn: STRANGER };
    // 1. Without a statement for the account, identity policies are ignored for everyone.
    let only_user = policy(allow(USER));
    assert_eq!(ask(&only_user, &subject(session, own(&[&kms], None, None))), NO_KEY_POLICY);
    assert_eq!(ask(&only_user, &subject(Who::Root, None)), NO_KEY_POLICY);
    // 2. A role that the key policy names needs no identity policy.
    let role = policy(allow(ROLE));
    assert_eq!(ask(&role, &subject(session, own(&[], None, None))), Verdict::Allowed);
    // 3. A session policy limits it, unless the session itself is named.
    let limited = || own(&[], None, Some(&no_kms));
    let no_session = Verdict::NotAllowed(Kind::Session);
    assert_eq!(ask(&role, &subject(session, limited())), no_session);
    let exact = policy(allow(SESSION));
    assert_eq!(ask(&exact, &subject(session, limited())), Verdict::Allowed);
    // 4. A boundary does not limit a user that the key policy names, but it does limit a role.
    let bound = || own(&[], Some(&nothing), None);
    assert_eq!(ask(&only_user, &subject(user, bound())), Verdict::Allowed);
    let no_boundary = Verdict::NotAllowed(Kind::Boundary);
    assert_eq!(ask(&role, &subject(session, bound())), no_boundary);
    // 5. A grant allows a user without any policy.
    let grant = Granted { reach: Reach::Exact, issuer: owner() };
    let root_only = policy(allow(ROOT));
    let bare = subject(user, own(&[], None, None));
    assert_eq!(ask_with(&root_only, &bare, &(), Some(grant)), Verdict::Allowed);
    // 6. A user of another account needs its own account's word, too.
    let cross = policy(allow(STRANGER));
    assert_eq!(ask(&cross, &subject(stranger, own(&[], None, None))), NO_IDENTITY);
    assert_eq!(ask(&cross, &subject(stranger, own(&[&kms], None, None))), Verdict::Allowed);
    // 7. An explicit denial goes before a grant.
    let denied = subject(user, own(&no_encryption, None, None));
    let by_identity = Verdict::Denied(Kind::Identity);
    assert_eq!(ask_with(&root_only, &denied, &(), Some(grant)), by_identity);
    // 8. ForAllValues of a key that is not there is true.
    let mut all = allow(USER);
    all["Condition"] =
        json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["AppName"]}});
    let all = policy(all);
    assert_eq!(ask(&all, &bare), Verdict::Allowed);
    let context = Keys(vec![("kms:encryptioncontextkeys", Values::many(["Other"]))]);
    assert_eq!(ask_with(&all, &bare, &context, None), NO_KEY_POLICY);
    // 9. By alias alone.
    let mut alias = allow(USER);
    alias["Condition"] = json!({"StringEquals": {"kms:RequestAlias": "alias/x"}});
    let alias = policy(alias);
    assert_eq!(ask(&alias, &bare), NO_KEY_POLICY);
    let named = Keys(vec![("kms:requestalias", "alias/x".into())]);
    assert_eq!(ask_with(&alias, &bare, &named, None), Verdict::Allowed);
}

/// Section 1.16 of the specification: the table of grants.
#[test]
fn what_a_grant_needs_besides() {
    let kms = identity("Allow", "kms:*");
    let nothing = identity("Allow", "s3:*");
    let key = policy(allow(ROOT));
    let abroad = Who::User { arn: STRANGER };
    let session = Who::Session { role: ROLE, arn: SESSION };
    let no_limit = Verdict::NotAllowed(Kind::Session);
    let allowed = Verdict::Allowed;
    let rows = [
        (Who::User { arn: USER }, Reach::Exact, owner(), [allowed, allowed, allowed]),
        (session, Reach::Exact, owner(), [allowed, allowed, allowed]),
        (session, Reach::Role, owner(), [allowed, no_limit, allowed]),
        (abroad, Reach::Exact, owner(), [NO_IDENTITY, NO_IDENTITY, allowed]),
        (abroad, Reach::Exact, other(), [allowed, allowed, allowed]),
        (abroad, Reach::Role, other(), [allowed, no_limit, allowed]),
    ];
    for (who, reach, issuer, expected) in rows {
        let granted = Some(Granted { reach, issuer });
        let bare = Own::default();
        let limited = Own { session: Some(&[&nothing]), ..Own::default() };
        let open = Own { identity: &[&kms], ..Own::default() };
        let found = [bare, limited, open].map(|own| {
            let subject = subject(who, Some(own));
            ask_with(&key, &subject, &(), granted)
        });
        assert_eq!(found, expected, "{who:?} {reach:?}");
    }
}

#[test]
fn an_explicit_denial_goes_before_all_else_and_is_named() {
    let mut deny = allow(ROOT);
    deny["Effect"] = json!("Deny");
    let both = policy(json!([allow("*"), deny]));
    assert_eq!(ask(&both, &subject(Who::Root, None)), Verdict::Denied(Kind::Resource));
    let user = Who::User { arn: USER };
    let own = Own { boundary: Some(&identity("Deny", "*")), ..Own::default() };
    let open = policy(allow("*"));
    assert_eq!(ask(&open, &subject(user, Some(own))), Verdict::Denied(Kind::Boundary));
    let own = Own { session: Some(&[&identity("Deny", "*")]), ..Own::default() };
    assert_eq!(ask(&open, &subject(user, Some(own))), Verdict::Denied(Kind::Session));
}

#[test]
fn denying_all_but_some_denies_whose_arns_are_not_all_there() {
    let but = |names: &[&str]| {
        policy(json!([allow("*"), {
            "Effect": "Deny", "NotPrincipal": {"AWS": names}, "Action": "kms:*", "Resource": "*",
        }]))
    };
    let denied = Verdict::Denied(Kind::Resource);
    let user = || subject(Who::User { arn: USER }, Some(Own::default()));
    assert_eq!(ask(&but(&[USER]), &user()), denied);
    assert_eq!(ask(&but(&[USER, ROOT]), &user()), Verdict::Allowed);
    assert_eq!(ask(&but(&[ROOT]), &subject(Who::Root, None)), Verdict::Allowed);
    assert_eq!(ask(&but(&[STRANGER]), &subject(Who::Root, None)), denied);
    let session = || subject(Who::Session { role: ROLE, arn: SESSION }, Some(Own::default()));
    assert_eq!(ask(&but(&[ROOT, ROLE]), &session()), denied);
    assert_eq!(ask(&but(&[ROOT, ROLE, SESSION]), &session()), Verdict::Allowed);
    let boundary = identity("Allow", "*");
    let limited = Own { boundary: Some(&boundary), ..Own::default() };
    let limited = subject(Who::User { arn: USER }, Some(limited));
    assert_eq!(ask(&but(&[USER, ROOT]), &limited), denied);
    assert_eq!(ask(&but(&["*"]), &limited), denied);
    assert_eq!(ask(&but(&["*"]), &user()), Verdict::Allowed);
}

#[test]
fn actions_and_resources_are_selected() {
    let rows = [
        (json!({"Action": "kms:Encrypt"}), true),
        (json!({"Action": "KMS:encrypt"}), true),
        (json!({"Action": ["kms:Decrypt", "kms:En?rypt"]}), true),
        (json!({"Action": "*"}), true),
        (json!({"Action": "*:Encrypt"}), true),
        (json!({"Action": "kms:Decrypt"}), false),
        (json!({"Action": "s3:*"}), false),
        (json!({"Action": []}), false),
        (json!({"NotAction": "kms:Decrypt"}), true),
        (json!({"NotAction": "kms:*"}), false),
        (json!({"Resource": KEY}), true),
        (json!({"Resource": "arn:aws:kms:*:111122223333:key/*"}), true),
        (json!({"Resource": "arn:aws:kms:*"}), true),
        (json!({"Resource": "arn:aws:kms:eu-central-1:111122223333:alias/*"}), false),
        (
            json!({"Resource": "arn:aws:kms:eu-central-1:111122223333:key/${aws:x, '1234abcd'}*"}),
            true,
        ),
        (json!({"Resource": "arn:aws:kms:eu-central-1:111122223333:key/${aws:x}*"}), false),
        (json!({"NotResource": KEY}), false),
        (json!({"NotResource": "arn:aws:kms:us-east-1:*:*"}), true),
    ];
    for (elements, expected) in rows {
        let mut statement = allow(ROOT);
        let members = statement.as_object_mut().expect("an object");
        for (name, value) in elements.as_object().expect("an object") {
            members.remove(name.trim_start_matches("Not"));
            members.insert(name.clone(), value.clone());
        }
        let verdict = ask(&policy(statement), &subject(Who::Root, None));
        assert_eq!(verdict == Verdict::Allowed, expected, "{elements}");
    }
}

#[test]
fn a_statement_without_action_or_resource_has_no_effect() {
    for missing in ["Action", "Resource"] {
        let mut deny = allow("*");
        deny["Effect"] = json!("Deny");
        deny.as_object_mut().expect("an object").remove(missing);
        let policy = policy(json!([allow(ROOT), deny]));
        assert_eq!(ask(&policy, &subject(Who::Root, None)), Verdict::Allowed, "{missing}");
    }
}

/// KMS developer guide of 2023, "Infrastructure security": an Allow with `NotIpAddress` allows
/// whoever is outside, and whoever has no address.
#[test]
fn the_example_with_not_ip_address_is_taken_literally() {
    let mut statement = allow(ROLE);
    statement["Condition"] =
        json!({"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}});
    let policy = policy(statement);
    let own = || Some(Own::default());
    let session = Who::Session { role: ROLE, arn: SESSION };
    for (address, expected) in [("192.0.2.7", NO_KEY_POLICY), ("198.51.100.7", Verdict::Allowed)] {
        let keys = Keys(vec![("aws:sourceip", address.into())]);
        assert_eq!(ask_with(&policy, &subject(session, own()), &keys, None), expected);
    }
    assert_eq!(ask(&policy, &subject(session, own())), Verdict::Allowed);
}

#[test]
fn other_accounts_use_keys_but_do_not_rule_them() {
    let open = policy(allow("*"));
    let stranger = Subject { account: other(), who: Who::Root, id: None, own: None };
    let resource = Resource::Key { arn: KEY, owner: owner(), policy: &open };
    let ask = |action| {
        let subject = &stranger;
        decide(&Question { subject, action, resource: &resource, keys: &(), granted: None })
    };
    for action in ["kms:Encrypt", "kms:ReEncryptFrom", "kms:DescribeKey", "kms:CreateGrant"] {
        assert_eq!(ask(action), Verdict::Allowed, "{action}");
    }
    for action in ["kms:PutKeyPolicy", "kms:DisableKey", "kms:GetKeyPolicy", "kms:CreateAlias"] {
        assert_eq!(ask(action), NO_KEY_POLICY, "{action}");
    }
}

#[test]
fn malformed_policies_are_refused_in_awss_words() {
    let statement = allow(ROOT);
    let with = |name: &str, value: Value| {
        let mut statement = statement.clone();
        statement[name] = value;
        json!({"Statement": statement}).to_string()
    };
    let no_principal = Some("Policy contains a statement with no principal");
    let invalid = Some("Policy contains a statement with one or more invalid principals.");
    let rows = [
        ("not a policy".to_owned(), None),
        ("[]".to_owned(), None),
        ("{}".to_owned(), None),
        (json!({"Statement": "x"}).to_string(), None),
        (json!({"Statement": [[]]}).to_string(), None),
        (json!({"Version": "2012-10-18", "Statement": statement}).to_string(), None),
        (json!({"Statement": statement, "Extra": 1}).to_string(), None),
        (r#"{"Statement": [], "Statement": []}"#.to_owned(), None),
        (with("Effect", json!("allow")), None),
        (with("Effect", json!(true)), None),
        (with("NotAction", json!("kms:*")), None),
        (with("Action", json!("Encrypt")), None),
        (with("Action", json!({"kms": "*"})), None),
        (with("Resource", json!("key")), None),
        (with("Resource", json!("arn:aws:*:a:b:c")), None),
        (with("Condition", json!([])), None),
        (with("Condition", json!({"StringEquals": "x"})), None),
        (with("Condition", json!({"StringEquals": {"a": {}}})), None),
        (with("Condition", json!({"StringIs": {"a": "b"}})), None),
        (with("Extra", json!("x")), None),
        (with("Sid", json!(1)), None),
        (with("NotPrincipal", json!("*")), None),
        (with("Principal", json!({"Group": "x"})), None),
        (with("Principal", json!({})), no_principal),
        (with("Principal", json!({"AWS": []})), no_principal),
        (with("Principal", json!("111122223333")), invalid),
        (with("Principal", json!({"AWS": "arn:aws:iam::111122223333:user/*"})), invalid),
        (with("Principal", json!({"AWS": ["*", "nobody"]})), invalid),
        (with("Principal", json!({"Service": "*"})), invalid),
        (
            json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}).to_string(),
            no_principal,
        ),
        (
            with(
                "Condition",
                json!({"ForAllValues:StringEquals": {"kms:EncryptionContext:a": "b"}}),
            ),
            Some("OverlyPermissiveCondition"),
        ),
        ("[".repeat(30_000), None),
    ];
    for (text, expected) in rows {
        let Err(Error::Caller(error)) = KeyPolicy::written(&text) else {
            panic!("{text} is a policy")
        };
        let found = (error.code, error.message.as_deref());
        assert_eq!(found, ("MalformedPolicyDocumentException", expected), "{text}");
    }
    let long = format!("{{\"Statement\": []{}}}", " ".repeat(KeyPolicy::LONGEST));
    let Err(Error::Caller(error)) = KeyPolicy::written(&long) else { panic!("it is too long") };
    assert_eq!(error.code, "LimitExceededException");
}

#[test]
fn policies_of_principals_name_none() {
    let named = json!({"Statement": allow("*")}).to_string();
    assert_eq!(Policy::parse(&named, Place::Identity), Err(Malformed::Principal));
    let half = json!({"Statement": {"Effect": "Allow", "Action": "*"}}).to_string();
    assert_eq!(Policy::parse(&half, Place::Identity), Err(Malformed::NoResource));
}

#[test]
fn a_denial_says_why_and_hides_what_is_elsewhere() {
    let caller = |account: AccountId| format!("arn:aws:iam::{account}:root");
    let default = KeyPolicy::Default;
    let key = Resource::Key { arn: KEY, owner: owner(), policy: &default };
    let told = |verdict: Verdict, account, resource: &Resource<'_>| match verdict.check(
        &caller(account),
        account,
        "kms:Encrypt",
        resource,
    ) {
        Err(Error::Caller(error)) => error.message.expect("a denial has words").into_owned(),
        Err(_) => panic!("a denial is the caller's affair"),
        Ok(()) => String::new(),
    };
    let head = |account: &str, what: &str| {
        format!(
            "User: arn:aws:iam::{account}:root is not authorized to perform: kms:Encrypt on {what} "
        )
    };
    let here = head("111122223333", &format!("resource: {KEY}"));
    let because = |kind: &str| format!("{here}because no {kind} allows the kms:Encrypt action");
    let explicit = |kind: &str| format!("{here}with an explicit deny in {kind}");
    let rows = [
        (Verdict::Allowed, String::new()),
        (NO_KEY_POLICY, because("resource-based policy")),
        (NO_IDENTITY, because("identity-based policy")),
        (Verdict::NotAllowed(Kind::Boundary), because("permissions boundary")),
        (Verdict::NotAllowed(Kind::Session), because("session policy")),
        (Verdict::Denied(Kind::Resource), explicit("a resource-based policy")),
        (Verdict::Denied(Kind::Identity), explicit("an identity-based policy")),
        (Verdict::Denied(Kind::Boundary), explicit("a permissions boundary")),
        (Verdict::Denied(Kind::Session), explicit("a session policy")),
    ];
    for (verdict, expected) in rows {
        assert_eq!(told(verdict, owner(), &key), expected);
    }
    let there = head("444455556666", "this resource");
    let hidden = format!(
        "{there}because the resource does not exist in this Region, no resource-based policies \
         allow access, or a resource-based policy explicitly denies access"
    );
    for resource in [&key, &Resource::Hidden] {
        assert_eq!(told(NO_KEY_POLICY, other(), resource), hidden);
        assert_eq!(told(Verdict::Denied(Kind::Resource), other(), resource), hidden);
    }
    let own = format!("{there}because no identity-based policy allows the kms:Encrypt action");
    assert_eq!(told(NO_IDENTITY, other(), &key), own);
}
