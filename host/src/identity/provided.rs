//! The managed policies that AWS provides to all accounts.
//!
//! Source: AWS managed policy reference guide.

use std::sync::LazyLock;

use crate::authorize::IdentityPolicy;

use super::UniqueId;

/// A managed policy that is there for all accounts.
pub struct Provided {
    /// `AdministratorAccess`
    pub name: &'static str,
    /// Its id, which is the same everywhere.
    pub id: UniqueId,
    /// AWS's words.
    pub description: &'static str,
    /// When AWS made it, in seconds since 1970.
    pub created: i64,
    /// When its default version was made, likewise.
    pub updated: i64,
    /// The number of the version that counts.
    pub version: u32,
    /// What it says.
    pub document: IdentityPolicy,
}

/// How the ARNs of all of them begin.
pub const PREFIX: &str = "arn:aws:iam::aws:policy/";

/// The one with that ARN.
pub fn find(arn: &str) -> Option<&'static Provided> {
    let name = arn.strip_prefix(PREFIX)?;
    ALL.iter().find(|one| one.name == name)
}

/// All of them, by their names.
pub fn all() -> &'static [Provided] {
    &ALL
}

/// Everything is allowed.
pub fn administrator_access() -> IdentityPolicy {
    EVERYTHING.clone()
}

/// Nothing is allowed.
pub fn nothing() -> IdentityPolicy {
    NOTHING.clone()
}

fn parsed(text: &str) -> IdentityPolicy {
    IdentityPolicy::parse(text).expect("what is written here is a policy")
}

static EVERYTHING: LazyLock<IdentityPolicy> = LazyLock::new(|| {
    parsed(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    )
});

static NOTHING: LazyLock<IdentityPolicy> =
    LazyLock::new(|| parsed(r#"{"Version":"2012-10-17","Statement":[]}"#));

static ALL: LazyLock<Vec<Provided>> = LazyLock::new(|| {
    let id = |text| UniqueId::parse(text).expect("it is an id");
    vec![Provided {
        name: "AdministratorAccess",
        id: id("ANPAIWMBCKSKIEE64ZLYK"),
        description: "Provides full access to AWS services and resources.",
        created: 1_423_161_586,
        updated: 1_423_161_586,
        version: 1,
        document: administrator_access(),
    }]
});
