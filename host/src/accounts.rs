//! Accounts and their root credentials: what operators do with them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    arn::AccountId,
    audit::record::{Event, Source},
    identity::{AccessKey, Account, Bearer, Standing},
    isolates::{Living, TenantId},
    seal::write_private,
    service::{SYSTEM, Service, StartError},
    storage::{Change, Loaded, Stored},
    wire::{Error, Result},
};

/// What an operator asks for, over the Unix socket or with the data folder at hand.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// All accounts.
    ListAccounts,
    /// A new account with root credentials.
    CreateAccount {
        /// Its id.
        id: AccountId,
    },
    /// Other root credentials for an account; the old ones end.
    ResetRoot {
        /// Whose.
        id: AccountId,
    },
    /// All isolates that live, and where their memory is.
    ListIsolates,
}

/// What an operator is told.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// All accounts.
    Accounts(Vec<Account>),
    /// All isolates.
    Isolates(Vec<Living>),
    /// The one time that a secret is told.
    Credentials(Credentials),
    /// Why not.
    Refused(String),
}

/// Root credentials, on their way to their owner.
#[derive(Serialize, Deserialize)]
pub struct Credentials {
    /// Whose.
    pub account: AccountId,
    /// `AKIA…`.
    pub access_key_id: String,
    /// 40 characters.
    pub secret: Zeroizing<String>,
}

/// Root credentials that were chosen before the first start, from the environment.
#[derive(Default)]
pub struct Preset {
    /// Whose; a random account if none.
    pub account: Option<AccountId>,
    /// Access key id and secret; random ones if none.
    pub key: Option<(String, Zeroizing<String>)>,
}

/// Does what an operator asks for, and records it.
pub async fn run(service: &Arc<Service>, command: &Command, uid: u32) -> Reply {
    let mut event = service.begin(Source::Operator { uid }, None);
    // What isolates seal now is stored before the root is dropped that seals it.
    let _changing = service.changing().await;
    let result = match command {
        Command::ListAccounts => {
            event.name = "ListAccounts";
            service.accounts().await.map(|accounts| (Reply::Accounts(accounts), Vec::new()))
        }
        Command::CreateAccount { id } => {
            event.name = "CreateAccount";
            create(service, &mut event, *id, None).await
        }
        Command::ResetRoot { id } => {
            event.name = "ResetRootCredentials";
            reset_root(service, &mut event, *id).await
        }
        Command::ListIsolates => {
            event.name = "ListIsolates";
            Ok((Reply::Isolates(service.living_isolates()), Vec::new()))
        }
    };
    conclude(service, event, result).await
}

/// At the first start makes one account, and returns its credentials; later sees to it that what is
/// preset is what is stored.
pub async fn first(
    service: &Arc<Service>,
    preset: Preset,
) -> std::result::Result<Option<Credentials>, StartError> {
    let accounts = service.accounts().await.map_err(refused)?;
    if !accounts.is_empty() {
        return check_preset(service, &accounts, preset).await.map(|()| None);
    }
    let id = preset.account.unwrap_or_else(random_account);
    let mut event =
        service.begin(Source::Operator { uid: rustix::process::geteuid().as_raw() }, None);
    event.name = "CreateAccount";
    let made = create(service, &mut event, id, preset.key).await;
    // The file is there before the account is, so that no crash leaves an account without an owner.
    if let Ok((Reply::Credentials(credentials), _)) = &made {
        write_credentials(service, credentials)?;
    }
    match conclude(service, event, made).await {
        Reply::Credentials(credentials) => Ok(Some(credentials)),
        Reply::Refused(why) => Err(why.into()),
        Reply::Accounts(_) | Reply::Isolates(_) => Err("a new account has credentials".into()),
    }
}

/// A reply, with the changes that it tells of.
type Made = (Reply, Vec<Change>);

async fn create(
    service: &Service,
    event: &mut Event,
    id: AccountId,
    key: Option<(String, Zeroizing<String>)>,
) -> Result<Made> {
    event.read_only = false;
    event.parameters = Some(format!(r#"{{"accountId":"{id}"}}"#));
    if id.as_str() == SYSTEM {
        return Err(Error::validation(format!("account {id} is the service itself")));
    }
    if let Some(account) = service.storage().load::<Account>(&Account::path(id)).await? {
        return Err(Error::validation(match account.standing {
            Standing::Open | Standing::Sealed => format!("account {id} exists already"),
            Standing::Erased => format!("account {id} is being erased"),
        }));
    }
    check_served(service, id)?;
    let (credentials, key) = access_key(service, id, key).await?;
    let created = service.now().as_millisecond();
    let root_access_key_id = key.id.clone();
    let account = Account {
        id,
        created,
        root_access_key_id,
        root_access_key_created: None,
        standing: Standing::Open,
    };
    let changes = vec![
        Change::create(Account::path(id), account.encode()),
        Change::create(AccessKey::path(&key.id), key.encode()),
    ];
    event.response = Some(format!(r#"{{"accessKeyId":"{}"}}"#, key.id));
    Ok((Reply::Credentials(credentials), changes))
}

async fn reset_root(service: &Service, event: &mut Event, id: AccountId) -> Result<Made> {
    event.read_only = false;
    event.parameters = Some(format!(r#"{{"accountId":"{id}"}}"#));
    let account: Option<Loaded<Account>> = service.storage().load(&Account::path(id)).await?;
    let missing = || Error::validation(format!("there is no account {id}"));
    let account = account.ok_or_else(missing)?;
    check_served(service, id)?;
    let (credentials, key) = access_key(service, id, None).await?;
    let renewed = Account {
        root_access_key_id: key.id.clone(),
        root_access_key_created: Some(service.now().as_millisecond()),
        ..(*account.value).clone()
    };
    let changes = vec![
        Change::replace(Account::path(id), account.version, renewed.encode()),
        Change::remove(AccessKey::path(&account.root_access_key_id)),
        Change::create(AccessKey::path(&key.id), key.encode()),
    ];
    event.response = Some(format!(r#"{{"accessKeyId":"{}"}}"#, key.id));
    Ok((Reply::Credentials(credentials), changes))
}

/// A secret is made in the account's isolate, which must be open for it.
fn check_served(service: &Service, id: AccountId) -> Result<()> {
    if !service.isolates().is_unsealed() {
        return Err(Error::validation("the service is sealed".to_owned()));
    }
    service.check_account(id).map_err(|_| Error::validation(format!("account {id} is sealed")))
}

/// An access key, made or taken in by the account's isolate.
async fn access_key(
    service: &Service,
    account: AccountId,
    given: Option<(String, Zeroizing<String>)>,
) -> Result<(Credentials, AccessKey)> {
    let (id, secret, sealed) = match given {
        Some((id, secret)) => {
            let isolate = service.tenant(TenantId::global(account)).await?;
            let sealed = isolate.adopt_access_key(&id, secret.as_bytes())?;
            (id, secret, sealed)
        }
        None => {
            let random = getrandom::u64().map_err(Error::world)?;
            let id = AccessKey::new_id(account, random);
            let (secret, sealed) = service.new_secret(account, &id).await?;
            (id, secret, sealed)
        }
    };
    let credentials = Credentials { account, access_key_id: id.clone(), secret };
    Ok((credentials, AccessKey { id, account, sealed, bearer: Bearer::Root }))
}

/// Commits, records, and only then tells.
async fn conclude(service: &Arc<Service>, event: Event, made: Result<Made>) -> Reply {
    let concluded = async {
        let (reply, changes) = made?;
        if changes.is_empty() {
            service.record(&event, None).await.map_err(Error::world)?;
            return Ok(reply);
        }
        let ended = changes.iter().filter(|change| change.value.is_none());
        let ended: Vec<_> = ended.map(|change| change.key.clone()).collect();
        service.commit(&event, changes).await?;
        for id in ended.iter().filter_map(|path| path.rsplit('/').next()) {
            renew_credentials_file(service, id, &reply);
        }
        Ok(reply)
    };
    match concluded.await {
        Ok(reply) => reply,
        Err(error) => {
            let recorded = match &error {
                Error::Caller(error) => error.clone(),
                Error::World(_) | Error::Conflict => Error::internal(),
            };
            if let Err(unwritable) = service.record(&event, Some(&recorded)).await {
                tracing::error!("a refused command is not in the trail: {unwritable}");
            }
            Reply::Refused(refused(error).to_string())
        }
    }
}

/// What is preset must be what the first start was told.
async fn check_preset(
    service: &Service,
    accounts: &[Account],
    preset: Preset,
) -> std::result::Result<(), StartError> {
    let differs = |what: &str| -> StartError {
        format!("the preset {what} is not the one that is stored in this data folder").into()
    };
    let found = match (preset.account, &preset.key) {
        (None, None) => return Ok(()),
        (Some(id), _) => accounts.iter().find(|account| account.id == id),
        (None, Some((key, _))) => {
            accounts.iter().find(|account| account.root_access_key_id == *key)
        }
    };
    let Some((id, secret)) = preset.key else {
        return found.map(|_| ()).ok_or_else(|| differs("account id"));
    };
    let account = found.ok_or_else(|| differs("account id or access key id"))?;
    if account.root_access_key_id != id {
        return Err(differs("access key id"));
    }
    if account.is_closed() {
        // Its isolate, which alone knows the secret, is not to be opened.
        return Ok(());
    }
    let path = AccessKey::path(&id);
    let key = service.storage().load::<AccessKey>(&path).await?;
    let key = key.ok_or_else(|| differs("access key id"))?;
    let isolate = service.tenant(TenantId::global(account.id)).await.map_err(refused)?;
    match isolate.confirm_access_key(&id, &key.sealed, secret.as_bytes())? {
        true => Ok(()),
        false => Err(differs("secret access key")),
    }
}

/// `DATA/root-credentials`, as the AWS CLI reads it.
fn write_credentials(service: &Service, credentials: &Credentials) -> std::io::Result<()> {
    let Credentials { access_key_id, secret, .. } = credentials;
    let text = Zeroizing::new(format!(
        "[default]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {}\n",
        secret.as_str()
    ));
    write_private(&service.data().join("root-credentials"), text.as_bytes())
}

/// Where the file still names credentials that have ended, it gets the new ones.
fn renew_credentials_file(service: &Service, ended: &str, reply: &Reply) {
    let text = std::fs::read_to_string(service.data().join("root-credentials"));
    let names_them = text.is_ok_and(|text| Zeroizing::new(text).contains(ended));
    if let (true, Reply::Credentials(credentials)) = (names_them, reply)
        && let Err(error) = write_credentials(service, credentials)
    {
        tracing::error!("root-credentials still holds credentials that have ended: {error}");
    }
}

/// Twelve digits, the first of them no zero.
fn random_account() -> AccountId {
    let random = getrandom::u64().expect("getrandom(2) does not fail once the kernel has booted");
    let number = 100_000_000_000 + random % 900_000_000_000;
    number.to_string().parse().expect("it has twelve digits")
}

fn refused(error: Error) -> StartError {
    match error {
        Error::Caller(error) => error.message.unwrap_or(error.code.into()).into(),
        Error::World(source) => source,
        Error::Conflict => "it exists already, or was changed at the same moment".into(),
    }
}
