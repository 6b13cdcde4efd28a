//! `LookupEvents`: what was called in the caller's account and Region in the last 90 days.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{
            Moment,
            cloudtrail::{EventCategory, LookupAttributes, MaxResults, NextToken},
        },
    },
};

request! {
    pub struct LookupEvents {
        attributes "LookupAttributes": Option<LookupAttributes>,
        start "StartTime": Option<Moment>,
        end "EndTime": Option<Moment>,
        category "EventCategory": Option<EventCategory>,
        max "MaxResults": Option<MaxResults>,
        token "NextToken": Option<NextToken>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    events: Vec<()>,
}

impl Operation for LookupEvents {
    const NAME: &'static str = "LookupEvents";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let _account = call.account()?;
        let attributes = self.attributes.as_ref().map_or(&[][..], LookupAttributes::attributes);
        let ([] | [_]) = attributes else { return Err(Error::several_lookup_attributes()) };
        let (start, end) = (self.start.map(|time| time.second()), self.end.map(|time| time.second()));
        if start.zip(end).is_some_and(|(start, end)| start > end) {
            return Err(Error::invalid_time_range());
        }
        Ok(Output { events: Vec::new() })
    }
}
