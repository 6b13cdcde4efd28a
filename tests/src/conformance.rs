//! The operations, compared with AWS's models of the services: the `service-2.json` of the botocore
//! that the tests with boto3 use. What is not served yet stands in `left-out.txt` and its likes, as
//! do errors of KMS that are never raised; they may only shrink.

use std::{collections::BTreeSet, process::Command};

use keycell::{
    services::{Api, Descriptor, cloudtrail, iam, kms, sts},
    wire::member::{ANY_NUMBER, Kind, Shape},
};
use serde_json::Value;

use crate::sdk;

/// AWS's description of a service.
pub(crate) struct Model(Value);

/// A service: its name in botocore, what is served of it, and what is not.
struct Service {
    name: &'static str,
    api: &'static Api,
    left_out: &'static str,
}

const SERVICES: [Service; 4] = [
    Service { name: "kms", api: &kms::API, left_out: include_str!("../left-out.txt") },
    Service { name: "iam", api: &iam::API, left_out: include_str!("../left-out-iam.txt") },
    Service { name: "sts", api: &sts::API, left_out: include_str!("../left-out-sts.txt") },
    Service {
        name: "cloudtrail",
        api: &cloudtrail::API,
        left_out: include_str!("../left-out-cloudtrail.txt"),
    },
];

#[test]
fn every_member_is_served_as_the_model_says() {
    let mut differences = Vec::new();
    let models = SERVICES.map(|service| (Model::of_botocore(service.name), service.api.operations));
    let all = models
        .iter()
        .flat_map(|(model, operations)| operations.iter().map(move |operation| (model, operation)));
    for (model, operation) in all {
        let Some(input) = model.input(operation.name) else {
            assert!(operation.members.is_empty(), "{} has no members", operation.name);
            continue;
        };
        for (name, shape) in operation.members {
            let path = format!("{}.{name}", operation.name);
            if input["members"][name].is_null() {
                differences.push(format!("{path} is not in the model"));
                continue;
            }
            let expected = model.member(input, name);
            let served = describe(shape);
            if expected != served {
                differences.push(format!("{path} is {served}, in the model {expected}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_is_left_out_is_listed_and_nothing_else_is() {
    for service in SERVICES {
        let left_out = service.left_out();
        let listed = service.left_out.lines().filter(|line| !is_error(line)).map(str::to_owned);
        let listed: BTreeSet<_> = listed.collect();
        let missing: Vec<_> = left_out.difference(&listed).collect();
        assert!(missing.is_empty(), "{}: left out, but not listed: {missing:?}", service.name);
        let served: Vec<_> = listed.difference(&left_out).collect();
        assert!(served.is_empty(), "{}: listed, but served or unknown: {served:?}", service.name);
    }
}

impl Service {
    /// Operations that are not served, and members of those that are.
    fn left_out(&self) -> BTreeSet<String> {
        let model = Model::of_botocore(self.name);
        let mut left_out = BTreeSet::new();
        for name in model.operations() {
            let Some(operation) = self.served(name) else {
                left_out.insert(name.to_owned());
                continue;
            };
            let has = |member: &str| operation.members.iter().any(|(name, _)| *name == member);
            let Some(input) = model.input(name) else { continue };
            let members = input["members"].as_object().expect("a structure has members");
            for member in members.keys().filter(|member| !has(member)) {
                assert!(
                    operation.later.contains(&member.as_str()),
                    "{name}.{member} is neither served nor refused"
                );
                left_out.insert(format!("{name}.{member}"));
            }
            for later in operation.later {
                assert!(members.contains_key(*later), "{name}.{later} is not in the model");
                assert!(!has(later), "{name}.{later} is both served and refused");
            }
        }
        for operation in self.api.operations.iter().chain(self.api.refused) {
            assert!(model.operations().any(|name| name == operation.name), "{}", operation.name);
        }
        left_out
    }

    fn served(&self, name: &str) -> Option<&'static Descriptor> {
        self.api.operations.iter().find(|operation| operation.name == name)
    }
}

#[test]
fn every_error_code_is_one_of_the_model_or_a_common_one() {
    let sources = [
        ("kms", include_str!("../../host/src/wire/error.rs")),
        ("cloudtrail", include_str!("../../host/src/wire/error/cloudtrail.rs")),
    ];
    for (service, source) in sources {
        let model = Model::of_botocore(service);
        for code in error_codes(source) {
            let is_exception = model.0["shapes"][code]["exception"] == true;
            assert!(is_exception || COMMON_ERRORS.contains(&code), "{code} is none of {service}");
        }
    }
}

#[test]
fn errors_that_are_never_raised_are_listed() {
    let model = Model::of_botocore("kms");
    let mut left_out = BTreeSet::new();
    for name in model.operations() {
        let errors = model.0["operations"][name]["errors"].as_array();
        let errors = errors.into_iter().flatten().filter_map(|error| error["shape"].as_str());
        left_out.extend(errors);
    }
    for code in error_codes(include_str!("../../host/src/wire/error.rs")) {
        left_out.remove(code);
    }
    let listed: BTreeSet<_> = left_out_lines().filter(|line| is_error(line)).collect();
    assert_eq!(left_out, listed, "errors of the model that are not raised, and left-out.txt");
}

fn left_out_lines() -> impl Iterator<Item = &'static str> {
    include_str!("../left-out.txt").lines()
}

fn is_error(line: &str) -> bool {
    line.ends_with("Exception")
}

/// All that a source file raises.
fn error_codes(source: &'static str) -> BTreeSet<&'static str> {
    let mut codes = BTreeSet::new();
    for made_by in ["ApiError::new(", "ApiError::silent("] {
        for call in source.split(made_by).skip(1) {
            // The first argument may stand on a line of its own; a variable is no code.
            codes.extend(
                call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()),
            );
        }
    }
    assert!(codes.len() > 5, "{codes:?}");
    codes
}

impl Model {
    pub(crate) fn of_botocore(service: &str) -> Self {
        let print = format!(
            "import botocore.loaders, json; \
             model = botocore.loaders.Loader().load_service_model('{service}', 'service-2'); \
             print(json.dumps(model))"
        );
        let output = Command::new(sdk::python()).args(["-c", &print]).output();
        let output = output.expect("target/python is there: `make test` makes it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self(serde_json::from_slice(&output.stdout).expect("the model is JSON"))
    }

    fn operations(&self) -> impl Iterator<Item = &str> {
        let operations = self.0["operations"].as_object().expect("a map of operations");
        operations.keys().map(String::as_str)
    }

    /// None of an operation without parameters.
    fn input(&self, operation: &str) -> Option<&Value> {
        let input = self.0["operations"][operation].get("input")?;
        Some(self.shape(input))
    }

    /// The members of an operation's answer, however deep, that are blobs or sensitive.
    pub(crate) fn secret_outputs(&self, operation: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut references = Vec::new();
        references.extend(self.0["operations"][operation].get("output"));
        while let Some(reference) = references.pop() {
            let shape = self.shape(reference);
            references.extend(shape.get("member"));
            for (name, member) in shape["members"].as_object().into_iter().flatten() {
                let shape = self.shape(member);
                let is_sensitive = member["sensitive"] == true || shape["sensitive"] == true;
                if is_sensitive || shape["type"] == "blob" {
                    found.insert(name.clone());
                } else {
                    references.push(member);
                }
            }
        }
        found
    }

    fn shape(&self, reference: &Value) -> &Value {
        &self.0["shapes"][reference["shape"].as_str().expect("a reference names its shape")]
    }

    /// A member in the words of [`describe`].
    fn member(&self, input: &Value, name: &str) -> String {
        let required = input["required"].as_array().is_some_and(|all| all.contains(&name.into()));
        let reference = &input["members"][name];
        let sensitive =
            reference["sensitive"] == true || self.shape(reference)["sensitive"] == true;
        with_flags(self.kind(reference), required, sensitive)
    }

    fn kind(&self, reference: &Value) -> String {
        let shape = self.shape(reference);
        let bounds = || bounds(shape["min"].as_u64(), shape["max"].as_u64());
        match shape["type"].as_str().expect("a shape has a type") {
            "string" if shape["enum"].is_array() => {
                let values = shape["enum"].as_array().into_iter().flatten();
                let values: Vec<_> = values.filter_map(Value::as_str).collect();
                one_of(values)
            }
            "string" => match shape["pattern"].as_str() {
                Some(pattern) => format!("text {} like {pattern}", bounds()),
                None => format!("text {}", bounds()),
            },
            "blob" => format!("blob {}", bounds()),
            "integer" => format!("integer {}", bounds()),
            "list" => format!("list {} of ({})", bounds(), self.kind(&shape["member"])),
            "structure" => {
                let members = shape["members"].as_object().expect("a structure has members");
                let members = members.keys();
                structure(members.map(|name| (name.as_str(), self.member(shape, name))))
            }
            "map" => format!(
                "map from ({}) to ({})",
                self.kind(&shape["key"]),
                self.kind(&shape["value"])
            ),
            other => other.to_owned(),
        }
    }
}

/// A member as it is served, in words that can be compared and read.
fn describe(shape: &Shape) -> String {
    with_flags(kind(&shape.kind), shape.required, shape.sensitive)
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Text((min, max), None) => format!("text {}", bounds_of(*min, *max)),
        Kind::Text((min, max), Some(pattern)) => {
            format!("text {} like {pattern}", bounds_of(*min, *max))
        }
        Kind::Choice(values) => one_of(values.to_vec()),
        Kind::Blob((min, max)) => format!("blob {}", bounds_of(*min, *max)),
        Kind::Integer((min, max)) => format!("integer {}", bounds_of(*min, *max)),
        Kind::Boolean => "boolean".to_owned(),
        Kind::List(member, (min, max)) => {
            format!("list {} of ({})", bounds_of(*min, *max), self::kind(member))
        }
        Kind::Structure(members) => {
            structure(members.iter().map(|(name, shape)| (*name, describe(shape))))
        }
        Kind::Timestamp => "timestamp".to_owned(),
        Kind::TextMap => "map from (text 0..) to (text 0..)".to_owned(),
    }
}

/// Choices, in an order of their own: errors of AWS name them in no order of the model.
fn one_of(mut values: Vec<&str>) -> String {
    values.sort_unstable();
    format!("one of {}", values.join(", "))
}

/// A structure by its members, in the order of their names.
fn structure<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: BTreeSet<_> = members.map(|(name, member)| format!("{name} {member}")).collect();
    let members: Vec<_> = members.into_iter().collect();
    format!("structure ({})", members.join("; "))
}

fn with_flags(kind: String, required: bool, sensitive: bool) -> String {
    let required = if required { ", required" } else { "" };
    let sensitive = if sensitive { ", sensitive" } else { "" };
    format!("{kind}{required}{sensitive}")
}

fn bounds_of(min: u32, max: u32) -> String {
    bounds(Some(min.into()), (max != ANY_NUMBER).then_some(max.into()))
}

fn bounds(min: Option<u64>, max: Option<u64>) -> String {
    let max = max.map(|max| max.to_string()).unwrap_or_default();
    format!("{}..{max}", min.unwrap_or_default())
}

/// What AWS's front end says: "Common Errors" of the KMS API reference, and the wire.
const COMMON_ERRORS: &[&str] = &[
    "AccessDeniedException",
    "ExpiredTokenException",
    "NotAuthorizedException", // of aliases that are reserved
    "RequestEntityTooLargeException",
    "RequestTimeoutException",
    "SerializationException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
];
