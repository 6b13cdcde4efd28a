//! Policy documents, read.
//!
//! Source: IAM user guide, "Grammar of the IAM JSON policy language"; KMS developer guide, "Key
//! policies". What a key policy may lack is what AWS was observed to accept.

use std::collections::BTreeSet;

use super::{
    action::Actions,
    condition::Condition,
    json::{Json, Quoted},
    pattern::{Glob, tokens},
    policy::{Effect, Malformed, Place, Policy, ResourcePattern, Selection, Statement},
    principal::{Principal, Principals},
    template::{Template, Variables},
};

type Result<T> = std::result::Result<T, Malformed>;
type Members = Vec<(String, Json)>;

pub(super) fn policy(text: &str, place: Place) -> Result<Policy> {
    let json = serde_json::from_str(text).map_err(|_| Malformed::Json)?;
    let mut members = object(json)?;
    let variables = match take(&mut members, "Version") {
        None => Variables::Unknown,
        Some(version) => match text_of(&version)? {
            "2012-10-17" => Variables::Known,
            "2008-10-17" => Variables::Unknown,
            _ => return Err(Malformed::Form),
        },
    };
    if let Some(id) = take(&mut members, "Id") {
        text_of(&id)?;
    }
    let statements = match take(&mut members, "Statement").ok_or(Malformed::Form)? {
        Json::List(statements) => statements,
        one @ Json::Object(_) => vec![one],
        Json::Null | Json::Text(..) => return Err(Malformed::Form),
    };
    nothing_left(&members)?;
    let mut compiled = Vec::with_capacity(statements.len());
    let mut ids = BTreeSet::new();
    for one in statements {
        let mut members = object(one)?;
        if let Some(sid) = sid(&mut members, place)?
            && !ids.insert(sid)
            && place != Place::Key
        {
            return Err(Malformed::RepeatedSid);
        }
        compiled.extend(statement(members, place, variables)?);
    }
    Ok(Policy { statements: compiled })
}

/// The id of a statement. Those of key policies may have spaces, and stand twice.
fn sid(members: &mut Members, place: Place) -> Result<Option<String>> {
    let Some(sid) = take(members, "Sid") else { return Ok(None) };
    let sid = text_of(&sid)?;
    if place != Place::Key && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Malformed::Sid);
    }
    Ok(Some(sid.to_owned()).filter(|sid| !sid.is_empty()))
}

/// A statement; none of one that has no effect, as it names no action or no resource.
fn statement(
    mut members: Members,
    place: Place,
    variables: Variables,
) -> Result<Option<Statement>> {
    let effect = match text_of(&take(&mut members, "Effect").ok_or(Malformed::Form)?)? {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        _ => return Err(Malformed::Form),
    };
    let named = selection(&mut members, ["Principal", "NotPrincipal"])?;
    let principals = match (place, named) {
        (Place::Key | Place::Trust, None) => return Err(Malformed::NoPrincipal),
        (Place::Key | Place::Trust, Some(Selection::Of(json))) => {
            Some(Principals::Of(principals(json)?))
        }
        // To allow all but some is to allow the anonymous.
        (Place::Key, Some(Selection::AllBut(json))) if effect == Effect::Deny => {
            Some(Principals::AllBut(principals(json)?))
        }
        (Place::Identity, None) => None,
        (Place::Identity, Some(_)) => return Err(Malformed::Principal),
        (Place::Key | Place::Trust, Some(_)) => return Err(Malformed::Form),
    };
    let actions = selection(&mut members, ["Action", "NotAction"])?;
    let actions = actions.map(|json| json.compile(action, Malformed::Action)).transpose()?;
    let actions = actions.map(Actions::new);
    let resources = selection(&mut members, ["Resource", "NotResource"])?;
    let resource = |text: &str| ResourcePattern::new(Template::parse(text, variables)?);
    let resources =
        resources.map(|json| json.compile(resource, Malformed::Resource)).transpose()?;
    let conditions = match take(&mut members, "Condition") {
        Some(json) => conditions(json, variables)?,
        None => Vec::new(),
    };
    nothing_left(&members)?;
    match (place, actions, resources) {
        (Place::Key | Place::Identity, Some(actions), Some(resources)) => {
            Ok(Some(Statement { effect, principals, actions, resources, conditions }))
        }
        (Place::Key, ..) => Ok(None),
        // It is about its role alone.
        (Place::Trust, Some(actions), None) => {
            let resources = Selection::AllBut(Vec::new());
            Ok(Some(Statement { effect, principals, actions, resources, conditions }))
        }
        (Place::Identity | Place::Trust, None, _) => Err(Malformed::NoAction),
        (Place::Identity, Some(_), None) => Err(Malformed::NoResource),
        (Place::Trust, Some(_), Some(_)) => Err(Malformed::ProhibitedResource),
    }
}

/// One of an element and its opposite, if there is one.
fn selection(members: &mut Members, names: [&str; 2]) -> Result<Option<Selection<Json>>> {
    let [own, opposite] = names.map(|name| take(members, name));
    match (own, opposite) {
        (Some(own), None) => Ok(Some(Selection::Of(vec![own]))),
        (None, Some(opposite)) => Ok(Some(Selection::AllBut(vec![opposite]))),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Malformed::Form),
    }
}

impl Selection<Json> {
    fn compile<T>(
        self,
        compile: impl Fn(&str) -> Option<T>,
        otherwise: Malformed,
    ) -> Result<Selection<T>> {
        let all = |json: Vec<Json>| {
            let texts = json.iter().map(texts).collect::<Result<Vec<_>>>()?.concat();
            let compiled = texts.into_iter().map(&compile).collect::<Option<Vec<_>>>();
            compiled.ok_or(otherwise)
        };
        Ok(match self {
            Self::Of(json) => Selection::Of(all(json)?),
            Self::AllBut(json) => Selection::AllBut(all(json)?),
        })
    }
}

/// `kms:Encrypt*`: a service and a name, both of which may have wildcards; or `*`.
fn action(text: &str) -> Option<Glob> {
    let is_allowed =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '*' | '?' | '-' | '_');
    let is_word = |word: &str| !word.is_empty() && word.chars().all(is_allowed);
    let is_action = match text.split_once(':') {
        Some((service, name)) => is_word(service) && is_word(name),
        None => text == "*",
    };
    let lower = text.to_ascii_lowercase();
    is_action.then(|| Glob::new(&tokens(&lower).collect::<Vec<_>>()))
}

fn principals(json: Vec<Json>) -> Result<Vec<Principal>> {
    let mut found = Vec::new();
    for json in json {
        let members = match json {
            Json::Text(text, Quoted::Yes) if text == "*" => {
                found.push(Principal::Everybody);
                continue;
            }
            Json::Object(members) => members,
            Json::Null | Json::Text(..) | Json::List(_) => return Err(Malformed::InvalidPrincipal),
        };
        for (heading, names) in members {
            for name in texts(&names)? {
                let principal = match heading.as_str() {
                    "AWS" => Principal::of_aws(name),
                    "Service" => Principal::of_service(name),
                    "Federated" | "CanonicalUser" => Some(Principal::Elsewhere),
                    _ => return Err(Malformed::Form),
                };
                found.push(principal.ok_or(Malformed::InvalidPrincipal)?);
            }
        }
    }
    if found.is_empty() { Err(Malformed::NoPrincipal) } else { Ok(found) }
}

fn conditions(json: Json, variables: Variables) -> Result<Vec<Condition>> {
    let mut found = Vec::new();
    for (operator, keys) in object(json)? {
        for (key, values) in object(keys)? {
            let values = match &values {
                Json::List(values) => values.iter().map(value).collect::<Result<Vec<_>>>()?,
                one => vec![value(one)?],
            };
            let condition = Condition::parse(&operator, &key, &values, variables);
            let condition = condition.filter(|_| !key.is_empty()).ok_or(Malformed::Form)?;
            if ONE_VALUE.iter().any(|prefix| condition.is_for_all(prefix)) {
                return Err(Malformed::OverlyPermissive);
            }
            found.push(condition);
        }
    }
    Ok(found)
}

/// A value of a condition: a text, or a number or a truth value without its quotes.
fn value(json: &Json) -> Result<&str> {
    match json {
        Json::Text(text, Quoted::Yes | Quoted::No) => Ok(text),
        Json::Null | Json::List(_) | Json::Object(_) => Err(Malformed::Form),
    }
}

/// A text, or a list of texts.
fn texts(json: &Json) -> Result<Vec<&str>> {
    match json {
        Json::List(list) => list.iter().map(text_of).collect(),
        one => Ok(vec![text_of(one)?]),
    }
}

fn text_of(json: &Json) -> Result<&str> {
    match json {
        Json::Text(text, Quoted::Yes) => Ok(text),
        Json::Null | Json::Text(_, Quoted::No) | Json::List(_) | Json::Object(_) => {
            Err(Malformed::Form)
        }
    }
}

fn object(json: Json) -> Result<Members> {
    match json {
        Json::Object(members) => Ok(members),
        Json::Null | Json::Text(..) | Json::List(_) => Err(Malformed::Form),
    }
}

fn take(members: &mut Members, name: &str) -> Option<Json> {
    let at = members.iter().position(|(known, _)| known == name)?;
    Some(members.swap_remove(at).1)
}

/// An element that nobody knows would be one that is ignored.
fn nothing_left(members: &Members) -> Result<()> {
    if members.is_empty() { Ok(()) } else { Err(Malformed::Form) }
}

/// Keys with one value whose names have a part of the request's.
const ONE_VALUE: [&str; 2] = ["kms:encryptioncontext:", "aws:requesttag/"];
