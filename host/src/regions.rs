//! The Regions that this service answers for.

use crate::arn::Region;

/// Which Regions requests may be signed for.
#[derive(Clone, Debug)]
pub struct Regions(Vec<Region>);

impl Regions {
    /// These alone.
    pub fn only(regions: Vec<Region>) -> Self {
        Self(regions)
    }

    /// Where what is there once for all Regions is at home: `us-east-1`, or else the first.
    pub fn home(&self) -> Option<Region> {
        self.find("us-east-1").or_else(|| self.0.first().copied())
    }

    /// The Region of that name, if it is served.
    pub fn find(&self, name: &str) -> Option<Region> {
        self.0.iter().find(|region| region.as_str() == name).copied()
    }
}

/// All commercial Regions: partition `aws`, November 2026.
impl Default for Regions {
    fn default() -> Self {
        let parse = |name: &&str| name.parse().expect("the names below are names of Regions");
        Self(COMMERCIAL.iter().map(parse).collect())
    }
}

const COMMERCIAL: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
