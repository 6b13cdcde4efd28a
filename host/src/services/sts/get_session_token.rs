//! `GetSessionToken`: temporary credentials for oneself.

use serde::Serialize;
use serde_json::json;

use crate::{
    call::{Call, NewSession},
    identity::{IamTags, Principal, SessionKind},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::sts::{DurationSeconds, MinimumSessionTokenSize, SerialNumber, TokenCode},
    },
};

use super::shown::{self, Credentials};

request! {
    pub struct GetSessionToken {
        seconds "DurationSeconds": Option<DurationSeconds>,
        serial_number "SerialNumber": Option<SerialNumber>,
        token_code "TokenCode": Option<TokenCode>,
        token_size "MinimumSessionTokenSize": Option<MinimumSessionTokenSize>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: Credentials,
    session_token_utilization: usize,
    session_token_size: usize,
}

impl Operation for GetSessionToken {
    const NAME: &'static str = "GetSessionToken";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let caller = call.caller();
        let kind = match (&caller.principal, &caller.session) {
            (Principal::Root, None) => SessionKind::Root,
            (Principal::User { user, .. }, None) => SessionKind::User { id: user.id.clone() },
            (Principal::Root | Principal::User { .. }, Some(_))
            | (
                Principal::Role { .. } | Principal::Federated { .. } | Principal::Service { .. },
                _,
            ) => {
                return Err(Error::session_credentials(Self::NAME));
            }
        };
        shown::check_device(self.serial_number.as_ref(), self.token_code.as_ref())?;
        let seconds = shown::duration(self.seconds, &kind);
        let account = call.own_session();
        let wanted = NewSession {
            kind,
            seconds,
            policies: None,
            tags: IamTags::default(),
            transitive_tags: Vec::new(),
            source_identity: None,
            token_size: shown::characters(self.token_size),
        };
        let begun = call.begin_session(&account, account.id, wanted).await?;
        let credentials = Credentials::of(begun);
        let token = credentials.token_size();
        Ok(Output {
            credentials,
            session_token_utilization: token.utilization,
            session_token_size: token.size,
        })
    }

    fn response_elements(output: &Output) -> Option<String> {
        let elements = json!({
            "credentials": output.credentials.in_record(),
            "sessionTokenSize": output.session_token_size,
            "sessionTokenUtilization": output.session_token_utilization,
        });
        Some(elements.to_string())
    }
}
