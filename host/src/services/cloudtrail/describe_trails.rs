//! `DescribeTrails`: the one trail of the caller's account.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{
        Result,
        members::cloudtrail::TrailNames,
    },
};

use super::trail::Name;

request! {
    pub struct DescribeTrails {
        names "trailNameList": Option<TrailNames>,
        shadows "includeShadowTrails": Option<bool>,
    }
}

#[derive(Serialize)]
pub struct Output {
    #[serde(rename = "trailList")]
    trails: Vec<Trail>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Trail {
    name: &'static str,
    #[serde(rename = "S3BucketName")]
    bucket: String,
    #[serde(rename = "S3KeyPrefix", skip_serializing_if = "String::is_empty")]
    prefix: String,
    include_global_service_events: bool,
    is_multi_region_trail: bool,
    home_region: String,
    #[serde(rename = "TrailARN")]
    arn: String,
    log_file_validation_enabled: bool,
    has_custom_event_selectors: bool,
    has_insight_selectors: bool,
    is_organization_trail: bool,
}

impl Operation for DescribeTrails {
    const NAME: &'static str = "DescribeTrails";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let _account = call.account()?;
        let names = self.names.as_ref().map_or(&[][..], TrailNames::names);
        let names = names.iter().map(|name| Name::parse(name.as_str()));
        let names: Vec<Name<'_>> = names.collect::<Result<_>>()?;
        let trail = call.trail();
        let is_asked = names.is_empty() || names.iter().any(|name| name.is_own(call));
        // In other Regions than its own it is a shadow.
        let is_shown = self.shadows != Some(false) || call.region() == trail.home;
        let trails = (is_asked && is_shown).then(|| Trail {
            name: trail.name,
            bucket: trail.bucket,
            prefix: trail.prefix,
            include_global_service_events: true,
            is_multi_region_trail: true,
            home_region: trail.home.to_string(),
            arn: trail.arn,
            log_file_validation_enabled: true,
            has_custom_event_selectors: false,
            has_insight_selectors: false,
            is_organization_trail: false,
        });
        Ok(Output { trails: trails.into_iter().collect() })
    }
}
