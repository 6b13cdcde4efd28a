//! AWS Security Token Service, version 2011-06-15.

use crate::{operations, sigv4, wire::Protocol};

use super::{Api, Place};

operations! { "sts":
    get_caller_identity::GetCallerIdentity,
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
    policy: sigv4::Policy::GENERAL,
    operations: OPERATIONS,
    refused: &[],
};
