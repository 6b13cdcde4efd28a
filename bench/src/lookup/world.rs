//! A trail as many tenants leave it: few accounts that call much and many that call little, and the
//! same with users and keys.

use std::path::Path;
use std::sync::Arc;

use keycell::audit::load::Load;
use keycell::audit::trail::{Options, Trail};
use keycell::audit::{Notary, NotaryError};
use tokio::runtime::Builder;

use crate::{Failure, Result};

/// Where everything is called.
pub(super) const REGION: &str = "us-east-1";

/// Vouches for anything: who has written the trail is not measured.
struct Anyone;

impl Notary for Anyone {
    fn tag(&self, _: &[u8], _: &[u8]) -> std::result::Result<Vec<u8>, NotaryError> {
        Ok(vec![0x5a; 32])
    }

    fn check(&self, _: &[u8], _: &[u8], _: &[u8]) -> std::result::Result<bool, NotaryError> {
        Ok(true)
    }
}

/// Writes a trail of so many records.
pub(super) fn write(folder: &Path, records: u32) -> Result<()> {
    let runtime = Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let (trail, _) =
            Trail::open(folder, Arc::new(Anyone), Options::default(), None, Load::default())?;
        let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
        let mut number = 0;
        while number < records {
            let next = records.min(number + AT_ONCE);
            let batch = (number..next).map(|number| record(number, &mut draw)).collect();
            let appended = trail.append_all(batch).await;
            appended.map_err(|error| Failure::new(error.to_string()))?;
            number = next;
        }
        Ok(())
    })
}

/// Numbers that look random and are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    /// The same, and the small ones far more often.
    fn uneven(&mut self, most: u64) -> u64 {
        let most = self.below(most) + 1;
        let most = self.below(most) + 1;
        self.below(most)
    }
}

pub(super) fn account(number: u64) -> String {
    format!("{:012}", 111_122_223_333 + number)
}

pub(super) fn user(number: u64) -> String {
    format!("user-{number}")
}

/// The ARN of a key of the first account.
pub(super) fn key(number: u64) -> String {
    key_of(0, number)
}

fn key_of(owner: u64, number: u64) -> String {
    let account = account(owner);
    format!("arn:aws:kms:{REGION}:{account}:key/{number:08x}-0000-4000-8000-{owner:012x}")
}

pub(super) fn event_id(number: u32) -> String {
    // Not in their order, as ids are not.
    let mixed = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        "{:08x}-{:04x}-4{:03x}-8000-{number:012x}",
        mixed >> 32,
        mixed >> 16 & 0xffff,
        mixed & 0xfff
    )
}

/// A record as the service writes it.
fn record(number: u32, draw: &mut Draw) -> Vec<u8> {
    // The first calls are those of the account that calls most.
    let owner = if number < 100 { 0 } else { draw.uneven(ACCOUNTS) };
    let who = draw.uneven(USERS);
    let key = key_of(owner, draw.uneven(KEYS));
    let name = match draw.below(1000) {
        0 => "CreateKey",
        1..=20 => "DescribeKey",
        21..=400 => "Decrypt",
        401..=500 => "GenerateDataKey",
        _ => "Encrypt",
    };
    let read_only = name != "CreateKey";
    let seconds =
        BEGIN + i64::from(number / PER_SECOND) - i64::try_from(draw.below(2)).unwrap_or(0);
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    let (account, user, id) = (account(owner), user(who), event_id(number));
    let digest = "5a".repeat(32);
    let arn = format!("arn:aws:iam::{account}:user/{user}");
    [
        format!(r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","arn":"{arn}","#),
        format!(r#""principalId":"AIDA{who:016}","accountId":"{account}","#),
        format!(r#""accessKeyId":"AKIA{who:016}","userName":"{user}"}},"eventTime":"{time}","#),
        format!(r#""eventSource":"kms.amazonaws.com","eventName":"{name}","#),
        format!(r#""awsRegion":"{REGION}","sourceIPAddress":"192.0.2.{}","#, number % 250),
        r#""userAgent":"Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1","#.into(),
        format!(r#""requestParameters":{{"keyId":"{key}","encryptionAlgorithm":"#),
        r#""SYMMETRIC_DEFAULT","encryptionContext":{"purpose":"measured"}},"#.into(),
        r#""responseElements":null,"additionalEventData":{"#.into(),
        format!(r#""componentDigest":"{digest}"}},"#),
        format!(r#""requestID":"{id}","eventID":"{id}","readOnly":{read_only},"#),
        format!(
            r#""resources":[{{"type":"AWS::KMS::Key","accountId":"{account}","ARN":"{key}"}}],"#
        ),
        r#""eventType":"AwsApiCall","managementEvent":true,"#.into(),
        format!(r#""recipientAccountId":"{account}","eventCategory":"Management"}}"#),
    ]
    .concat()
    .into_bytes()
}

const ACCOUNTS: u64 = 100;
const USERS: u64 = 100_000;
/// Keys of each account.
const KEYS: u64 = 5000;
/// Records that are appended together: some ten megabytes.
const AT_ONCE: u32 = 10_000;
/// November 2026.
const BEGIN: i64 = 1_793_500_000;
/// Two weeks for ten million.
const PER_SECOND: u32 = 8;
