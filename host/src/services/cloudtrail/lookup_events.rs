//! `LookupEvents`: what was called in the caller's account and Region in the last 90 days, newest
//! first.

use serde::Serialize;

use crate::{
    audit::{
        entry::{Entry, Field, Term},
        history::{Hit, Query},
    },
    call::{Account, Authorized, Call},
    keys::Page,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{
            Moment,
            cloudtrail::{
                AttributeName, EventCategory, LookupAttribute, LookupAttributes, MaxResults,
                NextToken,
            },
        },
    },
};

request! {
    pub struct LookupEvents {
        attributes "LookupAttributes": Option<LookupAttributes>,
        start "StartTime": Option<Moment>,
        end "EndTime": Option<Moment>,
        category "EventCategory": Option<EventCategory>,
        max "MaxResults": Option<MaxResults>,
        token "NextToken": Option<NextToken>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    events: Vec<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    event_id: String,
    event_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_only: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<String>,
    event_time: i64,
    event_source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    resources: Vec<Resource>,
    cloud_trail_event: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    resource_type: String,
    resource_name: String,
}

impl Operation for LookupEvents {
    const NAME: &'static str = "LookupEvents";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let account = call.account()?;
        let attribute = match self.attributes.as_ref().map(LookupAttributes::attributes) {
            None | Some([]) => None,
            Some([attribute]) => Some(attribute),
            Some(_) => return Err(Error::several_lookup_attributes()),
        };
        let (start, end) = (self.start.map(|at| at.second()), self.end.map(|at| at.second()));
        if start.zip(end).is_some_and(|(start, end)| start > end) {
            return Err(Error::invalid_time_range());
        }
        let page = self.page(&account, attribute)?;
        let before = page.own().map(str::parse).transpose();
        if self.category.is_some() {
            // Insights are made of what is unusual, and nothing here makes them.
            return Ok(Output { events: Vec::new(), next_token: None });
        }
        let oldest = call.now().as_second() - HISTORY;
        let query = Query {
            terms: attribute.map(term).into_iter().collect(),
            from: Some(start.unwrap_or(oldest).max(oldest)),
            until: end,
            before: before.map_err(|_| Error::invalid_next_token())?,
        };
        let hits = call.events(&account, query, page.limit + 1).await?;
        let mut entries: Vec<_> =
            hits.into_iter().map(|hit| (page.key(&hit.position), hit)).collect();
        let next_token = page.cut(&mut entries);
        let events = entries.iter().filter_map(|(_, hit)| Event::of(hit)).collect();
        Ok(Output { events, next_token })
    }
}

impl LookupEvents {
    /// The page that is asked for. Its token is good for the same question of the same account.
    fn page(
        &self,
        account: &Authorized<Account>,
        attribute: Option<&LookupAttribute>,
    ) -> Result<Page> {
        let attribute = attribute.map(|one| (one.key.0.as_str(), one.value.as_str()));
        let category = self.category.map(|category| category.0.as_str());
        let (start, end) = (self.start.map(|at| at.second()), self.end.map(|at| at.second()));
        let (id, region) = (account.id.as_str(), account.region.as_str());
        // As it is debugged, for that has all quotation marks that keep the parts apart.
        let question = (id, region, attribute, category, start, end);
        let list = format!("LookupEvents {question:?} ");
        let limit = self.max.map_or(MOST, |max| max.0.get());
        let limit = usize::try_from(limit).map_err(Error::world)?;
        let token = self.token.as_ref().map(NextToken::as_str);
        Page::resume(&list, token, limit).ok_or_else(Error::invalid_next_token)
    }
}

/// What events must have to have that attribute.
fn term(attribute: &LookupAttribute) -> Term {
    let field = match attribute.key.0 {
        AttributeName::EventId => Field::EventId,
        AttributeName::EventName => Field::EventName,
        AttributeName::ReadOnly => Field::ReadOnly,
        AttributeName::Username => Field::Username,
        AttributeName::ResourceType => Field::ResourceType,
        AttributeName::ResourceName => Field::ResourceName,
        AttributeName::EventSource => Field::EventSource,
        AttributeName::AccessKeyId => Field::AccessKeyId,
    };
    Term::new(field, attribute.value.as_str())
}

impl Event {
    /// None of what is no record; no such thing is found.
    fn of(hit: &Hit) -> Option<Self> {
        let entry = Entry::read(&hit.record)?;
        let resources = entry.resources().into_iter().map(|one| Resource {
            resource_type: one.kind.into_owned(),
            resource_name: one.name.into_owned(),
        });
        Some(Self {
            event_id: entry.event_id().to_owned(),
            event_name: entry.event_name().to_owned(),
            read_only: entry.read_only(),
            access_key_id: entry.access_key_id().map(str::to_owned),
            event_time: entry.time(),
            event_source: entry.event_source().to_owned(),
            username: entry.username().map(str::to_owned),
            resources: resources.collect(),
            cloud_trail_event: String::from_utf8_lossy(&hit.record).into_owned(),
        })
    }
}

/// Events on a page at most, and where the request does not say.
const MOST: u32 = 50;
/// Seconds of 90 days.
const HISTORY: i64 = 90 * 24 * 60 * 60;
