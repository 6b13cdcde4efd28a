//! AWS Security Token Service, version 2011-06-15.

use crate::{operations, sigv4, wire::Protocol};

use super::{Api, Place};

mod shown;

operations! { "sts":
    assume_role::AssumeRole,
    get_access_key_info::GetAccessKeyInfo,
    get_caller_identity::GetCallerIdentity,
    get_federation_token::GetFederationToken,
    get_session_token::GetSessionToken,
}

/// The service.
pub static API: Api = Api {
    signing_name: "sts",
    source: "sts.amazonaws.com",
    protocol: Protocol::Query {
        version: "2011-06-15",
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    },
    place: Place::RegionOrGlobal,
    policy: sigv4::Policy::STS,
    operations: OPERATIONS,
    refused: &[],
};
