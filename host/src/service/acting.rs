//! Callers that act as a service, as the configuration says who may: how they say so, and for whom.

use std::sync::Arc;

use http::HeaderMap;

use crate::{
    arn::{AccountId, Arn, Entity, Region},
    identity::{AccessKey, Acting, Caller, ForWhom, NameRow, Named, Principal, User},
    wire::{Error, Result},
};

use super::Service;

/// What the headers say. All of them are signed, and given once: `sigv4` sees to that.
struct Claim<'a> {
    service: Option<&'a str>,
    on_behalf_of: Option<&'a str>,
    source_arn: Option<&'a str>,
    source_account: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// Nothing, if there is none of these headers.
    fn read(headers: &'a HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let claim = Self {
            service: text("x-keycell-service"),
            on_behalf_of: text("x-keycell-on-behalf-of"),
            source_arn: text("x-keycell-source-arn"),
            source_account: text("x-keycell-source-account"),
        };
        let all = [claim.service, claim.on_behalf_of, claim.source_arn, claim.source_account];
        all.iter().any(Option::is_some).then_some(claim)
    }
}

impl Service {
    /// Whose request it is: the signer's, unless the signer acts as a service, and says so.
    ///
    /// # Errors
    ///
    /// If the signer says so and may not, or names nobody.
    pub async fn acting(
        &self,
        signer: Caller,
        headers: &HeaderMap,
        api: &str,
        region: Region,
    ) -> Result<Caller> {
        let Some(claim) = Claim::read(headers) else { return Ok(signer) };
        // Services use keys, and that alone.
        let may = |service: &&str| api == "kms" && self.actors.has(service, &signer);
        let Some(service) = claim.service.filter(may) else {
            return Err(Error::no_service(&signer, claim.service.unwrap_or("a service")));
        };
        let (mut caller, for_whom) = match (claim.on_behalf_of, claim.source_arn) {
            (Some(_), Some(_)) => return Err(Error::two_behalves()),
            (Some(_), None) if claim.source_account.is_some() => return Err(Error::two_behalves()),
            (Some(name), None) => {
                let found = self.asking(name).await?;
                (found.ok_or_else(|| Error::nobody_asks(name))?, ForWhom::Caller)
            }
            (None, source_arn) => {
                if let Some(arn) = source_arn.filter(|arn| Arn::parse(arn).is_err()) {
                    return Err(Error::nobody_asks(arn));
                }
                let account = claim
                    .source_account
                    .map(|text| text.parse::<AccountId>().map_err(|_| Error::nobody_asks(text)));
                let source_account = account.transpose()?;
                let source_arn = source_arn.map(str::to_owned);
                let mut caller = Caller::root(signer.account, &signer.access_key_id);
                caller.principal = Principal::Service { name: service.to_owned() };
                (caller, ForWhom::Itself { source_arn, source_account })
            }
        };
        let acting = Acting::new(service, region, signer.to_string(), for_whom);
        caller.acting = Some(Arc::new(acting));
        Ok(caller)
    }

    /// Who has asked a service: by an access key's id, which tells the session as well, or by the
    /// ARN of a user or a root user. A session's ARN does not tell what limits it.
    async fn asking(&self, name: &str) -> Result<Option<Caller>> {
        let is_id = |byte: u8| byte.is_ascii_alphanumeric();
        if name.len() <= LONGEST_ID && name.bytes().all(is_id) {
            let key = self.storage.load::<AccessKey>(&AccessKey::path(name)).await?;
            let Some(key) = key else { return Ok(None) };
            self.check_account(key.account)?;
            return self.bearer(&key).await.map(Some);
        }
        let Ok(arn) = Arn::parse(name) else { return Ok(None) };
        let Some(account) = arn.account().filter(|_| arn.service == "iam") else { return Ok(None) };
        let known = crate::identity::Account::path(account);
        if self.storage.load::<crate::identity::Account>(&known).await?.is_none() {
            return Ok(None);
        }
        self.check_account(account)?;
        let mut caller = Caller::root(account, "");
        if arn.resource == "root" {
            return Ok(Some(caller));
        }
        let Some(name) = arn.resource.strip_prefix("user/") else { return Ok(None) };
        let name = name.rsplit('/').next().unwrap_or_default();
        if name.len() > LONGEST_ID {
            return Ok(None);
        }
        let row = self.storage.load::<NameRow>(&Entity::User.name_path(account, name)).await?;
        let Some(row) = row else { return Ok(None) };
        let user = self.storage.load::<User>(&Entity::User.path(account, &row.id)).await?;
        let user = user.filter(|user| Named::arn(&*user.value) == arn.to_string());
        match user {
            Some(user) => self.become_user(&mut caller, &user.id).await.map(|()| Some(caller)),
            None => Ok(None),
        }
    }
}

/// The bound of IAM's model for the ids of access keys, and for names.
const LONGEST_ID: usize = 128;
