//! Indexes, held against what they were made of.

use super::*;
use crate::audit::entry::{Field, Hashes, Term};
use crate::audit::growing::{Growing, Known};

/// Numbers that look random and are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// A record: its time, and the values of a few fields.
struct Sample {
    time: u32,
    offset: u32,
    fields: Vec<(Field, String)>,
}

impl Sample {
    fn draw(draw: &mut Draw, number: u32) -> Self {
        let fields = vec![
            (Field::EventId, format!("id-{number}")),
            (Field::EventName, format!("Event{}", draw.below(4))),
            (Field::Account, format!("{}", draw.below(50))),
            (Field::EventSource, "kms.amazonaws.com".to_owned()),
            (Field::AccessKeyId, format!("AKIA{}", draw.below(200))),
        ];
        // Not in the order of their offsets, and many at once.
        let time = 1_000_000 + number / 7 - u32::try_from(draw.below(5)).unwrap();
        Self { time, offset: number * 100, fields }
    }

    fn record(&self) -> Vec<u8> {
        let value = |wanted: Field| {
            let found = self.fields.iter().find(|(field, _)| *field == wanted);
            &found.unwrap().1
        };
        let time = jiff::Timestamp::from_second(self.time.into()).unwrap();
        serde_json::json!({
            "userIdentity": {"accessKeyId": value(Field::AccessKeyId)},
            "eventTime": time.to_string(),
            "eventSource": value(Field::EventSource),
            "eventName": value(Field::EventName),
            "eventID": value(Field::EventId),
            "recipientAccountId": value(Field::Account),
        })
        .to_string()
        .into_bytes()
    }

    fn has(&self, terms: &[Term]) -> bool {
        let has = |term: &Term| {
            self.fields.iter().any(|(field, value)| *field == term.field && *value == term.value)
        };
        terms.iter().all(has)
    }
}

fn samples(draw: &mut Draw, count: u32) -> Vec<Sample> {
    (0..count).map(|number| Sample::draw(draw, number)).collect()
}

fn built(samples: &[Sample]) -> Vec<u8> {
    let records = samples.iter().map(|sample| (sample.offset.into(), sample.record()));
    let mut growing = Growing::default();
    growing.extend(Known::of_all(&records.collect::<Vec<_>>(), &mut Hashes::default()), 4711);
    growing.index(4711).unwrap()
}

fn terms(draw: &mut Draw, count: u32) -> Vec<Term> {
    let all = [
        Term::new(Field::EventName, format!("Event{}", draw.below(5))),
        Term::new(Field::Account, format!("{}", draw.below(52))),
        Term::new(Field::EventSource, "kms.amazonaws.com"),
        Term::new(Field::AccessKeyId, format!("AKIA{}", draw.below(202))),
        Term::new(Field::EventId, format!("id-{}", draw.below(u64::from(count) + 2))),
    ];
    let chosen = draw.below(32);
    let all = all.into_iter().enumerate();
    all.filter(|(bit, _)| chosen >> bit & 1 == 1).map(|(_, term)| term).collect()
}

fn found(bytes: &[u8], terms: &[Term], from: u32, before: Bound) -> Result<Vec<(u32, u32)>> {
    let index = Index::from_bytes(bytes.to_vec())?;
    let mut matches = Matches::new(index, terms, from, before)?;
    let mut found = Vec::new();
    while let Some(next) = matches.descend()? {
        found.push(next);
    }
    Ok(found)
}

fn expected(samples: &[Sample], terms: &[Term], from: u32, before: Bound) -> Vec<(u32, u32)> {
    let is_wanted = |sample: &&Sample| {
        let bound = Bound { time: sample.time.into(), offset: sample.offset.into() };
        sample.time >= from && bound < before && sample.has(terms)
    };
    let wanted = samples.iter().filter(is_wanted);
    let mut wanted: Vec<_> = wanted.map(|sample| (sample.time, sample.offset)).collect();
    wanted.sort_unstable_by(|one, other| other.cmp(one));
    wanted
}

const ALL: Bound = Bound { time: u64::MAX, offset: 0 };

#[test]
fn an_index_finds_what_reading_everything_finds() {
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    for count in [0, 1, 2, 31, 32, 33, 500, 3000] {
        let samples = samples(&mut draw, count);
        let bytes = built(&samples);
        for _ in 0..300 {
            let terms = terms(&mut draw, count);
            let span = u64::from(count / 7 + 10);
            let from = 999_995 + u32::try_from(draw.below(span)).unwrap();
            let before = match draw.below(3) {
                0 => ALL,
                _ => Bound {
                    time: 999_995 + draw.below(span),
                    offset: draw.below(u64::from(count) * 100 + 1),
                },
            };
            let from = if draw.below(2) == 0 { 0 } else { from };
            let found = found(&bytes, &terms, from, before).unwrap();
            assert_eq!(found, expected(&samples, &terms, from, before), "{terms:?} of {count}");
        }
    }
}

#[test]
fn the_order_of_the_records_does_not_matter() {
    let mut draw = Draw(7);
    let mut samples = samples(&mut draw, 400);
    let bytes = built(&samples);
    samples.reverse();
    assert_eq!(built(&samples), bytes);
}

#[test]
fn a_record_takes_no_more_than_sixty_bytes() {
    let mut draw = Draw(11);
    let bytes = built(&samples(&mut draw, 50_000));
    assert!(bytes.len() / 50_000 < 60, "{}", bytes.len() / 50_000);
}

/// Whatever is written over a byte, it is found out by who reads it.
#[test]
fn a_damaged_index_tells_nothing_wrong() {
    let mut draw = Draw(13);
    let samples = samples(&mut draw, 120);
    let bytes = built(&samples);
    let terms = [
        vec![],
        vec![Term::new(Field::EventName, "Event1")],
        vec![Term::new(Field::Account, "7"), Term::new(Field::EventName, "Event2")],
    ];
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << draw.below(8);
        for terms in &terms {
            match found(&damaged, terms, 0, ALL) {
                Err(Unusable::Damaged) => {}
                Err(other) => panic!("{other:?}"),
                Ok(found) => assert_eq!(found, expected(&samples, terms, 0, ALL), "{place}"),
            }
        }
        let opened = Index::from_bytes(damaged);
        assert!(opened.is_err() || opened.is_ok_and(|index| index.check().is_err()), "{place}");
    }
    for length in 0..bytes.len() {
        assert!(Index::from_bytes(bytes[..length].to_vec()).is_err(), "{length}");
    }
}

/// Right in all its sums, and nonsense: made by somebody who knows how.
#[test]
fn a_forged_index_is_survived() {
    let mut draw = Draw(17);
    for _ in 0..2000 {
        let mut bytes = built(&samples(&mut draw, 40));
        for _ in 0..=draw.below(6) {
            let place = usize::try_from(draw.below(bytes.len() as u64)).unwrap();
            bytes[place] = u8::try_from(draw.below(256)).unwrap();
        }
        let Some(bytes) = Index::resealed(bytes) else { continue };
        for terms in [&[][..], &[Term::new(Field::EventName, "Event1")]] {
            if let Ok(found) = found(&bytes, terms, 0, ALL) {
                assert!(found.len() <= 40, "a record is named once");
            }
        }
    }
}
