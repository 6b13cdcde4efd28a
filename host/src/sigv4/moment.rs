//! The date of a request, to the second. May not read a clock.

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Refusal;

/// A point in time together with its ISO 8601 basic form, `YYYYMMDDTHHMMSSZ`.
pub(super) struct Moment {
    text: [u8; 16],
    time: Timestamp,
}

impl Moment {
    /// Reads the ISO 8601 basic form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = |from: usize, to: usize| {
            text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let two = |from: usize| digits(from, from + 2)?.parse().ok();
        let bytes = <[u8; 16]>::try_from(text.as_bytes()).ok()?;
        if text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
            return None;
        }
        let year = digits(0, 4)?.parse().ok()?;
        let civil = DateTime::new(year, two(4)?, two(6)?, two(9)?, two(11)?, two(13)?, 0).ok()?;
        Some(Self { text: bytes, time: TimeZone::UTC.to_timestamp(civil).ok()? })
    }

    /// Reads the form of a `Date` header: `Sun, 30 Aug 2015 12:36:00 GMT`.
    pub(super) fn parse_rfc1123(text: &str) -> Option<Self> {
        let time = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Self::parse(&basic(time))
    }

    /// Refuses a request that is older than `skew`, or than its own `expires` where it has one, or
    /// more than `skew` ahead of `now`.
    pub(super) fn check(
        &self,
        now: Timestamp,
        skew_seconds: u32,
        expires_seconds: Option<u32>,
    ) -> Result<(), Refusal> {
        let lifetime = expires_seconds.unwrap_or(skew_seconds);
        let age = self.time.duration_until(now).as_secs();
        if age > i64::from(lifetime) {
            let earliest = now.checked_sub(SignedDuration::from_secs(lifetime.into()));
            let earliest = basic(earliest.unwrap_or(Timestamp::MIN));
            return Err(Refusal::expired(self.text(), &earliest, &basic(now), lifetime));
        }
        if age < -i64::from(skew_seconds) {
            let latest = now.checked_add(SignedDuration::from_secs(skew_seconds.into()));
            let latest = basic(latest.unwrap_or(Timestamp::MAX));
            return Err(Refusal::not_yet_current(self.text(), &latest, &basic(now), skew_seconds));
        }
        Ok(())
    }

    /// `YYYYMMDDTHHMMSSZ`.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.text).expect("only ASCII was parsed")
    }

    /// `YYYYMMDD`.
    pub(super) fn day(&self) -> &str {
        self.text().get(..8).expect("the text has sixteen characters")
    }
}

/// Sixteen characters for the years 0 to 9999; more for others, which [`Moment::parse`] refuses.
fn basic(time: Timestamp) -> String {
    let civil = TimeZone::UTC.to_datetime(time);
    let (year, month, day) = (civil.year(), civil.month(), civil.day());
    let (hour, minute, second) = (civil.hour(), civil.minute(), civil.second());
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}
