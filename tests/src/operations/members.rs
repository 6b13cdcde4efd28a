//! What every member of every request keeps to: types, bounds, and what is said where it does not.

use keycell::wire::member::{Kind, camel_case};
use serde_json::{Map, Value, json};

use crate::kit::{Client, kms, with};

use super::{EXAMPLES, Example};

#[test]
fn members_that_nobody_knows_are_ignored_and_null_is_nothing() {
    let kms = kms();
    for example in EXAMPLES {
        let input = (example.input)(&kms);
        let absent = example.descriptor().members.iter().map(|(name, _)| *name);
        let absent = absent.filter(|name| input.get(name).is_none());
        let later = example.descriptor().later.iter().copied();
        let nulls: Map<_, _> = absent.chain(later).map(|name| (name.into(), Value::Null)).collect();
        let nonsense = json!({"Nonsense": {"a": [1, null]}, "keyId": "x", "": 1});
        kms.ok(example.operation, with(with(input, Value::Object(nulls)), nonsense));
    }
}

#[test]
fn all_missing_members_are_told_in_one_answer() {
    let kms = kms();
    for example in EXAMPLES {
        let members = example.descriptor().members.iter();
        let required: Vec<_> = members.filter(|(_, shape)| shape.required).collect();
        if required.is_empty() {
            continue;
        }
        let missing = required.iter().map(|(name, _)| {
            let path = camel_case(name);
            format!("Value null at '{path}' failed to satisfy constraint: Member must not be null")
        });
        let missing: Vec<_> = missing.collect();
        let errors = if missing.len() == 1 { "error" } else { "errors" };
        let message =
            format!("{} validation {errors} detected: {}", missing.len(), missing.join("; "));
        kms.refuses(example.operation, json!({}), "ValidationException", &message);
        let nulls: Map<_, _> =
            required.iter().map(|(name, _)| ((*name).to_owned(), Value::Null)).collect();
        kms.refuses(example.operation, Value::Object(nulls), "ValidationException", &message);
    }
}

#[test]
fn violations_of_all_kinds_come_together() {
    let kms = kms();
    let input = json!({
        "KeyId": "",
        "KeySpec": "DES",
        "NumberOfBytes": 1025,
    });
    kms.refuses(
        "GenerateDataKey",
        input,
        "ValidationException",
        "3 validation errors detected: Value '' at 'keyId' failed to satisfy constraint: Member \
         must have length greater than or equal to 1; Value '1025' at 'numberOfBytes' failed to \
         satisfy constraint: Member must have value less than or equal to 1024; Value 'DES' at \
         'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, \
         AES_128]",
    );
}

#[test]
fn values_of_the_wrong_type_are_refused_before_anything_else() {
    let kms = kms();
    for example in EXAMPLES {
        for (name, shape) in example.descriptor().members {
            for wrong in wrong_types(&shape.kind) {
                // Other members break rules, too: the type is told first.
                let input = json!({*name: wrong, "Limit": 0});
                let input = if *name == "Limit" { json!({"Limit": wrong}) } else { input };
                let (outcome, record) = kms.call_recorded(example.operation, input);
                let refusal = outcome.expect_err("a value of the wrong type is refused");
                let told = (refusal.status, refusal.code.as_str());
                let what = format!("{} {name} {wrong}", example.operation);
                assert_eq!(told, (400, "SerializationException"), "{what}");
                assert_eq!(record["errorCode"], "SerializationException", "{what}");
            }
        }
    }
}

#[test]
fn a_serialization_error_spells_message_with_a_capital() {
    let kms = kms();
    let answer = kms.send(&kms.signed("DescribeKey", r#"{"KeyId":{}}"#));
    let message = "Start of structure or map found where not expected.";
    let body = json!({"__type": "SerializationException", "Message": message});
    assert_eq!(answer.json(), body);
}

#[test]
fn members_that_are_served_later_are_refused_and_never_ignored() {
    let kms = kms();
    let mut count = 0;
    for example in EXAMPLES {
        for name in example.descriptor().later {
            let input = with((example.input)(&kms), json!({*name: []}));
            let message = format!("{name} is not supported by this service.");
            kms.refuses(example.operation, input, "UnsupportedOperationException", &message);
            count += 1;
        }
    }
    assert!(count > 0, "else this test and its list have served their time");
}

#[test]
fn bounds_are_those_of_the_model() {
    let kms = kms();
    for example in EXAMPLES {
        for (name, least, most) in TEXTS.iter().filter(|(name, ..)| example.has(name)) {
            let told = |length: usize| length_violation(&kms, example, name, "a".repeat(length));
            let rule = format!("Member must have length less than or equal to {most}");
            assert_eq!(told(most + 1), Some(rule), "{} {name}", example.operation);
            assert_eq!(told(*most), None, "{} {name}", example.operation);
            assert_eq!(told(*least), None, "{} {name}", example.operation);
            let rule = format!("Member must have length greater than or equal to {least}");
            let is_short = least.checked_sub(1).and_then(told);
            assert_eq!(is_short, least.checked_sub(1).map(|_| rule), "{name}");
        }
        for (name, least, most) in NUMBERS.iter().filter(|(name, ..)| example.has(name)) {
            for (number, rule) in [
                (most + 1, format!("less than or equal to {most}")),
                (1 << 40, format!("less than or equal to {most}")),
                (least - 1, format!("greater than or equal to {least}")),
                (-1, format!("greater than or equal to {least}")),
            ] {
                let input = with((example.input)(&kms), json!({*name: number}));
                let path = camel_case(name);
                let message = format!(
                    "1 validation error detected: Value '{number}' at '{path}' failed to satisfy \
                     constraint: Member must have value {rule}"
                );
                kms.refuses(example.operation, input, "ValidationException", &message);
            }
        }
    }
}

#[test]
fn choices_outside_their_sets_are_refused() {
    let kms = kms();
    for example in EXAMPLES {
        for (name, shape) in example.descriptor().members {
            let Kind::Choice(choices) = shape.kind else { continue };
            let input = with((example.input)(&kms), json!({*name: "NONE"}));
            let (path, set) = (camel_case(name), choices.join(", "));
            let message = format!(
                "1 validation error detected: Value 'NONE' at '{path}' failed to satisfy \
                 constraint: Member must satisfy enum value set: [{set}]"
            );
            kms.refuses(example.operation, input, "ValidationException", &message);
        }
    }
}

#[test]
fn blobs_must_be_base64() {
    let kms = kms();
    for example in EXAMPLES {
        for (name, shape) in example.descriptor().members {
            let Kind::Blob(_) = shape.kind else { continue };
            for text in ["AAA", "A AA", "AAA_", "é", "AAAA\n"] {
                let input = with((example.input)(&kms), json!({*name: text}));
                let outcome = kms.call(example.operation, input);
                let refusal = outcome.expect_err("no base64 is refused");
                assert_eq!((refusal.status, &*refusal.code), (400, "SerializationException"));
            }
        }
    }
}

#[test]
fn a_body_that_is_no_json_object_is_refused_before_anybody_is_asked_who_calls() {
    let kms = kms();
    let deep = "[".repeat(100_000);
    for body in ["", "{", "[]", "null", "1", "\"x\"", "{}{}", "{\"KeyId\"}", "\u{feff}{}", &deep] {
        let answer = kms.send(&kms.signed("DescribeKey", body));
        assert_eq!(answer.body, br#"{"__type":"SerializationException"}"#, "{body:.20}");
        assert_eq!((answer.status, kms.trail.of(&answer.user_agent).len()), (400, 0));
    }
    let answer = kms.send(&kms.signed("DescribeKey", &b"{\"KeyId\":\"\xff\"}"[..]));
    assert_eq!(answer.body, br#"{"__type":"SerializationException"}"#);
}

/// What is said of the length of a member, if anything is.
fn length_violation(kms: &Client, example: &Example, name: &str, value: String) -> Option<String> {
    let input = with((example.input)(kms), json!({name: value}));
    let refusal = kms.call(example.operation, input).err()?;
    let (_, rule) = refusal.message.split_once("failed to satisfy constraint: ")?;
    let rule = rule.split(';').next()?;
    rule.starts_with("Member must have length").then(|| rule.to_owned())
}

/// Values that are of another type than `kind`.
fn wrong_types(kind: &Kind) -> Vec<Value> {
    let all = [json!("x"), json!(1), json!(1.5), json!(true), json!({"a": "b"}), json!([1])];
    let is_right = |value: &Value| match kind {
        Kind::Text(..) | Kind::Choice(_) | Kind::Blob(_) => value.is_string(),
        Kind::Integer(_) => value.is_i64(),
        Kind::Boolean => value.is_boolean(),
        Kind::Timestamp => value.is_number(),
        Kind::List(..) => false,
        Kind::TextMap | Kind::Structure(_) => value == &json!({"a": "b"}),
    };
    let mut wrong: Vec<_> = all.into_iter().filter(|value| !is_right(value)).collect();
    if *kind == Kind::TextMap {
        wrong.push(json!({"a": 1}));
    }
    wrong
}

/// Members, with their least and most characters. Source: the KMS model.
const TEXTS: &[(&str, usize, usize)] = &[
    ("KeyId", 1, 2048),
    ("TargetKeyId", 1, 2048),
    ("SourceKeyId", 1, 2048),
    ("DestinationKeyId", 1, 2048),
    ("AliasName", 1, 256),
    ("Description", 0, 8192),
    ("Marker", 1, 1024),
    ("PrimaryRegion", 1, 32),
    ("ReplicaRegion", 1, 32),
    ("Name", 1, 256),
    ("GrantId", 1, 128),
    ("GranteePrincipal", 1, 256),
    ("RetiringPrincipal", 1, 256),
];
const NUMBERS: &[(&str, i64, i64)] = &[
    ("NumberOfBytes", 1, 1024),
    ("Limit", 1, 1000),
    ("PendingWindowInDays", 1, 365),
    ("RotationPeriodInDays", 90, 2560),
];
