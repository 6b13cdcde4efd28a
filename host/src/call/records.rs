//! What a call reads and changes in storage. Changes are only gathered here: they are committed at
//! once, when the operation is done.

use jiff::Timestamp;

use crate::{
    arn::AccountId,
    keys::{Alias, AliasId, Key, KeyAlias, Page, Paging},
    register,
    service::Changing,
    storage::{Change, Loaded, Stored},
    wire::{Error, Result},
};

use super::{Account, Authorized, Call, Listed, Paged};

impl Call<'_> {
    /// When the request came.
    pub fn now(&self) -> Timestamp {
        self.event.time
    }

    /// Writes a new version of a key, if it differs from the old one.
    pub fn save(&mut self, old: &Authorized<Loaded<Key>>, new: &Key) {
        self.tell_key(old);
        self.changes.extend(register::replace(old, new));
    }

    /// Writes a key as it is, so that whatever changes it meanwhile is noticed.
    fn touch(&mut self, key: &Authorized<Loaded<Key>>) {
        let path = Key::path(key.account, key.region, &key.id);
        self.changes.push(Change::replace(path, key.version, key.encode()));
    }

    /// `responseElements` of operations that change something of a key: its ARN.
    pub(super) fn tell_key(&mut self, key: &Key) {
        self.event.response = Some(format!(r#"{{"keyId":"{}"}}"#, key.arn()));
    }

    /// Writes an alias: a new one, or one that pointed at `old` until now. Both keys are written as
    /// they are, so that whatever changes them or their aliases meanwhile is noticed.
    pub async fn point_alias(
        &mut self,
        id: &Authorized<AliasId>,
        old: Option<(&Loaded<Alias>, &Authorized<Loaded<Key>>)>,
        target: &Authorized<Loaded<Key>>,
    ) -> Result<()> {
        let AliasId { account, region, name } = &**id;
        self.tell_key(target);
        if target.account != *account {
            return Err(self.hide(self.action));
        }
        if old.is_some_and(|(alias, _)| alias.target == target.id) {
            return Ok(());
        }
        let prefix = KeyAlias::prefix(*account, *region, &target.id);
        let others = self.service.storage().scan(&prefix, None, KeyAlias::MOST).await?;
        if others.len() >= KeyAlias::MOST {
            let message = format!("{} cannot have more than 50 aliases", target.arn());
            return Err(Error::limit_exceeded(message));
        }
        let now = self.now().as_millisecond();
        let alias = Alias {
            account: *account,
            region: *region,
            name: name.clone(),
            target: target.id,
            created: old.map_or(now, |(alias, _)| alias.created),
            updated: now,
        };
        self.changes.push(match old {
            Some((old, _)) => Change::replace(id.path(), old.version, alias.encode()),
            None => Change::create(id.path(), alias.encode()),
        });
        if let Some((_, key)) = old {
            self.changes.push(Change::remove(KeyAlias::path(*account, *region, &key.id, name)));
            self.touch(key);
        }
        let row = KeyAlias { name: name.clone() }.encode();
        self.changes.push(Change::put(KeyAlias::path(*account, *region, &target.id, name), row));
        self.touch(target);
        Ok(())
    }

    /// Removes an alias.
    pub fn delete_alias(
        &mut self,
        id: &Authorized<AliasId>,
        alias: &Loaded<Alias>,
        target: &Authorized<Loaded<Key>>,
    ) {
        self.tell_key(target);
        let row = KeyAlias::path(id.account, id.region, &target.id, &id.name);
        self.changes.push(Change::delete(id.path(), alias.version));
        self.changes.push(Change::remove(row));
    }

    /// The alias itself, if there is one.
    pub async fn find_alias(&self, id: &Authorized<AliasId>) -> Result<Option<Loaded<Alias>>> {
        self.load(&id.path()).await
    }

    /// One page of the keys of an account in a Region, and where the next one begins.
    pub async fn keys(
        &self,
        account: &Authorized<Account>,
        page: &Paging<'_>,
    ) -> Result<Listed<Key>> {
        self.list(&Key::prefix(account.id, account.region), page).await
    }

    /// The same of a list that is empty: its paging is checked all the same.
    pub fn no_keys(&self, account: &Authorized<Account>, page: &Paging<'_>) -> Result<Listed<Key>> {
        Page::new(&Key::prefix(account.id, account.region), page)?;
        Ok((Vec::new(), None))
    }

    /// The same of aliases.
    pub async fn aliases(
        &self,
        account: &Authorized<Account>,
        page: &Paging<'_>,
    ) -> Result<Listed<Alias>> {
        self.list(&Alias::prefix(account.id, account.region), page).await
    }

    /// The same of one key's aliases.
    pub async fn aliases_of(
        &self,
        key: &Authorized<Loaded<Key>>,
        page: &Paging<'_>,
    ) -> Result<Listed<Alias>> {
        let prefix = KeyAlias::prefix(key.account, key.region, &key.id);
        let (rows, next) = self.list::<KeyAlias>(&prefix, page).await?;
        let mut aliases = Vec::with_capacity(rows.len());
        for row in rows {
            let path = Alias::path(key.account, key.region, &row.name);
            let alias = self.load::<Alias>(&path).await?;
            // It may have moved on since the row was read.
            aliases.extend(alias.filter(|alias| alias.target == key.id));
        }
        Ok((aliases, next))
    }

    /// One page of a key's tags by their names, and where the next one begins.
    pub fn tags_of(
        &self,
        key: &Authorized<Loaded<Key>>,
        paging: &Paging<'_>,
    ) -> Result<Paged<(String, String)>> {
        let list = format!("{}/tag/", Key::path(key.account, key.region, &key.id));
        let page = Page::new(&list, paging)?;
        let tags = key.tags.0.iter().map(|(name, value)| (format!("{list}{name}"), (name, value)));
        let is_behind = |path: &String| page.after.as_ref().is_none_or(|after| path > after);
        let tags = tags.filter(|(path, _)| is_behind(path)).take(page.limit + 1);
        let mut tags: Vec<_> = tags.collect();
        let next = page.cut(&mut tags);
        let tags = tags.into_iter().map(|(_, (name, value))| (name.clone(), value.clone()));
        Ok((tags.collect(), next))
    }

    pub(super) async fn list<T: Stored>(
        &self,
        prefix: &str,
        paging: &Paging<'_>,
    ) -> Result<Listed<T>> {
        let page = Page::new(prefix, paging)?;
        let after = page.after.as_deref();
        let mut found = self.service.storage().list::<T>(prefix, after, page.limit + 1).await?;
        let next = page.cut(&mut found);
        Ok((found.into_iter().map(|(_, value)| value).collect(), next))
    }

    /// `requestParameters` of the record.
    pub(crate) fn echo(&mut self, parameters: impl FnOnce() -> Option<String>) {
        if self.service.keeps_records() {
            self.event.parameters = parameters();
        }
    }

    /// `responseElements` of the record.
    pub(crate) fn respond(&mut self, elements: Option<String>) {
        if elements.is_some() {
            self.event.response = elements;
        }
    }

    /// What is to be committed, and what is to be held until then.
    pub(crate) fn into_changes(self) -> (Vec<Change>, Option<Changing>) {
        (self.changes, self.changing)
    }

    pub(super) async fn alias_of(
        &self,
        account: AccountId,
        name: &str,
    ) -> Result<Option<Loaded<Alias>>> {
        // No record can have a longer or an odder name than an alias may.
        if name.len() > 256 {
            return Ok(None);
        }
        self.load(&Alias::path(account, self.region, name)).await
    }

    pub(super) async fn load<T: Stored>(&self, path: &str) -> Result<Option<Loaded<T>>> {
        match self.service.storage().cached(path) {
            Some(known) => Ok(known),
            None => Ok(self.service.storage().load(path).await?),
        }
    }
}
