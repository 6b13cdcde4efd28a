//! What the two simulators have in common: the question in parts, and the answers.

mod context;
mod shown;

use crate::{
    arn::{AccountId, Arn, Owner},
    authorize::{
        Decision, Document, IdentityPolicy, Kind, Simulated, Simulation, Source, Subject, Who,
        simulate,
    },
    identity::{Filling, Listing, Shown},
    wire::{
        Error, Result,
        members::iam::{
            ActionNames, ContextEntries, PolicyDocument, PolicyDocuments, ResourceHandlingOption,
            ResourceName, ResourceNames,
        },
    },
};

pub(super) use self::shown::ShownResult;
use self::{context::Context, shown::Named};

/// What both operations ask.
pub(super) struct Asked<'a> {
    /// `ActionNames`
    pub(super) actions: &'a ActionNames,
    /// `ResourceArns`
    pub(super) resources: Option<&'a ResourceNames>,
    /// `ResourcePolicy`
    pub(super) resource_policy: Option<&'a PolicyDocument>,
    /// `ResourceOwner`
    pub(super) owner: Option<&'a ResourceName>,
    /// `CallerArn`
    pub(super) caller: Option<&'a ResourceName>,
    /// `ContextEntries`
    pub(super) entries: Option<&'a ContextEntries>,
    /// `ResourceHandlingOption`
    pub(super) handling: Option<&'a ResourceHandlingOption>,
}

/// All policies of a simulation.
#[derive(Default)]
pub(super) struct Policies {
    named: Vec<(Named, IdentityPolicy)>,
}

impl Policies {
    /// A policy of somebody's.
    pub(super) fn add(&mut self, kind: Kind, name: &str, document: IdentityPolicy) {
        self.named.push((Named { kind, name: name.to_owned() }, document));
    }

    /// `PolicyInputList`
    pub(super) fn add_input(&mut self, list: &PolicyDocuments) -> Result<()> {
        for (number, text) in (1..).zip(list.documents()) {
            let document = IdentityPolicy::parse(text.as_str())
                .map_err(|_| Error::invalid_policy_input("Policy", number))?;
            self.add(Kind::Identity, &format!("PolicyInputList.{number}"), document);
        }
        Ok(())
    }

    /// `PermissionsBoundaryPolicyInputList`, which goes before the boundary that is there.
    pub(super) fn set_boundary(&mut self, list: &PolicyDocuments) -> Result<()> {
        let text = match list.documents() {
            [] => return Ok(()),
            [one] => one.as_str(),
            _ => return Err(Error::too_many_boundaries()),
        };
        let document = IdentityPolicy::parse(text)
            .map_err(|_| Error::invalid_policy_input("Permissions boundary policy", 1))?;
        self.named.retain(|(named, _)| named.kind != Kind::Boundary);
        self.add(Kind::Boundary, "PermissionsBoundaryPolicyInputList.1", document);
        Ok(())
    }
}

impl Asked<'_> {
    /// One page of answers, one for each action.
    pub(super) fn answer(
        &self,
        policies: &Policies,
        home: AccountId,
        who: &str,
        listing: &Listing<'_>,
    ) -> Result<Shown<ShownResult>> {
        let caller = Caller::read(self.caller.map_or(who, ResourceName::as_str), home)?;
        let context = Context::read(self.entries, &caller, self.caller.is_some())?;
        let given = self.resources.map(ResourceNames::resources).unwrap_or_default();
        let mut resources: Vec<_> = given.iter().map(ResourceName::as_str).collect();
        if resources.is_empty() {
            resources.push("*");
        }
        self.check(&resources)?;
        let own = self.resource_policy.map(|text| Document::parse(text.as_str())).transpose();
        let own = own.map_err(|_| Error::invalid_policy_input("Resource policy", 1))?;
        let (names, sources) = sources(policies, own.as_ref());
        let owner = match self.owner {
            Some(owner) => account_of(owner.as_str())?,
            None => caller.account,
        };
        let subject = Subject { account: caller.account, who: caller.who(), id: None, own: None };
        let mut page = Filling::new(listing).map_err(|_| Error::invalid_simulation_marker())?;
        for (number, action) in self.actions.actions().iter().enumerate() {
            let order = format!("{number:08}");
            if page.after().is_some_and(|after| order.as_str() <= after) {
                continue;
            }
            if page.is_full() {
                break;
            }
            let ask = |resource: &str| -> Simulated {
                simulate(&Simulation {
                    subject: &subject,
                    action: action.as_str(),
                    resource,
                    // An ARN that names its owner goes before what is said of it.
                    owner: Arn::parse(resource).ok().and_then(|arn| arn.account()).unwrap_or(owner),
                    sources: &sources,
                    keys: &context,
                })
            };
            let found: Vec<_> = resources.iter().map(|one| (*one, ask(one))).collect();
            let shown =
                ShownResult::of(action.as_str(), &found, !given.is_empty(), &names, &sources);
            page.take(&order, shown);
        }
        Ok(page.finish())
    }

    fn check(&self, resources: &[&str]) -> Result<()> {
        let actions = self.actions.actions();
        if let (Some(_), Some(action)) = (self.handling, actions.first()) {
            // They are for what no service here has.
            return Err(Error::no_resource_handling(action.as_str()));
        }
        if actions.len().saturating_mul(resources.len()) > MOST_QUESTIONS {
            return Err(Error::simulation_too_large(MOST_QUESTIONS));
        }
        for resource in resources {
            let is_arn = resource.starts_with("arn:") && resource.split(':').count() >= 6;
            match (is_arn, *resource) {
                (true, _) => {}
                (false, "*") if self.resource_policy.is_some() => {
                    return Err(Error::no_single_resource());
                }
                (false, "*") => {}
                (false, other) => return Err(Error::invalid_simulated_arn(other)),
            }
        }
        Ok(())
    }
}

/// Names and policies in the same order, the resource's last.
fn sources<'a>(policies: &'a Policies, own: Option<&'a Document>) -> (Vec<Named>, Vec<Source<'a>>) {
    let mut names: Vec<_> = policies.named.iter().map(|(named, _)| named.clone()).collect();
    let source = |(named, document): &'a (Named, IdentityPolicy)| Source {
        kind: named.kind,
        text: document.text(),
        policy: document.policy(),
    };
    let mut sources: Vec<_> = policies.named.iter().map(source).collect();
    if let Some(own) = own {
        let kind = Kind::Resource;
        names.push(Named { kind, name: "ResourcePolicy".to_owned() });
        sources.push(Source { kind, text: own.text(), policy: own.policy() });
    }
    (names, sources)
}

/// Who would ask.
pub(super) struct Caller<'a> {
    account: AccountId,
    arn: &'a str,
    /// `user`, `role` …; nothing if nobody is named.
    kind: &'a str,
}

impl<'a> Caller<'a> {
    /// Reads an ARN; of an empty one nothing is known but the account.
    fn read(arn: &'a str, home: AccountId) -> Result<Self> {
        if arn.is_empty() {
            return Ok(Self { account: home, arn, kind: "" });
        }
        let invalid = || Error::invalid_simulated_arn(arn);
        let parsed = Arn::parse(arn).map_err(|_| invalid())?;
        let account = parsed.account().ok_or_else(invalid)?;
        let kind = arn.splitn(6, ':').nth(5).and_then(|resource| resource.split('/').next());
        Ok(Self { account, arn, kind: kind.unwrap_or_default() })
    }

    fn who(&self) -> Who<'a> {
        let arn = self.arn;
        match self.kind {
            "root" => Who::Root,
            "role" | "assumed-role" => Who::Session { role: arn, arn },
            "federated-user" => Who::Federated { arn },
            _ => Who::User { arn },
        }
    }
}

/// The account that an ARN of IAM's stands for.
fn account_of(arn: &str) -> Result<AccountId> {
    let parsed = Arn::parse(arn).map_err(|_| Error::invalid_simulated_arn(arn))?;
    match (parsed.service, parsed.owner) {
        ("iam", Owner::Account(account)) => Ok(account),
        (_, Owner::Account(_) | Owner::Aws | Owner::Nobody) => {
            Err(Error::invalid_simulated_arn(arn))
        }
    }
}

/// How many decisions one request may ask for: a bound of our own, so that nobody keeps a processor
/// busy for long.
const MOST_QUESTIONS: usize = 10_000;

/// The worst of several decisions.
fn worst<'a>(found: impl IntoIterator<Item = &'a Simulated>) -> Decision {
    let decisions = found.into_iter().map(|one| one.decision);
    decisions.max().unwrap_or(Decision::ImplicitDeny)
}
