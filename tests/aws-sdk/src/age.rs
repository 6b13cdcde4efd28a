//! What comes later in a key's life: its policy, grants, tags, rotation, replicas, deletion.

use std::time::Duration;

use aws_sdk_kms::{
    Client,
    types::{
        GrantOperation, IncludeKeyMaterial, KeyMaterialState, KeyState, KeyUsageType,
        MultiRegionKeyType, RotationType, Tag,
    },
};

use crate::{
    Result,
    life::{described, has_state},
    refused,
    uses::{Made, Use},
};

/// A statement more, and it no longer checks what it has made.
pub(crate) async fn obeys_its_policy(owner: &Use<'_>, made: &Made) -> Result {
    let Use { kms, key, .. } = owner;
    let names = kms.list_key_policies().key_id(key).send().await?;
    assert_eq!(names.policy_names(), ["default"]);
    let policy = kms.get_key_policy().key_id(key).policy_name("default").send().await?;
    let policy = policy.policy().expect("AWS gives it");
    let (before, after) = policy.rsplit_once(']').expect("it ends with its statements");
    let denied = format!("kms:{}", checks_with(owner));
    let strict = format!(
        r#"{before}, {{"Effect": "Deny", "Principal": "*", "Action": "{denied}", "Resource": "*"}}
        ]{after}"#
    );
    let put = kms.put_key_policy().key_id(key);
    put.clone().policy(&strict).send().await?;
    let told = kms.get_key_policy().key_id(key).send().await?;
    assert_eq!(told.policy(), Some(&*strict));
    refused(owner.check(made).await, "AccessDeniedException");
    refused(put.clone().policy("{}").send().await, "MalformedPolicyDocumentException");
    put.policy(policy).send().await?;
    owner.check(made).await
}

/// By itself and when told to, if it is symmetric.
pub(crate) async fn rotates(owner: &Use<'_>, made: &Made) -> Result {
    let Use { kms, key, .. } = owner;
    let enable = kms.enable_key_rotation().key_id(key).rotation_period_in_days(180).send().await;
    if !matches!(made, Made::Ciphertext(algorithm, _) if algorithm.as_str() == "SYMMETRIC_DEFAULT")
    {
        refused(enable, "UnsupportedOperationException");
        return Ok(());
    }
    enable?;
    let status = async || kms.get_key_rotation_status().key_id(key).send().await;
    let told = status().await?;
    assert!(told.key_rotation_enabled() && told.next_rotation_date().is_some());
    assert_eq!(told.rotation_period_in_days(), Some(180));
    kms.rotate_key_on_demand().key_id(key).send().await?;
    wait_for(async || Ok(status().await?.on_demand_rotation_start_date().is_none())).await?;
    let list = kms.list_key_rotations().key_id(key);
    let rotations = list.clone().send().await?;
    let kinds: Vec<_> = rotations.rotations().iter().map(|one| one.rotation_type()).collect();
    assert_eq!(kinds, [Some(&RotationType::OnDemand)]);
    let all = list.include_key_material(IncludeKeyMaterial::AllKeyMaterial).send().await?;
    let states: Vec<_> = all.rotations().iter().map(|one| one.key_material_state()).collect();
    let expected = [KeyMaterialState::NonCurrent, KeyMaterialState::Current];
    assert_eq!(states, expected.each_ref().map(Some));
    owner.check(made).await?;
    owner.check(&owner.make().await?).await?;
    kms.disable_key_rotation().key_id(key).send().await?;
    assert!(!status().await?.key_rotation_enabled());
    Ok(())
}

pub(crate) async fn remembers_its_use(owner: &Use<'_>, made: &Made) -> Result {
    owner.check(made).await?;
    wait_for(async || {
        let told = owner.kms.get_key_last_usage().key_id(&owner.key).send().await?;
        let last = told.key_last_usage().and_then(|last| last.operation());
        Ok(last.is_some_and(|last| last.as_str() == checks_with(owner)))
    })
    .await
}

pub(crate) async fn has_tags(owner: &Use<'_>) -> Result {
    let Use { kms, key, .. } = owner;
    let tag = |name: &str, value: &str| Tag::builder().tag_key(name).tag_value(value).build();
    for (name, value) in [("a", "1"), ("b", ""), ("a", "2")] {
        kms.tag_resource().key_id(key).tags(tag(name, value)?).send().await?;
    }
    let tags = kms.list_resource_tags().key_id(key);
    let told = tags.clone().send().await?;
    assert_eq!(told.tags(), [tag("a", "2")?, tag("b", "")?]);
    kms.untag_resource().key_id(key).tag_keys("a").tag_keys("c").send().await?;
    assert_eq!(tags.send().await?.tags(), [tag("b", "")?]);
    Ok(())
}

/// To its own account, which can do all the same without.
pub(crate) async fn is_granted(owner: &Use<'_>, made: &Made) -> Result {
    let Use { kms, key, .. } = owner;
    let metadata = described(kms, key).await?;
    let account = metadata.aws_account_id().expect("AWS gives it");
    let root = format!("arn:aws:iam::{account}:root");
    let create = kms.create_grant().key_id(key).name("life").grantee_principal(&root);
    let create = create.retiring_principal(&root).operations(GrantOperation::DescribeKey);
    let create = create.operations(GrantOperation::from(checks_with(owner)));
    let grant = create.clone().send().await?;
    assert_eq!(create.clone().send().await?.grant_id(), grant.grant_id());
    let list = kms.list_grants().key_id(key);
    let listed = list.clone().send().await?;
    let ids: Vec<_> = listed.grants().iter().map(|entry| entry.grant_id()).collect();
    assert_eq!(ids, [grant.grant_id()]);
    let retirable = kms.list_retirable_grants().retiring_principal(&root).send().await?;
    assert!(retirable.grants().iter().any(|entry| entry.grant_id() == grant.grant_id()));
    let token = grant.grant_token().expect("AWS gives it");
    kms.describe_key().key_id(key).grant_tokens(token).send().await?;
    kms.retire_grant().grant_token(token).send().await?;
    assert!(list.clone().send().await?.grants().is_empty());
    let grant = create.send().await?;
    kms.revoke_grant().key_id(key).set_grant_id(grant.grant_id).send().await?;
    assert!(list.send().await?.grants().is_empty());
    owner.check(made).await
}

/// Once in vain, and then for good.
pub(crate) async fn dies(owner: &Use<'_>, made: &Made) -> Result {
    let Use { kms, key, .. } = owner;
    let schedule = kms.schedule_key_deletion().key_id(key).pending_window_in_days(7);
    let told = schedule.clone().send().await?;
    assert_eq!(told.key_state(), Some(&KeyState::PendingDeletion));
    assert_eq!(described(kms, key).await?.deletion_date(), told.deletion_date());
    refused(owner.check(made).await, "KMSInvalidStateException");
    kms.cancel_key_deletion().key_id(key).send().await?;
    has_state(owner, KeyState::Disabled).await?;
    kms.enable_key().key_id(key).send().await?;
    owner.check(made).await?;
    schedule.send().await?;
    has_state(owner, KeyState::PendingDeletion).await
}

/// The replica opens what the primary has sealed, and the other way about; then they change places.
pub(crate) async fn lives_elsewhere(here: &Use<'_>, there: &Use<'_>, region: &str) -> Result {
    let made = here.make().await?;
    let (kms, key) = (here.kms, &here.key);
    let told = kms.replicate_key().key_id(key).replica_region(region).send().await?;
    let metadata = told.replica_key_metadata().expect("AWS gives it");
    assert_eq!(metadata.key_state(), Some(&KeyState::Creating));
    wait_for(async || is(there.kms, key, &MultiRegionKeyType::Replica).await).await?;
    there.check(&made).await?;
    here.check(&there.make().await?).await?;

    kms.update_primary_region().key_id(key).primary_region(region).send().await?;
    wait_for(async || is(there.kms, key, &MultiRegionKeyType::Primary).await).await?;
    wait_for(async || is(kms, key, &MultiRegionKeyType::Replica).await).await?;
    let told = there.kms.schedule_key_deletion().key_id(key).send().await?;
    assert_eq!(told.key_state(), Some(&KeyState::PendingReplicaDeletion));
    here.check(&made).await?;
    refused(there.check(&made).await, "KMSInvalidStateException");
    dies(here, &made).await
}

/// Of that kind, and enabled.
async fn is(kms: &Client, key: &str, kind: &MultiRegionKeyType) -> Result<bool> {
    let described = described(kms, key).await?;
    let told = described.multi_region_configuration().expect("it is a multi-Region key");
    let is_enabled = described.key_state() == Some(&KeyState::Enabled);
    Ok(is_enabled && told.multi_region_key_type() == Some(kind))
}

/// What the service does in the background.
async fn wait_for(holds: impl AsyncFn() -> Result<bool>) -> Result {
    for _ in 0..600 {
        if holds().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not come to hold in half a minute");
}

/// The operation that [`Use::check`] calls.
fn checks_with(owner: &Use<'_>) -> &'static str {
    match owner.usage {
        KeyUsageType::EncryptDecrypt => "Decrypt",
        KeyUsageType::SignVerify => "Verify",
        KeyUsageType::GenerateVerifyMac => "VerifyMac",
        KeyUsageType::KeyAgreement => "DeriveSharedSecret",
        KeyUsageType::EncapsulateDecapsulate => "Decapsulate",
        ref other => panic!("{other:?} is not of this test"),
    }
}
