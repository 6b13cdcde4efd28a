//! STS: who may begin which session, what it may do, and when it ends.

mod assume_role;
mod ends;
mod own;
mod world;
