//! Tests of grants: which key takes what, who is meant, what constraints let through, and that no
//! grant makes a wider one.
