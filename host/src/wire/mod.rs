//! The wire formats of AWS: requests in, answers and errors out. Pure.

pub mod blob;
pub mod error;
pub mod member;
pub mod members;
pub mod request;

pub use blob::Blob;
pub use error::{ApiError, Error, Result};
pub use request::{Members, Request};
