//! Sessions: what temporary credentials stand for.

use serde::{Deserialize, Serialize};

use crate::{authorize::IdentityPolicy, stored_as_json, wire::hex};

use super::{IamTags, UniqueId};

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Whose.
    pub kind: SessionKind,
    /// When it began, in milliseconds since 1970.
    pub issued: i64,
    /// When it ends, likewise.
    pub expires: i64,
    /// The SHA-256 of its session token, as 64 digits: who reads the store has no token.
    pub token: String,
    /// What limits it; none if nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<SessionPolicy>>,
    /// Its own labels.
    #[serde(default, skip_serializing_if = "IamTags::is_empty")]
    pub tags: IamTags,
    /// Which of them sessions inherit that it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitive_tags: Vec<String>,
    /// Who is behind it, as its first session said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionKind {
    /// The root user's own: GetSessionToken.
    Root,
    /// A user's own: GetSessionToken.
    User {
        /// Which.
        id: UniqueId,
    },
    /// A role's: AssumeRole.
    Role {
        /// Which.
        id: UniqueId,
        /// `RoleSessionName`.
        name: String,
        /// Whether it was begun by another role's session.
        #[serde(default)]
        is_chained: bool,
    },
    /// A federated user's: GetFederationToken.
    Federated {
        /// `Name`.
        name: String,
        /// Whose permissions it has at most; none for the root user's.
        user: Option<UniqueId>,
    },
}

/// One of the policies that limit a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionPolicy {
    /// `Policy`.
    Inline(IdentityPolicy),
    /// One of `PolicyArns`: its ARN and its id. What counts is what it says at each request.
    Managed(String, UniqueId),
}

impl Session {
    /// Whether a session token is this one's. That the two are compared as they are tells nothing:
    /// nobody can choose a digest.
    pub fn is_of(&self, token: &str) -> bool {
        self.token == Self::digest(token)
    }

    /// What is kept of a session token.
    pub fn digest(token: &str) -> String {
        use sha2::{Digest, Sha256};
        hex(&Sha256::digest(token))
    }
}

/// The row that leads to a session which ends: it is removed some time after, and the row says when
/// that is.
#[derive(Clone, Serialize, Deserialize)]
pub struct Ending {
    /// The id of the session's access key.
    pub access_key: String,
}

impl Ending {
    /// Where the row of a session is; rows sort by time.
    pub fn path(access_key: &str, session: &Session) -> String {
        let time = session.expires.saturating_add(Self::KEPT).max(0);
        format!("{}{time:015}/{access_key}", Self::PREFIX)
    }

    /// When the session is removed whose row lies there, in milliseconds since 1970.
    pub fn time(path: &str) -> Option<i64> {
        path.strip_prefix(Self::PREFIX)?.split('/').next()?.parse().ok()
    }

    /// Where all rows are.
    pub const PREFIX: &str = "ending/";
    /// For how long it is told of credentials that they have expired, and not that nobody knows
    /// them: a day, in milliseconds.
    const KEPT: i64 = 86_400_000;
}

stored_as_json!(Ending);

impl Session {
    /// How much its policies and tags take of the room that there is for them, in per cent, rounded
    /// up. AWS packs them in a way that it does not tell; here they count as they are written.
    pub fn packed_percent(&self) -> usize {
        let policy = |policy: &SessionPolicy| match policy {
            SessionPolicy::Inline(document) => document.text().len(),
            SessionPolicy::Managed(_, id) => id.as_str().len(),
        };
        let policies: usize = self.policies.iter().flatten().map(policy).sum();
        let tags: usize = self.tags.0.iter().map(|(name, value)| name.len() + value.len()).sum();
        ((policies + tags) * 100).div_ceil(Self::ROOM)
    }

    /// The longest session token that AWS makes, which holds policies and tags there.
    pub const ROOM: usize = 4096;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(tags: &[(&str, &str)]) -> Session {
        let tags = tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Session {
            kind: SessionKind::Root,
            issued: 0,
            expires: 1000,
            token: Session::digest("token"),
            policies: None,
            tags: IamTags(tags.collect()),
            transitive_tags: Vec::new(),
            source_identity: None,
        }
    }

    #[test]
    fn a_session_is_known_by_its_token() {
        assert!(session(&[]).is_of("token"));
        assert!(!session(&[]).is_of("Token"));
        assert!(!session(&[]).is_of(&Session::digest("token")));
    }

    #[test]
    fn a_session_is_removed_a_day_after_its_end() {
        let path = Ending::path("ASIA", &session(&[]));
        assert_eq!(path, "ending/000000086401000/ASIA");
        assert_eq!(Ending::time(&path), Some(86_401_000));
    }

    #[test]
    fn what_a_session_takes_is_rounded_up() {
        assert_eq!(session(&[]).packed_percent(), 0);
        assert_eq!(session(&[("a", "b")]).packed_percent(), 1);
        assert_eq!(session(&[("a", &"b".repeat(4095))]).packed_percent(), 100);
        assert_eq!(session(&[("a", &"b".repeat(4096))]).packed_percent(), 101);
    }
}
