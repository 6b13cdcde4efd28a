//! The rules of forms, case by case.

use serde_json::{Value, json};

use super::*;
use crate::wire::member::{ANY_NUMBER, Kind};

const fn shape(kind: Kind) -> Shape {
    Shape { kind, required: true, sensitive: false }
}

const TEXT: Kind = Kind::Text((1, 64), Some("[\\w]+"));
const TAG: Kind = Kind::Structure(&[("Key", shape(TEXT)), ("Value", shape(TEXT))]);
const SHAPES: &[(&str, Shape)] = &[
    ("UserName", shape(TEXT)),
    ("Names", shape(Kind::List(&TEXT, (0, ANY_NUMBER)))),
    ("Tags", shape(Kind::List(&TAG, (0, 50)))),
    ("Tag", shape(TAG)),
    ("MaxItems", shape(Kind::Integer((1, 1000)))),
    ("AllUsers", shape(Kind::Boolean)),
    ("Context", shape(Kind::TextMap)),
    ("Since", shape(Kind::Timestamp)),
];

fn read(form: &str) -> Result<Value> {
    Ok(Form::parse(form.as_bytes())?.members(SHAPES, &["Later"])?.into())
}

fn accepted(form: &str) -> Value {
    read(form).unwrap()
}

/// The code and the text.
fn refused(form: &str) -> (&'static str, String) {
    let Err(Error::Caller(error)) = read(form) else { panic!("{form} is not refused") };
    let error = error.as_query();
    assert_eq!(error.status, 400);
    (error.code, error.message.unwrap().into_owned())
}

fn malformed(form: &str) -> String {
    let (code, message) = refused(form);
    assert_eq!(code, "MalformedInput", "{form}: {message}");
    message
}

#[test]
fn names_and_values_are_decoded() {
    let form =
        Form::parse(b"Action=Create%55ser&&Version=2010-05-08&A+b=%c3%a9+%2B%3D=%26&C").unwrap();
    assert_eq!(form.get("Action"), Some("CreateUser"));
    assert_eq!(form.get("Version"), Some("2010-05-08"));
    assert_eq!(form.get("A b"), Some("é +==&"));
    assert_eq!(form.get("C"), Some(""));
    assert_eq!(form.get("D"), None);
}

#[test]
fn what_is_no_form_is_refused() {
    for form in ["A=%", "A=%4", "A=%4g", "A=%+1", "%ff=1", "A=%c3", "A=1&A=2", "A=1&%41=2"] {
        malformed(form);
    }
    assert!(Form::parse(b"A=\xff").is_err());
    malformed(&format!("{}=1", "a".repeat(LONGEST_NAME + 1)));
    let many: String = (0..=MOST_PARAMETERS).map(|index| format!("P{index}&")).collect();
    malformed(&many);
}

#[test]
fn texts_stay_as_they_are_and_unknown_members_are_ignored() {
    assert_eq!(accepted("UserName=&Foo.0=1&Action=X"), json!({"UserName": ""}));
    assert_eq!(accepted(""), json!({}));
    for form in ["UserName.1=a", "UserName.member.1=a", "UserName=a&UserName.b=c"] {
        assert_eq!(malformed(form), "Start of list found where not expected");
    }
}

#[test]
fn members_that_are_not_served_are_refused() {
    for form in ["Later=1", "Later.member.1=x"] {
        assert_eq!(refused(form).1, "Later is not supported by this service.");
    }
}

/// As captured.
#[test]
fn integers_may_have_a_sign_and_zeros() {
    for (text, number) in [("900", 900), ("0900", 900), ("%2B900", 900), ("0", 0), ("-1", -1)] {
        assert_eq!(accepted(&format!("MaxItems={text}")), json!({"MaxItems": number}));
    }
    for text in ["+900+", "%09900%0a", "900.0", "9e2", "2147483648", "", "%2B", "0x1", "%D9%A1"] {
        malformed(&format!("MaxItems={text}"));
    }
}

/// As captured.
#[test]
fn booleans_are_four_texts() {
    for (text, value) in [("true", true), ("1", true), ("false", false), ("0", false)] {
        assert_eq!(accepted(&format!("AllUsers={text}")), json!({"AllUsers": value}));
    }
    for text in ["+true", "true+", "True", "TRUE", "False", "", "null", "anything", "01"] {
        malformed(&format!("AllUsers={text}"));
    }
}

#[test]
fn times_become_seconds() {
    assert_eq!(accepted("Since=1970-01-02T00:00:00Z"), json!({"Since": 86400.0}));
    assert_eq!(accepted("Since=1970-01-01T00:00:00.5Z"), json!({"Since": 0.5}));
    malformed("Since=yesterday");
}

#[test]
fn lists_are_ordered_by_their_indexes() {
    let names: Vec<_> = (1..=12).map(|index| format!("Names.member.{index}=n{index}")).collect();
    let expected: Vec<_> = (1..=12).map(|index| format!("n{index}")).collect();
    assert_eq!(accepted(&names.join("&")), json!({"Names": expected}));
    let reversed: Vec<_> = names.into_iter().rev().collect();
    assert_eq!(accepted(&reversed.join("&")), json!({"Names": expected}));
    for empty in ["Names=", "Names.member=", "Names"] {
        assert_eq!(accepted(empty), json!({"Names": []}));
    }
    for form in ["Names=a", "Names.member=a", "Names=&Names.member.1=a", "Names=a&Names.member.1=a"]
    {
        assert_eq!(malformed(form), "Unexpected list element termination");
    }
    for form in [
        "Names.1=a",
        "Names.a=b",
        "Names.member.1=a&Names.b=c",
        "Names.member.1=a&Names.member.b=c",
    ] {
        malformed(form);
    }
    malformed("Names.member.1=a&Names.member.01=b");
}

#[test]
fn structures_stand_in_lists_and_alone() {
    let tag = json!({"Key": "team", "Value": "approved"});
    assert_eq!(accepted("Tag.Key=team&Tag.Value=approved"), json!({ "Tag": tag }));
    assert_eq!(accepted("Tag="), json!({"Tag": {}}));
    // As captured.
    for form in [
        "Tags.member.1.Key=team&Tags.member.1.Value=approved",
        "Tags.member.01.Key=team&Tags.member.1.Value=approved",
        "Tags.member.1.Key=team&Tags.member.1.Value=approved&Tags.member.1.Unknown=ignored",
    ] {
        assert_eq!(accepted(form), json!({ "Tags": [tag] }));
    }
    assert_eq!(malformed("Tag=a"), "Unexpected complex element termination");
    assert_eq!(malformed("Tags.member.1=a"), "Unexpected complex element termination");
    assert_eq!(malformed("Tag.1=a"), "Start of list found where not expected");
}

/// As captured: what was left out fails where structures say what they miss.
#[test]
fn entries_that_were_left_out_are_empty() {
    let tag = json!({"Key": "team"});
    assert_eq!(accepted("Tags.member.2.Key=team"), json!({ "Tags": [{}, tag] }));
    let form = "Tags.member.1.Key=team&Tags.member.3.Key=team";
    assert_eq!(accepted(form), json!({ "Tags": [tag, {}, tag] }));
    for form in ["Tags.member.%2B1.Key=team", "Tags.member.one.Key=team"] {
        assert_eq!(accepted(form), json!({ "Tags": [{}] }));
    }
    let expected = "1 validation error detected: Value at 'names' failed to satisfy constraint: \
                    Member must satisfy constraint: [Member must have length less than or equal \
                    to 64, Member must have length greater than or equal to 1, Member must \
                    satisfy regular expression pattern: [\\w]+]";
    for form in ["Names.member.11=a", "Names.member.1=a&Names.member.8=b&Names.member.15=c"] {
        assert_eq!(refused(form), ("ValidationError", expected.to_owned()));
    }
}

/// As captured.
#[test]
fn wide_gaps_are_refused() {
    let all = (1..=10).map(|index| format!("Names.member.{index}=a&")).collect::<String>();
    for (form, skipped) in [
        ("Names.member.12=a".to_owned(), 11),
        ("Names.member.33=a".to_owned(), 32),
        ("Names.member.1=a&Names.member.12=a".to_owned(), 11),
        ("Names.member.12=a&Names.member.1=a".to_owned(), 11),
        ("Names.member.1=a&Names.member.22=a&Names.member.43=a".to_owned(), 21),
        (format!("{all}Names.member.21=a"), 11),
        (format!("{all}Names.member.22=a"), 12),
        ("Names.member.4294967295=a".to_owned(), 4_294_967_294_u32),
    ] {
        // The last is refused before what was left out is looked at.
        let form = form.replace("Names.member", "Tags.member").replace("=a", ".Key=a");
        let expected = format!("Excessively sparse input would skip {skipped} list elements");
        assert_eq!(malformed(&form), expected);
    }
}

/// As captured.
#[test]
fn indexes_are_positive_and_never_two_in_a_row() {
    for list in ["Names.member", "Tags.member"] {
        assert_eq!(malformed(&format!("{list}.0=a")), "0 is not a valid index");
        assert_eq!(malformed(&format!("{list}.-1=a")), "Key -1 may not have a leading '-'");
        let expected = "Two index elements may not occur back to back";
        assert_eq!(malformed(&format!("{list}.1.0=a")), expected);
        assert_eq!(malformed(&format!("{list}.1.2=a")), expected);
        malformed(&format!("{list}.99999999999=a"));
    }
    for name in ["%2B1", "one"] {
        let message = malformed(&format!("Names.member.{name}=a"));
        assert_eq!(message, "Start of list found where not expected");
    }
}

#[test]
fn maps_have_entries_with_a_key_and_a_value() {
    let form =
        "Context.entry.1.key=a&Context.entry.1.value=b&Context.entry.2.key=&Context.entry.2.value=";
    assert_eq!(accepted(form), json!({"Context": {"a": "b", "": ""}}));
    malformed("Context.entry.1.key=a");
    malformed("Context.a=b");
    let twice = form.replace("2.key=", "2.key=a");
    malformed(&twice);
}
