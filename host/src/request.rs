//! The path of a request: from the bytes that came to the bytes that go.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderMap, Method, header, request::Parts};

use crate::{
    arn::Region,
    audit::record::{Event, Source},
    call::{Asked, Call},
    identity::{AccessKey, Caller},
    isolates::{Failure, Refusal},
    service::Service,
    services::{APIS, Api, Descriptor, Place, kms, sts},
    sigv4::{self, Code, Expectation, Head},
    wire::{Error, Form, Members, Protocol, Result, request},
};

/// What goes back.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names the request.
    pub request_id: String,
    /// Of the body.
    pub media_type: &'static str,
    /// JSON or XML, or nothing.
    pub body: Vec<u8>,
}

/// Serves one request. What was not recorded is not answered.
pub async fn handle(service: &Arc<Service>, head: &Parts, peer: IpAddr, body: &[u8]) -> Answer {
    let _served = service.serving();
    let user_agent = head.headers.get(header::USER_AGENT);
    let user_agent = user_agent.map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
    let (address, network) = service.front().told(peer, host(head), &head.headers);
    let mut event = service.begin(Source::Peer(address), user_agent);
    event.network = network;
    event.service = api(head).source;
    let rotations = service.rotations();
    let mut result = serve(service, head, body, &mut event).await;
    // What was read before a rotation ended need not open after it: then it is read again.
    if result.as_ref().is_err_and(is_foreign) && service.rotations() != rotations {
        event.start_over();
        result = serve(service, head, body, &mut event).await;
    }
    conclude(service, head, event, result).await
}

/// The answer to a request that was refused before it could be read.
pub fn refuse(head: &Parts, error: Error) -> Answer {
    let (protocol, request_id) = (spoken(head, api(head)), crate::service::uuid());
    let error = protocol.spell(told(error));
    let body = protocol.error(&error, &request_id);
    Answer { status: error.status, request_id, media_type: protocol.media_type(), body }
}

/// What an operation answers, and whether its record is durable, as it is once a change is.
struct Served {
    body: Vec<u8>,
    is_recorded: bool,
}

async fn serve(
    service: &Arc<Service>,
    head: &Parts,
    body: &[u8],
    event: &mut Event,
) -> Result<Served> {
    let routed = route(head, body)?;
    let Routed { api, operation, .. } = routed;
    event.service = api.source;
    service.check_open()?;
    let (signer, region) = authenticate(service, api, head, body, event).await?;
    event.name = operation.name;
    event.region = Some(region);
    event.caller = Some(signer.clone());
    let caller = service.acting(signer, &head.headers, api.signing_name, region).await?;
    event.component = Some(service.component(caller.account).to_owned());
    if caller.acting.is_some() {
        event.caller = Some(caller.clone());
    }
    api.check_session(operation, caller.session.as_deref())?;
    let members = routed.members()?;
    // What isolates seal now is stored before the root is dropped that seals it.
    let _changing = match operation.read_only {
        true => None,
        false => Some(service.changing().await),
    };
    let asked = Asked {
        action: operation.action,
        protocol: spoken(head, api),
        members: &members,
        condition: operation.condition,
    };
    let mut turn = None;
    for _ in 0..ATTEMPTS {
        event.start_over();
        event.read_only = operation.read_only;
        let mut call = Call::new(service, &caller, region, asked, event);
        let result = (operation.run)(&members, &mut call).await;
        if let Some(founding) = call.take_founding() {
            founding.store(service).await?;
            continue;
        }
        let result = result?;
        let (changes, held) = call.into_changes();
        let body = spoken(head, api).answer(operation.name, result, &event.request_id);
        if changes.is_empty() {
            return Ok(Served { body, is_recorded: false });
        }
        let committed = service.commit(event, changes).await;
        // Nobody waits for a turn with it.
        drop(held);
        match committed {
            Ok(()) => return Ok(Served { body, is_recorded: true }),
            // From now on those of this tenant who came in each other's way go one after the other.
            Err(Error::Conflict) if turn.is_none() => {
                turn = Some(service.turn(caller.account, region).await);
            }
            Err(Error::Conflict) => {}
            Err(error) => {
                // Whether the change was made is not known, so its record may be there already:
                // this answer is recorded under another id.
                event.id = crate::service::uuid();
                return Err(error);
            }
        }
    }
    Err(Error::world("a record was changed by others again and again"))
}

/// An operation that is asked for, and how.
struct Routed<'a> {
    api: &'static Api,
    operation: &'static Descriptor,
    input: Input<'a>,
}

/// What a request says, not yet read in full.
enum Input<'a> {
    Json(&'a [u8]),
    Form(Form<'a>),
}

/// The operation that is asked for: checked in the order of AWS's front end.
fn route<'a>(head: &'a Parts, body: &'a [u8]) -> Result<Routed<'a>> {
    if let Some(form) = form(head, body) {
        return route_form(form?);
    }
    let (api, operation) = targeted(head).ok_or_else(Error::unknown_operation)?;
    let is_json = media_type(head) == api.protocol.media_type();
    if head.method != Method::POST || head.uri.path() != "/" || !is_json {
        return Err(Error::unknown_operation());
    }
    let operation = api.operation(operation).ok_or_else(Error::unknown_operation)?;
    request::check(body)?;
    Ok(Routed { api, operation, input: Input::Json(body) })
}

/// The service of the JSON protocol that a target names, and the operation.
fn targeted(head: &Parts) -> Option<(&'static Api, &str)> {
    let asked = text(&head.headers, &TARGET)?;
    APIS.iter().find_map(|api| match api.protocol {
        Protocol::Json { targets, .. } => {
            Some((*api, targets.iter().find_map(|target| asked.strip_prefix(target))?))
        }
        Protocol::Query { .. } | Protocol::QueryInJson => None,
    })
}

/// The form of a request in the query protocol, if it is one: the body of a POST, or the query of a
/// request without body, as presigned ones have it.
fn form<'a>(head: &'a Parts, body: &'a [u8]) -> Option<Result<Form<'a>>> {
    if head.uri.path() != "/" {
        return None;
    }
    match (&head.method, action_in_query(head).filter(|_| body.is_empty())) {
        (&Method::GET | &Method::POST, Some(query)) => Some(Form::parse(query.as_bytes())),
        (&Method::POST, None) if media_type(head) == FORM => Some(Form::parse(body)),
        _ => None,
    }
}

fn route_form(form: Form<'_>) -> Result<Routed<'_>> {
    let Some(action) = form.get("Action") else { return Err(Error::missing_action()) };
    let invalid = || Error::invalid_action(action, form.get("Version"));
    let is_asked = |api: &&&Api| match api.protocol {
        Protocol::Query { version, .. } => form.get("Version") == Some(version),
        Protocol::Json { .. } | Protocol::QueryInJson => false,
    };
    let api = APIS.iter().find(is_asked).ok_or_else(invalid)?;
    let operation = api.operation(action).ok_or_else(invalid)?;
    Ok(Routed { api, operation, input: Input::Form(form) })
}

impl Routed<'_> {
    fn members(&self) -> Result<Members> {
        match &self.input {
            Input::Json(body) => request::parse(body),
            Input::Form(form) => form.members(self.operation.members, self.operation.later),
        }
    }
}

/// The service that answers a request that none is known to be asked by.
fn api(head: &Parts) -> &'static Api {
    let is_query = media_type(head) == FORM || action_in_query(head).is_some();
    if is_query { &sts::API } else { targeted(head).map_or(&kms::API, |(api, _)| api) }
}

/// The query of a target that names an action.
fn action_in_query(head: &Parts) -> Option<&str> {
    head.uri.query().filter(|query| query.contains("Action="))
}

/// In which protocol an event's request is answered.
fn protocol(head: &Parts, event: &Event) -> Protocol {
    let asked = APIS.iter().find(|api| api.source == event.service);
    spoken(head, asked.copied().unwrap_or(&kms::API))
}

/// In which protocol a service answers this client.
fn spoken(head: &Parts, api: &Api) -> Protocol {
    match api.protocol {
        json @ Protocol::Json { .. } => json,
        query => query.accepted(text(&head.headers, &header::ACCEPT)),
    }
}

/// Who signed the request, and for which Region. Nothing of this is remembered for the next one.
async fn authenticate(
    service: &Service,
    api: &Api,
    head: &Parts,
    body: &[u8],
    event: &Event,
) -> Result<(Caller, Region)> {
    let head = Head {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query(),
        headers: &head.headers,
        authority: head.uri.authority().map(http::uri::Authority::as_str),
    };
    let region = |name: &str| match (service.regions().find(name), api.place) {
        (None, Place::RegionOrGlobal | Place::Global) if name == GLOBAL => GLOBAL.parse().ok(),
        (found, Place::Region | Place::RegionOrGlobal | Place::Global) => found,
    };
    let presented = {
        let serves = |name: &str| region(name).is_some();
        let expected =
            Expectation { service: api.signing_name, serves: &serves, policy: api.policy };
        sigv4::present(head, &expected, event.time)?
    };
    let path = AccessKey::path(presented.access_key_id());
    let key = service.storage().load::<AccessKey>(&path).await?;
    let key = key.ok_or_else(Error::unknown_client)?;
    service.check_account(key.account)?;
    let region = region(presented.region()).ok_or_else(Error::unknown_client)?;
    let (date, name) = (presented.date(), presented.service());
    let signing_key = service.signing_key(&key, date, region.as_str(), name).await?;
    let _verified: sigv4::Verified = presented.verify(body, &signing_key)?;
    let caller = service.caller(&key, presented.session_token()).await?;
    let region = match api.place {
        Place::Region | Place::RegionOrGlobal => region,
        Place::Global => GLOBAL.parse().map_err(Error::world)?,
    };
    Ok((caller, region))
}

/// Records the outcome, and only then tells it.
async fn conclude(service: &Service, head: &Parts, event: Event, result: Result<Served>) -> Answer {
    let protocol = protocol(head, &event);
    service.note_access_key(&event);
    let (outcome, recorded) = match result {
        Ok(Served { body, is_recorded: true }) => (Ok(body), Ok(())),
        Ok(Served { body, is_recorded: false }) => (Ok(body), service.record(&event, None).await),
        Err(error) => {
            let error = protocol.spell(told(error));
            match event.caller {
                Some(_) => {
                    let recorded = service.record(&event, Some(&error)).await;
                    (Err(error), recorded)
                }
                None => {
                    service.count_stranger(&error);
                    (Err(error), Ok(()))
                }
            }
        }
    };
    let outcome = match recorded {
        Ok(()) => outcome,
        Err(unwritable) => {
            tracing::error!("an answer is withheld: {unwritable}");
            Err(protocol.spell(Error::unavailable()))
        }
    };
    if outcome.is_ok() {
        service.note_uses(&event).await;
    }
    let (status, body) = match outcome {
        Ok(body) => (200, body),
        Err(error) => (error.status, protocol.error(&error, &event.request_id)),
    };
    let media_type = protocol.media_type();
    Answer { status, request_id: event.request_id, media_type, body }
}

/// Whether an isolate did not know what seals a key.
fn is_foreign(error: &Error) -> bool {
    let Error::World(source) = error else { return false };
    matches!(source.downcast_ref(), Some(Failure::Refused(Refusal::Foreign)))
}

/// What the caller is told. The world's faults are told to the log.
fn told(error: Error) -> crate::wire::ApiError {
    match error {
        Error::Caller(error) => error,
        Error::World(source) => {
            tracing::error!("a request failed: {}", causes(&*source));
            match source.downcast_ref() {
                Some(Failure::Refused(Refusal::Foreign)) => Error::key_unavailable(),
                Some(failure) if failure.is_timeout() => Error::dependency_timeout(),
                Some(_) | None => Error::internal(),
            }
        }
        Error::Conflict => Error::internal(),
    }
}

fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let rest = std::iter::successors(error.source(), |error| error.source());
    rest.fold(error.to_string(), |all, cause| format!("{all}: {cause}"))
}

/// Whom the client wants to talk to.
fn host(head: &Parts) -> Option<&str> {
    let named = head.uri.authority().map(http::uri::Authority::as_str);
    named.or_else(|| text(&head.headers, &header::HOST))
}

/// Without its parameters.
fn media_type(head: &Parts) -> &str {
    let content_type = text(&head.headers, &header::CONTENT_TYPE).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim()
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

impl From<sigv4::Refusal> for Error {
    fn from(refusal: sigv4::Refusal) -> Self {
        let code = match refusal.code() {
            Code::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Code::IncompleteSignature => "IncompleteSignatureException",
            Code::InvalidSignature => "InvalidSignatureException",
            Code::UnrecognizedClient => "UnrecognizedClientException",
        };
        Self::authentication(code, refusal.message().to_owned())
    }
}

const TARGET: header::HeaderName = header::HeaderName::from_static("x-amz-target");
/// What requests in the query protocol are written as.
const FORM: &str = "application/x-www-form-urlencoded";
/// Where the services without Regions are.
const GLOBAL: &str = "us-east-1";
/// How often a request is run that others come in between of.
const ATTEMPTS: usize = 16;
