//! Keycell: a key management service with one isolate per tenant. See ARCHITECTURE.md.

pub mod accounts;
pub mod arn;
pub mod audit;
pub mod authorize;
pub mod call;
pub mod clock;
pub mod config;
pub mod control;
pub mod front;
pub mod hygiene;
pub mod identity;
pub mod isolates;
pub mod keys;
pub mod operators;
mod priority;
pub mod regions;
pub mod register;
pub mod request;
pub mod seal;
pub mod server;
pub mod service;
pub mod services;
pub mod sigv4;
pub mod storage;
pub mod sweep;
pub mod wire;
pub mod witness;
