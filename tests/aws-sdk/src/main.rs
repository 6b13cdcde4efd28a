//! The full life of each kind of key with crate `aws-sdk-kms`, as `tests/sdk/test_life.py` tells it
//! for other clients. Says `ok` when all is well.

#![expect(clippy::print_stdout, reason = "it is how the program says that all is well")]

mod age;
mod imports;
mod life;
mod uses;

use std::collections::BTreeMap;

use aws_sdk_kms::{
    Client, Config, Error,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::ProvideErrorMetadata,
    types::{KeySpec, KeyUsageType},
};

type Result<T = ()> = std::result::Result<T, Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let kms = client("us-east-1");
    for (usage, specs) in KINDS {
        for spec in *specs {
            life::of_a_key(&kms, spec.clone(), usage.clone()).await?;
        }
    }
    for (spec, usage) in IMPORTED {
        life::of_an_imported_key(&kms, spec.clone(), usage.clone()).await?;
    }
    let elsewhere = client(ELSEWHERE);
    for (spec, usage) in MULTI_REGION {
        life::of_a_multi_region_key((&kms, &elsewhere), spec.clone(), usage.clone()).await?;
    }
    println!("ok");
    Ok(())
}

/// A client of the service in that Region, without TLS.
fn client(region: &'static str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new(region))
        .credentials_provider(credentials())
        .endpoint_url(environment("KEYCELL_ENDPOINT"))
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// Those that the service has printed at its first start.
fn credentials() -> Credentials {
    let printed = environment("KEYCELL_PRINTED");
    let exports = printed.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    let exports: BTreeMap<_, _> = exports.collect();
    let exported = |name| exports.get(name).copied().expect("the service prints it");
    let (id, secret) = (exported("AWS_ACCESS_KEY_ID"), exported("AWS_SECRET_ACCESS_KEY"));
    Credentials::new(id, secret, None, None, "the service's first start")
}

fn environment(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: tests/src/sdk.rs sets it"))
}

/// The call was refused with that error.
#[track_caller]
fn refused<T>(outcome: std::result::Result<T, impl Into<Error>>, code: &str) {
    let error = outcome.err().map(Into::into).expect("it must be refused");
    assert_eq!(error.code(), Some(code), "{error:?}");
}

const KINDS: &[(KeyUsageType, &[KeySpec])] = &[
    (
        KeyUsageType::EncryptDecrypt,
        &[KeySpec::SymmetricDefault, KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096],
    ),
    (
        KeyUsageType::SignVerify,
        &[
            KeySpec::Rsa2048,
            KeySpec::Rsa3072,
            KeySpec::Rsa4096,
            KeySpec::EccNistP256,
            KeySpec::EccNistP384,
            KeySpec::EccNistP521,
            KeySpec::EccSecgP256K1,
            KeySpec::EccNistEdwards25519,
            KeySpec::MlDsa44,
            KeySpec::MlDsa65,
            KeySpec::MlDsa87,
        ],
    ),
    (
        KeyUsageType::GenerateVerifyMac,
        &[KeySpec::Hmac224, KeySpec::Hmac256, KeySpec::Hmac384, KeySpec::Hmac512],
    ),
    (
        KeyUsageType::KeyAgreement,
        &[KeySpec::EccNistP256, KeySpec::EccNistP384, KeySpec::EccNistP521],
    ),
    (
        KeyUsageType::EncapsulateDecapsulate,
        &[KeySpec::MlKem512, KeySpec::MlKem768, KeySpec::MlKem1024],
    ),
];

const MULTI_REGION: &[(KeySpec, KeyUsageType)] = &[
    (KeySpec::SymmetricDefault, KeyUsageType::EncryptDecrypt),
    (KeySpec::EccNistEdwards25519, KeyUsageType::SignVerify),
    (KeySpec::Hmac384, KeyUsageType::GenerateVerifyMac),
];
const ELSEWHERE: &str = "eu-west-1";

/// Private keys are wrapped in two steps, in `test_life.py`.
const IMPORTED: &[(KeySpec, KeyUsageType)] = &[
    (KeySpec::SymmetricDefault, KeyUsageType::EncryptDecrypt),
    (KeySpec::Hmac256, KeyUsageType::GenerateVerifyMac),
];
