//! STS: who may begin which session, what it may do, and when it ends.

mod acting;
mod assume_role;
mod ends;
mod own;
mod world;
