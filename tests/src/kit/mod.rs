//! The real server as a child process, clients that talk HTTP to it, and its trail.
//!
//! Nothing here knows how the service is built: requests are written and signed byte by byte, so
//! that a test can make each byte of them wrong.

mod client;
mod cloudtrail;
mod credentials;
mod folder;
mod http;
mod http2;
mod imported;
mod inside;
mod query;
mod role;
mod server;
mod shared;
mod tap;
mod trail;
mod xml;

pub(crate) use client::{Client, Key, Refusal};
pub(crate) use cloudtrail::CloudTrail;
pub(crate) use credentials::{Credentials, Signer, now};
pub(crate) use folder::Folder;
pub(crate) use http::{Answer, Connection, Request};
pub(crate) use http2::send_http2;
pub(crate) use imported::{Imported, Parameters};
pub(crate) use inside::Inside;
pub(crate) use query::{Form, Query, User, allow, policy, unique};
pub(crate) use role::{Role, session_of};
pub(crate) use server::{Launch, Output, Server, run_keycell};
pub(crate) use shared::{Shared, kms, share};
pub(crate) use tap::{Exchange, Tap};
pub(crate) use trail::Trail;
pub(crate) use xml::Xml;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// Bytes as they stand in requests.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a member of an answer.
pub(crate) fn decode(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().expect("a blob is a text")).expect("a blob is base64")
}

/// `input` with `members` put over its own.
pub(crate) fn with(mut input: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members are an object") };
    let into: &mut Map<_, _> = input.as_object_mut().expect("a request is an object");
    into.extend(members);
    input
}
