//! The wire formats of AWS: requests in, answers and errors out. Pure.

pub mod blob;
pub mod error;
pub mod member;
pub mod members;
mod protocol;
pub mod query;
pub mod request;
pub mod xml;

pub use blob::Blob;
pub use error::{ApiError, Error, Result};
pub use protocol::{Common, Protocol};
pub use query::Form;
pub use request::{Members, Request};

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}
