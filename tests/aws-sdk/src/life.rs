//! What happens to a key: it is created, used, described, given names, disabled, and at last
//! deleted.

use std::time::{Duration, SystemTime};

use aws_sdk_kms::{
    Client,
    primitives::DateTime,
    types::{KeyMetadata, KeySpec, KeyState, KeyUsageType, OriginType},
};

use crate::{ELSEWHERE, Result, age, imports::Import, refused, uses::Use};

/// With material that the service makes.
pub(crate) async fn of_a_key(kms: &Client, spec: KeySpec, usage: KeyUsageType) -> Result {
    let key = created(kms, &spec, &usage, OriginType::AwsKms).await?;
    let owner = Use { kms, key, spec, usage };
    let made = owner.make().await?;
    owner.check(&made).await?;
    owner.everything().await?;
    is_known(&owner).await?;
    age::obeys_its_policy(&owner, &made).await?;
    rests(&owner).await?;
    age::rotates(&owner, &made).await?;
    age::remembers_its_use(&owner, &made).await?;
    age::has_tags(&owner).await?;
    age::is_granted(&owner, &made).await?;
    age::dies(&owner, &made).await
}

/// With a replica in another Region.
pub(crate) async fn of_a_multi_region_key(
    (kms, elsewhere): (&Client, &Client),
    spec: KeySpec,
    usage: KeyUsageType,
) -> Result {
    let request = kms.create_key().key_spec(spec.clone()).key_usage(usage.clone());
    let created = request.multi_region(true).send().await?;
    let key = created.key_metadata().expect("AWS gives it").key_id().to_owned();
    let [here, there] = [kms, elsewhere].map(|kms| Use {
        kms,
        key: key.clone(),
        spec: spec.clone(),
        usage: usage.clone(),
    });
    age::lives_elsewhere(&here, &there, ELSEWHERE).await
}

/// With material that comes, goes and comes again.
pub(crate) async fn of_an_imported_key(kms: &Client, spec: KeySpec, usage: KeyUsageType) -> Result {
    let key = created(kms, &spec, &usage, OriginType::External).await?;
    let owner = Use { kms, key, spec, usage };
    has_state(&owner, KeyState::PendingImport).await?;
    let import = Import::new(kms, &owner.key).await?;
    import.take(None).await?;
    has_state(&owner, KeyState::Enabled).await?;
    let made = owner.make().await?;
    owner.check(&made).await?;
    is_known(&owner).await?;
    rests(&owner).await?;

    kms.delete_imported_key_material().key_id(&owner.key).send().await?;
    has_state(&owner, KeyState::PendingImport).await?;
    refused(owner.check(&made).await, "KMSInvalidStateException");
    let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    let tomorrow = DateTime::from_secs(DateTime::from(tomorrow).secs());
    import.take(Some(tomorrow)).await?;
    owner.check(&made).await?;
    age::dies(&owner, &made).await
}

/// A key that is described as it was created.
pub(crate) async fn created(
    kms: &Client,
    spec: &KeySpec,
    usage: &KeyUsageType,
    origin: OriginType,
) -> Result<String> {
    let request = kms.create_key().key_spec(spec.clone()).key_usage(usage.clone());
    let created = request.origin(origin.clone()).description("for a test").send().await?;
    let created = created.key_metadata().expect("AWS gives it");
    assert_eq!(created.key_spec(), Some(spec));
    assert_eq!(created.key_usage(), Some(usage));
    assert_eq!(created.origin(), Some(&origin));
    for name in [created.key_id(), created.arn().expect("AWS gives it")] {
        assert_eq!(described(kms, name).await?, *created);
    }
    Ok(created.key_id().to_owned())
}

pub(crate) async fn described(kms: &Client, key: &str) -> Result<KeyMetadata> {
    let described = kms.describe_key().key_id(key).send().await?;
    Ok(described.key_metadata().expect("AWS gives it").clone())
}

pub(crate) async fn has_state(owner: &Use<'_>, state: KeyState) -> Result {
    let described = described(owner.kms, &owner.key).await?;
    assert_eq!(described.key_state(), Some(&state));
    assert_eq!(described.enabled(), state == KeyState::Enabled);
    Ok(())
}

/// By its description, by aliases, in lists.
async fn is_known(owner: &Use<'_>) -> Result {
    let Use { kms, key, spec, usage } = owner;
    kms.update_key_description().key_id(key).description("of a test").send().await?;
    assert_eq!(described(kms, key).await?.description(), Some("of a test"));
    let pages = kms.list_keys().limit(20).into_paginator().items().send();
    let keys = pages.collect::<std::result::Result<Vec<_>, _>>().await?;
    assert!(keys.iter().any(|entry| entry.key_id() == Some(key)));

    let name = format!("alias/{key}");
    let create = kms.create_alias().alias_name(&name).target_key_id(key);
    create.clone().send().await?;
    refused(create.send().await, "AlreadyExistsException");
    assert_eq!(aliases(owner).await?, [&*name]);
    let by_name = Use { kms, key: name.clone(), spec: spec.clone(), usage: usage.clone() };
    by_name.make().await?;

    // RSA keys take long to make; an alias may go to any that is used alike.
    let small = match spec {
        KeySpec::Rsa3072 | KeySpec::Rsa4096 => &KeySpec::Rsa2048,
        other => other,
    };
    let another = created(kms, small, usage, OriginType::AwsKms).await?;
    kms.update_alias().alias_name(&name).target_key_id(&another).send().await?;
    assert_eq!(described(kms, &name).await?.key_id(), another);
    assert!(aliases(owner).await?.is_empty());
    kms.delete_alias().alias_name(&name).send().await?;
    refused(described(kms, &name).await, "NotFoundException");
    Ok(())
}

async fn aliases(owner: &Use<'_>) -> Result<Vec<String>> {
    let pages = owner.kms.list_aliases().key_id(&owner.key).limit(1).into_paginator().items();
    let aliases = pages.send().collect::<std::result::Result<Vec<_>, _>>().await?;
    Ok(aliases.iter().filter_map(|alias| Some(alias.alias_name()?.to_owned())).collect())
}

/// Disabled, it does nothing; enabled again, it takes what it has made.
async fn rests(owner: &Use<'_>) -> Result {
    let made = owner.make().await?;
    owner.kms.disable_key().key_id(&owner.key).send().await?;
    has_state(owner, KeyState::Disabled).await?;
    refused(owner.check(&made).await, "DisabledException");
    owner.kms.enable_key().key_id(&owner.key).send().await?;
    has_state(owner, KeyState::Enabled).await?;
    owner.check(&made).await
}
