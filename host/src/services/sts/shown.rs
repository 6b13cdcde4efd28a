//! What the operations that begin sessions have in common: how they read what limits a session, and
//! how they show its credentials.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    arn::AccountId,
    authorize::IdentityPolicy,
    call::{Begun, Call},
    identity::{IamTags, Session, SessionKind, SessionPolicy},
    wire::{
        Error, Result,
        members::{
            iam::TagList,
            in_words,
            sts::{
                DurationSeconds, MinimumSessionTokenSize, PolicyDescriptors, SerialNumber,
                TokenCode,
            },
        },
    },
};

/// `Credentials` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Credentials {
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Zeroizing<String>,
    expiration: String,
}

/// What an answer tells of the size of a session's token.
pub(super) struct TokenSize {
    /// Its characters.
    pub(super) size: usize,
    /// In per cent of the longest that there are.
    pub(super) utilization: usize,
}

impl Credentials {
    pub(super) fn of(begun: Begun) -> Self {
        let expires = Timestamp::from_second(begun.expires.div_euclid(1000)).unwrap_or_default();
        Self {
            access_key_id: begun.access_key_id,
            secret_access_key: begun.secret,
            session_token: begun.token,
            expiration: expires.to_string(),
        }
    }

    /// What a record shows: the secret and the token, never.
    pub(super) fn in_record(&self) -> Value {
        let expires = self.expiration.parse::<Timestamp>().unwrap_or_default();
        json!({ "accessKeyId": self.access_key_id, "expiration": in_words(expires) })
    }

    pub(super) fn token_size(&self) -> TokenSize {
        let size = self.session_token.len();
        TokenSize { size, utilization: (size * 100).div_ceil(Session::ROOM) }
    }
}

/// The policies that are to limit a session of that account; none if none are given.
pub(super) async fn policies(
    call: &Call<'_>,
    account: AccountId,
    inline: Option<&str>,
    managed: Option<&PolicyDescriptors>,
) -> Result<Option<Vec<SessionPolicy>>> {
    let managed = managed.map_or(&[][..], PolicyDescriptors::policies);
    if managed.len() > MANAGED {
        let rule = format!("Member must have length less than or equal to {MANAGED}");
        return Err(broken("policyArns", &rule));
    }
    let mut policies = Vec::new();
    if let Some(text) = inline {
        if text.chars().count() > INLINE {
            let rule = format!("Member must have length less than or equal to {INLINE}");
            return Err(broken("policy", &rule));
        }
        policies.push(SessionPolicy::Inline(IdentityPolicy::inline(text)?));
    }
    for (index, descriptor) in managed.iter().enumerate() {
        let path = format!("policyArns.{}.member.arn", index + 1);
        let arn = descriptor.arn.as_ref().ok_or_else(|| Error::missing(&path))?;
        policies.push(call.session_policy(account, arn.as_str()).await?);
    }
    Ok((!policies.is_empty()).then_some(policies))
}

fn broken(path: &str, rule: &str) -> Error {
    Error::violations(&[format!("Value at '{path}' failed to satisfy constraint: {rule}")])
}

/// The tags that a request gives a session.
pub(super) fn tags(list: Option<&TagList>) -> Result<IamTags> {
    let mut tags = IamTags::default();
    for tag in list.map_or(&[][..], TagList::tags) {
        let (name, value) = (tag.key.as_str(), tag.value.as_str());
        if tags.get(name).is_some() {
            return Err(Error::duplicate_session_tags());
        }
        if name.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(Error::reserved_session_tag());
        }
        tags.0.insert(name.to_owned(), value.to_owned());
    }
    Ok(tags)
}

/// How long a session is that is no role's, in seconds. Those of root users are cut short, and not
/// refused.
pub(super) fn duration(asked: Option<DurationSeconds>, kind: &SessionKind) -> u32 {
    let seconds = asked.map_or(DEFAULT, |seconds| seconds.get());
    match kind {
        SessionKind::Root | SessionKind::Federated { user: None, .. } => seconds.min(LONGEST_ROOT),
        SessionKind::User { .. } | SessionKind::Role { .. } | SessionKind::Federated { .. } => {
            seconds
        }
    }
}

/// The fewest characters of a session's token.
pub(super) fn characters(asked: Option<MinimumSessionTokenSize>) -> usize {
    asked.and_then(|size| usize::try_from(size.get()).ok()).unwrap_or(0)
}

/// There are no devices here, so that none is the caller's.
pub(super) fn check_device(serial: Option<&SerialNumber>, code: Option<&TokenCode>) -> Result<()> {
    match (serial, code) {
        (None, None) => Ok(()),
        (Some(_), Some(_)) => Err(Error::unknown_device()),
        (Some(_), None) | (None, Some(_)) => Err(Error::half_a_device()),
    }
}

/// Managed policies that limit a session.
const MANAGED: usize = 10;
/// Characters of a policy that limits one.
const INLINE: usize = 2048;
/// Seconds of a session that is no role's, if the request does not say.
const DEFAULT: u32 = 43_200;
/// The most of one that a root user begins.
const LONGEST_ROOT: u32 = 3600;
