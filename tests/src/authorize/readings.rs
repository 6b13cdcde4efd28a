//! Where iam-simulate reads a policy or a request otherwise than we do, and why we do.
//!
//! How AWS was observed to answer is recorded in the public repository `radkawar/stackd`: folder
//! `testdata/aws/iam`, files `condition_*.json`, and `docs/iam-evaluation.md`.

mod pairs;
mod whole;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::case::{Answer, Case, Document, Found, Person};

/// One difference.
pub(super) struct Row {
    /// What they do.
    pub(super) they: &'static str,
    /// Why we do not.
    pub(super) why: &'static str,
    pub(super) reading: Reading,
}

/// How the difference is undone: with all readings applied, our evaluator must answer as theirs.
pub(super) enum Reading {
    /// The case as they see it.
    Case(fn(&mut Case)),
    /// What they make of one value of a request and one of a policy, if it is something else.
    Pair(fn(&Pair<'_>) -> Option<Seen>),
    /// The case as they see it, when its conditions are read.
    Last(fn(&mut Case)),
}

/// A condition's comparison.
pub(super) struct Pair<'a> {
    /// Without its prefix and its suffix.
    operator: &'a str,
    value: &'a str,
    operand: &'a str,
    version: Option<&'static str>,
}

/// What a comparison is for them.
pub(super) enum Seen {
    /// One that fails, even if it is negated.
    Never,
    /// That of these, a request's and a policy's.
    As(String, String),
}

pub(super) const ROWS: &[Row] = &[
    Row {
        they: "fill in variables in policies of any version",
        why: "variables came with version 2012-10-17 (IAM user guide, Version)",
        reading: Reading::Case(whole::versions),
    },
    Row {
        they: "refuse other accounts nothing that the key policy allows",
        why: "the key's own account alone rules it (KMS developer guide, Permissions, \
             cross-account use)",
        reading: Reading::Case(whole::rulers),
    },
    Row {
        they: "exempt from NotPrincipal whoever one of its entries reaches",
        why: "an account is to be listed besides its user, and so are a role and its \
             session (IAM user guide, NotPrincipal)",
        reading: Reading::Case(whole::exempted),
    },
    Row {
        they: "take the name of a federated user for that of the user who federated it",
        why: "they are two names (STS, GetFederationToken)",
        reading: Reading::Case(whole::federated),
    },
    Row {
        they: "fail ForAnyValue of an absent key in spite of IfExists",
        why: "IfExists passes where the key is absent (IAM user guide, IfExists)",
        reading: Reading::Case(whole::absent),
    },
    Row {
        they: "compare Regions without case",
        why: "ARNs have case (IAM user guide, Resource)",
        reading: Reading::Case(whole::regions),
    },
    Row {
        they: "know no wildcard in the type of a resource",
        why: "a wildcard may stand anywhere in it (IAM user guide, Resource)",
        reading: Reading::Case(whole::types),
    },
    Row {
        they: "do not complete an ARN that ends early in a key policy, if it has no \
             wildcard",
        why: "AWS says of identity policies that they are completed, and nothing of \
             others (IAM user guide, identifiers)",
        reading: Reading::Case(whole::short),
    },
    Row {
        they: "find nothing outside an ARN that ends early",
        why: "what is not in it is outside (IAM user guide, NotResource)",
        reading: Reading::Case(whole::halting),
    },
    Row {
        they: "find nothing outside an ARN whose variable cannot be filled in",
        why: "nothing is like such a variable (IAM user guide, Policy variables with no \
             value)",
        reading: Reading::Case(whole::nowhere),
    },
    Row {
        they: "let session policies limit whom the key policy names itself",
        why: "what names a session, or everybody, is given to the session (IAM user \
             guide, evaluation within an account)",
        reading: Reading::Last(whole::sessions),
    },
    Row {
        they: "take a text that begins with digits for a number",
        why: "it is none, as AWS was observed",
        reading: Reading::Pair(pairs::prefixes),
    },
    Row {
        they: "compare numbers as binary fractions",
        why: "numbers keep their precision, as AWS was observed",
        reading: Reading::Pair(pairs::fractions),
    },
    Row {
        they: "find no number and no date that is unequal to a text",
        why: "they are unequal, as AWS was observed",
        reading: Reading::Pair(pairs::unequal),
    },
    Row {
        they: "compare seconds with milliseconds",
        why: "a number is seconds since 1970 (IAM user guide, date operators)",
        reading: Reading::Pair(pairs::seconds),
    },
    Row {
        they: "find a text that is no truth value unequal to both",
        why: "it is false, as AWS was observed",
        reading: Reading::Pair(pairs::truths),
    },
    Row {
        they: "know no addresses with zeros before their numbers",
        why: "they are addresses, as AWS was observed",
        reading: Reading::Pair(pairs::padded),
    },
    Row {
        they: "take 0.0.0.0/0 for one address",
        why: "it is all (RFC 4632)",
        reading: Reading::Pair(pairs::everywhere),
    },
    Row {
        they: "compare single IPv6 addresses by their letters",
        why: "an address may be written in several ways (RFC 4291, 2.2)",
        reading: Reading::Pair(pairs::spelled),
    },
    Row {
        they: "never find a single address unequal to one of the other family",
        why: "it is another address",
        reading: Reading::Pair(pairs::families),
    },
    Row {
        they: "ignore host bits in an IPv6 network",
        why: "it matches nothing, as AWS was observed",
        reading: Reading::Pair(pairs::hosts),
    },
    Row {
        they: "take an IPv4 address that is mapped into IPv6 for one of IPv6",
        why: "it is one of IPv4, as AWS was observed",
        reading: Reading::Pair(pairs::mapped),
    },
    Row {
        they: "know no ARN pattern that is a lone star",
        why: "it stands for every ARN, as it does in Resource",
        reading: Reading::Pair(pairs::lone),
    },
    Row {
        they: "ask of an ARN not that it begins with arn",
        why: "it is none otherwise, and matches nothing, as AWS was observed",
        reading: Reading::Pair(pairs::begun),
    },
    Row {
        they: "let no wildcard stand for the end of a line",
        why: "stars cross lines, as AWS was observed",
        reading: Reading::Pair(pairs::lines),
    },
    Row {
        they: "keep escapes as they are where there are no wildcards",
        why: "they are filled in wherever variables are (IAM user guide, variables)",
        reading: Reading::Pair(pairs::escapes),
    },
    Row {
        they: "fold each UTF-16 unit by itself",
        why: "texts are lower-cased, sigma by its place in the word, as AWS was observed",
        reading: Reading::Pair(pairs::folded),
    },
    Row {
        they: "take an empty value of a variable for none",
        why: "it is a value, as AWS was observed",
        reading: Reading::Pair(pairs::blank),
    },
    Row {
        they: "know a default value only behind a comma and a space",
        why: "the space is for the reader",
        reading: Reading::Pair(pairs::tight),
    },
    Row {
        they: "fill in the default value for a key with several values",
        why: "nothing is filled in, as AWS was observed",
        reading: Reading::Pair(pairs::several),
    },
    Row {
        they: "find no text unequal to a variable that cannot be filled in",
        why: "no text is equal to it (IAM user guide, Policy variables with no value)",
        reading: Reading::Pair(pairs::unfilled),
    },
];

/// The case as they read it; but for one row's reading, if one is left out.
pub(super) fn read(case: &Case, except: Option<usize>) -> Case {
    let rows = ROWS.iter().enumerate().filter(|(at, _)| Some(*at) != except);
    let mut read = case.clone();
    let (mut pairs, mut last) = (Vec::new(), Vec::new());
    for (_, row) in rows {
        match row.reading {
            Reading::Case(reading) => reading(&mut read),
            Reading::Pair(reading) => pairs.push(reading),
            Reading::Last(reading) => last.push(reading),
        }
    }
    for document in read.documents() {
        let version = document.version;
        for statement in &mut document.statements {
            let Some(conditions) = statement.get("Condition").cloned() else { continue };
            statement["Condition"] = read_conditions(case, version, &conditions, &pairs);
        }
    }
    last.into_iter().for_each(|reading| reading(&mut read));
    read
}

/// The conditions with those replaced that hold or do not hold because of a reading.
fn read_conditions(
    case: &Case,
    version: Option<&'static str>,
    conditions: &Value,
    pairs: &[Comparison],
) -> Value {
    let mut read = json!({});
    for (operator, keys) in members(conditions) {
        for (key, operands) in members(keys) {
            match holds(case, version, operator, key, &texts(operands), pairs) {
                Some(true) => {}
                Some(false) => read["Null"] = json!({"keycell:absent": "false"}),
                None => read[operator] = json!({key: operands}),
            }
        }
    }
    read
}

/// Whether a condition holds for them, if a reading has to do with it.
fn holds(
    case: &Case,
    version: Option<&'static str>,
    operator: &str,
    key: &str,
    operands: &[&str],
    pairs: &[Comparison],
) -> Option<bool> {
    let (set, rest) = operator.split_once(':').unwrap_or(("", operator));
    let plain = rest.strip_suffix("IfExists").unwrap_or(rest);
    let values = match found(&case.keys, key)? {
        Found::One(value) => std::slice::from_ref(value),
        Found::Many(_) if set.is_empty() => return None,
        Found::Many(values) => values,
    };
    let mut is_read = false;
    let mut passes = |value: &str| {
        let fits = operands.iter().map(|operand| {
            let pair = Pair { operator: plain, value, operand, version };
            let reading = pairs.iter().find_map(|reading| reading(&pair));
            is_read |= reading.is_some();
            match reading {
                None => alone(case, &pair),
                Some(Seen::Never) => false,
                Some(Seen::As(value, operand)) => {
                    alone(case, &Pair { value: &value, operand: &operand, ..pair })
                }
            }
        });
        let fits: Vec<_> = fits.collect();
        // None of the values that are excluded, or any of those that are wanted.
        let is_not = plain.contains("Not");
        if is_not { fits.into_iter().all(|fits| fits) } else { fits.into_iter().any(|fits| fits) }
    };
    let passing: Vec<_> = values.iter().map(|value| passes(value)).collect();
    let holds = match set {
        "ForAllValues" => passing.into_iter().all(|passes| passes),
        _ => passing.into_iter().any(|passes| passes),
    };
    is_read.then_some(holds)
}

type Comparison = fn(&Pair<'_>) -> Option<Seen>;

/// What our evaluator says of one value of a request and one of a policy.
fn alone(case: &Case, pair: &Pair<'_>) -> bool {
    let statement = json!({
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {pair.operator: {"keycell:value": pair.operand}},
    });
    let mut keys = case.keys.clone();
    keys.insert("keycell:value", Found::One(pair.value.to_owned()));
    let asked = Case {
        person: Person::User,
        action: "kms:Encrypt",
        keys,
        key_policy: Document { version: pair.version, statements: vec![statement] },
        identity: vec![],
        boundary: None,
        session: None,
    };
    asked.decide() == Answer::Allowed
}

fn found<'a>(keys: &'a BTreeMap<&'static str, Found>, key: &str) -> Option<&'a Found> {
    let (_, found) = keys.iter().find(|(known, _)| known.eq_ignore_ascii_case(key))?;
    Some(found)
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

/// A text, or a list of texts.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}
