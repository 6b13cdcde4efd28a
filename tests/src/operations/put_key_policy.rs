//! `PutKeyPolicy`, and what a policy does to the other operations.

use serde_json::{Value, json};

use crate::kit::{Client, Key, encode, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "KeyId": kms.key().id,
        "PolicyName": "default",
        "Policy": policy(json!([owner(kms)])),
        "BypassPolicyLockoutSafetyCheck": false,
    })
}

/// A document of these statements.
pub(super) fn policy(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// The statement that lets an account rule the key.
pub(super) fn owner(kms: &Client) -> Value {
    allow(kms, json!("kms:*"))
}

/// A statement that lets an account do something.
fn allow(kms: &Client, action: Value) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": {"AWS": kms.credentials.account},
        "Action": action,
        "Resource": "*",
    })
}

/// Writes the policy of a key: its owner may do all, and then these statements.
#[track_caller]
fn put(kms: &Client, key: &Key, statements: &[Value]) {
    let statements: Vec<_> = [owner(kms)].iter().chain(statements).cloned().collect();
    kms.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": policy(json!(statements))}));
}

fn denied(kms: &Client, action: &str) -> String {
    format!(
        "User: arn:aws:iam::{}:root is not authorized to perform: kms:{action} on this resource \
         because the resource does not exist in this Region, no resource-based policies allow \
         access, or a resource-based policy explicitly denies access",
        kms.credentials.account
    )
}

#[test]
fn a_policy_is_kept_as_it_was_written() {
    let kms = kms();
    let key = kms.key();
    let text = format!(" {}\r\n\t", policy(json!([owner(&kms)])).replace("kms:*", "kms:\\u002a"));
    for name in [json!(null), json!("default")] {
        let input = json!({"KeyId": key.arn, "PolicyName": name, "Policy": text});
        kms.ok("PutKeyPolicy", input);
        let expected = json!({"Policy": text, "PolicyName": "default"});
        assert_eq!(kms.ok("GetKeyPolicy", json!({"KeyId": key.id})), expected);
    }
}

#[test]
fn another_account_uses_a_key_as_its_policy_says() {
    let owner = kms();
    let stranger = owner.stranger();
    let key = owner.key();
    let encrypt = json!({"KeyId": key.arn, "Plaintext": encode("shared")});
    let refused = |action: &str, input: &Value| {
        let text = denied(&stranger, action);
        stranger.refuses(action, input.clone(), "AccessDeniedException", &text);
    };
    refused("Encrypt", &encrypt);
    put(&owner, &key, &[allow(&stranger, json!(["kms:Encrypt", "kms:De*"]))]);
    let encrypted = stranger.ok("Encrypt", encrypt.clone());
    assert_eq!(encrypted["KeyId"], key.arn);
    assert_eq!(
        stranger.ok("DescribeKey", json!({"KeyId": key.arn}))["KeyMetadata"]["Arn"],
        key.arn
    );
    let ciphertext = encrypted["CiphertextBlob"].as_str().expect("a text");
    assert_eq!(stranger.decrypt(ciphertext), b"shared");
    assert_eq!(owner.decrypt(ciphertext), b"shared");
    // By its id alone it is looked for in the caller's own account.
    let own = format!("Key '{}' does not exist", stranger.arn(&format!("key/{}", key.id)));
    let by_id = with(encrypt.clone(), json!({"KeyId": key.id}));
    stranger.refuses("Encrypt", by_id, "NotFoundException", &own);
    refused("GenerateDataKey", &json!({"KeyId": key.arn, "NumberOfBytes": 16}));
    put(&owner, &key, &[]);
    refused("Encrypt", &encrypt);
    let unknown = super::decrypt::UNKNOWN;
    let decrypt = json!({"CiphertextBlob": ciphertext});
    stranger.refuses("Decrypt", decrypt, "AccessDeniedException", unknown);
}

#[test]
fn a_plaintext_moves_across_accounts_where_both_ends_allow_it() {
    let owner = kms();
    let stranger = owner.stranger();
    let (from, to) = (owner.key(), stranger.key());
    let ciphertext = owner.encrypt(&from, "moving");
    let input =
        json!({"CiphertextBlob": ciphertext, "SourceKeyId": from.arn, "DestinationKeyId": to.arn});
    let out = || stranger.call("ReEncrypt", input.clone());
    assert_eq!(out().expect_err("it is not shared").message, denied(&stranger, "ReEncryptFrom"));
    put(&owner, &from, &[allow(&stranger, json!("kms:ReEncrypt*"))]);
    let moved = out().expect("it is shared");
    let moved = moved["CiphertextBlob"].as_str().expect("a text").to_owned();
    assert_eq!(stranger.decrypt(&moved), b"moving");
    // And back, to a key of another account.
    let back = json!({"CiphertextBlob": moved, "DestinationKeyId": from.arn});
    let back = stranger.ok("ReEncrypt", back)["CiphertextBlob"].take();
    assert_eq!(owner.decrypt(back.as_str().expect("a text")), b"moving");
    put(&owner, &from, &[allow(&stranger, json!("kms:ReEncryptTo"))]);
    assert_eq!(out().expect_err("not this way").message, denied(&stranger, "ReEncryptFrom"));
}

#[test]
fn whether_a_plaintext_stays_with_its_key_can_be_a_condition() {
    let kms = kms();
    let (key, other) = (kms.key(), kms.key());
    let deny = json!({
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["kms:ReEncryptFrom", "kms:ReEncryptTo"],
        "Resource": "*",
        "Condition": {"Bool": {"kms:ReEncryptOnSameKey": "false"}},
    });
    put(&kms, &key, &[deny]);
    let ciphertext = kms.encrypt(&key, "staying");
    let alias = kms.alias(&key);
    let to = |key: &str| json!({"CiphertextBlob": ciphertext, "DestinationKeyId": key});
    kms.ok("ReEncrypt", to(&key.id));
    kms.ok("ReEncrypt", to(&alias));
    let refused = kms.call("ReEncrypt", to(&other.id)).expect_err("it would leave");
    assert_eq!(refused.message, super::decrypt::UNKNOWN);
    let named = with(to(&other.id), json!({"SourceKeyId": key.id}));
    let refused = kms.call("ReEncrypt", named).expect_err("it would leave");
    assert_eq!(refused.message, explicit(&kms, "ReEncryptFrom", &key));
}

fn explicit(kms: &Client, action: &str, key: &Key) -> String {
    format!(
        "User: arn:aws:iam::{}:root is not authorized to perform: kms:{action} on resource: {} \
         with an explicit deny in a resource-based policy",
        kms.credentials.account, key.arn
    )
}

#[test]
fn conditions_look_at_who_calls_from_where_and_when() {
    let kms = kms();
    let account = &kms.credentials.account;
    let caller = format!("arn:aws:iam::{account}:root");
    let plain = json!({"Plaintext": "AAAA"});
    let rows = [
        (json!({"StringEquals": {"kms:CallerAccount": account}}), true),
        (json!({"StringEquals": {"kms:CallerAccount": "000000000001"}}), false),
        (json!({"ArnEquals": {"aws:PrincipalArn": caller}}), true),
        (json!({"StringEquals": {"aws:PrincipalType": "Account"}}), true),
        (json!({"StringEquals": {"aws:PrincipalAccount": account}}), true),
        (json!({"StringEquals": {"aws:ResourceAccount": account}}), true),
        (json!({"StringEquals": {"aws:userid": account}}), true),
        (json!({"Null": {"aws:username": "true"}}), true),
        (json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), true),
        (json!({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), false),
        (json!({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}}), true),
        (json!({"NumericLessThan": {"aws:EpochTime": "1577836800"}}), false),
        (json!({"StringEquals": {"aws:RequestedRegion": kms.region}}), true),
        (json!({"Bool": {"aws:SecureTransport": "true"}}), false),
        (json!({"Bool": {"aws:ViaAWSService": false}}), true),
        (json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}), false),
        (json!({"Null": {"aws:UserAgent": "false"}}), true),
        (json!({"Null": {"kms:ViaService": "true"}}), true),
    ];
    for (condition, expected) in rows {
        check(&kms, &kms.key(), "Encrypt", plain.clone(), &condition, expected);
    }
}

/// What a condition lets through, and what not: the operation, the members of its call that decide,
/// and the condition.
#[test]
fn conditions_look_at_the_key_and_the_request() {
    let kms = kms();
    let encrypt = |context: Value| json!({"Plaintext": "AAAA", "EncryptionContext": context});
    let plain = || encrypt(json!({}));
    let rows = [
        ("Encrypt", plain(), json!({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}), true),
        ("Encrypt", plain(), json!({"StringEquals": {"kms:KeyUsage": "ENCRYPT_DECRYPT"}}), true),
        ("Encrypt", plain(), json!({"StringEquals": {"kms:KeyOrigin": "EXTERNAL"}}), false),
        ("Encrypt", plain(), json!({"Bool": {"kms:MultiRegion": "false"}}), true),
        ("Encrypt", plain(), json!({"Null": {"kms:MultiRegionKeyType": "true"}}), true),
        (
            "Encrypt",
            plain(),
            json!({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}),
            true,
        ),
        ("Encrypt", plain(), json!({"Null": {"kms:EncryptionContextKeys": "true"}}), true),
    ];
    for (operation, input, condition, expected) in rows {
        check(&kms, &kms.key(), operation, input, &condition, expected);
    }
}

#[test]
fn conditions_look_at_the_encryption_context_and_at_other_members() {
    let kms = kms();
    let encrypt = |context: Value| json!({"Plaintext": "AAAA", "EncryptionContext": context});
    let rows = [
        (
            "Encrypt",
            encrypt(json!({"Team": "blue"})),
            json!({"StringEquals": {"kms:EncryptionContext:tEAM": "blue"}}),
            true,
        ),
        (
            "Encrypt",
            encrypt(json!({"Team": "red"})),
            json!({"StringEquals": {"kms:EncryptionContext:Team": "blue"}}),
            false,
        ),
        (
            "Encrypt",
            encrypt(json!({"Team": "red", "Other": "x"})),
            json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["Team"]}}),
            false,
        ),
        (
            "Encrypt",
            encrypt(json!({"Team": "red", "Other": "x"})),
            json!({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": ["Team"]}}),
            true,
        ),
        (
            "GenerateDataKeyPairWithoutPlaintext",
            json!({"KeyPairSpec": "ECC_NIST_P256"}),
            json!({"StringLike": {"kms:DataKeyPairSpec": "ECC_*"}}),
            true,
        ),
        (
            "GenerateDataKeyPairWithoutPlaintext",
            json!({"KeyPairSpec": "ECC_NIST_P256"}),
            json!({"StringLike": {"kms:DataKeyPairSpec": "RSA_*"}}),
            false,
        ),
        (
            "GenerateDataKey",
            json!({"NumberOfBytes": 16}),
            json!({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}),
            true,
        ),
        (
            "PutKeyPolicy",
            json!({"Policy": policy(json!([owner(&kms)])), "BypassPolicyLockoutSafetyCheck": true}),
            json!({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}),
            true,
        ),
        ("GetKeyPolicy", json!({}), json!({"StringEquals": {"kms:PolicyName": "default"}}), true),
    ];
    for (operation, input, condition, expected) in rows {
        check(&kms, &kms.key(), operation, input, &condition, expected);
    }
}

#[test]
fn conditions_look_at_the_days_of_rotation_and_deletion() {
    let kms = kms();
    let rows = [
        (
            "DisableKey",
            json!({}),
            json!({"NumericEquals": {"kms:TrailingDaysWithoutKeyUsage": 0}}),
            true,
        ),
        (
            "DisableKey",
            json!({}),
            json!({"NumericGreaterThan": {"kms:TrailingDaysWithoutKeyUsage": 0}}),
            false,
        ),
        ("EnableKey", json!({}), json!({"Null": {"kms:TrailingDaysWithoutKeyUsage": true}}), true),
        (
            "EnableKeyRotation",
            json!({}),
            json!({"NumericEquals": {"kms:RotationPeriodInDays": "365"}}),
            true,
        ),
        (
            "EnableKeyRotation",
            json!({"RotationPeriodInDays": 90}),
            json!({"NumericGreaterThan": {"kms:RotationPeriodInDays": "90"}}),
            false,
        ),
        (
            "ScheduleKeyDeletion",
            json!({}),
            json!({"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}}),
            false,
        ),
    ];
    for (operation, input, condition, expected) in rows {
        check(&kms, &kms.key(), operation, input, &condition, expected);
    }
}

#[test]
fn conditions_look_at_the_algorithms_of_other_kinds_of_keys() {
    let kms = kms();
    let ecc = kms.key_of("ECC_NIST_P256", "SIGN_VERIFY");
    let sign =
        json!({"Message": "AAAA", "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"});
    let by = |name: &str, value: &str| json!({"StringEquals": {name: value}});
    let raw = by("kms:MessageType", "RAW");
    check(&kms, &ecc, "Sign", sign.clone(), &raw, true);
    check(&kms, &ecc, "Sign", sign.clone(), &by("kms:MessageType", "DIGEST"), false);
    check(&kms, &ecc, "Sign", sign.clone(), &by("kms:SigningAlgorithm", "ECDSA_SHA_256"), true);
    check(&kms, &ecc, "Sign", sign, &by("kms:SigningAlgorithm", "ECDSA_SHA_384"), false);
    let hmac = kms.key_of("HMAC_256", "GENERATE_VERIFY_MAC");
    let mac = json!({"Message": "AAAA", "MacAlgorithm": "HMAC_SHA_256"});
    check(&kms, &hmac, "GenerateMac", mac.clone(), &by("kms:MacAlgorithm", "HMAC_SHA_256"), true);
    check(&kms, &hmac, "GenerateMac", mac, &by("kms:MacAlgorithm", "HMAC_SHA_512"), false);
    let external = kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    let wrapping = json!({
        "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
        "WrappingKeySpec": "RSA_2048",
    });
    let import = "GetParametersForImport";
    let right = by("kms:WrappingKeySpec", "RSA_2048");
    check(&kms, &external, import, wrapping.clone(), &right, true);
    let wrong = by("kms:WrappingAlgorithm", "RSAES_OAEP_SHA_1");
    check(&kms, &external, import, wrapping, &wrong, false);
}

/// Lets an operation through only under a condition, and calls it.
#[track_caller]
fn check(
    kms: &Client,
    key: &Key,
    operation: &str,
    input: Value,
    condition: &Value,
    expected: bool,
) {
    let but = json!({
        "Effect": "Allow",
        "Principal": "*",
        "NotAction": format!("kms:{operation}"),
        "Resource": "*",
    });
    let mut only = allow(kms, json!(format!("kms:{operation}")));
    only["Condition"] = condition.clone();
    let input = with(input, json!({"KeyId": key.id}));
    let written = json!({
        "KeyId": key.id,
        "Policy": policy(json!([but, only])),
        "BypassPolicyLockoutSafetyCheck": true,
    });
    let before = kms.ok("GetKeyPolicy", json!({"KeyId": key.id}))["Policy"].take();
    kms.ok("PutKeyPolicy", written);
    match kms.call(operation, input) {
        Ok(_) => assert!(expected, "{operation} {condition} let it through"),
        Err(refusal) => {
            let text = format!(
                "User: arn:aws:iam::{}:root is not authorized to perform: kms:{operation} on \
                 resource: {} because no resource-based policy allows the kms:{operation} action",
                kms.credentials.account, key.arn
            );
            assert_eq!((refusal.message, expected), (text, false), "{condition}");
        }
    }
    if operation != "PutKeyPolicy" && operation != "GetKeyPolicy" {
        kms.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": before}));
    }
}

#[test]
fn aliases_can_be_conditions() {
    let kms = kms();
    let key = kms.key();
    let (alias, other) = (kms.alias(&key), kms.alias(&key));
    let deny = json!({
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:Encrypt",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"kms:RequestAlias": alias}},
    });
    put(&kms, &key, &[deny]);
    let encrypt = |name: &str| kms.call("Encrypt", json!({"KeyId": name, "Plaintext": "AAAA"}));
    assert!(encrypt(&alias).is_ok());
    assert!(encrypt(&kms.arn(&alias)).is_ok());
    for name in [&other, &key.id, &key.arn] {
        let refused = encrypt(name).expect_err("it is not the alias");
        assert_eq!(refused.message, explicit(&kms, "Encrypt", &key));
    }
    let mut only = allow(&kms, json!("kms:Encrypt"));
    only["Condition"] = json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": other}});
    let mut rest = owner(&kms);
    rest["NotAction"] = json!("kms:Encrypt");
    rest.as_object_mut().expect("an object").remove("Action");
    kms.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": policy(json!([rest, only]))}));
    assert!(encrypt(&key.id).is_ok());
    kms.ok("DeleteAlias", json!({"AliasName": other}));
    assert!(encrypt(&key.id).is_err());
}

#[test]
fn a_key_cannot_be_locked_by_accident() {
    let kms = kms();
    let key = kms.key();
    let message = "The new key policy will not allow you to update the key policy in the future.";
    let without = policy(json!([allow(&kms, json!("kms:Encrypt"))]));
    let put = json!({"KeyId": key.id, "Policy": without});
    kms.refuses("PutKeyPolicy", put.clone(), "MalformedPolicyDocumentException", message);
    let on_purpose = with(put, json!({"BypassPolicyLockoutSafetyCheck": true}));
    kms.ok("PutKeyPolicy", on_purpose.clone());
    let refused = kms.call("PutKeyPolicy", on_purpose).expect_err("it is locked");
    assert_eq!(refused.code, "AccessDeniedException");
    kms.ok("Encrypt", json!({"KeyId": key.id, "Plaintext": "AAAA"}));
    assert!(kms.call("DescribeKey", json!({"KeyId": key.id})).is_err());
}

#[test]
fn what_is_no_policy_is_refused_as_aws_does() {
    let kms = kms();
    let key = kms.key();
    let refuses = |policy: &str, code: &str, message: &str| {
        let input = json!({"KeyId": key.id, "Policy": policy});
        kms.refuses("PutKeyPolicy", input.clone(), code, message);
        let input = json!({"Policy": policy});
        kms.refuses("CreateKey", input, code, message);
    };
    let malformed = "MalformedPolicyDocumentException";
    refuses("not a policy", malformed, "");
    refuses("{}", malformed, "");
    let mut nobody = owner(&kms);
    nobody["Principal"] = json!({"AWS": "arn:aws:iam::aws:user/x"});
    let message = "Policy contains a statement with one or more invalid principals.";
    refuses(&policy(json!([nobody])), malformed, message);
    nobody.as_object_mut().expect("an object").remove("Principal");
    refuses(&policy(json!(nobody)), malformed, "Policy contains a statement with no principal");
    let long = policy(json!([owner(&kms)])) + &" ".repeat(32_768);
    let message = "Policy size exceeds the limit of 32768 bytes.";
    refuses(&long, "LimitExceededException", message);
    let pattern = "Member must satisfy regular expression pattern: \
                   [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+";
    let message = format!(
        "1 validation error detected: Value '{{€}}' at 'policy' failed to satisfy constraint: \
         {pattern}"
    );
    refuses("{€}", "ValidationException", &message);
    let refusal = kms.call("CreateKey", json!({"Policy": " ".repeat(131_073)}));
    let refusal = refusal.expect_err("it is too long for a member");
    assert_eq!(refusal.code, "ValidationException");
}

#[test]
fn there_is_one_policy_and_its_name_is_default() {
    let kms = kms();
    let input = with(example(&kms), json!({"PolicyName": "other"}));
    kms.refuses("PutKeyPolicy", input.clone(), "NotFoundException", "No such policy exists");
    let message = "The AWS_RAM policy can only be managed by the RAM service";
    let shared = with(input, json!({"PolicyName": "AWS_RAM"}));
    kms.refuses("PutKeyPolicy", shared, "ValidationException", message);
}

#[test]
fn a_policy_survives_what_is_done_to_the_key() {
    let kms = kms();
    let key = kms.disabled_key();
    let text = policy(json!([owner(&kms)]));
    kms.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": text}));
    kms.ok("EnableKey", json!({"KeyId": key.id}));
    kms.ok("UpdateKeyDescription", json!({"KeyId": key.id, "Description": "x"}));
    assert_eq!(kms.ok("GetKeyPolicy", json!({"KeyId": key.id}))["Policy"], text);
    assert_eq!(kms.decrypt(&kms.encrypt(&key, "x")), b"x");
}
