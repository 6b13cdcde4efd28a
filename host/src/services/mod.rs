//! The operations: one file each, one list a service, and all else derived from the lists.

pub mod cloudtrail;
pub mod iam;
pub mod kms;
pub mod sts;

use std::{future::Future, pin::Pin};

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    identity::{Session, SessionKind},
    sigv4,
    wire::{Error, Members, Protocol, Request, Result, member::Shape, xml},
};

/// A service of AWS.
pub struct Api {
    /// Its name in the scope of signatures.
    pub signing_name: &'static str,
    /// Its name in records: `kms.amazonaws.com`.
    pub source: &'static str,
    /// How requests and answers are written.
    pub protocol: Protocol,
    /// Where its requests may be signed for.
    pub place: Place,
    /// How lenient its front end is.
    pub policy: sigv4::Policy,
    /// Its operations, in the order of their names.
    pub operations: &'static [Descriptor],
    /// Operations that are refused.
    pub refused: &'static [Descriptor],
}

/// For which Regions requests may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// For one that is served.
    Region,
    /// Also for that of the global endpoint, which need not be served.
    RegionOrGlobal,
    /// The same, and it is done in that of the global endpoint, wherever it was signed for.
    Global,
}

/// All services; the one that is asked most comes first.
pub static APIS: &[&Api] = &[&kms::API, &iam::API, &sts::API, &cloudtrail::API];

impl Api {
    /// Whether credentials of that kind are good for an operation at all, whatever policies say:
    /// who has no device has not shown with GetSessionToken that it may call IAM.
    ///
    /// Source: IAM user guide, "Compare AWS STS credentials".
    pub fn check_session(&self, operation: &Descriptor, session: Option<&Session>) -> Result<()> {
        let served: &[&str] = match session.map(|session| &session.kind) {
            None | Some(SessionKind::Role { .. }) => return Ok(()),
            Some(SessionKind::Root | SessionKind::User { .. }) => {
                &["AssumeRole", "GetCallerIdentity"]
            }
            Some(SessionKind::Federated { .. }) => &["GetCallerIdentity"],
        };
        match self.signing_name {
            "iam" => Err(Error::unknown_client()),
            "sts" if !served.contains(&operation.name) => {
                Err(Error::session_credentials(operation.name))
            }
            _ => Ok(()),
        }
    }

    /// The operation of that name.
    pub fn operation(&self, name: &str) -> Option<&'static Descriptor> {
        let mut known = self.operations.iter().chain(self.refused);
        known.find(|operation| operation.name == name)
    }
}

/// An operation of a service.
pub trait Operation: Request + Send + 'static {
    /// Its name on the wire.
    const NAME: &'static str;

    /// Whether CloudTrail calls it read-only: whether it changes nothing.
    const READ_ONLY: bool;

    /// The members of its answer; `()` for an empty body.
    type Output: Serialize + Send;

    /// Does it. May be run again from the start when a record has changed meanwhile.
    fn run(self, call: &mut Call<'_>) -> impl Future<Output = Result<Self::Output>> + Send;

    /// The value of a condition key that the request itself gives. The name is in lower case; the
    /// action is another than the operation's in ReEncrypt alone.
    fn condition(&self, _action: &str, _name: &str) -> Option<Values<'_>> {
        None
    }

    /// `responseElements` of the record; none for operations that change nothing.
    fn response_elements(_output: &Self::Output) -> Option<String> {
        None
    }
}

/// What the front knows of an operation.
pub struct Descriptor {
    /// Its name on the wire.
    pub name: &'static str,
    /// As policies name it.
    pub action: &'static str,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Its request's members.
    pub members: &'static [(&'static str, Shape)],
    /// Members that are served later.
    pub later: &'static [&'static str],
    /// Decodes the request alone.
    pub decode: fn(&Members) -> Result<()>,
    /// What conditions on the request's members ask for.
    pub condition: fn(&Members, &str, &str) -> Option<Values<'static>>,
    /// Decodes the request, runs it and renders the answer.
    pub run: Run,
}

/// A request's way through its operation.
pub type Run = for<'a> fn(
    &'a Members,
    &'a mut Call<'_>,
) -> Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + 'a>>;

impl Descriptor {
    /// Derives all from the operation's type.
    pub const fn of<O: Operation>(action: &'static str) -> Self {
        Self {
            name: O::NAME,
            action,
            read_only: O::READ_ONLY,
            members: O::MEMBERS,
            later: O::LATER,
            decode: |members| O::decode(members).map(drop),
            condition: |members, action, name| {
                O::decode(members).ok()?.condition(action, name).map(Values::kept)
            },
            run: |members, call| Box::pin(run::<O>(members, call)),
        }
    }
}

async fn run<O: Operation>(members: &Members, call: &mut Call<'_>) -> Result<Vec<u8>> {
    let request = O::decode(members)?;
    call.echo(|| request.echo());
    let output = request.run(call).await?;
    call.respond(O::response_elements(&output));
    if let Protocol::Query { .. } = call.protocol() {
        return xml::result(O::NAME, &output);
    }
    let body = serde_json::to_vec(&output).map_err(Error::world)?;
    // An operation without output has an empty body.
    Ok(if body == b"null" { Vec::new() } else { body })
}

/// Declares the operations of a service, each with its file.
#[macro_export]
macro_rules! operations {
    ($service:literal: $($file:ident::$name:ident),* $(,)?) => {
        $(mod $file;)*

        /// The operations, in the order of their names.
        pub const OPERATIONS: &[$crate::services::Descriptor] = &[$(
            $crate::services::Descriptor::of::<$file::$name>(concat!(
                $service, ":", stringify!($name)
            ))
        ),*];
    };
}
