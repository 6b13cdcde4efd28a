//! Points in time: seconds since 1970, with a fraction.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::wire::{
    error::Result,
    member::{Echo, Kind, Member, Shape, Violations, mistyped},
};

/// A point in time of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(Timestamp);

impl Moment {
    /// The whole second: AWS cuts off what is behind the point.
    pub fn second(&self) -> i64 {
        self.0.as_second()
    }
}

impl Member for Moment {
    const SHAPE: Shape = Shape { kind: Kind::Timestamp, required: true, sensitive: false };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        let Some(value) = value else {
            violations.add_missing(path);
            return Ok(None);
        };
        let seconds = value.as_f64().and_then(|seconds| {
            let since = SignedDuration::try_from_secs_f64(seconds).ok()?;
            Timestamp::from_duration(since).ok()
        });
        seconds.map(|time| Some(Self(time))).ok_or_else(|| mistyped(value, "Timestamp"))
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        echo.text(name, &in_words(self.0));
    }
}

/// As CloudTrail writes a time: `Aug 10, 2022, 10:38:27 PM`.
pub fn in_words(time: Timestamp) -> String {
    time.strftime("%b %-d, %Y, %-I:%M:%S %p").to_string()
}
