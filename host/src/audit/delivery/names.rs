//! Names of delivered objects, as CloudTrail makes them. Pure: it does no I/O.
//!
//! Source: CloudTrail user guide, "Finding your CloudTrail log files" and "CloudTrail digest file
//! structure".

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use sha2::{Digest, Sha256};

use crate::arn::{AccountId, Region};

/// Where a record belongs: an account and a Region, or `global` for what operators did.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: String,
}

/// What names are made of beside their place and time.
#[derive(Clone, Debug)]
pub struct Names {
    /// The part of the store that is delivered to; empty for all of it.
    pub prefix: String,
    /// The home Region of the trail.
    pub home: Region,
}

/// What the name of a delivered object says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Named {
    /// A log file, and the minute of its delivery in seconds since 1970.
    Log(Place, i64),
    /// A digest, and the second at which it ends.
    Digest(Place, i64),
}

impl Place {
    /// The place of a record by two of its members. What no account is told of is the service's.
    pub fn of_record(account: Option<&str>, region: Option<&str>) -> Self {
        let system = || super::SYSTEM.parse().expect("it has twelve digits");
        let account = account.and_then(|account| account.parse().ok()).unwrap_or_else(system);
        let region = region.filter(|region| is_region(region)).unwrap_or("global").to_owned();
        Self { account, region }
    }

    /// As it stands in storage keys.
    pub fn key(&self) -> String {
        format!("{}/{}", self.account, self.region)
    }

    /// The place of a storage key.
    pub fn of_key(key: &str) -> Option<Self> {
        let (account, region) = key.split_once('/')?;
        let account = account.parse().ok()?;
        is_region(region).then(|| Self { account, region: region.to_owned() })
    }
}

impl Names {
    /// The log file of a place with the records of the batches from the first to the last. The
    /// characters at its end follow from these, so that it has the same name if it is made again.
    pub fn log_file(&self, place: &Place, time: Timestamp, batches: (u64, u64)) -> String {
        let Place { account, region } = place;
        let unique = unique(place, batches);
        let (day, minute) = (time.strftime("%Y/%m/%d"), time.strftime("%Y%m%dT%H%MZ"));
        self.below(&format!(
            "{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}_{unique}\
             .json.gz"
        ))
    }

    /// The digest of a place that ends then.
    pub fn digest(&self, place: &Place, end: Timestamp) -> String {
        let (Place { account, region }, home) = (place, self.home);
        let (day, second) = (end.strftime("%Y/%m/%d"), end.strftime("%Y%m%dT%H%M%SZ"));
        self.below(&format!(
            "{account}/CloudTrail-Digest/{region}/{day}/\
             {account}_CloudTrail-Digest_{region}_{TRAIL}_{home}_{second}.json.gz"
        ))
    }

    fn below(&self, rest: &str) -> String {
        below(&self.prefix, &format!("{ROOT}/{rest}"))
    }
}

/// What an object's name says, which lies below `prefix`; `None` if it is not of CloudTrail's.
pub fn parse(prefix: &str, object: &str) -> Option<Named> {
    let rest = match prefix {
        "" => object,
        prefix => object.strip_prefix(prefix)?.strip_prefix('/')?,
    };
    let mut parts = rest.split('/');
    let mut next = || parts.next();
    let (root, account, kind, region) = (next()?, next()?, next()?, next()?);
    let (year, month, day, file) = (next()?, next()?, next()?, next()?);
    if root != ROOT || parts.next().is_some() {
        return None;
    }
    let place = Place::of_key(&format!("{account}/{region}"))?;
    let file = file.strip_suffix(".json.gz")?;
    let file = file.strip_prefix(&format!("{account}_{kind}_{region}_"))?;
    let (time, named): (_, fn(Place, i64) -> Named) = match kind {
        "CloudTrail" => {
            let (minute, unique) = file.split_once('_')?;
            let right = unique.len() == UNIQUE && unique.bytes().all(|b| b.is_ascii_alphanumeric());
            (time(minute, "%Y%m%dT%H%MZ").filter(|_| right)?, Named::Log)
        }
        "CloudTrail-Digest" => {
            let (home, second) = file.strip_prefix(TRAIL)?.strip_prefix('_')?.split_once('_')?;
            let time = time(second, "%Y%m%dT%H%M%SZ").filter(|_| is_region(home));
            (time?, Named::Digest)
        }
        _ => return None,
    };
    let is_its_day = time.strftime("%Y/%m/%d").to_string() == format!("{year}/{month}/{day}");
    is_its_day.then(|| named(place, time.as_second()))
}

/// A name within a part of the store.
pub fn below(prefix: &str, rest: &str) -> String {
    if prefix.is_empty() { rest.to_owned() } else { format!("{prefix}/{rest}") }
}

fn time(text: &str, format: &str) -> Option<Timestamp> {
    let time = DateTime::strptime(format, text).ok()?;
    // There is one spelling for a time.
    let is_spelled_so = time.strftime(format).to_string() == text;
    time.to_zoned(TimeZone::UTC).ok().filter(|_| is_spelled_so).map(|time| time.timestamp())
}

/// Sixteen letters and digits that another file hardly has.
fn unique(place: &Place, (first, last): (u64, u64)) -> String {
    let text = format!("keycell log file v1\n{}\n{first}\n{last}", place.key());
    let hash = Sha256::digest(text);
    let letter = |byte: &u8| ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied();
    hash.iter().take(UNIQUE).filter_map(letter).map(char::from).collect()
}

fn is_region(region: &str) -> bool {
    let is_right = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=32).contains(&region.len()) && region.bytes().all(is_right)
}

/// The name of the one trail.
pub const TRAIL: &str = "keycell";
/// The folder that all objects lie in.
pub const ROOT: &str = "AWSLogs";
const UNIQUE: usize = 16;
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[cfg(test)]
mod tests {
    use super::*;

    fn names(prefix: &str) -> Names {
        Names { prefix: prefix.to_owned(), home: "us-east-1".parse().unwrap() }
    }

    fn place() -> Place {
        Place::of_record(Some("111122223333"), Some("eu-west-1"))
    }

    #[test]
    fn names_are_those_of_cloudtrail_and_are_read_again() {
        let time: Timestamp = "2026-11-28T09:05:07Z".parse().unwrap();
        for prefix in ["", "a/b"] {
            let (names, place) = (names(prefix), place());
            let log = names.log_file(&place, time, (3, 9));
            let start = below(prefix, "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/28/");
            let rest = log.strip_prefix(&start).unwrap();
            assert!(rest.starts_with("111122223333_CloudTrail_eu-west-1_20261128T0905Z_"), "{log}");
            assert_eq!(rest.len(), "111122223333_CloudTrail_eu-west-1_20261128T0905Z_".len() + 24);
            assert_ne!(log, names.log_file(&place, time, (3, 10)));
            let minute = time.as_second() - 7;
            assert_eq!(parse(prefix, &log), Some(Named::Log(place.clone(), minute)));
            let digest = names.digest(&place, time);
            let start = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/28/\
                         111122223333_CloudTrail-Digest_eu-west-1_keycell_us-east-1_";
            assert_eq!(digest, below(prefix, &format!("{start}20261128T090507Z.json.gz")));
            assert_eq!(parse(prefix, &digest), Some(Named::Digest(place, time.as_second())));
        }
    }

    #[test]
    fn other_names_are_nothing() {
        let log = names("").log_file(&place(), Timestamp::UNIX_EPOCH, (1, 1));
        for wrong in [
            "",
            "AWSLogs",
            "x",
            &log.replace("T0000Z", "T0060Z"),
            &log.replace("1970/01/01", "1970/01/02"),
            &format!("{log}/x"),
            &format!("x/{log}"),
            &log.replace(".json.gz", ".json"),
            &log.replace("CloudTrail", "Config"),
        ] {
            assert_eq!(parse("", wrong), None, "{wrong}");
        }
        assert_eq!(parse("x", &log), None);
    }

    #[test]
    fn what_has_no_account_is_the_services() {
        let place = Place::of_record(None, Some("../x"));
        assert_eq!(place.key(), "000000000000/global");
        assert_eq!(Place::of_key(&place.key()), Some(place));
    }
}
