//! Sessions: who may begin them, and how they are kept.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    arn::{AccountId, Arn},
    authorize::{Resource, TrustPolicy, Verdict},
    identity::{
        self, AccessKey, Bearer, Ending, Entity, IamTags, ManagedPolicy, Role, Session,
        SessionKind, SessionPolicy, provided,
    },
    storage::{Change, Loaded, Stored},
    wire::{Error, Result},
};

use super::{
    Account, Authorized, Call,
    facts::{About, Facts},
};

/// What is wanted of a new session.
pub struct NewSession {
    /// Whose.
    pub kind: SessionKind,
    /// How long it lasts, in seconds.
    pub seconds: u32,
    /// What limits it.
    pub policies: Option<Vec<SessionPolicy>>,
    /// Its labels.
    pub tags: IamTags,
    /// Which of them sessions inherit that it begins.
    pub transitive_tags: Vec<String>,
    /// Who is behind it.
    pub source_identity: Option<String>,
    /// The fewest characters that its token has.
    pub token_size: usize,
}

/// A session's credentials, on their way to their owner.
pub struct Begun {
    /// `ASIA…`
    pub access_key_id: String,
    /// Told once.
    pub secret: Zeroizing<String>,
    /// Likewise.
    pub token: Zeroizing<String>,
    /// When they expire, in milliseconds since 1970.
    pub expires: i64,
    /// How much policies and tags take of the room for them, in per cent.
    pub packed_percent: usize,
}

impl Call<'_> {
    /// The role that is to be assumed, if its owner trusts the caller. Whether it is not there or
    /// does not trust is not told.
    pub async fn role_to_assume(&mut self, arn: &str) -> Result<Authorized<Loaded<Role>>> {
        let (account, name) = role_named(arn).ok_or_else(|| Error::invalid_role_arn(arn))?;
        if self.caller.is_root() {
            return Err(Error::root_assumes_role());
        }
        let role = self.find_entity::<Role>(account, name).await?;
        let Some(role) = role.filter(|role| role.arn() == arn) else {
            self.check_trust(self.action, arn, account, &NOBODY, None)?;
            return Err(Error::world("nobody's role was to be assumed"));
        };
        self.check_trust(self.action, arn, account, &role.trust, Some(&role.tags))?;
        // A sealed account serves nobody, and so not its friends.
        self.service.check_account(account)?;
        self.event.concerns(account, arn.to_owned());
        Ok(Authorized { value: role, context: Vec::new() })
    }

    /// Whether the caller may do that, too, with a role.
    pub fn check_role(&self, role: &Authorized<Loaded<Role>>, action: &'static str) -> Result<()> {
        self.check_trust(action, &role.arn(), role.account, &role.trust, Some(&role.tags))
    }

    fn check_trust(
        &self,
        action: &'static str,
        arn: &str,
        owner: AccountId,
        trust: &TrustPolicy,
        tags: Option<&IamTags>,
    ) -> Result<()> {
        let resource = Resource::Role { arn, owner, trust };
        let facts = Facts::new(self, About::action(action)).of_tags(tags);
        match self.decide(&facts, &resource) {
            Verdict::Allowed => Ok(()),
            Verdict::NotAllowed(_) => Err(Error::not_trusted(self.caller, action, arn)),
            denied @ Verdict::Denied(_) => {
                denied.check(self.caller, self.caller.account, action, &resource)
            }
        }
    }

    /// The caller's account, for a session of the caller's own, which nobody needs a permission
    /// for.
    pub fn own_session(&self) -> Authorized<Account> {
        let account = Account { id: self.caller.account, region: self.region };
        Authorized { value: account, context: Vec::new() }
    }

    /// The caller's account, for a federated user's session.
    pub fn federation(&mut self, name: &str) -> Result<Authorized<Account>> {
        self.check_entity(&self.federated_arn(name), None)?;
        Ok(self.own_session())
    }

    /// Whether the caller may give a federated user's session tags.
    pub fn check_federation_tags(&self, name: &str) -> Result<()> {
        self.check_entity_as("sts:TagSession", &self.federated_arn(name), None)
    }

    fn federated_arn(&self, name: &str) -> String {
        format!("arn:aws:sts::{}:federated-user/{name}", self.caller.account)
    }

    /// A managed policy of an account, or one that AWS provides, that is to limit a session there.
    pub async fn session_policy(&self, account: AccountId, arn: &str) -> Result<SessionPolicy> {
        if let Some(provided) = provided::find(arn) {
            return Ok(SessionPolicy::Managed(arn.to_owned(), provided.id.clone()));
        }
        let missing = || Error::no_session_policy(arn);
        let named = Arn::parse(arn).ok().filter(|arn| arn.account() == Some(account));
        let resource = named.ok_or_else(missing)?.resource;
        let name = resource.rsplit('/').next().ok_or_else(missing)?;
        let policy = self.find_entity::<ManagedPolicy>(account, name).await?;
        let policy = policy.filter(|policy| identity::Named::arn(&*policy.value) == arn);
        Ok(SessionPolicy::Managed(arn.to_owned(), policy.ok_or_else(missing)?.id.clone()))
    }

    /// Begins a session of an account. Its secret is made in the account's isolate.
    pub async fn begin_session<T>(
        &mut self,
        _: &Authorized<T>,
        account: AccountId,
        wanted: NewSession,
    ) -> Result<Begun> {
        let token = token(wanted.token_size)?;
        let issued = self.now().as_millisecond();
        let session = Session {
            kind: wanted.kind,
            issued,
            expires: issued + i64::from(wanted.seconds) * 1000,
            token: Session::digest(&token),
            policies: wanted.policies,
            tags: wanted.tags,
            transitive_tags: wanted.transitive_tags,
            source_identity: wanted.source_identity,
        };
        let packed_percent = session.packed_percent();
        if packed_percent > 100 {
            return Err(Error::packed_policy_too_large(packed_percent));
        }
        let id = AccessKey::temporary_id(account, getrandom::u64().map_err(Error::world)?);
        let (secret, sealed) = self.service.new_secret(account, &id).await?;
        let (expires, ending) = (session.expires, Ending::path(&id, &session));
        let bearer = Bearer::Session(session);
        let key = AccessKey { id: id.clone(), account, sealed, bearer };
        self.changes.push(Change::create(AccessKey::path(&id), key.encode()));
        self.changes.push(Change::put(ending, Ending { access_key: id.clone() }.encode()));
        // CloudTrail calls what begins sessions read-only, as nothing is changed that was there.
        self.event.read_only = true;
        Ok(Begun { access_key_id: id, secret, token, expires, packed_percent })
    }

    /// The account of an access key, if it tells.
    pub async fn account_of_access_key(
        &self,
        _: &Authorized<Account>,
        id: &str,
    ) -> Result<Option<AccountId>> {
        if let Some(key) = self.load::<AccessKey>(&AccessKey::path(id)).await? {
            return Ok(Some(key.account));
        }
        let Some(account) = AccessKey::account_of_id(id) else { return Ok(None) };
        let known = self.load::<identity::Account>(&identity::Account::path(account)).await?;
        Ok(known.map(|_| account))
    }
}

/// The account and the name of `arn:aws:iam::A:role/path/name`.
fn role_named(text: &str) -> Option<(AccountId, &str)> {
    let arn = Arn::parse(text).ok()?;
    let is_role = arn.partition == "aws" && arn.service == "iam" && arn.region.is_none();
    let path = arn.resource.strip_prefix(Entity::Role.as_str())?;
    let name = text.rsplit('/').next()?;
    let is_named = path.starts_with('/') && !name.is_empty() && name.len() <= LONGEST_NAME;
    Some((arn.account()?, name)).filter(|_| is_role && is_named)
}

/// A session token of at least so many characters.
fn token(characters: usize) -> Result<Zeroizing<String>> {
    let groups = characters.max(SHORTEST_TOKEN).div_ceil(4);
    let mut random = Zeroizing::new(vec![0; groups * 3]);
    getrandom::fill(&mut random).map_err(Error::world)?;
    Ok(Zeroizing::new(STANDARD.encode(&*random)))
}

/// Who trusts nobody.
static NOBODY: LazyLock<TrustPolicy> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":[]}"#;
    TrustPolicy::parse(text).expect("what is written here is a policy")
});

/// Characters of a token: 48 random bytes.
const SHORTEST_TOKEN: usize = 64;
/// Characters of a role's name.
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_by_its_arn() {
        let account: AccountId = "111122223333".parse().unwrap();
        for (text, name) in [
            ("arn:aws:iam::111122223333:role/r", Some("r")),
            ("arn:aws:iam::111122223333:role/a/path/r", Some("r")),
            ("arn:aws:iam::111122223333:role/", None),
            ("arn:aws:iam::111122223333:role", None),
            ("arn:aws:iam::111122223333:roles/r", None),
            ("arn:aws:iam::111122223333:user/r", None),
            ("arn:aws:iam:us-east-1:111122223333:role/r", None),
            ("arn:aws:sts::111122223333:role/r", None),
            ("arn:aws-cn:iam::111122223333:role/r", None),
            ("arn:aws:iam::aws:role/r", None),
            ("arn:aws:iam::1:role/r", None),
            ("role/r", None),
        ] {
            assert_eq!(role_named(text), name.map(|name| (account, name)), "{text}");
        }
    }

    #[test]
    fn tokens_are_as_long_as_they_must_be() {
        for (wanted, length) in [(0, 64), (64, 64), (65, 68), (4096, 4096)] {
            assert_eq!(token(wanted).unwrap().len(), length);
        }
        assert_ne!(*token(0).unwrap(), *token(0).unwrap());
    }
}
