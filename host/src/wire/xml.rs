//! Answers of the AWS query protocol: what serde says of a value, as XML.
//!
//! Structures become elements in the order in which they are declared, and those without a value
//! are left out. Lists become `<member>`, maps `<entry>`. So `#[serde(flatten)]`, which makes a map
//! of a structure, has no place in what is rendered here.
//!
//! Source: "AWS query protocol" of Smithy.

mod content;

use serde::Serialize;

use self::content::{element, push_text};
use super::error::{ApiError, Error, Result};

/// What answers are.
pub const MEDIA_TYPE: &str = "text/xml";

/// The result of an operation; nothing for `()`.
pub fn result<T: Serialize>(operation: &str, output: &T) -> Result<Vec<u8>> {
    let mut out = String::new();
    element(&mut out, &format!("{operation}Result"), output).map_err(Error::world)?;
    Ok(out.into_bytes())
}

/// The whole answer, around what [`result`] made.
pub fn answer(operation: &str, namespace: &str, result: &[u8], request_id: &str) -> Vec<u8> {
    let mut out = format!("<{operation}Response xmlns=\"{namespace}\">").into_bytes();
    out.extend_from_slice(result);
    let rest = format!(
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\
         </{operation}Response>"
    );
    out.extend_from_slice(rest.as_bytes());
    out
}

/// The answer to a request that failed. The error is one of the query protocol:
/// [`ApiError::as_query`].
pub fn error(namespace: &str, error: &ApiError, request_id: &str) -> Vec<u8> {
    let fault = fault(error);
    let mut out = format!("<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type>");
    out += &format!("<Code>{}</Code>", error.code);
    if let Some(message) = &error.message {
        out += "<Message>";
        push_text(&mut out, message);
        out += "</Message>";
    }
    out += &format!("</Error><RequestId>{request_id}</RequestId></ErrorResponse>");
    out.into_bytes()
}

/// Whose fault it is.
pub fn fault(error: &ApiError) -> &'static str {
    if error.status < 500 { "Sender" } else { "Receiver" }
}

#[cfg(test)]
mod tests;
