//! Each operator, with each suffix and prefix, on keys that are there and keys that are not.

use super::*;

/// A request: what each key has.
struct Request(&'static [(&'static str, &'static [&'static str])]);

/// Keys that may have several values.
const SEVERAL: [&str; 2] = ["tags", "empty"];

impl ConditionKeys for Request {
    fn get(&self, name: &str) -> Option<Values<'_>> {
        let (_, values) = self.0.iter().find(|(known, _)| *known == name)?;
        match values {
            [one] if !SEVERAL.contains(&name) => Some((*one).into()),
            several => Some(Values::many(several.iter().copied())),
        }
    }
}

const REQUEST: Request = Request(&[
    ("text", &["Some Text"]),
    ("number", &["42.50"]),
    ("date", &["2026-01-02T03:04:05Z"]),
    ("epoch", &["1767323045"]),
    ("yes", &["True"]),
    ("bytes", &["AQID"]),
    ("ipv4", &["203.0.113.7"]),
    ("ipv6", &["2001:db8::5"]),
    ("mapped", &["::ffff:203.0.113.7"]),
    ("arn", &["arn:aws:iam::111122223333:role/path/name"]),
    ("one", &["only"]),
    ("tags", &["a", "b"]),
    ("empty", &[]),
    ("emoji", &["\u{1F511}"]),
    ("sigma", &["ΟΣ"]),
    ("blank", &[""]),
]);

#[track_caller]
fn check(rows: &[(&str, &str, &[&str], bool)]) {
    for (operator, key, values, expected) in rows {
        let condition = Condition::parse(operator, key, values, Variables::Known);
        let condition = condition.unwrap_or_else(|| panic!("{operator} {values:?} is malformed"));
        assert_eq!(condition.holds(&REQUEST), *expected, "{operator} {key} {values:?}");
    }
}

#[test]
fn texts() {
    check(&[
        ("StringEquals", "text", &["Some Text"], true),
        ("StringEquals", "TEXT", &["Some Text"], true),
        ("StringEquals", "text", &["some text"], false),
        ("StringEquals", "text", &["x", "Some Text"], true),
        ("StringEquals", "text", &["Some*"], false),
        ("StringEquals", "text", &[], false),
        ("StringEquals", "blank", &[""], true),
        ("StringNotEquals", "text", &["x"], true),
        ("StringNotEquals", "text", &["x", "Some Text"], false),
        ("StringEqualsIgnoreCase", "text", &["sOME tEXT"], true),
        ("StringEqualsIgnoreCase", "sigma", &["ος"], true),
        ("StringNotEqualsIgnoreCase", "text", &["sOME tEXT"], false),
        ("StringNotEqualsIgnoreCase", "text", &["other"], true),
        ("StringLike", "text", &["some*", "S?me*"], true),
        ("StringLike", "text", &["some*"], false),
        ("StringLike", "emoji", &["?"], false),
        ("StringLike", "emoji", &["??"], true),
        ("StringNotLike", "text", &["Some*"], false),
        ("StringNotLike", "text", &["Other*"], true),
    ]);
}

#[test]
fn numbers_and_dates() {
    check(&[
        ("NumericEquals", "number", &["042.5"], true),
        ("NumericEquals", "text", &["42.5"], false),
        ("NumericNotEquals", "number", &["42.5"], false),
        ("NumericNotEquals", "number", &["42"], true),
        ("NumericNotEquals", "text", &["42"], true),
        ("NumericLessThan", "number", &["42.5"], false),
        ("NumericLessThan", "number", &["42.51"], true),
        ("NumericLessThanEquals", "number", &["42.5"], true),
        ("NumericGreaterThan", "number", &["42.5"], false),
        ("NumericGreaterThan", "number", &["9"], true),
        ("NumericGreaterThanEquals", "number", &["42.5"], true),
        ("DateEquals", "date", &["2026-01-02T03:04:05Z"], true),
        ("DateEquals", "date", &["1767323045"], true),
        ("DateEquals", "epoch", &["2026-01-02T03:04:05Z"], true),
        ("DateNotEquals", "date", &["2026-01-02T03:04:05Z"], false),
        ("DateNotEquals", "text", &["2026-01-02T03:04:05Z"], true),
        ("DateLessThan", "date", &["2026-01-02T03:04:06Z"], true),
        ("DateLessThan", "date", &["2026-01-02T03:04:05Z"], false),
        ("DateLessThanEquals", "date", &["2026-01-02T03:04:05Z"], true),
        ("DateGreaterThan", "date", &["2026-01-02"], true),
        ("DateGreaterThanEquals", "date", &["2027-01-02"], false),
    ]);
}

#[test]
fn truth_values_bytes_addresses_and_arns() {
    check(&[
        ("Bool", "yes", &["true"], true),
        ("Bool", "yes", &["false"], false),
        ("Bool", "text", &["false"], true),
        ("BinaryEquals", "bytes", &["AQID"], true),
        ("BinaryEquals", "bytes", &["AQIE"], false),
        ("BinaryEquals", "text", &["AQID"], false),
        ("IpAddress", "ipv4", &["192.0.2.0/24", "203.0.113.0/24"], true),
        ("IpAddress", "mapped", &["203.0.113.0/24"], true),
        ("IpAddress", "ipv6", &["203.0.113.0/24"], false),
        ("IpAddress", "ipv6", &["2001:db8::/32"], true),
        ("IpAddress", "text", &["0.0.0.0/0"], false),
        ("NotIpAddress", "ipv4", &["192.0.2.0/24", "203.0.113.0/24"], false),
        ("NotIpAddress", "ipv4", &["192.0.2.0/24"], true),
        ("NotIpAddress", "text", &["192.0.2.0/24"], false),
        ("ArnEquals", "arn", &["arn:aws:iam::111122223333:role/*"], true),
        ("ArnLike", "arn", &["arn:aws:iam::*:role/path/*"], true),
        ("ArnLike", "arn", &["arn:aws:iam:*:role/*:*"], false),
        ("ArnLike", "arn", &["*"], true),
        ("ArnLike", "text", &["*"], false),
        ("ArnNotEquals", "arn", &["arn:aws:iam::111122223333:role/*"], false),
        ("ArnNotLike", "arn", &["arn:aws:iam::111122223333:user/*"], true),
        ("ArnNotLike", "text", &["arn:aws:iam::111122223333:user/*"], false),
    ]);
}

#[test]
fn keys_that_are_absent() {
    check(&[
        ("StringEquals", "none", &["x"], false),
        ("StringLike", "none", &["*"], false),
        ("StringNotEquals", "none", &["x"], true),
        ("StringNotLike", "none", &["*"], true),
        ("StringNotEqualsIgnoreCase", "none", &["x"], true),
        ("NumericNotEquals", "none", &["1"], true),
        ("NumericLessThan", "none", &["1"], false),
        ("DateNotEquals", "none", &["1"], true),
        ("Bool", "none", &["false"], false),
        ("Bool", "none", &["true"], false),
        ("BinaryEquals", "none", &["AQID"], false),
        ("IpAddress", "none", &["0.0.0.0/0"], false),
        ("NotIpAddress", "none", &["0.0.0.0/0"], true),
        ("ArnNotLike", "none", &["*"], true),
        ("ArnLike", "none", &["*"], false),
        ("StringEqualsIfExists", "none", &["x"], true),
        ("StringEqualsIfExists", "text", &["x"], false),
        ("StringEqualsIfExists", "text", &["Some Text"], true),
        ("BoolIfExists", "none", &["true"], true),
        ("NumericLessThanIfExists", "none", &["1"], true),
        ("DateLessThanIfExists", "none", &["1"], true),
        ("IpAddressIfExists", "none", &["192.0.2.1"], true),
        ("ArnLikeIfExists", "none", &["arn:aws:a:b:c:d"], true),
        ("ForAnyValue:StringEqualsIfExists", "none", &["x"], true),
        ("Null", "none", &["true"], true),
        ("Null", "none", &["false"], false),
        ("Null", "text", &["true"], false),
        ("Null", "text", &["False"], true),
        ("Null", "blank", &["true"], false),
        ("Null", "tags", &["false"], true),
    ]);
}

#[test]
fn keys_with_several_values() {
    check(&[
        ("ForAllValues:StringEquals", "tags", &["a", "b", "c"], true),
        ("ForAllValues:StringEquals", "tags", &["a"], false),
        ("ForAllValues:StringEquals", "none", &["a"], true),
        ("ForAllValues:StringEquals", "empty", &["a"], true),
        ("ForAllValues:StringNotEquals", "tags", &["c"], true),
        ("ForAllValues:StringNotEquals", "tags", &["a"], false),
        ("ForAllValues:StringLike", "one", &["on*"], true),
        ("ForAnyValue:StringEquals", "tags", &["b", "c"], true),
        ("ForAnyValue:StringEquals", "tags", &["c"], false),
        ("ForAnyValue:StringEquals", "none", &["c"], false),
        ("ForAnyValue:StringEquals", "empty", &["c"], false),
        ("ForAnyValue:StringNotEquals", "tags", &["a"], true),
        ("ForAnyValue:StringNotEquals", "tags", &["a", "b"], false),
        ("ForAnyValue:StringNotEquals", "none", &["a"], false),
        ("ForAnyValue:StringEquals", "one", &["only"], true),
        ("StringEquals", "tags", &["a"], false),
        ("StringNotEquals", "tags", &["z"], false),
        ("StringEqualsIfExists", "tags", &["a"], false),
        ("StringNotEquals", "empty", &["z"], false),
    ]);
}

#[test]
fn variables() {
    check(&[
        ("StringEquals", "one", &["${one}"], true),
        ("StringEquals", "text", &["Some ${none, 'Text'}"], true),
        ("StringEquals", "text", &["${none}"], false),
        ("StringNotEquals", "text", &["${none}"], true),
        ("StringNotEquals", "text", &["${tags}"], true),
        ("StringEqualsIgnoreCase", "text", &["${TEXT}"], true),
        ("StringLike", "one", &["${one}*"], true),
        ("StringLike", "text", &["Some${*}"], false),
        ("ArnLike", "arn", &["arn:aws:iam::${none, '111122223333'}:role/*"], true),
        ("Bool", "yes", &["${yes}"], true),
    ]);
    let old = Condition::parse("StringEquals", "one", &["${one}"], Variables::Unknown);
    assert!(!old.expect("it is a text").holds(&REQUEST));
}

#[test]
fn malformed_conditions_are_none() {
    for (operator, value) in [
        ("Equals", "x"),
        ("stringequals", "x"),
        ("StringLikeIgnoreCase", "x"),
        ("BoolNot", "x"),
        ("NullIfExists", "true"),
        ("ForEachValue:StringEquals", "x"),
        ("ForAllValues:ForAnyValue:StringEquals", "x"),
        ("Null", "maybe"),
        ("NumericEquals", "many"),
        ("DateLessThan", "later"),
        ("IpAddress", "here"),
        ("IpAddress", "10.0.0.0/33"),
        ("ArnLike", "role/name"),
        ("ArnLike", "arn:aws:iam:*:role/*"),
        ("BinaryEquals", "?"),
        ("StringEquals", "${"),
    ] {
        let condition = Condition::parse(operator, "key", &[value], Variables::Known);
        assert_eq!(condition, None, "{operator} {value}");
    }
}
