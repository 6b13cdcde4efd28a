//! Sessions: what temporary credentials stand for.

use serde::{Deserialize, Serialize};

use crate::{authorize::IdentityPolicy, wire::hex};

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
