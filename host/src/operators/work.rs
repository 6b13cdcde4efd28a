//! Work in the background: rotations and erasures. Each has a record that says what remains, so
//! that it goes on after a crash. It is done in small commits, and each moves the record along.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    arn::{AccountId, Region},
    audit::record::Source,
    isolates::{Place, TenantId},
    service::Service,
    storage::{Change, Loaded, Stored},
    stored_as_json,
    wire::{Error, Result},
};

use super::{accounts, refuse, rotation};

/// A piece of work that is not finished.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Work {
    /// What.
    #[serde(flatten)]
    pub task: Task,
    /// Who began it.
    pub uid: u32,
    /// When, in milliseconds since 1970.
    pub begun: i64,
    /// What comes next.
    pub step: Step,
    /// How many records were changed until now.
    pub done: u64,
}

/// What there is to do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case")]
pub enum Task {
    /// All tenant roots are to be sealed under a new domain key.
    RotateDomainKey,
    /// All that a tenant has is to be sealed under a new root.
    RotateTenantRoot {
        /// Whose.
        account: AccountId,
        /// Where; if nowhere, it is the account isolate's root.
        region: Option<Region>,
    },
    /// All that an account has is to be deleted, for good.
    EraseAccount {
        /// Which.
        account: AccountId,
    },
}

/// The steps, in their order. A domain rotation and that of a tenant's root begin with the second.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The records of an account are deleted.
    Delete {
        /// The last access key that was looked at, of all accounts.
        after: Option<String>,
    },
    /// A new key is made.
    Rotate,
    /// What the old key seals is sealed under the new one, until nothing is left to do.
    Reseal {
        /// The last record that was looked at.
        after: Option<String>,
        /// How many of this pass were changed.
        changed: u64,
    },
    /// The old key is dropped.
    Retire,
    /// The store is written anew, so that nothing old is left in its file.
    Rewrite,
}

stored_as_json!(Work);

impl Work {
    pub(super) fn new(task: Task, uid: u32, service: &Service) -> Self {
        let step = match task {
            Task::EraseAccount { .. } => Step::Delete { after: None },
            Task::RotateDomainKey | Task::RotateTenantRoot { .. } => Step::Rotate,
        };
        Self { task, uid, begun: service.now().as_millisecond(), step, done: 0 }
    }

    /// The same, further on.
    pub(super) fn at(&self, step: Step, changed: usize) -> Self {
        let changed = u64::try_from(changed).unwrap_or(u64::MAX);
        Self { step, done: self.done.saturating_add(changed), ..self.clone() }
    }
}

impl Task {
    /// Where its record is: there is one of a kind at most.
    pub(super) fn path(&self) -> String {
        match self {
            Self::RotateDomainKey => format!("{PREFIX}domain"),
            Self::RotateTenantRoot { account, region } => {
                let place = region.map_or(Place::Global, Place::Region);
                format!("{}{}", Self::prefix_of_roots(*account), place.as_str())
            }
            Self::EraseAccount { account } => format!("{PREFIX}erasure/{account}"),
        }
    }

    /// Where the records of an account's rotations are.
    pub(super) fn prefix_of_roots(account: AccountId) -> String {
        format!("{PREFIX}root/{account}/")
    }

    /// As the trail calls its end.
    fn end(&self) -> &'static str {
        match self {
            Self::RotateDomainKey => "DomainKeyRotated",
            Self::RotateTenantRoot { .. } => "TenantRootRotated",
            Self::EraseAccount { .. } => "AccountErased",
        }
    }
}

/// All work that is not finished.
pub(super) async fn all(service: &Service) -> Result<Vec<(String, Loaded<Work>)>> {
    Ok(service.storage().list::<Work>(PREFIX, None, MOST).await?)
}

/// Refuses while the domain keys are about to change.
pub(super) async fn check_domain_at_rest(service: &Service) -> Result<()> {
    let changes_domain = |work: &Work| match work.task {
        Task::RotateDomainKey | Task::EraseAccount { .. } => true,
        Task::RotateTenantRoot { .. } => false,
    };
    match all(service).await?.iter().any(|(_, work)| changes_domain(work)) {
        true => Err(refuse("the domain key is being rotated: wait until it is done")),
        false => Ok(()),
    }
}

/// Does what there is to do whenever there is, until `stop` is done. One of these runs.
pub async fn labour(service: Arc<Service>, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        let labour = async {
            service.work().notified().await;
            while service.is_open() {
                match finish(&service).await {
                    Ok(()) => break,
                    Err(error) => {
                        let why = super::told(error);
                        tracing::error!("work in the background goes on later: {why}");
                        tokio::time::sleep(AGAIN).await;
                    }
                }
            }
        };
        tokio::select! {
            () = labour => {}
            () = &mut stop => return,
        }
    }
}

/// Waits for the end of some work, for as long as an operator has patience. True if it has ended.
pub(super) async fn wait(service: &Service, paths: &[String]) -> Result<bool> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let all = all(service).await?;
        if !all.iter().any(|(path, _)| paths.contains(path)) {
            return Ok(true);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(false)
}

/// Works until nothing is left that can be done now.
async fn finish(service: &Arc<Service>) -> Result<()> {
    loop {
        // What belongs to a sealed account waits until it is unsealed.
        let can_go_on = |work: &Work| match &work.task {
            Task::RotateTenantRoot { account, .. } => service.check_account(*account).is_ok(),
            Task::RotateDomainKey | Task::EraseAccount { .. } => true,
        };
        let mut all = all(service).await?;
        all.retain(|(_, work)| can_go_on(work));
        if all.is_empty() {
            return Ok(());
        }
        if !service.is_open() {
            return Err(refuse("the service is sealed"));
        }
        let next = all.iter().find(|(_, work)| work.step != Step::Rewrite);
        let Some((path, work)) = next else {
            service.storage().rewrite().await?;
            for (path, work) in all {
                conclude(service, &path, &work).await?;
            }
            continue;
        };
        match advance(service, path, work).await {
            // Somebody else has changed what was to be changed: look again.
            Err(Error::Conflict) => tokio::task::yield_now().await,
            advanced => advanced?,
        }
    }
}

async fn advance(service: &Arc<Service>, path: &str, work: &Loaded<Work>) -> Result<()> {
    let tenant = match &work.task {
        Task::RotateTenantRoot { account, region } => {
            let place = region.map_or(Place::Global, Place::Region);
            Some(TenantId { account: *account, place })
        }
        Task::RotateDomainKey => None,
        Task::EraseAccount { account } => {
            if let Step::Delete { after } = &work.step {
                return accounts::delete(service, path, work, *account, after.as_deref()).await;
            }
            None
        }
    };
    match (&work.step, tenant) {
        (Step::Delete { .. }, _) => Err(Error::world("only accounts are deleted")),
        (Step::Rotate, None) => rotation::rotate_domain(service, path, work).await,
        (Step::Rotate, Some(id)) => rotation::rotate_root(service, path, work, &id).await,
        (Step::Reseal { after, changed }, None) => {
            rotation::reseal_roots(service, path, work, after.as_deref(), *changed).await
        }
        (Step::Reseal { after, changed }, Some(id)) => {
            rotation::reseal_tenant(service, path, work, &id, (after.as_deref(), *changed)).await
        }
        (Step::Retire, None) => rotation::retire_domain(service, path, work).await,
        (Step::Retire, Some(id)) => rotation::retire_roots(service, path, work, &id).await,
        (Step::Rewrite, _) => Ok(()),
    }
}

/// The end of the work, and its record.
async fn conclude(service: &Arc<Service>, path: &str, work: &Loaded<Work>) -> Result<()> {
    let mut event = service.begin(Source::Operator { uid: work.uid }, None);
    event.name = work.task.end();
    event.read_only = false;
    event.parameters = match &work.task {
        Task::RotateDomainKey => None,
        Task::EraseAccount { account } | Task::RotateTenantRoot { account, region: None } => {
            Some(format!(r#"{{"accountId":"{account}"}}"#))
        }
        Task::RotateTenantRoot { account, region: Some(region) } => {
            Some(format!(r#"{{"accountId":"{account}","region":"{region}"}}"#))
        }
    };
    event.response = Some(format!(r#"{{"records":{}}}"#, work.done));
    service.commit(&event, vec![Change::delete(path, work.version)]).await?;
    if let Task::EraseAccount { account } = work.task {
        service.unseal_account(account);
    }
    Ok(())
}

/// The next step of some work, to be committed with what was done.
pub(super) fn next(path: &str, work: &Loaded<Work>, step: Step, changed: usize) -> Change {
    Change::replace(path, work.version, work.at(step, changed).encode())
}

const PREFIX: &str = "work/";
/// Pieces of work that are looked at together.
const MOST: usize = 512;
/// How long an operator's command waits for its work: less than the command line waits.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(10);
/// How long after an error it is tried again.
const AGAIN: Duration = Duration::from_secs(1);
