//! AWS Identity and Access Management, version 2010-05-08.

use crate::{operations, sigv4, wire::Protocol};

use super::{Api, Place};

mod own;
mod shown;
mod shown_role;
mod trust;

operations! { "iam":
    create_access_key::CreateAccessKey,
    create_role::CreateRole,
    create_user::CreateUser,
    delete_role::DeleteRole,
    get_role::GetRole,
    get_user::GetUser,
    put_user_policy::PutUserPolicy,
}

/// The service.
pub static API: Api = Api {
    signing_name: "iam",
    source: "iam.amazonaws.com",
    protocol: Protocol::Query {
        version: "2010-05-08",
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    },
    place: Place::Global,
    policy: sigv4::Policy::GENERAL,
    operations: OPERATIONS,
    refused: &[],
};
