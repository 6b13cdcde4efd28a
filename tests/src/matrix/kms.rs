//! The rows of KMS.

use keycell::services::kms::OPERATIONS;
use serde_json::{Value, json};

use crate::{
    kit::{Client, Credentials, Key, Refusal, Signer, User, kms, policy, with},
    operations::{EXAMPLES, Example, action, keys},
};

use super::{WAYS, Way, assert_complete};

/// What decides over an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The key alone: its policy, and what that delegates to.
    Key,
    /// The key, and a grant may allow it.
    KeyOrGrant,
    /// The grant that is to be retired; policies can only deny it, but for those of the account
    /// that has made it.
    Grant,
    /// The caller's own policies for an alias, and the key.
    Alias,
    /// The key, and the caller's own policies for the key that is to be made.
    Replica,
    /// The caller's own policies: it is about no single resource.
    Account,
}

const ROWS: &[(&str, By)] = &[
    ("CancelKeyDeletion", By::Key),
    ("CreateAlias", By::Alias),
    ("CreateGrant", By::KeyOrGrant),
    ("CreateKey", By::Account),
    ("Decapsulate", By::KeyOrGrant),
    ("Decrypt", By::KeyOrGrant),
    ("DeleteAlias", By::Alias),
    ("DeleteImportedKeyMaterial", By::Key),
    ("DeriveSharedSecret", By::KeyOrGrant),
    ("DescribeKey", By::KeyOrGrant),
    ("DisableKey", By::Key),
    ("DisableKeyRotation", By::Key),
    ("EnableKey", By::Key),
    ("EnableKeyRotation", By::Key),
    ("Encapsulate", By::KeyOrGrant),
    ("Encrypt", By::KeyOrGrant),
    ("GenerateDataKey", By::KeyOrGrant),
    ("GenerateDataKeyPair", By::KeyOrGrant),
    ("GenerateDataKeyPairWithoutPlaintext", By::KeyOrGrant),
    ("GenerateDataKeyWithoutPlaintext", By::KeyOrGrant),
    ("GenerateMac", By::KeyOrGrant),
    ("GenerateRandom", By::Account),
    ("GetKeyLastUsage", By::Key),
    ("GetKeyPolicy", By::Key),
    ("GetKeyRotationStatus", By::Key),
    ("GetParametersForImport", By::Key),
    ("GetPublicKey", By::KeyOrGrant),
    ("ImportKeyMaterial", By::Key),
    ("ListAliases", By::Account),
    ("ListGrants", By::Key),
    ("ListKeyPolicies", By::Key),
    ("ListKeyRotations", By::Key),
    ("ListKeys", By::Account),
    ("ListResourceTags", By::Key),
    ("ListRetirableGrants", By::Account),
    ("PutKeyPolicy", By::Key),
    ("ReEncrypt", By::KeyOrGrant),
    ("ReplicateKey", By::Replica),
    ("RetireGrant", By::Grant),
    ("RevokeGrant", By::Key),
    ("RotateKeyOnDemand", By::Key),
    ("ScheduleKeyDeletion", By::Key),
    ("Sign", By::KeyOrGrant),
    ("TagResource", By::Key),
    ("UntagResource", By::Key),
    ("UpdateAlias", By::Alias),
    ("UpdateKeyDescription", By::Key),
    ("UpdatePrimaryRegion", By::Key),
    ("Verify", By::KeyOrGrant),
    ("VerifyMac", By::KeyOrGrant),
];

/// What comes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Served,
    /// `MissingAuthenticationTokenException`.
    Unsigned,
    /// `InvalidSignatureException`.
    Forged,
    /// Nothing is told of what belongs to another account.
    Hidden,
    /// The caller's own policies do not allow it.
    NoIdentityPolicy,
    /// They deny it.
    IdentityDenial,
    /// The key's policy denies it.
    KeyDenial,
}

fn expected(by: By, way: Way) -> Outcome {
    use Outcome::{Hidden, IdentityDenial, KeyDenial, NoIdentityPolicy, Served};
    match (way, by) {
        (Way::NoCredentials, _) => Outcome::Unsigned,
        (Way::WrongSignature, _) => Outcome::Forged,
        // It is about the account of whoever calls, and he rules that one. Other accounts' aliases
        // cannot even be named.
        (Way::OtherAccount, By::Account | By::Alias) => Served,
        (Way::OtherAccount, By::Key | By::KeyOrGrant | By::Grant | By::Replica) => Hidden,
        (Way::NoPolicy, _) => NoIdentityPolicy,
        (Way::KeyPolicy, By::Key | By::KeyOrGrant) => Served,
        (Way::KeyPolicy, By::Grant | By::Alias | By::Replica | By::Account) => NoIdentityPolicy,
        (Way::IdentityPolicy, _) => Served,
        (Way::Grant, By::KeyOrGrant | By::Grant) => Served,
        (Way::Grant, By::Key | By::Alias | By::Replica | By::Account) => NoIdentityPolicy,
        (Way::DeniedByIdentity, _) => IdentityDenial,
        // There is no key that could.
        (Way::DeniedByKey, By::Account) => Served,
        (Way::DeniedByKey, _) => KeyDenial,
    }
}

/// One call to be: of an operation, on keys of its own.
struct Case {
    input: Value,
    /// The keys, with the actions that each is asked for.
    keys: Vec<(Key, String)>,
}

impl Case {
    fn new(kms: &Client, example: &Example, by: By) -> Self {
        let operation = example.operation;
        let mut input = (example.input)(kms);
        let mut keys = Vec::new();
        for member in example.key_members().filter(|_| by != By::Account) {
            let key = keys::fresh(kms, operation);
            input = with(input, keys::of_key(kms, operation, member, &key));
            input = with(input, json!({member: key.arn}));
            keys.push((key, action(operation, member)));
        }
        match operation {
            "DeleteAlias" => {
                let key = kms.key();
                input = json!({"AliasName": kms.alias(&key)});
                keys.push((key, "kms:DeleteAlias".to_owned()));
            }
            // Its own policy lets the caller write no other one.
            "PutKeyPolicy" => {
                input = with(input, json!({"BypassPolicyLockoutSafetyCheck": true}));
            }
            _ => {}
        }
        Self { input, keys }
    }

    /// Gives the keys a policy that lets their account rule them, with these statements besides.
    fn put(&self, kms: &Client, example: &Example, statements: &[Value]) {
        let account = &kms.credentials.account;
        let owner = json!({
            "Effect": "Allow",
            "Principal": {"AWS": account},
            "Action": "kms:*",
            "Resource": "*",
        });
        let statements: Vec<_> = [&owner].into_iter().chain(statements).collect();
        let text = policy(json!(statements));
        for (key, _) in &self.keys {
            let input = json!({"KeyId": key.id, "Policy": text});
            if example.operation == "UpdatePrimaryRegion" {
                kms.in_region("eu-west-1").ok("PutKeyPolicy", input.clone());
            }
            kms.ok("PutKeyPolicy", input);
        }
    }

    /// All actions that the call asks for.
    fn actions(&self, example: &Example) -> Vec<String> {
        let own = match example.operation {
            "ReEncrypt" => vec![],
            "ReplicateKey" => ["ReplicateKey", "CreateKey", "TagResource"].to_vec(),
            operation => vec![operation],
        };
        let own = own.into_iter().map(|name| format!("kms:{name}"));
        own.chain(self.keys.iter().map(|(_, action)| action.clone())).collect()
    }

    /// The same call to a grant that is for the user, or a grant for each of the keys.
    fn grant(&mut self, kms: &Client, by: By, user: &User) {
        for (key, action) in &self.keys {
            let own = action.strip_prefix("kms:").expect("an action");
            let grant = |to: &str, operations: Value| {
                let terms = json!({"GranteePrincipal": to, "Operations": operations});
                with(json!({"KeyId": key.id}), terms)
            };
            match by {
                By::KeyOrGrant if own == "CreateGrant" => {
                    let operations = json!([own, "Decrypt", "Encrypt", "RetireGrant"]);
                    kms.ok("CreateGrant", grant(&user.arn, operations));
                }
                By::KeyOrGrant => drop(kms.ok("CreateGrant", grant(&user.arn, json!([own])))),
                By::Grant => {
                    let retiring = json!({"RetiringPrincipal": user.arn});
                    let root = format!("arn:aws:iam::{}:root", kms.credentials.account);
                    let made =
                        kms.ok("CreateGrant", with(grant(&root, json!(["DescribeKey"])), retiring));
                    self.input = with(self.input.take(), json!({"GrantId": made["GrantId"]}));
                }
                // All that any grant can allow.
                By::Key | By::Alias | By::Replica | By::Account => {
                    let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}));
                    let is_ready = metadata["KeyMetadata"]["KeyState"] == "Enabled";
                    if is_ready {
                        let operations = json!(["DescribeKey", "CreateGrant", "RetireGrant"]);
                        kms.ok("CreateGrant", grant(&user.arn, operations));
                    }
                }
            }
        }
    }
}

/// The user that a way needs, with his own policy.
fn user(kms: &Client, way: Way, actions: &[String]) -> User {
    let statement = |effect: &str| json!({"Effect": effect, "Action": actions, "Resource": "*"});
    match way {
        Way::IdentityPolicy | Way::DeniedByKey => kms.user_with(json!([statement("Allow")])),
        Way::DeniedByIdentity => kms.user_with(json!([crate::kit::allow("*"), statement("Deny")])),
        Way::NoCredentials
        | Way::WrongSignature
        | Way::OtherAccount
        | Way::NoPolicy
        | Way::KeyPolicy
        | Way::Grant => kms.new_user(),
    }
}

fn check(kms: &Client, example: &Example, by: By, way: Way) {
    let operation = example.operation;
    let wanted = expected(by, way);
    let stranger = kms.stranger();
    let owner = match (way, wanted) {
        (Way::OtherAccount, Outcome::Served) => &stranger,
        _ => kms,
    };
    let mut case = Case::new(owner, example, by);
    let actions = case.actions(example);
    let body = case.input.to_string();
    let answer = match way {
        Way::NoCredentials => kms.send(&kms.request(operation, body)).outcome(),
        Way::WrongSignature => {
            let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ".to_owned();
            let credentials = Credentials { secret, ..kms.credentials.clone() };
            let signer = Signer { credentials, ..kms.signer() };
            kms.send(&signer.sign(kms.request(operation, body))).outcome()
        }
        Way::OtherAccount => stranger.call(operation, case.input.clone()),
        Way::NoPolicy
        | Way::KeyPolicy
        | Way::IdentityPolicy
        | Way::Grant
        | Way::DeniedByIdentity
        | Way::DeniedByKey => {
            let user = user(kms, way, &actions);
            let statement = |effect: &str| {
                json!({
                    "Effect": effect,
                    "Principal": {"AWS": user.arn},
                    "Action": actions,
                    "Resource": "*",
                })
            };
            match way {
                Way::KeyPolicy | Way::DeniedByIdentity => {
                    case.put(kms, example, &[statement("Allow")]);
                }
                Way::DeniedByKey => case.put(kms, example, &[statement("Deny")]),
                Way::Grant => case.grant(kms, by, &user),
                Way::NoCredentials
                | Way::WrongSignature
                | Way::OtherAccount
                | Way::NoPolicy
                | Way::IdentityPolicy => {}
            }
            user.client.call(operation, case.input.clone())
        }
    };
    assert_outcome(wanted, answer, &format!("{operation}, {way:?}"));
}

#[track_caller]
fn assert_outcome(wanted: Outcome, answer: Result<Value, Refusal>, of: &str) {
    let refusal = match answer {
        Ok(_) => return assert_eq!(wanted, Outcome::Served, "{of} is served"),
        Err(refusal) => refusal,
    };
    let denied = "AccessDeniedException";
    let (code, part) = match wanted {
        Outcome::Served => panic!("{of}: {refusal:?}"),
        Outcome::Unsigned => ("MissingAuthenticationTokenException", ""),
        Outcome::Forged => ("InvalidSignatureException", "The request signature we calculated"),
        Outcome::Hidden => (denied, "on this resource because the resource does not exist in"),
        Outcome::NoIdentityPolicy => (denied, "because no identity-based policy allows the kms:"),
        Outcome::IdentityDenial => (denied, "with an explicit deny in an identity-based policy"),
        Outcome::KeyDenial => (denied, "with an explicit deny in a resource-based policy"),
    };
    assert_eq!((refusal.status, refusal.code.as_str()), (400, code), "{of}: {refusal:?}");
    assert!(refusal.message.contains(part), "{of}: {refusal:?}");
}

#[test]
fn every_operation_has_its_row() {
    assert_complete(ROWS.iter().map(|(name, _)| *name), OPERATIONS);
}

/// A test for each way, so that they run side by side.
macro_rules! ways {
    ($($test:ident: $way:ident;)*) => {
        $(
            #[test]
            fn $test() {
                let kms = kms();
                for (example, (name, by)) in EXAMPLES.iter().zip(ROWS) {
                    assert_eq!(example.operation, *name);
                    check(&kms, example, *by, Way::$way);
                }
            }
        )*

        #[test]
        fn every_way_is_gone() {
            assert_eq!([$(Way::$way),*], WAYS);
        }
    };
}

ways! {
    without_credentials: NoCredentials;
    with_a_wrong_signature: WrongSignature;
    from_another_account: OtherAccount;
    of_whom_no_policy_says_anything: NoPolicy;
    by_the_key_policy: KeyPolicy;
    by_the_identity_policy: IdentityPolicy;
    by_a_grant: Grant;
    denied_by_the_identity_policy: DeniedByIdentity;
    denied_by_the_key_policy: DeniedByKey;
}
