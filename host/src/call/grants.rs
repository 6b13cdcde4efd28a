//! Grants: found where policies do not allow what is asked, made, listed and ended.

use crate::{
    arn::{AccountId, Arn},
    authorize::{Granted, Judgement, KeyPolicy, Kind, Reach, Resource, Verdict},
    keys::{
        Draft, Grant, GrantCount, GrantId, GrantRow, GrantToken, GranteeRow, Holder, Key,
        KeyReference, Nominee, Page, Paging, Terms, Wanted, names,
    },
    register,
    storage::Loaded,
    wire::{
        Error, Result,
        members::{EncryptionContext, GrantOperation, GrantTokens},
    },
};

use super::{
    Account, Authorized, Call, Listed,
    facts::{About, Facts},
    principals::Meant,
};

/// A grant that is to be made.
pub struct Proposal {
    /// For which key.
    pub key: Loaded<Key>,
    /// What it is to say.
    pub terms: Terms,
}

/// Which of a key's grants are wanted.
#[derive(Default)]
pub struct GrantFilter<'a> {
    /// The one with that id.
    pub id: Option<GrantId>,
    /// Those of that grantee.
    pub grantee: Option<Nominee<'a>>,
}

/// How a grant is named that is to be retired.
pub enum Named<'a, R> {
    /// By one of its tokens.
    Token(&'a str),
    /// By its key and its id.
    Key(&'a R, &'a str),
}

/// Authorization.
impl Call<'_> {
    /// Grant tokens that requests present must be those of grants that there are. They allow no
    /// more than the grants do by themselves.
    pub async fn present_grants(&self, tokens: Option<&GrantTokens>) -> Result<()> {
        for token in tokens.map(GrantTokens::tokens).unwrap_or_default() {
            self.grant_of_token(token.as_str()).await?;
        }
        Ok(())
    }

    /// The key that a grant is to be made for. Whoever makes it by a grant gives on no more than
    /// that grant allows. Who may not make it is not told who is there to get it.
    pub async fn key_to_grant<R: KeyReference>(
        &mut self,
        key: &R,
        draft: Draft<'_>,
    ) -> Result<Authorized<Proposal>> {
        self.proposed = Some(draft.allowance.clone());
        let key = self.key(key).await;
        self.proposed = None;
        let Authorized { value: key, context } = key?;
        let Draft { name, grantee, retiring, allowance } = draft;
        let grantee = self.holder(&grantee, key.account).await?;
        let retiring = match retiring {
            Some(retiring) => Some(self.holder(&retiring, key.account).await?),
            None => None,
        };
        let terms = Terms { name, grantee, retiring, allowance };
        Ok(Authorized { value: Proposal { key, terms }, context })
    }

    /// One of a key's grants, that the caller may do this to as it may to the key.
    pub async fn grant_of(
        &mut self,
        key: &Authorized<Loaded<Key>>,
        id: &str,
    ) -> Result<Authorized<Loaded<Grant>>> {
        let id = parse(id)?;
        let path = Grant::path(key.account, key.region, &key.id, &id);
        let grant = self.load(&path).await?.ok_or_else(|| Error::no_grant(&id))?;
        Ok(Authorized { value: grant, context: Vec::new() })
    }

    /// A grant that the caller may retire. The key's policy cannot allow that: whom a grant lets
    /// retire it, it names itself. Policies can still deny it.
    pub async fn retirable_grant<R: KeyReference>(
        &mut self,
        named: Named<'_, R>,
    ) -> Result<Authorized<Loaded<Grant>>> {
        let (grant, key) = match named {
            Named::Token(token) => {
                let grant = self.grant_of_token(token).await?;
                let key = self.load(&Key::path(grant.account, grant.region, &grant.key)).await?;
                (Some(grant), key.ok_or_else(Error::invalid_grant_token)?)
            }
            Named::Key(key, id) => {
                let id = parse(id)?;
                let key = self.find_key(key).await?;
                let path = Grant::path(key.account, key.region, &key.id, &id);
                let grant = self.load::<Grant>(&path).await?;
                if grant.is_none() && key.account == self.caller.account {
                    return Err(Error::no_grant(&id));
                }
                (grant, key)
            }
        };
        let arn = key.arn().to_string();
        let resource = Resource::Key { arn: &arn, owner: key.account, policy: &key.policy };
        let mut verdict = Verdict::NotAllowed(Kind::Resource);
        if let Some(grant) = &grant {
            verdict = self.may_retire(grant, &key, &resource).await?;
        }
        verdict.check(self.caller, self.caller.account, self.action, &resource)?;
        if key.account != self.caller.account {
            // A sealed account serves nobody, and so not its friends.
            self.service.check_account(key.account)?;
        }
        self.event.concerns(key.account, arn);
        let grant = grant.ok_or_else(|| Error::world("no grant cannot be retired"))?;
        Ok(Authorized { value: grant, context: Vec::new() })
    }

    /// Adds to what the policies say each grant of the key that names the caller and allows what is
    /// asked, until one is enough: policies may still limit what a grant gives.
    pub(super) async fn decide_by_grants(
        &mut self,
        key: &Key,
        about: About<'_>,
        judgement: Judgement,
    ) -> Result<Verdict> {
        let verdict = judgement.verdict(None);
        let mut closest = None;
        let none = EncryptionContext::default();
        let proposed = self.proposed.clone();
        let wanted = match (GrantOperation::of_action(about.action), &proposed) {
            (Some(GrantOperation::CreateGrant), Some(proposed)) => Wanted::Grant(proposed),
            // What may be retired each grant says of itself alone.
            (None | Some(GrantOperation::CreateGrant | GrantOperation::RetireGrant), _) => {
                return Ok(verdict);
            }
            (Some(operation), _) => Wanted::Use(operation, about.context.unwrap_or(&none)),
        };
        // Where there are none, there is nothing to be looked for.
        let counted = GrantCount::path(key.account, key.region, &key.id);
        let Some(counted) = self.load::<GrantCount>(&counted).await? else { return Ok(verdict) };
        let source = self.caller.acting.as_ref().and_then(|acting| acting.source_arn());
        let is_wanted = |row: &GranteeRow| {
            row.allowance.allows(wanted) && row.allowance.constraints.is_source(source)
        };
        for (name, reach) in self.caller.with_subject(names) {
            let prefix = GranteeRow::prefix(key.account, key.region, &key.id, &name);
            let mut tried = Vec::new();
            let mut after = None;
            loop {
                let page = self.service.granted(&prefix, counted.version, after.as_deref());
                let (rows, next) = page.await?;
                for row in rows.iter().filter(|row| is_wanted(row)) {
                    // Two grants of one issuer are alike to the policies.
                    if tried.contains(&row.issuer) {
                        continue;
                    }
                    tried.push(row.issuer);
                    let granted = Some(Granted { reach, issuer: row.issuer });
                    let by_grant = judgement.verdict(granted);
                    if by_grant == Verdict::Allowed {
                        self.event.grant_id = Some(row.grant.to_string());
                        return Ok(by_grant);
                    }
                    // What is told is what the closest of them lacks.
                    closest = closest.or(Some(by_grant));
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(closest.unwrap_or(verdict))
    }

    async fn may_retire(
        &self,
        grant: &Grant,
        key: &Key,
        resource: &Resource<'_>,
    ) -> Result<Verdict> {
        let retirers: Vec<_> = grant.retirers().collect();
        let ways = self.caller.with_subject(names).into_iter();
        let reaches: Vec<Reach> =
            ways.filter(|(name, _)| retirers.contains(name)).map(|(_, reach)| reach).collect();
        let looked_up = self.look_up(key, &key.policy).await?;
        let arn = key.arn().to_string();
        let context = grant.terms.allowance.constraints.context();
        let mut verdict = Verdict::NotAllowed(Kind::Resource);
        let about = About::context(self.action, &context);
        let facts = Facts::new(self, about).of_key(key, looked_up);
        let judgement = self.judge(&facts, resource);
        // The default policy allows nobody who needs no more than the grant.
        let policy = &KeyPolicy::Default;
        let resource = Resource::Key { arn: &arn, owner: key.account, policy };
        let by_default = self.judge(&facts, &resource);
        for reach in reaches {
            let granted = Some(Granted { reach, issuer: grant.issuer });
            verdict = judgement.verdict(granted);
            if let Verdict::Denied(_) = verdict {
                break;
            }
            verdict = by_default.verdict(granted);
            if verdict == Verdict::Allowed {
                break;
            }
        }
        Ok(verdict)
    }

    async fn grant_of_token(&self, text: &str) -> Result<Loaded<Grant>> {
        let token = GrantToken::parse(text).filter(|token| token.region == self.region);
        let token = token.ok_or_else(Error::invalid_grant_token)?;
        let path = Grant::path(token.account, token.region, &token.key, &token.grant);
        let grant = self.load::<Grant>(&path).await?;
        grant.filter(|grant| token.is_of(grant)).ok_or_else(Error::invalid_grant_token)
    }
}

/// What becomes of grants.
impl Call<'_> {
    /// Makes a grant, or finds the one that an earlier request of the same name and with the same
    /// parameters has made; either way with a token of its own.
    pub async fn create_grant(
        &mut self,
        proposal: &Authorized<Proposal>,
    ) -> Result<(GrantId, GrantToken)> {
        let Proposal { key, terms } = &**proposal;
        let Key { account, region, id, .. } = **key;
        let issuer = self.caller.account;
        let random = self.tenant(account).await?.random(RANDOM)?;
        let (grant_id, rest) = random.split_first_chunk().ok_or_else(too_little)?;
        let (proof, rest) =
            rest.split_first_chunk::<{ GrantToken::PROOF }>().ok_or_else(too_little)?;
        let number = *rest.first_chunk().ok_or_else(too_little)?;
        let token_of = |grant: &Grant| {
            let token = GrantToken::of(grant, number);
            token.ok_or_else(|| Error::world("a grant has no proof"))
        };
        if let Some(path) = GrantRow::named_path(account, region, &id, issuer, terms)
            && let Some(row) = self.load::<GrantRow>(&path).await?
        {
            let known = self.load::<Grant>(&Grant::path(account, region, &id, &row.grant)).await?;
            let known = known.ok_or_else(|| Error::world("a grant is not where it should be"))?;
            return Ok((known.id, token_of(&known)?));
        }
        let grant = Grant {
            account,
            region,
            key: id,
            id: GrantId(*grant_id),
            created: self.now().as_millisecond(),
            issuer,
            proof: proof.to_vec(),
            terms: terms.clone(),
        };
        let old = self.load::<GrantCount>(&GrantCount::path(account, region, &id)).await?;
        let count = old.as_ref().map_or(0, |old| old.count);
        if count >= Grant::MOST {
            let message = format!("{} cannot have more than {} grants", key.arn(), Grant::MOST);
            return Err(Error::limit_exceeded(message));
        }
        self.changes.extend(register::create_grant(&grant));
        self.changes.push(register::count_grants(&grant, old.as_ref(), count + 1));
        Ok((grant.id, token_of(&grant)?))
    }

    /// Ends a grant.
    pub async fn delete_grant(&mut self, grant: &Authorized<Loaded<Grant>>) -> Result<()> {
        let path = GrantCount::path(grant.account, grant.region, &grant.key);
        let old = self.load::<GrantCount>(&path).await?;
        let old = old.ok_or_else(|| Error::world("grants were not counted"))?;
        self.changes.extend(register::delete_grant(grant));
        let count = old.count.saturating_sub(1);
        self.changes.push(register::count_grants(grant, Some(&old), count));
        self.event.response = Some(format!(r#"{{"keyId":"{}"}}"#, grant.key_arn()));
        self.event.grant_id = Some(grant.id.to_string());
        Ok(())
    }

    /// One page of a key's grants, and where the next one begins.
    pub async fn grants_of(
        &self,
        key: &Authorized<Loaded<Key>>,
        filter: &GrantFilter<'_>,
        paging: &Paging<'_>,
    ) -> Result<Listed<Grant>> {
        let Key { account, region, id: key, .. } = &***key;
        let path = |id: &GrantId| Grant::path(*account, *region, key, id);
        let grantee = match &filter.grantee {
            Some(grantee) => Some(self.holder(grantee, *account).await?),
            None => None,
        };
        if let Some(id) = &filter.id {
            Page::new(&path(id), paging)?;
            let grant = self.load::<Grant>(&path(id)).await?;
            let is_wanted = |grant: &Loaded<Grant>| {
                grantee.as_ref().is_none_or(|grantee| grant.terms.grantee == *grantee)
            };
            return Ok((grant.filter(is_wanted).into_iter().collect(), None));
        }
        let Some(grantee) = grantee else {
            return self.list(&Grant::prefix(*account, *region, key), paging).await;
        };
        let prefix = GranteeRow::prefix(*account, *region, key, &grantee.name());
        let (rows, next) = self.list::<GranteeRow>(&prefix, paging).await?;
        let mut grants = Vec::with_capacity(rows.len());
        for row in rows {
            // It may have ended since the row was read.
            grants.extend(self.load(&path(&row.grant)).await?);
        }
        Ok((grants, next))
    }

    /// The same of the grants that a principal of the caller's account retires, whosever key they
    /// are for.
    pub async fn grants_to_retire(
        &self,
        account: &Authorized<Account>,
        retiring: &Nominee<'_>,
        paging: &Paging<'_>,
    ) -> Result<Listed<Grant>> {
        // Of other accounts' principals nothing is told.
        let arn = Arn::parse(retiring.name()).ok();
        if arn.is_some_and(|arn| arn.account() != Some(account.id)) {
            return Err(Error::no_retiring_principal(retiring.name()));
        }
        let retiring = self.holder(retiring, account.id).await?;
        let prefix = GrantRow::retiring_prefix(account.region, &retiring.name());
        let (rows, next) = self.list::<GrantRow>(&prefix, paging).await?;
        let mut grants = Vec::with_capacity(rows.len());
        for row in rows {
            let path = Grant::path(row.account, account.region, &row.key, &row.grant);
            grants.extend(self.load(&path).await?);
        }
        Ok((grants, next))
    }

    /// The principal that is named so, which must be there.
    async fn holder(&self, nominee: &Nominee<'_>, home: AccountId) -> Result<Holder> {
        let name = match nominee {
            Nominee::Principal(name, _) => *name,
            Nominee::Service(name) => return Ok(Holder::Service((*name).to_owned())),
        };
        let meant = self.find_principal(name, home).await?;
        let Meant { account, id, session } = meant.ok_or_else(|| nominee.is_nobody())?;
        Ok(match id {
            Some(id) => Holder::Bound { account, id, session },
            None => Holder::Principal(name.to_owned()),
        })
    }

    /// What a principal in a grant is called now.
    pub async fn holder_name(&self, holder: &Holder) -> Result<String> {
        match holder {
            Holder::Principal(name) | Holder::Service(name) => Ok(name.clone()),
            Holder::Bound { account, id, session } => {
                self.present_name(*account, id, session.as_deref()).await
            }
        }
    }

    /// What only services may ask for.
    pub fn check_service(&self, member: &str) -> Result<()> {
        match self.caller.acting {
            Some(_) => Ok(()),
            None => Err(Error::validation(format!("{member} can be used by AWS services only."))),
        }
    }
}

fn parse(id: &str) -> Result<GrantId> {
    id.parse().map_err(|_| Error::invalid_grant_id())
}

fn too_little() -> Error {
    Error::world("an isolate gave too few random bytes")
}

/// An id, a proof and a token's number.
const RANDOM: u32 = 32 + 32 + 16;
