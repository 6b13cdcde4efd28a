//! The system from outside, in one test binary.
#![cfg(test)]

mod accounts;
mod authorize;
mod component;
mod conformance;
mod confused;
mod constant_time;
mod crash;
mod embed;
mod front;
mod grants;
mod hot_path;
mod iam;
mod keeper;
mod kit;
mod life;
mod managed;
mod material;
mod matrix;
mod memory;
mod nist;
mod openssl;
mod operations;
mod operators;
mod parts;
mod sdk;
mod secrecy;
mod sigv4;
mod storage;
mod sts;
mod sweep;
mod tenants;
mod tidy;
mod trail;
mod vectors;
