//! The policies of AWS managed keys, written as AWS writes them.

use std::fmt::Write;

use crate::arn::{AccountId, Arn, Region};

/// A statement of such a policy.
#[derive(Debug)]
pub(super) enum Statement {
    /// Everybody of the account, by way of the service.
    Through {
        /// `through` or `to`.
        how: &'static str,
        /// The service's name.
        name: &'static str,
        /// What one has to be authorized to use.
        uses: &'static str,
        /// `ec2` of `ec2.us-east-1.amazonaws.com`.
        via: &'static str,
        /// Whether the service of any Region will do.
        anywhere: bool,
        /// Without their prefix.
        actions: &'static [&'static str],
    },
    /// The account itself.
    Metadata {
        /// Whether it revokes grants, too.
        revokes: bool,
    },
    /// The service for itself.
    Describe {
        /// The statement's id.
        sid: &'static str,
        /// `xray` of `xray.amazonaws.com`.
        by: &'static str,
    },
}

/// The whole policy for a key of that account in that Region.
pub(super) fn document(
    id: &str,
    statements: &[Statement],
    account: AccountId,
    region: Region,
) -> String {
    let written = statements.iter().map(|statement| statement.written(account, region));
    let written: Vec<_> = written.collect();
    format!(
        "{{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"{id}\",\n  \"Statement\" : [ {} ]\n}}",
        written.join(", ")
    )
}

impl Statement {
    fn written(&self, account: AccountId, region: Region) -> String {
        match self {
            Self::Through { how, name, uses, via, anywhere, actions } => {
                let sid = format!(
                    "Allow access {how} {name} for all principals in the account that are \
                     authorized to use {uses}"
                );
                let condition = via_service(account, region, via, *anywhere);
                allow(&sid, ("AWS", "*"), actions, Some(&condition))
            }
            Self::Metadata { revokes } => {
                let sid = "Allow direct access to key metadata to the account";
                let root = Arn::root(account).to_string();
                let actions: &[&str] = match revokes {
                    false => READING,
                    true => &["Describe*", "Get*", "List*", "RevokeGrant"],
                };
                allow(sid, ("AWS", &root), actions, None)
            }
            Self::Describe { sid, by } => {
                let host = format!("{by}.amazonaws.com");
                allow(sid, ("Service", &host), READING, None)
            }
        }
    }
}

/// By way of which service, as a condition says it.
fn via_service(account: AccountId, region: Region, via: &str, anywhere: bool) -> String {
    let own = format!("      \"StringEquals\" : {{\n        \"kms:CallerAccount\" : \"{account}\"");
    let key = "        \"kms:ViaService\" :";
    match anywhere {
        false => format!("{own},\n{key} \"{via}.{region}.amazonaws.com\"\n      }}"),
        true => format!(
            "{own}\n      }},\n      \"StringLike\" : {{\n{key} \"{via}.*.amazonaws.com\"\n      }}"
        ),
    }
}

fn allow(
    sid: &str,
    (kind, principal): (&str, &str),
    actions: &[&str],
    condition: Option<&str>,
) -> String {
    let actions: Vec<_> = actions.iter().map(|action| format!("\"kms:{action}\"")).collect();
    let actions = match actions.as_slice() {
        [one] => one.clone(),
        several => format!("[ {} ]", several.join(", ")),
    };
    let mut out = format!(
        "{{\n    \"Sid\" : \"{sid}\",\n    \"Effect\" : \"Allow\",\n    \"Principal\" : {{\n      \
         \"{kind}\" : \"{principal}\"\n    }},\n    \"Action\" : {actions},\n    \
         \"Resource\" : \"*\""
    );
    if let Some(condition) = condition {
        write!(out, ",\n    \"Condition\" : {{\n{condition}\n    }}")
            .expect("strings take what is written to them");
    }
    out.push_str("\n  }");
    out
}

const READING: &[&str] = &["Describe*", "Get*", "List*"];
