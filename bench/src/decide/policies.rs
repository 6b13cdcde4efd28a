//! Policies and grants as large as they may be, of which the last one counts.

use std::collections::BTreeMap;

use keycell::arn::AccountId;
use keycell::authorize::{ConditionKeys, KeyPolicy, Place, Policy, Values};
use keycell::keys::{Allowance, Constraints};
use keycell::wire::members::{EncryptionContext, GrantOperation};
use serde_json::{Value, json};

use crate::{Failure, Result};

pub(super) const OWNER: &str = "111122223333";
pub(super) const USER: &str = "arn:aws:iam::111122223333:user/team/alice";
pub(super) const KEY: &str =
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// The longest managed policy, in characters: an AWS quota.
const LONGEST_IDENTITY: usize = 6144;

/// All that decisions are about.
pub(super) struct World {
    pub(super) account: AccountId,
    /// 32 KB, whose last statement leaves it to the account.
    pub(super) delegating: KeyPolicy,
    /// 32 KB, whose last statement names the user.
    pub(super) naming: KeyPolicy,
    /// Ten policies of which the last one allows to encrypt.
    pub(super) allowing: Vec<Policy>,
    /// Ten policies of which none does.
    pub(super) others: Vec<Policy>,
    /// A hundred grants of which the last one allows to encrypt.
    pub(super) grants: Vec<Allowance>,
    /// The request's.
    pub(super) context: EncryptionContext,
}

impl World {
    pub(super) fn new() -> Result<Self> {
        let account = OWNER.parse().map_err(|_| Failure::new("no account"))?;
        let last = |principal: &str| {
            json!({
                "Effect": "Allow",
                "Principal": {"AWS": principal},
                "Action": "kms:*",
                "Resource": "*",
            })
        };
        let others = || (0..9).map(|number| identity(number, foreign)).collect::<Result<Vec<_>>>();
        let mut allowing = others()?;
        allowing.push(identity(9, |number| match number {
            0 => json!({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": KEY}),
            _ => foreign(number),
        })?);
        let mut last_other = others()?;
        last_other.push(identity(9, foreign)?);
        let context = [("app", "shop"), ("stage", "live"), ("tenant", "42")];
        let context = context.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self {
            account,
            delegating: key_policy(&last("arn:aws:iam::111122223333:root"))?,
            naming: key_policy(&last(USER))?,
            allowing,
            others: last_other,
            grants: (0..100).map(grant).collect(),
            context: context.into_iter().collect(),
        })
    }
}

/// The condition keys of a request to encrypt.
impl ConditionKeys for World {
    fn get(&self, name: &str) -> Option<Values<'_>> {
        if let Some(wanted) = name.strip_prefix("kms:encryptioncontext:") {
            let (_, value) = self.context.pairs().find(|(name, _)| *name == wanted)?;
            return Some(value.as_str().into());
        }
        match name {
            "aws:principalarn" => Some(USER.into()),
            "aws:principalaccount" | "kms:calleraccount" => Some(OWNER.into()),
            "aws:sourceip" => Some("198.51.100.7".into()),
            "aws:securetransport" => Some(true.into()),
            "aws:requestedregion" => Some("us-east-1".into()),
            "kms:encryptioncontextkeys" => {
                Some(Values::many(self.context.pairs().map(|(name, _)| name.as_str())))
            }
            _ => None,
        }
    }
}

/// As many statements as go in, and one more at the end.
fn key_policy(last: &Value) -> Result<KeyPolicy> {
    let text = filled(KeyPolicy::LONGEST, statement, last);
    KeyPolicy::written(&text).map_err(|_| Failure::new("the key policy is malformed"))
}

fn identity(number: usize, statement: impl Fn(usize) -> Value) -> Result<Policy> {
    let text = filled(LONGEST_IDENTITY, |at| foreign(number * 100 + at), &statement(0));
    let policy = Policy::parse(&text, Place::Identity);
    policy.map_err(|_| Failure::new("an identity policy is malformed"))
}

fn filled(longest: usize, statement: impl Fn(usize) -> Value, last: &Value) -> String {
    let print = |statements: &[Value]| {
        json!({"Version": "2012-10-17", "Statement": statements}).to_string()
    };
    let mut statements = vec![last.clone()];
    for number in 0.. {
        statements.insert(number, statement(number));
        if print(&statements).len() > longest {
            statements.remove(number);
            break;
        }
    }
    print(&statements)
}

/// Of a key policy: about others; or about the caller, and its conditions are looked at.
fn statement(number: usize) -> Value {
    let role = |at: usize| format!("arn:aws:iam::111122223333:role/service/worker-{number}-{at}");
    let uses = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"];
    match number % 4 {
        0 => json!({
            "Sid": format!("Workers{number}"),
            "Effect": "Allow",
            "Principal": {"AWS": [role(0), role(1), role(2)]},
            "Action": uses,
            "Resource": "*",
        }),
        1 => json!({
            "Sid": format!("Service{number}"),
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": uses,
            "Resource": "*",
            "Condition": {"StringEquals": {
                "kms:CallerAccount": OWNER,
                "kms:ViaService": format!("service-{number}.us-east-1.amazonaws.com"),
            }},
        }),
        2 => json!({
            "Sid": format!("Deny{number}"),
            "Effect": "Deny",
            "Principal": "*",
            "Action": uses,
            "Resource": "*",
            "Condition": {
                "StringLike": {"kms:EncryptionContext:app": [format!("app-{number}-*"), "*-old"]},
                "ArnNotLike": {"aws:PrincipalArn": [role(0), "arn:aws:iam::*:role/admin/*"]},
            },
        }),
        _ => json!({
            "Sid": format!("Network{number}"),
            "Effect": "Allow",
            "Principal": {"AWS": OWNER},
            "Action": "kms:*",
            "Resource": "arn:aws:kms:*:111122223333:key/*",
            "Condition": {
                "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]},
                "ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": [role(0), "none"]},
            },
        }),
    }
}

/// Of an identity policy, that is not about encrypting with the key.
fn foreign(number: usize) -> Value {
    match number % 3 {
        0 => json!({
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:List*", "ec2:Describe*"],
            "Resource": [format!("arn:aws:s3:::bucket-{number}"), "arn:aws:ec2:*:*:instance/*"],
        }),
        1 => json!({
            "Effect": "Allow",
            "Action": ["kms:Describe*", "kms:List*", "kms:Get*"],
            "Resource": "*",
        }),
        _ => json!({
            "Effect": "Allow",
            "Action": "kms:*",
            "Resource": format!("arn:aws:kms:us-east-1:111122223333:key/other-{number}"),
        }),
    }
}

/// Each with a constraint; only the last one's is kept.
fn grant(number: usize) -> Allowance {
    let tenant = if number == 99 { "42".to_owned() } else { format!("{number}-{number}") };
    let pairs = [("app".to_owned(), "shop".to_owned()), ("tenant".to_owned(), tenant)];
    let subset = Some(BTreeMap::from(pairs));
    Allowance {
        operations: vec![GrantOperation::Decrypt, GrantOperation::Encrypt],
        constraints: Constraints { subset, ..Constraints::default() },
    }
}
