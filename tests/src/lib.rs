//! The system from outside, in one test binary.
#![cfg(test)]

mod sigv4;
mod storage;
mod trail;
