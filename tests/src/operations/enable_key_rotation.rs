//! `EnableKeyRotation`.

use serde_json::{Value, json};

use crate::kit::{Client, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id, "RotationPeriodInDays": 90})
}

fn status(kms: &Client, id: &str) -> Value {
    kms.ok("GetKeyRotationStatus", json!({"KeyId": id}))
}

#[test]
fn the_period_is_a_year_unless_another_is_named() {
    let kms = kms();
    let key = kms.key();
    let enable = |members: Value| {
        kms.ok("EnableKeyRotation", with(json!({"KeyId": key.id}), members));
        status(&kms, &key.id)
    };
    let year = enable(json!({}));
    assert_eq!(
        (&year["KeyRotationEnabled"], &year["RotationPeriodInDays"]),
        (&json!(true), &json!(365))
    );
    // The same period, or none, leaves the schedule as it is.
    assert_eq!(enable(json!({})), year);
    assert_eq!(enable(json!({"RotationPeriodInDays": 365})), year);
    let other = enable(json!({"RotationPeriodInDays": 2560}));
    assert_eq!(other["RotationPeriodInDays"], 2560);
    assert_eq!(enable(json!({})), other);
}

#[test]
fn keys_that_have_one_material_for_life_are_not_rotated() {
    let kms = kms();
    for (spec, usage) in [("HMAC_256", "GENERATE_VERIFY_MAC"), ("ECC_NIST_P256", "SIGN_VERIFY")] {
        let key = kms.key_of(spec, usage);
        let input = json!({"KeyId": key.id});
        for operation in ["EnableKeyRotation", "RotateKeyOnDemand"] {
            kms.refuses(operation, input.clone(), "UnsupportedOperationException", "");
        }
        kms.ok("DisableKeyRotation", input.clone());
        assert_eq!(
            kms.ok("GetKeyRotationStatus", input.clone()),
            json!({"KeyId": key.arn, "KeyRotationEnabled": false})
        );
        let all = with(input, json!({"IncludeKeyMaterial": "ALL_KEY_MATERIAL"}));
        assert_eq!(kms.ok("ListKeyRotations", all), json!({"Rotations": [], "Truncated": false}));
    }
}

#[test]
fn material_from_elsewhere_has_no_schedule() {
    let kms = kms();
    let (imported, _) = kms.imported_key(&[1; 32]);
    for key in [kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), imported] {
        let input = json!({"KeyId": key.id});
        let message =
            format!("{} origin is EXTERNAL which is not valid for this operation.", key.arn);
        for operation in ["EnableKeyRotation", "DisableKeyRotation"] {
            kms.refuses(operation, input.clone(), "UnsupportedOperationException", &message);
        }
        assert_eq!(status(&kms, &key.id)["KeyRotationEnabled"], false);
    }
}
