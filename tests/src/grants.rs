//! Rules of grants that have too many cases for a table, and what takes a service inside.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use keycell::{
    arn::{AccountId, KeyId, Region},
    keys::{Allowance, Constraints, Grant, GrantCount, Key, Wanted},
    storage::{Change, Stored},
    wire::members::{EncryptionContext, GrantOperation},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::kit::Inside;

type Pairs = BTreeMap<String, String>;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4096,
        failure_persistence: None,
        ..Default::default()
    })]

    /// What a grant allows that was made by another grant, that one allows, too.
    #[test]
    fn a_grant_made_by_a_grant_is_never_wider(
        parent in allowance(), child in allowance(), grandchild in allowance(),
        operation in operation(), context in pairs(),
    ) {
        let context: EncryptionContext = context.into_iter().collect();
        let used = Wanted::Use(operation, &context);
        if parent.allows(Wanted::Grant(&child)) {
            prop_assert!(!child.allows(used) || parent.allows(used));
            if child.allows(Wanted::Grant(&grandchild)) {
                prop_assert!(parent.allows(Wanted::Grant(&grandchild)));
                prop_assert!(!grandchild.allows(used) || parent.allows(used));
            }
        }
    }

    /// More operations and fewer constraints never allow less.
    #[test]
    fn a_wider_grant_allows_no_less(
        one in allowance(), operations in operations(), operation in operation(),
        context in pairs(),
    ) {
        let context: EncryptionContext = context.into_iter().collect();
        let mut wider = one.clone();
        wider.operations.extend(operations);
        wider.constraints = Constraints::default();
        prop_assert!(wider.covers(&one) && one.covers(&one));
        let used = Wanted::Use(operation, &context);
        prop_assert!(!one.allows(used) || wider.allows(used));
    }

    /// The names of a constraint have no case; its values have.
    #[test]
    fn the_case_of_names_does_not_matter_in_constraints(one in allowance(), context in pairs()) {
        let upper: EncryptionContext =
            context.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect();
        let context: EncryptionContext = context.into_iter().collect();
        // Names that differ in case alone would be one name.
        if upper.pairs().count() < context.pairs().count() {
            return Ok(());
        }
        prop_assert_eq!(one.constraints.are_met(&context), one.constraints.are_met(&upper));
    }
}

fn operation() -> impl Strategy<Value = GrantOperation> {
    const FEW: &[&str] = &["Encrypt", "Decrypt", "CreateGrant", "DescribeKey", "RetireGrant"];
    prop::sample::select(FEW).prop_map(|name| GrantOperation::named(name).expect("a name"))
}

fn operations() -> impl Strategy<Value = Vec<GrantOperation>> {
    prop::collection::vec(operation(), 1..5)
}

fn pairs() -> impl Strategy<Value = Pairs> {
    prop::collection::btree_map("[aAbB]", "[xX]", 0..4)
}

fn allowance() -> impl Strategy<Value = Allowance> {
    let source = prop::option::weighted(0.1, Just("arn:aws:s3:::x".to_owned()));
    let constraints = (prop::option::of(pairs()), prop::bool::ANY, source).prop_map(
        |(pairs, is_equal, source_arn)| {
            let (equals, subset) = if is_equal { (pairs, None) } else { (None, pairs) };
            Constraints { subset, equals, source_arn }
        },
    );
    let both = (operations(), constraints);
    both.prop_map(|(operations, constraints)| Allowance { operations, constraints })
}

/// A service inside, and a key in it.
struct Case {
    inside: Inside,
    key: Key,
}

impl Case {
    async fn new() -> Self {
        let inside = Inside::new().await;
        let made = inside.ok("CreateKey", json!({})).await["KeyMetadata"].take();
        let id: KeyId = made["KeyId"].as_str().expect("a text").parse().expect("an id");
        let key = Key::path(account(&inside), region(), &id);
        let key = inside.service.storage().load::<Key>(&key).await.expect("it is read");
        Self { inside, key: (*key.expect("it is there").value).clone() }
    }

    fn grant(&self, name: &str) -> Value {
        let root = format!("arn:aws:iam::{}:root", self.inside.caller.account);
        json!({
            "KeyId": self.key.id.as_str(),
            "Name": name,
            "GranteePrincipal": root,
            "RetiringPrincipal": root,
            "Operations": ["Decrypt"],
        })
    }

    /// How many records and rows of grants there are.
    async fn records(&self) -> usize {
        let mut count = 0;
        for prefix in ["grant/", "grantee/", "retiring/", "grant-name/", "grant-count/"] {
            let found = self.inside.service.storage().scan(prefix, None, 1024).await;
            count += found.expect("it is read").len();
        }
        count
    }
}

fn account(inside: &Inside) -> AccountId {
    inside.caller.account.parse().expect("an account")
}

fn region() -> Region {
    "us-east-1".parse().expect("a Region")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_keys_grants_are_gone_however_many_there_are() {
    let case = Case::new().await;
    for number in 0..300 {
        case.inside.ok("CreateGrant", case.grant(&number.to_string())).await;
    }
    assert_eq!(case.records().await, 4 * 300 + 1);
    let leaving = json!({"KeyId": case.key.id.as_str(), "PendingWindowInDays": 7});
    case.inside.ok("ScheduleKeyDeletion", leaving).await;
    case.inside.sweep().await;
    assert_eq!(case.records().await, 4 * 300 + 1, "nothing is due");
    case.inside.pass(SignedDuration::from_hours(24 * 7));
    case.inside.sweep().await;
    let refusal = case.inside.call("CreateGrant", case.grant("late")).await;
    assert_eq!(refusal.expect_err("the key is gone").code, "NotFoundException");
    assert_eq!(case.records().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_fifty_thousand_grants_at_most() {
    let case = Case::new().await;
    let made = case.inside.ok("CreateGrant", case.grant("one")).await;
    let storage = case.inside.service.storage();
    let path = GrantCount::path(case.key.account, case.key.region, &case.key.id);
    let set = |count: u32| storage.commit(vec![Change::put(&path, GrantCount { count }.encode())]);
    set(Grant::MOST).await.expect("it is stored");
    let refusal = case.inside.call("CreateGrant", case.grant("more")).await;
    let refusal = refusal.expect_err("there are too many");
    assert_eq!((refusal.status, &*refusal.code), (400, "LimitExceededException"));
    // One that is there is found all the same, and makes room for another when it ends.
    let again = case.inside.ok("CreateGrant", case.grant("one")).await;
    assert_eq!(again["GrantId"], made["GrantId"]);
    let one = json!({"KeyId": case.key.id.as_str(), "GrantId": made["GrantId"]});
    case.inside.ok("RevokeGrant", one).await;
    case.inside.ok("CreateGrant", case.grant("more")).await;
    set(1).await.expect("it is stored");
    assert_eq!(case.records().await, 5);
}
