//! The path of a request: from the bytes that came to the bytes that go.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderMap, Method, header, request::Parts};

use crate::{
    arn::Region,
    audit::record::{Event, Source},
    call::{Asked, Call},
    identity::{AccessKey, Caller, Principal},
    isolates::{Failure, Refusal},
    service::Service,
    services::{Descriptor, kms},
    sigv4::{self, Code, Expectation, Head, Policy},
    wire::{Error, Result, request},
};

/// What goes back.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names the request.
    pub request_id: String,
    /// JSON, or nothing.
    pub body: Vec<u8>,
}

/// Serves one request. What was not recorded is not answered.
pub async fn handle(service: &Arc<Service>, head: &Parts, peer: IpAddr, body: &[u8]) -> Answer {
    let user_agent = head.headers.get(header::USER_AGENT);
    let user_agent = user_agent.map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
    let mut event = service.begin(Source::Peer(peer), user_agent);
    let rotations = service.rotations();
    let mut result = serve(service, head, body, &mut event).await;
    // What was read before a rotation ended need not open after it: then it is read again.
    if result.as_ref().is_err_and(is_foreign) && service.rotations() != rotations {
        event.start_over();
        result = serve(service, head, body, &mut event).await;
    }
    conclude(service, event, result).await
}

/// The answer to a request that was refused before it could be read.
pub fn refuse(error: Error) -> Answer {
    let error = told(error);
    Answer { status: error.status, request_id: crate::service::uuid(), body: error.body() }
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
    let operation = route(head, body)?;
    service.check_open()?;
    let (caller, region) = authenticate(service, head, body, event).await?;
    event.name = operation.name;
    event.region = Some(region);
    event.component = Some(service.component(caller.account).to_owned());
    event.caller = Some(caller.clone());
    let members = request::parse(body)?;
    // What isolates seal now is stored before the root is dropped that seals it.
    let _changing = match operation.read_only {
        true => None,
        false => Some(service.changing().await),
    };
    let asked =
        Asked { action: operation.action, members: &members, condition: operation.condition };
    let mut turn = None;
    for _ in 0..ATTEMPTS {
        event.start_over();
        event.read_only = operation.read_only;
        let mut call = Call::new(service, &caller, region, asked, event);
        let body = (operation.run)(&members, &mut call).await?;
        let (changes, held) = call.into_changes();
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

/// The operation that is asked for: checked in the order of AWS's front end.
fn route(head: &Parts, body: &[u8]) -> Result<&'static Descriptor> {
    let content_type = text(&head.headers, &header::CONTENT_TYPE).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if head.method != Method::POST || head.uri.path() != "/" || media_type != MEDIA_TYPE {
        return Err(Error::unknown_operation());
    }
    let target = text(&head.headers, &TARGET).unwrap_or_default();
    let name = target.strip_prefix(kms::TARGET).unwrap_or_default();
    let mut known = kms::OPERATIONS.iter().chain(kms::REFUSED);
    let operation = known.find(|operation| operation.name == name);
    let operation = operation.ok_or_else(Error::unknown_operation)?;
    request::check(body)?;
    Ok(operation)
}

/// Who signed the request, and for which Region. Nothing of this is remembered for the next one.
async fn authenticate(
    service: &Service,
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
    let presented = {
        let serves = |region: &str| service.regions().find(region).is_some();
        let expected =
            Expectation { service: kms::SIGNING_NAME, serves: &serves, policy: Policy::KMS };
        sigv4::present(head, &expected, event.time)?
    };
    if presented.session_token().is_some() {
        return Err(Error::unknown_client());
    }
    let path = AccessKey::path(presented.access_key_id());
    let key = service.storage().load::<AccessKey>(&path).await?;
    let key = key.ok_or_else(Error::unknown_client)?;
    service.check_account(key.account)?;
    let region = service.regions().find(presented.region()).ok_or_else(Error::unknown_client)?;
    let (date, name) = (presented.date(), presented.service());
    let signing_key = service.signing_key(&key, date, region.as_str(), name).await?;
    let _verified: sigv4::Verified = presented.verify(body, &signing_key)?;
    let caller =
        Caller { account: key.account, principal: Principal::Root, access_key_id: key.id.clone() };
    Ok((caller, region))
}

/// Records the outcome, and only then tells it.
async fn conclude(service: &Service, event: Event, result: Result<Served>) -> Answer {
    let (outcome, recorded) = match result {
        Ok(Served { body, is_recorded: true }) => (Ok(body), Ok(())),
        Ok(Served { body, is_recorded: false }) => (Ok(body), service.record(&event, None).await),
        Err(error) => {
            let error = told(error);
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
            Err(Error::unavailable())
        }
    };
    if outcome.is_ok() {
        service.note_uses(&event).await;
    }
    let (status, body) = match outcome {
        Ok(body) => (200, body),
        Err(error) => (error.status, error.body()),
    };
    Answer { status, request_id: event.request_id, body }
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
/// AWS JSON 1.1.
pub const MEDIA_TYPE: &str = "application/x-amz-json-1.1";
/// How often a request is run that others come in between of.
const ATTEMPTS: usize = 16;
