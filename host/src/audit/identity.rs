//! `userIdentity` of a record.
//!
//! Source: CloudTrail user guide, "CloudTrail userIdentity element".

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    identity::{Caller, Principal, Session},
    wire::member::push_json,
};

/// Writes the object of an authenticated caller.
pub(super) fn push(out: &mut String, caller: &Caller) {
    let kind = match &caller.principal {
        Principal::Root => "Root",
        Principal::User { .. } => "IAMUser",
        Principal::Role { .. } => "AssumedRole",
        Principal::Federated { .. } => "FederatedUser",
        Principal::Service { name } => {
            out.push_str(r#"{"type":"AWSService","invokedBy":"#);
            push_json(out, name);
            out.push('}');
            return;
        }
    };
    out.push_str(r#"{"type":""#);
    out.push_str(kind);
    out.push('"');
    let mut text = |name: &str, value: &str| {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        push_json(out, value);
    };
    text("principalId", &caller.user_id());
    text("arn", &caller.to_string());
    text("accountId", caller.account.as_str());
    // Who is named by its ARN has signed nothing.
    if !caller.access_key_id.is_empty() {
        text("accessKeyId", &caller.access_key_id);
    }
    if let Principal::User { user, .. } = &caller.principal {
        text("userName", &user.name);
    }
    if let Some(session) = &caller.session {
        out.push_str(r#","sessionContext":"#);
        out.push_str(&context(caller, session).to_string());
    }
    if let Some(acting) = &caller.acting {
        out.push_str(r#","invokedBy":"#);
        push_json(out, &acting.service);
    }
    out.push('}');
}

/// Writes what the owner of a key or a role is told of a caller from another account.
pub(super) fn push_account(out: &mut String, caller: &Caller) {
    if let Principal::Service { .. } = caller.principal {
        return push(out, caller);
    }
    out.push_str(r#"{"type":"AWSAccount","principalId":"#);
    push_json(out, &caller.user_id());
    out.push_str(r#","accountId":"#);
    push_json(out, caller.account.as_str());
    if let Some(acting) = &caller.acting {
        out.push_str(r#","invokedBy":"#);
        push_json(out, &acting.service);
    }
    out.push('}');
}

fn context(caller: &Caller, session: &Session) -> Value {
    let began = Timestamp::from_second(session.issued.div_euclid(1000)).unwrap_or_default();
    let mut context = json!({
        "attributes": { "creationDate": began.to_string(), "mfaAuthenticated": "false" },
    });
    let issuer = match &caller.principal {
        Principal::Role { role, role_arn, .. } => Some(json!({
            "type": "Role",
            "principalId": role.id.as_str(),
            "arn": role_arn,
            "accountId": caller.account.as_str(),
            "userName": role.name,
        })),
        Principal::Federated { user: Some(user), .. } => Some(json!({
            "type": "IAMUser",
            "principalId": user.id.as_str(),
            "arn": user.arn(),
            "accountId": caller.account.as_str(),
            "userName": user.name,
        })),
        Principal::Federated { user: None, .. } => Some(json!({
            "type": "Root",
            "principalId": caller.account.as_str(),
            "arn": format!("arn:aws:iam::{}:root", caller.account),
            "accountId": caller.account.as_str(),
        })),
        Principal::Root | Principal::User { .. } | Principal::Service { .. } => None,
    };
    if let (Some(issuer), Some(members)) = (issuer, context.as_object_mut()) {
        members.insert("sessionIssuer".to_owned(), issuer);
    }
    if let (Some(source), Some(members)) = (&session.source_identity, context.as_object_mut()) {
        members.insert("sourceIdentity".to_owned(), source.as_str().into());
    }
    context
}
