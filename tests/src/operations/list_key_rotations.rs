//! `ListKeyRotations`.

use serde_json::{Value, json};

use crate::kit::{Client, kms, with};

use super::paging::{marker, pages, refuses_marker, spoilt};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL", "Limit": 10})
}

#[test]
fn a_new_key_has_its_first_material_and_no_rotation() {
    let kms = kms();
    let key = kms.key();
    let input = json!({"KeyId": key.id});
    let none = json!({"Rotations": [], "Truncated": false});
    assert_eq!(kms.ok("ListKeyRotations", input.clone()), none);
    let material =
        kms.ok("DescribeKey", input.clone())["KeyMetadata"]["CurrentKeyMaterialId"].take();
    let all = with(input, json!({"IncludeKeyMaterial": "ALL_KEY_MATERIAL"}));
    let first = json!({
        "KeyId": key.arn, "KeyMaterialId": material, "KeyMaterialState": "CURRENT",
    });
    let expected = json!({"Rotations": [first], "Truncated": false});
    assert_eq!(kms.ok("ListKeyRotations", all), expected);
}

#[test]
fn materials_from_elsewhere_tell_their_words_and_their_end() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    let valid_to = crate::kit::now().as_second() + 3600;
    let new = with(
        parameters.input(&key, &[2; 32]),
        json!({
            "ImportType": "NEW_KEY_MATERIAL",
            "KeyMaterialDescription": "the second",
            "ExpirationModel": "KEY_MATERIAL_EXPIRES",
            "ValidTo": valid_to,
        }),
    );
    let next = kms.ok("ImportKeyMaterial", new)["KeyMaterialId"].take();
    let all = json!({"KeyId": key.id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    let listed = kms.ok("ListKeyRotations", all.clone())["Rotations"].take();
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
    assert_eq!(listed[0]["KeyMaterialState"], "CURRENT");
    assert_eq!(listed[0]["ImportState"], "IMPORTED");
    assert_eq!(listed[0]["ExpirationModel"], "KEY_MATERIAL_DOES_NOT_EXPIRE");
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age")]
    let expected = json!({
        "KeyId": key.arn,
        "KeyMaterialId": next,
        "KeyMaterialDescription": "the second",
        "KeyMaterialState": "PENDING_ROTATION",
        "ImportState": "IMPORTED",
        "ExpirationModel": "KEY_MATERIAL_EXPIRES",
        "ValidTo": valid_to as f64,
    });
    assert_eq!(listed[1], expected);
    kms.ok("DeleteImportedKeyMaterial", json!({"KeyId": key.id}));
    let listed = kms.ok("ListKeyRotations", all)["Rotations"].take();
    assert_eq!(listed[0]["ImportState"], "PENDING_IMPORT");
    assert!(listed[0].get("ExpirationModel").is_none(), "{listed}");
}

#[test]
fn materials_come_in_pages_in_the_order_of_their_coming() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    let new = with(parameters.input(&key, &[2; 32]), json!({"ImportType": "NEW_KEY_MATERIAL"}));
    kms.ok("ImportKeyMaterial", new);
    let all = json!({"KeyId": key.id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    let whole = kms.ok("ListKeyRotations", all.clone())["Rotations"].take();
    let paged = pages(&kms, "ListKeyRotations", "Rotations", &all, 1);
    assert_eq!(Value::from(paged.concat()), whole);
    let own = marker(&kms, "ListKeyRotations", all.clone());
    for marker in spoilt(&own) {
        refuses_marker(&kms, "ListKeyRotations", &all, &marker);
    }
    let other = json!({"KeyId": kms.key().id});
    refuses_marker(&kms, "ListKeyRotations", &other, &own);
}
