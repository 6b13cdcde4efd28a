//! `ListPublicKeys`: the keys that signed digests in some time.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{Moment, cloudtrail::NextToken},
    },
};

request! {
    pub struct ListPublicKeys {
        start "StartTime": Option<Moment>,
        end "EndTime": Option<Moment>,
        token "NextToken": Option<NextToken>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    public_key_list: Vec<Key>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    value: String,
    validity_start_time: i64,
    validity_end_time: i64,
    fingerprint: String,
}

impl Operation for ListPublicKeys {
    const NAME: &'static str = "ListPublicKeys";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let _account = call.account()?;
        // All keys of a time stand on one page.
        if self.token.is_some() {
            return Err(Error::invalid_token());
        }
        let now = call.now().as_second();
        let end = self.end.map_or(now, |time| time.second());
        // Without a start it is the day before the end, and now if neither is given.
        let start = match (&self.start, &self.end) {
            (Some(start), _) => start.second(),
            (None, Some(_)) => end - DAY,
            (None, None) => end,
        };
        if start > end {
            return Err(Error::invalid_time_range());
        }
        let keys = call.public_keys().await?;
        let keys = keys.into_iter().filter(|key| key.from <= end && start <= key.until);
        let shown = keys.map(|key| Key {
            value: STANDARD.encode(&key.der),
            validity_start_time: key.from,
            validity_end_time: key.until,
            fingerprint: key.fingerprint(),
        });
        Ok(Output { public_key_list: shown.collect() })
    }
}

const DAY: i64 = 24 * 3600;
