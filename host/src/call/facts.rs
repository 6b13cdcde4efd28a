//! What conditions ask for: of the caller, the key, the request, and how it came. Each value is
//! looked up when a statement asks for it, and not before.
//!
//! Source: KMS developer guide, "AWS KMS condition keys"; IAM user guide, "AWS global condition
//! context keys". A key that has no source here, as `aws:SourceVpc`, is absent.

use std::{cell::RefCell, collections::BTreeMap};

use crate::{
    arn::{Arn, Region},
    audit::record::Source,
    authorize::{ConditionKeys, KeyPolicy, Values},
    identity::{Acting, IamTags, Named},
    keys::{
        Key, KeyAlias, KeyPlace, KeyReference, MaterialId, MaterialOwner, Named as NamedKey,
        Reference, days_without_use,
    },
    wire::{Members, Protocol, Result, members::EncryptionContext},
};

use super::Call;

/// A request, as its operation tells of it.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The operation's action, as policies name it.
    pub action: &'static str,
    /// How the answer is written.
    pub protocol: Protocol,
    /// Its members.
    pub members: &'a Members,
    /// What conditions on its members ask for: the action and the key, in lower case.
    pub condition: fn(&Members, &str, &str) -> Option<Values<'static>>,
}

/// What a decision is about, besides a resource.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) action: &'static str,
    pub(super) context: Option<&'a EncryptionContext>,
    /// The alias by which the key was named.
    pub(super) alias: Option<&'a str>,
    /// Where it is done, if that is not the Region that the request came to.
    pub(super) region: Option<Region>,
}

/// What the key's record does not tell. It is loaded before, as a decision does no I/O, and only if
/// the policy asks for it.
#[derive(Clone, Default)]
pub(super) struct LookedUp {
    /// The names of the key's aliases.
    aliases: Vec<String>,
    /// For how many whole days the key has not been used.
    idle_days: Option<i64>,
}

/// The condition keys of one decision.
pub(super) struct Facts<'c, 'a> {
    call: &'c Call<'a>,
    about: About<'c>,
    key: Option<&'c Key>,
    /// Of what the decision is about, if that is no key.
    tags: Option<&'c IamTags>,
    /// Of the same: the ARN of its permissions boundary.
    boundary: Option<&'c str>,
    looked_up: LookedUp,
    /// What the operation has told: to ask it means to read the request again.
    told: RefCell<BTreeMap<String, Option<Values<'static>>>>,
}

impl<'a> About<'a> {
    /// An action without encryption context.
    pub(super) fn action(action: &'static str) -> Self {
        Self { action, context: None, alias: None, region: None }
    }

    /// What a request does in another Region.
    pub(super) fn action_in(region: Region, action: &'static str) -> Self {
        Self { region: Some(region), ..Self::action(action) }
    }

    /// An action with one.
    pub(super) fn context(action: &'static str, context: &'a EncryptionContext) -> Self {
        Self { context: Some(context), ..Self::action(action) }
    }
}

impl<'c, 'a> Facts<'c, 'a> {
    pub(super) fn new(call: &'c Call<'a>, about: About<'c>) -> Self {
        let looked_up = LookedUp::default();
        let told = RefCell::default();
        Self { call, about, key: None, tags: None, boundary: None, looked_up, told }
    }

    pub(super) fn of_key(self, key: &'c Key, looked_up: LookedUp) -> Self {
        Self { key: Some(key), looked_up, ..self }
    }

    pub(super) fn of_tags(self, tags: Option<&'c IamTags>) -> Self {
        Self { tags, ..self }
    }

    pub(super) fn of_entity<E: Named>(self, entity: &'c E) -> Self {
        Self { tags: entity.tags(), boundary: entity.boundary(), ..self }
    }

    /// What is to be done.
    pub(super) fn action(&self) -> &'static str {
        self.about.action
    }

    /// Of who calls, from where, when.
    fn of_request(&self, name: &str) -> Option<Values<'_>> {
        let Call { caller, region, event, .. } = self.call;
        let found = caller.fact(name);
        if found.is_some() {
            return found;
        }
        let acting = caller.acting.as_deref();
        let network = acting.is_none().then_some(&event.network);
        match name {
            "aws:viaawsservice" => Some(false.into()),
            "kms:grantisforawsresource" if FOR_RESOURCES.contains(&self.about.action) => {
                Some(acting.is_some_and(Acting::is_forwarded).into())
            }
            // Whoever encrypts the way here does it in front of this service, and may say so.
            "aws:securetransport" => Some(event.network.is_secure.into()),
            "aws:sourcevpc" => network?.vpc.as_deref().map(Values::from),
            "aws:sourcevpce" => network?.vpc_endpoint.as_deref().map(Values::from),
            "aws:requestedregion" => {
                Some(self.about.region.as_ref().unwrap_or(region).as_str().into())
            }
            "aws:useragent" => match acting {
                Some(acting) => Some(acting.service.as_str().into()),
                None => event.user_agent.as_deref().map(Values::from),
            },
            "aws:currenttime" => Some(event.time.to_string().into()),
            "aws:epochtime" => Some(event.time.as_second().to_string().into()),
            // Where addresses are a network's own, they have another name.
            "aws:sourceip" if network?.is_private() => None,
            "aws:vpcsourceip" if !network?.is_private() => None,
            "aws:sourceip" | "aws:vpcsourceip" => match (network, event.source) {
                (Some(_), Source::Peer(address)) => Some(address.to_canonical().to_string().into()),
                (None, _) | (_, Source::Service { .. } | Source::Operator { .. }) => None,
            },
            _ => None,
        }
    }

    /// Of the key and its owner.
    fn of_resource(&self, name: &str) -> Option<Values<'_>> {
        if let Some(tags) = self.tags {
            let tag = name.strip_prefix("aws:resourcetag/");
            return tags
                .get(tag.or_else(|| name.strip_prefix("iam:resourcetag/"))?)
                .map(Values::from);
        }
        let key = self.key?;
        if let Some(tag) = name.strip_prefix("aws:resourcetag/") {
            return pair(key.tags.0.iter(), tag);
        }
        match name {
            "aws:resourceaccount" => Some(key.account.as_str().into()),
            "kms:keyspec" | "kms:customermasterkeyspec" => Some(key.spec.as_str().into()),
            "kms:keyusage" | "kms:customermasterkeyusage" => Some(key.usage.as_str().into()),
            "kms:keyorigin" => Some(key.origin.as_str().into()),
            "kms:multiregion" => Some(key.id.is_multi_region().into()),
            "kms:multiregionkeytype" => {
                let is_primary = key.topology.as_ref()?.primary == key.region;
                Some(if is_primary { "PRIMARY" } else { "REPLICA" }.into())
            }
            ALIASES => {
                let aliases = &self.looked_up.aliases;
                let all = || Values::many(aliases.iter().map(String::as_str));
                (!aliases.is_empty()).then(all)
            }
            IDLE_DAYS => {
                let is_asked =
                    matches!(self.about.action, "kms:DisableKey" | "kms:ScheduleKeyDeletion");
                let days = self.looked_up.idle_days.filter(|_| is_asked)?;
                Some(days.to_string().into())
            }
            _ => None,
        }
    }

    /// Of how the key is used.
    fn of_use(&self, name: &str) -> Option<Values<'_>> {
        let context = self.about.context.filter(|context| !context.is_empty());
        if let Some(wanted) = name.strip_prefix("kms:encryptioncontext:") {
            return pair(context?.pairs(), wanted);
        }
        match name {
            "kms:encryptioncontextkeys" => {
                Some(Values::many(context?.pairs().map(|(name, _)| name.as_str())))
            }
            "kms:requestalias" => self.about.alias.map(Values::from),
            "kms:reencryptonsamekey" => self.call.same_key.map(Values::from),
            _ => None,
        }
    }

    /// Of the operation's own members.
    fn of_operation(&self, name: &str) -> Option<Values<'_>> {
        let is_members = name.starts_with("kms:")
            || name.starts_with("iam:")
            || name.starts_with("sts:")
            || name.starts_with("aws:requesttag/")
            || name == "aws:tagkeys";
        if !is_members {
            return None;
        }
        let mut told = self.told.borrow_mut();
        if let Some(known) = told.get(name) {
            return known.clone();
        }
        let Asked { members, condition, .. } = self.call.asked;
        let value = condition(members, self.about.action, name);
        told.insert(name.to_owned(), value.clone());
        value
    }
}

impl ConditionKeys for Facts<'_, '_> {
    fn get(&self, name: &str) -> Option<Values<'_>> {
        if name == BOUNDARY {
            // The boundary that is to be goes before the one that is.
            let is_asked = BOUNDED.contains(&self.about.action);
            let own = || self.boundary.filter(|_| is_asked).map(Values::from);
            return self.of_operation(name).or_else(own);
        }
        let found = self.of_request(name).or_else(|| self.of_resource(name));
        found.or_else(|| self.of_use(name)).or_else(|| self.of_operation(name))
    }
}

/// The value of a name that is asked for in lower case. Of several that differ in case alone, one
/// has to be chosen: the last in order, whatever the order in the request.
fn pair<'a>(
    pairs: impl DoubleEndedIterator<Item = (&'a String, &'a String)>,
    wanted: &str,
) -> Option<Values<'a>> {
    let mut pairs = pairs.rev();
    pairs.find(|(name, _)| name.to_lowercase() == wanted).map(|(_, value)| value.as_str().into())
}

impl Call<'_> {
    /// What a policy asks for that the key's record does not tell.
    pub(super) async fn look_up(&self, key: &Key, policy: &KeyPolicy) -> Result<LookedUp> {
        let mut found = LookedUp::default();
        let is_asked = |name| policy.asks_for(name) || self.caller.asks_for(name);
        if is_asked(ALIASES) {
            let prefix = KeyAlias::prefix(key.account, key.region, &key.id);
            let storage = self.service.storage();
            let rows = storage.list::<KeyAlias>(&prefix, None, KeyAlias::MOST).await?;
            found.aliases = rows.into_iter().map(|(_, row)| row.name.clone()).collect();
        }
        if is_asked(IDLE_DAYS) {
            let last = self.service.known_use(&KeyPlace::of(key)).await?;
            let (since, now) = (self.service.tracked_since(key), self.now().as_millisecond());
            found.idle_days = Some(days_without_use(last.as_ref(), since, now));
        }
        Ok(found)
    }

    /// Finds out whether a ReEncrypt stays with one key, before it is asked for either: conditions
    /// on each end may ask for it. What cannot be found is told when it is used.
    pub async fn compare_ends<R: KeyReference>(
        &mut self,
        source: Option<&R>,
        ciphertext: &[u8],
        destination: &R,
    ) -> Result<()> {
        let from = match source {
            Some(source) => self.named(source).await?,
            None => self.named_by(ciphertext).await?,
        };
        let to = self.named(destination).await?;
        self.same_key = from.zip(to).map(|(from, to)| from == to);
        Ok(())
    }

    async fn named<R: KeyReference>(&self, key: &R) -> Result<Option<String>> {
        let Ok(Reference { account, named }) = Reference::parse(key, self.region) else {
            return Ok(None);
        };
        let account = account.unwrap_or(self.caller.account);
        let id = match named {
            NamedKey::Key(id) => Some(id),
            NamedKey::Alias(name) => self.alias_of(account, name).await?.map(|alias| alias.target),
        };
        Ok(id.map(|id| Arn::key(self.region, account, &id).to_string()))
    }

    async fn named_by(&self, ciphertext: &[u8]) -> Result<Option<String>> {
        let Some(material) = MaterialId::of_ciphertext(ciphertext) else { return Ok(None) };
        let path = MaterialOwner::path(self.region, &material);
        let owner = self.load::<MaterialOwner>(&path).await?;
        Ok(owner.map(|owner| Arn::key(self.region, owner.account, &owner.key).to_string()))
    }
}

/// The actions that are asked about the boundary which is there.
///
/// Source: service authorization reference, "Actions, resources, and condition keys for AWS
/// Identity and Access Management".
const BOUNDED: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
];
/// What services do with the grants that they need for their resources.
const FOR_RESOURCES: &[&str] = &["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"];
const BOUNDARY: &str = "iam:permissionsboundary";
const ALIASES: &str = "kms:resourcealiases";
const IDLE_DAYS: &str = "kms:trailingdayswithoutkeyusage";
