//! The format of the trail: lines, batches and their trailers. It may do no I/O and hold no key.
//!
//! A segment is text, so that `grep` and `jq` read it. A record is one line of compact JSON; a
//! batch is some records and one trailer line, which counts them, chains them to the batch before
//! and carries the tag of the system isolate:
//!
//! ```text
//! {"eventVersion":"1.11",…}
//! {"keycell":"batch","sequence":17,"records":1,"sums":"<hex>","previous":"<hex>","hash":"<hex>",…}
//! ```
//!
//! The last member is `tag`. `sums` has four bytes of each record's SHA-256, so that of a batch
//! that is not what was written one can say which record it is.
//!
//! No record is ever taken for a trailer: a line is a trailer, or a damaged one, exactly if it
//! begins with the bytes `{"keycell"`; a record that begins so is refused, also with white space
//! before the member, which readers other than ours would overlook. What stands further inside a
//! record cannot matter, for it holds no newline.

use serde::{Deserialize, Serialize, de::IgnoredAny};
use sha2::{Digest, Sha256};

use crate::wire::hex;

/// The longest record in bytes. CloudTrail's own limit for an event is 256 KB.
pub const MAX_RECORD: usize = 256 * 1024;

/// The longest tag in bytes that a trailer holds (HMAC-SHA-512 makes 64).
pub const MAX_TAG: usize = 64;

/// The longest line in bytes with its newline: a record, and room for a trailer that a lost newline
/// glued to it, so that this is seen for what it is.
pub const MAX_LINE: usize = MAX_RECORD + 1024 + 2 * size_of::<Sum>() * MAX_RECORDS;

/// The most bytes of records in a batch, which bounds what readers hold.
pub const MAX_BATCH: usize = 16 * 1024 * 1024;

/// The most records in a batch, which bounds its trailer.
pub const MAX_RECORDS: usize = 16 * 1024;

/// What the notary's tag is for; no other use of its key has this label.
pub const LABEL: &[u8] = b"keycell trail batch v2";

/// The first bytes of a record's SHA-256.
pub type Sum = [u8; 4];

/// Whether this is a record that the trail takes.
///
/// # Errors
///
/// `TooLong` above [`MAX_RECORD`] bytes, `Malformed` if it is not one line of compact JSON object,
/// or has the beginning that is kept for trailers.
pub fn check(record: &[u8]) -> Result<(), Refused> {
    if record.len() > MAX_RECORD {
        return Err(Refused::TooLong);
    }
    let object = record.starts_with(b"{\"") && record.ends_with(b"}");
    if !object || record.starts_with(RESERVED) || record.contains(&b'\n') {
        return Err(Refused::Malformed);
    }
    Ok(())
}

/// Why a record is not taken: a defect of the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// More than [`MAX_RECORD`] bytes.
    TooLong,
    /// Not one line of compact JSON object, or it begins like a trailer.
    Malformed,
}

/// What a line is, given without its newline. Total: any bytes are one of the three.
pub fn parse(line: &[u8]) -> Line<'_> {
    if !line.starts_with(RESERVED) {
        return Line::Record(line);
    }
    Trailer::decode(line).map_or(Line::Damaged, Line::Trailer)
}

/// A line of a segment.
#[derive(PartialEq, Eq, Debug)]
pub enum Line<'a> {
    /// A record, as far as one can tell before the hash of its batch is known.
    Record(&'a [u8]),
    /// The well-formed end of a batch; nothing about it is verified yet.
    Trailer(Trailer),
    /// It begins like a trailer and is none.
    Damaged,
}

/// A place in the chain: a batch and its hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The number of the batch, from 1.
    pub sequence: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Head {
    /// The place before the first batch.
    pub const START: Self = Self { sequence: 0, hash: [0; 32] };
}

impl Default for Head {
    fn default() -> Self {
        Self::START
    }
}

/// The last line of a batch.
#[derive(PartialEq, Eq, Debug)]
pub struct Trailer {
    /// This batch.
    pub head: Head,
    /// How many records it has.
    pub records: u64,
    /// Of each record, in their order.
    pub sums: Vec<Sum>,
    /// The hash of the batch before, zeros for the first.
    pub previous: [u8; 32],
    /// The notary's tag over the hash, under [`LABEL`].
    pub tag: Vec<u8>,
}

impl Trailer {
    /// The line, without newline.
    ///
    /// # Panics
    ///
    /// Never: a struct of numbers and strings has a JSON form.
    pub fn encode(&self) -> String {
        let fields = Fields {
            keycell: "batch",
            sequence: self.head.sequence,
            records: self.records,
            sums: &hex(self.sums.as_flattened()),
            previous: &hex(&self.previous),
            hash: &hex(&self.head.hash),
            tag: &hex(&self.tag),
        };
        serde_json::to_string(&fields).expect("numbers and strings have a JSON form")
    }

    /// The trailer whose one and only spelling the line is; so whatever a trailer says is either
    /// covered by its hash or fixed, and each flipped bit shows.
    fn decode(line: &[u8]) -> Option<Self> {
        let fields: Fields = serde_json::from_slice(line).ok()?;
        let (sums, rest) = fields.sums.as_bytes().as_chunks::<{ 2 * size_of::<Sum>() }>();
        if !rest.is_empty() || usize::try_from(fields.records) != Ok(sums.len()) {
            return None;
        }
        let sum = |hex: &[u8; 8]| unhex(str::from_utf8(hex).ok()?)?.try_into().ok();
        let trailer = Self {
            head: Head { sequence: fields.sequence, hash: unhex(fields.hash)?.try_into().ok()? },
            records: fields.records,
            sums: sums.iter().map(sum).collect::<Option<_>>()?,
            previous: unhex(fields.previous)?.try_into().ok()?,
            tag: unhex(fields.tag).filter(|tag| tag.len() <= MAX_TAG)?,
        };
        (trailer.encode().as_bytes() == line).then_some(trailer)
    }
}

/// The hash of a batch, as it grows.
///
/// SHA-256 of: [`LABEL`], a zero byte, the SHA-256 of each record, then the batch's sequence
/// number, the hash of the one before and the number of records; numbers are 64-bit big-endian. The
/// encoding is injective: all parts have one length, but for the list of records, which is counted.
/// The chain comes last so that a batch can be hashed line by line before its trailer is known.
pub struct BatchHash {
    state: Sha256,
    sums: Vec<Sum>,
}

impl BatchHash {
    /// The hash of no record yet.
    pub fn new() -> Self {
        Self { state: Sha256::new().chain_update(LABEL).chain_update([0]), sums: Vec::new() }
    }

    /// Takes the next record.
    pub fn record(&mut self, record: &[u8]) {
        let digest: [u8; 32] = Sha256::digest(record).into();
        self.state.update(digest);
        let [a, b, c, d, ..] = digest;
        self.sums.push([a, b, c, d]);
    }

    /// How many records it took.
    pub fn records(&self) -> u64 {
        self.sums.len() as u64
    }

    /// Of each record, in their order.
    pub fn sums(&self) -> &[Sum] {
        &self.sums
    }

    /// The hash of these records as that batch.
    pub fn finish(&self, sequence: u64, previous: &[u8; 32]) -> [u8; 32] {
        let records = self.state.clone();
        let chained = records.chain_update(sequence.to_be_bytes()).chain_update(previous);
        chained.chain_update(self.records().to_be_bytes()).finalize().into()
    }
}

impl Default for BatchHash {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a line after the last good batch shows that a whole trailer once stood there, so that
/// this is damage and not the torn write of a crash. `complete`: it ended with a newline.
///
/// A flipped byte spares a trailer's beginning, which [`parse`] sees, or the mark near its end. A
/// record that is torn and happens to hold the mark errs to the safe side: its batch is kept and
/// reported.
pub fn betrays_trailer(line: &[u8], complete: bool) -> bool {
    // The beginning of a trailer is what a torn write leaves; its only `}` is its last byte.
    let brace = line.iter().position(|byte| *byte == b'}').map(|at| at + 1);
    let torn = !complete && line.starts_with(RESERVED) && brace.is_none_or(|end| end == line.len());
    let has_mark = !torn && line.windows(MARK.len()).any(|window| window == MARK);
    // What a client has sent may hold the mark, in a record.
    has_mark && !(complete && serde_json::from_slice::<Event>(line).is_ok())
}

/// What every record has and no trailer.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "eventID")]
    _id: IgnoredAny,
}

/// The name of the segment whose first batch has this sequence number.
pub fn file_name(sequence: u64) -> String {
    format!("{sequence:020}.jsonl")
}

/// The sequence number in the name of a segment; `None` if it is no segment's name.
pub fn sequence_of(name: &str) -> Option<u64> {
    let sequence = name.strip_suffix(".jsonl")?.parse().ok()?;
    (file_name(sequence) == name).then_some(sequence)
}

/// A trailer's members, in their order in the line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    keycell: &'a str,
    sequence: u64,
    records: u64,
    sums: &'a str,
    previous: &'a str,
    hash: &'a str,
    tag: &'a str,
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// How a trailer begins and no record.
const RESERVED: &[u8] = b"{\"keycell\"";

/// What stands near the end of a trailer.
const MARK: &[u8] = b"\",\"tag\":\"";
