//! Cases drawn at random, with values that operators of each type find hard.

use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::{
    KEY, OWNER,
    case::{
        Case, Document, FEDERATED, Found, Person, ROLE, SERVICE, SESSION, STRANGE_ROLE,
        STRANGE_SESSION, STRANGER, STRANGERS, USER,
    },
};

/// A type of condition: its operators, what requests say, and what policies ask for.
struct Kind {
    operators: &'static [&'static str],
    values: &'static [&'static str],
    operands: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    Kind {
        operators: &["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"],
        values: TEXTS,
        operands: &[
            "blue",
            "BLUE",
            "b*e",
            "*",
            "?lue",
            "b?*",
            "??",
            "",
            "a*c",
            "a${*}c",
            "${aws:PrincipalTag/id}",
            "${aws:PrincipalTag/id}*",
            "${aws:PrincipalTag/none, 'blue'}",
            "${aws:PrincipalTag/none,'blue'}",
            "${aws:PrincipalTag/none}",
            "${aws:PrincipalTag/blank, 'blue'}",
            "${aws:CalledVia, 'blue'}",
            "${aws:CalledVia}",
            "blue${$}",
            "[b]lue",
        ],
    },
    Kind {
        operators: &["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
        values: &["blue", "BLUE", "ΟΣ", "ΟΣ.", "\u{10400}", "ſ", "İ"],
        operands: &["Blue", "b*e", "ος", "οσ", "\u{10428}", "S", "i"],
    },
    Kind {
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        values: &["0", "7", "007", "7.50", "-3", "+7", "7 days", "many", "0.30000000000000001"],
        operands: &["7", "7.5", "-3.0", "0.3", "8", "0"],
    },
    Kind {
        operators: &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        values: &[
            "2026-01-02T03:04:05Z",
            "2026-01-02T04:04:05+01:00",
            "2026-01-02T03:04:05.600Z",
            "2026-01-02",
            "1767323045",
            "soon",
        ],
        operands: &["2026-01-02T03:04:05Z", "2026-01-02", "1767323045", "2026-01-03T00:00:00Z"],
    },
    Kind {
        operators: &["Bool"],
        values: &["true", "false", "True", "maybe"],
        operands: &["true", "false", "FALSE", "${aws:PrincipalTag/truth}"],
    },
    Kind {
        operators: &["BinaryEquals"],
        values: &["AQID", "AQIE", "AQI=", "?"],
        operands: &["AQID", "AQI="],
    },
    Kind {
        operators: &["IpAddress", "NotIpAddress"],
        values: &[
            "203.0.113.7",
            "203.0.113.200",
            "::ffff:203.0.113.7",
            "203.000.113.007",
            "2001:db8::5",
            "2001:DB8:0::5",
            "2001:db9::1",
            "here",
        ],
        operands: &[
            "203.0.113.0/24",
            "203.0.113.77/24",
            "203.0.113.7",
            "203.0.113.128/25",
            "0.0.0.0/0",
            "2001:db8::/32",
            "2001:db8::5",
            "2001:db8::4/127",
            "2001:db8::5/64",
            "::/0",
        ],
    },
    Kind {
        operators: &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        values: &[USER, ROLE, SESSION, KEY, "urn:aws:iam::111122223333:user/path/alice", "alice"],
        operands: &[
            USER,
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::1111?2223333:role/path/*",
            "arn:aws:*:*:*:*",
            "arn:aws:iam:*:user/*:*",
            "arn:aws:iam::111122223333:user/path/${aws:PrincipalTag/id}",
            "*",
        ],
    },
];

/// Texts of requests.
const TEXTS: &[&str] = &[
    "blue",
    "Blue",
    "BLUE",
    "",
    "a*c",
    "abc",
    "b\ne",
    "\u{10400}",
    "ΟΣ",
    "ΟΣ.",
    "blue$",
    "[b]lue",
];

const TAG: &str = "aws:PrincipalTag/t";
const LIST: &str = "aws:CalledVia";

/// Actions that other accounts may be let do, and one that they may not.
const ACTIONS: &[&str] = &["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:DisableKey"];

/// One condition, and nothing else that could matter.
pub(super) fn any_question() -> impl Strategy<Value = Case> {
    let kind = (0..KINDS.len()).prop_flat_map(|at| {
        let Kind { operators, values, operands } = &KINDS[at];
        let asked = (select(*operators), prop::collection::vec(select(*operands), 1..3));
        let found = (select(*values), prop::collection::vec(select(*values), 0..3));
        (asked, found)
    });
    let form = (any_prefix(), any::<bool>(), any_key(), any::<bool>());
    (kind, form, any_version()).prop_map(|((asked, found), form, version)| {
        let ((operator, operands), (one, many)) = (asked, found);
        let (prefix, if_exists, key, is_null) = form;
        let operator = match (operator, is_null) {
            // As often as any other.
            ("Bool", true) => format!("{prefix}Null"),
            _ => format!("{prefix}{operator}{}", if if_exists { "IfExists" } else { "" }),
        };
        let operands = match operator.ends_with("Null") {
            true => vec![if if_exists { "true" } else { "False" }],
            false => operands,
        };
        let mut statement = allow(USER);
        statement["Condition"] = json!({operator: {key: operands}});
        let key_policy = Document { version, statements: vec![statement] };
        let keys = keys([(TAG, Found::One(one.to_owned()))], &many);
        let action = "kms:Encrypt";
        let (identity, boundary, session) = (vec![], None, None);
        Case { person: Person::User, action, keys, key_policy, identity, boundary, session }
    })
}

/// All kinds of policies, with few conditions.
pub(super) fn any_case() -> impl Strategy<Value = Case> {
    let own = || any_document(any_statement(false), 1..4);
    let request = (select(&Person::ALL[..]), select(ACTIONS), select(TEXTS));
    let limits = (prop::option::weighted(0.3, own()), prop::option::weighted(0.4, own()));
    let identity = prop::collection::vec(own(), 0..3);
    (request, any_document(any_statement(true), 1..4), identity, limits).prop_map(
        |((person, action, text), key_policy, identity, (boundary, session))| Case {
            person,
            action,
            keys: keys([(TAG, Found::One(text.to_owned()))], &["a", "b"]),
            key_policy,
            identity: if person.has_own() { identity } else { vec![] },
            boundary: boundary.filter(|_| person.has_own()),
            session: session.filter(|_| person.is_session()),
        },
    )
}

fn keys<const N: usize>(
    own: [(&'static str, Found); N],
    list: &[&str],
) -> std::collections::BTreeMap<&'static str, Found> {
    let text = |text: &str| Found::One(text.to_owned());
    let list = Found::Many(list.iter().map(|value| (*value).to_owned()).collect());
    let rest = [
        (LIST, list),
        ("aws:PrincipalTag/id", text("alice")),
        ("aws:PrincipalTag/truth", text("true")),
        ("aws:PrincipalTag/blank", text("")),
        ("aws:PrincipalTag/half", text("1234*")),
    ];
    own.into_iter().chain(rest).collect()
}

fn any_prefix() -> impl Strategy<Value = &'static str> {
    select(&["", "", "ForAllValues:", "ForAnyValue:"][..])
}

fn any_key() -> impl Strategy<Value = &'static str> {
    select(&[TAG, TAG, "AWS:principaltag/T", LIST, "aws:PrincipalTag/none"][..])
}

fn any_version() -> impl Strategy<Value = Option<&'static str>> {
    select(&[Document::CURRENT, Document::CURRENT, Document::CURRENT, Some("2008-10-17"), None][..])
}

fn any_document(
    statement: impl Strategy<Value = Value>,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Document> {
    (any_version(), prop::collection::vec(statement, count))
        .prop_map(|(version, statements)| Document { version, statements })
}

fn allow(principal: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"})
}

fn any_statement(is_of_key: bool) -> impl Strategy<Value = Value> {
    let effect = select(&["Allow", "Allow", "Allow", "Deny"][..]);
    let what = (any_selection("Action", ACTION), any_selection("Resource", RESOURCE));
    let named = (any_principals(), prop::bool::weighted(0.5));
    let condition = prop::option::weighted(0.3, any_condition());
    (effect, what, named, condition).prop_map(move |(effect, what, named, condition)| {
        let (action, resource) = what;
        let mut statement = json!({"Effect": effect, action.0: action.1, resource.0: resource.1});
        if is_of_key {
            let (principals, is_but) = named;
            let element = if effect == "Deny" && is_but { "NotPrincipal" } else { "Principal" };
            statement[element] = principals;
        }
        if let Some((operator, key, operand)) = condition {
            statement["Condition"] = json!({operator: {key: operand}});
        }
        statement
    })
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
fn any_selection(
    element: &'static str,
    from: &'static [&'static str],
) -> impl Strategy<Value = (String, Value)> {
    let list = prop::collection::vec(select(from), 1..3);
    (list, prop::bool::weighted(0.15), any::<bool>()).prop_map(move |(list, is_not, is_one)| {
        let value = if is_one { json!(list[0]) } else { json!(list) };
        (format!("{}{element}", if is_not { "Not" } else { "" }), value)
    })
}

const ACTION: &[&str] = &[
    "*",
    "kms:*",
    "kms:*",
    "KMS:*Crypt",
    "kms:Encrypt",
    "kms:decrypt",
    "kms:D*",
    "kms:?ncrypt",
    "kms:Disable?ey",
    "s3:*",
];

const RESOURCE: &[&str] = &[
    "*",
    "*",
    "*",
    KEY,
    "arn:aws:kms:*:*:key/*",
    "arn:aws:kms:us-east-?:111122223333:*",
    "arn:aws:kms:US-EAST-1:*:key/*",
    "arn:aws:kms:us-west-1:*:key/*",
    "arn:aws:kms:us-east-1:*:k*/*",
    "arn:aws:kms:us-east-1:*:key/${aws:PrincipalTag/half}",
    "arn:aws:kms:us-east-1:*:key/${aws:PrincipalTag/none}",
    "arn:aws:kms:us-east-1:*:key/${aws:PrincipalTag/none, '1234abcd'}*",
    "arn:aws:kms:us-east-1",
    "arn:aws:kms:us-*",
    "arn:aws:kms:eu-*",
    "arn:aws:s3:::bucket",
];

fn any_principals() -> impl Strategy<Value = Value> {
    let own = "arn:aws:iam::111122223333:root";
    let name = select(vec![
        "*",
        OWNER,
        own,
        own,
        USER,
        ROLE,
        SESSION,
        FEDERATED,
        CAROL,
        STRANGERS,
        STRANGER,
        STRANGE_ROLE,
        STRANGE_SESSION,
    ]);
    let named = prop::collection::vec(name, 1..4);
    prop_oneof![
        1 => Just(json!("*")),
        1 => Just(json!({"Service": SERVICE})),
        1 => Just(json!({"Service": ["s3.amazonaws.com", SERVICE], "AWS": OWNER})),
        8 => named.prop_map(|names| json!({"AWS": names})),
        2 => select(vec![USER, SESSION, ROLE, FEDERATED, OWNER])
            .prop_map(|name| json!({"AWS": [OWNER, ROLE, name]})),
    ]
}

/// A user who has the name of a federated user.
pub(super) const CAROL: &str = "arn:aws:iam::111122223333:user/carol";

fn any_condition() -> impl Strategy<Value = (String, &'static str, &'static str)> {
    let operators = &KINDS[0];
    let operator = (any_prefix(), select(operators.operators), any::<bool>());
    (operator, any_key(), select(operators.operands)).prop_map(
        |((prefix, operator, if_exists), key, operand)| {
            let suffix = if if_exists { "IfExists" } else { "" };
            (format!("{prefix}{operator}{suffix}"), key, operand)
        },
    )
}
