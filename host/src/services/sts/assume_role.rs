//! `AssumeRole`: a session of a role, for whom its owner trusts.

use serde::Serialize;
use serde_json::json;

use crate::{
    authorize::Values,
    call::{Call, NewSession},
    identity::{IamTags, Principal, Role, SessionKind},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{TagKey, TagKeys, TagList},
        members::sts::{
            Arn, ExternalId, MinimumSessionTokenSize, PolicyDescriptors, RoleDurationSeconds,
            RoleSessionName, SerialNumber, SourceIdentity, TokenCode, UnboundedSessionPolicyText,
        },
    },
};

use super::shown::{self, Credentials};

request! {
    pub struct AssumeRole {
        role_arn "RoleArn": Arn,
        name "RoleSessionName": RoleSessionName,
        policy_arns "PolicyArns": Option<PolicyDescriptors>,
        policy "Policy": Option<UnboundedSessionPolicyText>,
        seconds "DurationSeconds": Option<RoleDurationSeconds>,
        tags "Tags": Option<TagList>,
        transitive_tags "TransitiveTagKeys": Option<TagKeys>,
        external_id "ExternalId": Option<ExternalId>,
        serial_number "SerialNumber": Option<SerialNumber>,
        token_code "TokenCode": Option<TokenCode>,
        source_identity "SourceIdentity": Option<SourceIdentity>,
        token_size "MinimumSessionTokenSize": Option<MinimumSessionTokenSize>,
    }
    later { "ProvidedContexts" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
    packed_policy_size: Option<usize>,
    source_identity: Option<String>,
    session_token_utilization: usize,
    session_token_size: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    assumed_role_id: String,
    arn: String,
}

impl Operation for AssumeRole {
    const NAME: &'static str = "AssumeRole";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let own_tags = shown::tags(self.tags.as_ref())?;
        let is_packed = self.policy.is_some() || self.policy_arns.is_some() || self.tags.is_some();
        let (tags, transitive_tags) = self.all_tags(call, &own_tags)?;
        shown::check_device(self.serial_number.as_ref(), self.token_code.as_ref())?;
        let role = call.role_to_assume(self.role_arn.as_str()).await?;
        if !tags.is_empty() {
            call.check_role(&role, "sts:TagSession")?;
        }
        let inherited = call.caller().session.as_ref();
        let inherited = inherited.and_then(|session| session.source_identity.as_deref());
        let asked = self.source_identity.as_ref().map(SourceIdentity::as_str);
        let source_identity = inherited.or(asked).map(str::to_owned);
        if source_identity.is_some() {
            call.check_role(&role, "sts:SetSourceIdentity")?;
        }
        // Who is behind a chain of sessions stays the same.
        if inherited.is_some() && asked.is_some() && asked != inherited {
            let (caller, arn) = (call.caller(), self.role_arn.as_str());
            return Err(Error::not_trusted(caller, "sts:SetSourceIdentity", arn));
        }
        let is_chained = matches!(call.caller().principal, Principal::Role { .. });
        let seconds = self.duration(&role, is_chained)?;
        let inline = self.policy.as_ref().map(UnboundedSessionPolicyText::as_str);
        let managed = self.policy_arns.as_ref();
        let policies = shown::policies(call, role.account, inline, managed).await?;
        let name = self.name.as_str().to_owned();
        let wanted = NewSession {
            kind: SessionKind::Role { id: role.id.clone(), name, is_chained },
            seconds,
            policies,
            tags,
            transitive_tags,
            source_identity: source_identity.clone(),
            token_size: shown::characters(self.token_size),
        };
        let begun = call.begin_session(&role, role.account, wanted).await?;
        let packed_policy_size = is_packed.then_some(begun.packed_percent);
        let credentials = Credentials::of(begun);
        let token = credentials.token_size();
        let assumed_role_user = AssumedRoleUser::of(&role, self.name.as_str());
        Ok(Output {
            credentials,
            assumed_role_user,
            packed_policy_size,
            source_identity,
            session_token_utilization: token.utilization,
            session_token_size: token.size,
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        match name {
            "sts:externalid" => Some(self.external_id.as_ref()?.as_str().into()),
            "sts:rolesessionname" => Some(self.name.as_str().into()),
            "sts:durationseconds" => {
                let seconds = self.seconds.map_or(DEFAULT, |seconds| seconds.get());
                Some(seconds.to_string().into())
            }
            "sts:sourceidentity" => Some(self.source_identity.as_ref()?.as_str().into()),
            "sts:transitivetagkeys" => {
                let keys = self.transitive_tags.as_ref()?.keys();
                Some(Values::many(keys.iter().map(TagKey::as_str)))
            }
            _ => IamTags::asked(self.tags.as_ref(), name),
        }
    }

    fn response_elements(output: &Output) -> Option<String> {
        let AssumedRoleUser { assumed_role_id, arn } = &output.assumed_role_user;
        let mut elements = json!({
            "credentials": output.credentials.in_record(),
            "assumedRoleUser": { "assumedRoleId": assumed_role_id, "arn": arn },
            "sessionTokenSize": output.session_token_size,
            "sessionTokenUtilization": output.session_token_utilization,
        });
        let members = elements.as_object_mut()?;
        if let Some(percent) = output.packed_policy_size {
            members.insert("packedPolicySize".to_owned(), percent.into());
        }
        if let Some(source) = &output.source_identity {
            members.insert("sourceIdentity".to_owned(), source.as_str().into());
        }
        Some(elements.to_string())
    }
}

impl AssumeRole {
    /// The tags of the session, and which of them are handed on: what the calling session hands on
    /// stays as it is.
    fn all_tags(&self, call: &Call<'_>, own: &IamTags) -> Result<(IamTags, Vec<String>)> {
        let inherited = call.caller().transitive_tags();
        if own.0.keys().any(|name| inherited.get(name).is_some()) {
            return Err(Error::transitive_tag_conflict());
        }
        let mut transitive: Vec<_> = inherited.0.keys().cloned().collect();
        for key in self.transitive_tags.as_ref().map_or(&[][..], TagKeys::keys) {
            let wanted = key.as_str();
            let own = own.0.keys().find(|name| name.eq_ignore_ascii_case(wanted));
            let own = own.ok_or_else(Error::no_transitive_tag)?;
            if !transitive.contains(own) {
                transitive.push(own.clone());
            }
        }
        Ok((inherited.overridden_by(own), transitive))
    }

    fn duration(&self, role: &Role, is_chained: bool) -> Result<u32> {
        let Some(seconds) = self.seconds.map(|seconds| seconds.get()) else { return Ok(DEFAULT) };
        if is_chained && seconds > LONGEST_CHAINED {
            return Err(Error::chained_session_too_long());
        }
        if seconds > role.longest_session {
            return Err(Error::session_too_long());
        }
        Ok(seconds)
    }
}

impl AssumedRoleUser {
    fn of(role: &Role, name: &str) -> Self {
        let Role { account, id, name: role, .. } = role;
        let arn = format!("arn:aws:sts::{account}:assumed-role/{role}/{name}");
        Self { assumed_role_id: format!("{id}:{name}"), arn }
    }
}

/// Seconds of a session if the request does not say, and of the longest that a role's session
/// begins.
const DEFAULT: u32 = 3600;
const LONGEST_CHAINED: u32 = 3600;
