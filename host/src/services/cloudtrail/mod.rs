//! AWS CloudTrail, version 2013-11-01: the history of events, and how it leaves the service.

use crate::{
    operations, sigv4,
    wire::{Common, Protocol},
};

use super::{Api, Place};

mod trail;

operations! { "cloudtrail":
    describe_trails::DescribeTrails,
    get_trail_status::GetTrailStatus,
    list_public_keys::ListPublicKeys,
    lookup_events::LookupEvents,
}

/// The service.
pub static API: Api = Api {
    signing_name: "cloudtrail",
    source: "cloudtrail.amazonaws.com",
    protocol: Protocol::Json {
        targets: &[
            "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.",
            "CloudTrail_20131101.",
        ],
        common: Common::General,
    },
    place: Place::Region,
    policy: sigv4::Policy::GENERAL,
    operations: OPERATIONS,
    refused: &[],
};
