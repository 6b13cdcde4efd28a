//! A log file: some records as CloudTrail delivers them, written and read. Pure: it does no I/O.
//!
//! `{"Records":[…]}` with the records as they stand in the trail, in one gzip stream. Files that
//! are read come from outside: what they unpack to is bounded.

use std::{
    borrow::Cow,
    io::{Read, Write},
};

use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use serde::{Deserialize, de::IgnoredAny};
use sha2::{Digest, Sha256};

use crate::wire::hex;

use super::names::Place;

/// A log file that is ready to be delivered.
#[derive(PartialEq, Eq, Debug)]
pub struct Written {
    /// The gzip stream.
    pub gzip: Vec<u8>,
    /// The SHA-256 of what it holds, in hexadecimal digits.
    pub hash: String,
    /// When the oldest and the newest event happened that it holds.
    pub events: Option<(String, String)>,
}

/// Why a delivered file cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unreadable {
    /// It is no gzip stream, or a damaged one.
    Gzip,
    /// Something stands behind the gzip stream.
    Trailing,
    /// It holds more than any such file.
    TooLong,
}

/// What is read of a record to deliver it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(borrow)]
    recipient_account_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    aws_region: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event_time: Option<Cow<'a, str>>,
}

/// Where a record belongs.
pub fn place_of(record: &[u8]) -> Place {
    let members = members(record);
    let account = members.as_ref().and_then(|members| members.recipient_account_id.as_deref());
    Place::of_record(account, members.as_ref().and_then(|members| members.aws_region.as_deref()))
}

/// When a record's event happened, if it says so as ours do: to the second, in UTC.
pub fn time_of(record: &[u8]) -> Option<String> {
    let time = members(record)?.event_time?.into_owned();
    (time.len() == "1970-01-01T00:00:00Z".len() && time.ends_with('Z')).then_some(time)
}

fn members(record: &[u8]) -> Option<Members<'_>> {
    // At once, and not for each text of the record.
    serde_json::from_str(str::from_utf8(record).ok()?).ok()
}

/// Makes the file of some records. The same records make the same bytes.
pub fn write(records: &[Vec<u8>]) -> Written {
    let mut hash = Sha256::new();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
    let mut push = |bytes: &[u8]| {
        hash.update(bytes);
        encoder.write_all(bytes).expect("a vector takes all that is written to it");
    };
    let mut events: Option<(String, String)> = None;
    push(BEGIN);
    for (at, record) in records.iter().enumerate() {
        if at > 0 {
            push(b",");
        }
        push(record);
        if let Some(time) = time_of(record) {
            events = Some(match events {
                None => (time.clone(), time),
                Some((oldest, newest)) => (oldest.min(time.clone()), newest.max(time)),
            });
        }
    }
    push(END);
    let gzip = encoder.finish().expect("a vector takes all that is written to it");
    Written { gzip, hash: hex(&hash.finalize()), events }
}

/// A gzip stream of other content. The same content makes the same bytes.
pub fn pack(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
    encoder.write_all(content).expect("a vector takes all that is written to it");
    encoder.finish().expect("a vector takes all that is written to it")
}

/// What a gzip stream holds, at most `most` bytes.
///
/// # Errors
///
/// [`Unreadable`] if it is not one whole stream, or holds more.
pub fn unpack(gzip: &[u8], most: usize) -> Result<Vec<u8>, Unreadable> {
    let mut decoder = GzDecoder::new(gzip);
    let mut content = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = decoder.by_ref().take(limit).read_to_end(&mut content);
    read.map_err(|_| Unreadable::Gzip)?;
    if content.len() > most {
        return Err(Unreadable::TooLong);
    }
    match decoder.into_inner() {
        [] => Ok(content),
        _ => Err(Unreadable::Trailing),
    }
}

/// What can be had of a gzip stream that is damaged, at most `most` bytes.
pub fn salvage(gzip: &[u8], most: usize) -> Vec<u8> {
    let mut content = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    // What was read before the error is there.
    let _ = GzDecoder::new(gzip).take(limit).read_to_end(&mut content);
    content
}

/// The number of the first record, from 1, that is no JSON object or does not end where it should;
/// `None` if the file is well formed.
pub fn first_fault(content: &[u8]) -> Option<usize> {
    let Some(mut rest) = content.strip_prefix(BEGIN) else { return Some(1) };
    let mut number = 0;
    if rest == END {
        return None;
    }
    loop {
        number += 1;
        let mut records = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
        let is_record = rest.starts_with(b"{") && matches!(records.next(), Some(Ok(_)));
        rest = rest.get(records.byte_offset()..).filter(|_| is_record).unwrap_or_default();
        match rest.strip_prefix(b",") {
            Some(next) => rest = next,
            None => return (rest != END).then_some(number),
        }
    }
}

const BEGIN: &[u8] = b"{\"Records\":[";
const END: &[u8] = b"]}";
/// Less than half of the default's time for a fifth more bytes.
const LEVEL: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u32) -> Vec<u8> {
        format!(
            "{{\"eventTime\":\"2026-11-28T09:00:{number:02}Z\",\"awsRegion\":\"eu-west-1\",\
             \"recipientAccountId\":\"111122223333\",\"a\":[{{}},\"],\"]}}"
        )
        .into_bytes()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let records = [record(7), record(3), record(9)];
        let written = write(&records);
        assert_eq!(written, write(&records));
        let content = unpack(&written.gzip, 1000).unwrap();
        assert_eq!(hex(&Sha256::digest(&content)), written.hash);
        let read: serde_json::Value = serde_json::from_slice(&content).unwrap();
        assert_eq!(read["Records"].as_array().unwrap().len(), 3);
        let (oldest, newest) = written.events.unwrap();
        assert_eq!(oldest, "2026-11-28T09:00:03Z");
        assert_eq!(newest, "2026-11-28T09:00:09Z");
        assert_eq!(place_of(&records[0]).key(), "111122223333/eu-west-1");
        assert_eq!(place_of(b"{").key(), "000000000000/global");
        assert_eq!(first_fault(&content), None);
        assert_eq!(first_fault(&unpack(&write(&[]).gzip, 100).unwrap()), None);
    }

    #[test]
    fn what_is_unpacked_is_bounded() {
        let bomb = write(&[vec![b' '; 10_000_000]]).gzip;
        assert!(bomb.len() < 100_000);
        assert_eq!(unpack(&bomb, 1_000_000), Err(Unreadable::TooLong));
        let mut file = write(&[record(1)]).gzip;
        file.push(0);
        assert_eq!(unpack(&file, 1000), Err(Unreadable::Trailing));
        file.truncate(20);
        assert_eq!(unpack(&file, 1000), Err(Unreadable::Gzip));
        let twice = [write(&[]).gzip, write(&[]).gzip].concat();
        assert_eq!(unpack(&twice, 1000), Err(Unreadable::Trailing));
    }

    #[test]
    fn the_record_that_is_no_record_is_named() {
        let content = unpack(&write(&[record(1), record(2), record(3)]).gzip, 1000).unwrap();
        let second = BEGIN.len() + record(1).len() + 1;
        for (at, fault) in [(0, 1), (second, 2), (content.len() - 1, 3), (content.len() - 3, 3)] {
            let mut content = content.clone();
            content[at] = b'x';
            assert_eq!(first_fault(&content), Some(fault), "{at}");
        }
    }
}
