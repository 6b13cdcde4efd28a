//! `GetFederationToken`: a session for somebody whom only the caller knows, with a part of the
//! caller's permissions.

use serde::Serialize;
use serde_json::json;

use crate::{
    authorize::Values,
    call::{Call, NewSession},
    identity::{IamTags, Principal, SessionKind},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::TagList,
        members::sts::{
            DurationSeconds, FederatedName, MinimumSessionTokenSize, PolicyDescriptors,
            SessionPolicyText,
        },
    },
};

use super::shown::{self, Credentials};

request! {
    pub struct GetFederationToken {
        name "Name": FederatedName,
        policy "Policy": Option<SessionPolicyText>,
        policy_arns "PolicyArns": Option<PolicyDescriptors>,
        seconds "DurationSeconds": Option<DurationSeconds>,
        tags "Tags": Option<TagList>,
        token_size "MinimumSessionTokenSize": Option<MinimumSessionTokenSize>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: Credentials,
    federated_user: FederatedUser,
    packed_policy_size: usize,
    session_token_utilization: usize,
    session_token_size: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FederatedUser {
    federated_user_id: String,
    arn: String,
}

impl Operation for GetFederationToken {
    const NAME: &'static str = "GetFederationToken";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let tags = shown::tags(self.tags.as_ref())?;
        let name = self.name.as_str();
        let caller = call.caller();
        let user = match (&caller.principal, &caller.session) {
            (Principal::Root, None) => None,
            (Principal::User { user, .. }, None) => Some(user.id.clone()),
            (Principal::Root | Principal::User { .. }, Some(_))
            | (
                Principal::Role { .. } | Principal::Federated { .. } | Principal::Service { .. },
                _,
            ) => {
                return Err(Error::session_credentials(Self::NAME));
            }
        };
        let account = call.federation(name)?;
        if !tags.is_empty() {
            call.check_federation_tags(name)?;
        }
        let inline = self.policy.as_ref().map(SessionPolicyText::as_str);
        let managed = self.policy_arns.as_ref();
        let policies = shown::policies(call, account.id, inline, managed).await?;
        let kind = SessionKind::Federated { name: name.to_owned(), user };
        let seconds = shown::duration(self.seconds, &kind);
        let wanted = NewSession {
            kind,
            seconds,
            policies,
            tags,
            transitive_tags: Vec::new(),
            source_identity: None,
            token_size: shown::characters(self.token_size),
        };
        let begun = call.begin_session(&account, account.id, wanted).await?;
        let packed_policy_size = begun.packed_percent;
        let credentials = Credentials::of(begun);
        let token = credentials.token_size();
        let federated_user = FederatedUser {
            federated_user_id: format!("{}:{name}", account.id),
            arn: format!("arn:aws:sts::{}:federated-user/{name}", account.id),
        };
        Ok(Output {
            credentials,
            federated_user,
            packed_policy_size,
            session_token_utilization: token.utilization,
            session_token_size: token.size,
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        IamTags::asked(self.tags.as_ref(), name)
    }

    fn response_elements(output: &Output) -> Option<String> {
        let FederatedUser { federated_user_id, arn } = &output.federated_user;
        let elements = json!({
            "credentials": output.credentials.in_record(),
            "federatedUser": { "federatedUserId": federated_user_id, "arn": arn },
            "packedPolicySize": output.packed_policy_size,
            "sessionTokenSize": output.session_token_size,
            "sessionTokenUtilization": output.session_token_utilization,
        });
        Some(elements.to_string())
    }
}
