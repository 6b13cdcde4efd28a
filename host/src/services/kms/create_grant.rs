//! `CreateGrant`: lets a principal do with a key what its policy does not let it.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    keys::{Allowance, Constraints, Draft, Nominee, Office},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{
            GrantConstraints, GrantName, GrantOperation, GrantOperations, GrantTokens, KeyTarget,
            PrincipalId, ServicePrincipal,
        },
    },
};

request! {
    pub struct CreateGrant {
        key_id "KeyId": KeyTarget,
        grantee "GranteePrincipal": Option<PrincipalId>,
        retiring "RetiringPrincipal": Option<PrincipalId>,
        operations "Operations": GrantOperations,
        constraints "Constraints": Option<GrantConstraints>,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        name "Name": Option<GrantName>,
        dry_run "DryRun": Option<bool>,
        grantee_service "GranteeServicePrincipal": Option<ServicePrincipal>,
        retiring_service "RetiringServicePrincipal": Option<ServicePrincipal>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    grant_token: String,
    grant_id: String,
    #[serde(skip)]
    key: String,
}

impl Operation for CreateGrant {
    const NAME: &'static str = "CreateGrant";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let draft = self.draft()?;
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let proposal = call.key_to_grant(&self.key_id, draft).await?;
        proposal.key.check_usable(call.now().as_millisecond())?;
        proposal.terms.check(&proposal.key)?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        let (id, token) = call.create_grant(&proposal).await?;
        let key = proposal.key.arn().to_string();
        Ok(Output { grant_token: token.encode(), grant_id: id.to_string(), key })
    }

    /// Of the constraints, conditions are told as if they were a request's encryption context.
    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        let constraints = self.constraints.as_ref();
        let kind = constraints.and_then(|constraints| {
            let equals = constraints.equals.as_ref();
            let equals = equals.map(|pairs| ("EncryptionContextEquals", pairs));
            let subset = || Some(("EncryptionContextSubset", constraints.subset.as_ref()?));
            equals.or_else(subset)
        });
        if let Some(wanted) = name.strip_prefix("kms:encryptioncontext:") {
            let mut pairs = kind?.1.pairs().rev();
            let pair = pairs.find(|(name, _)| name.to_lowercase() == wanted);
            return pair.map(|(_, value)| value.as_str().into());
        }
        match name {
            "kms:encryptioncontextkeys" => {
                Some(Values::many(kind?.1.pairs().map(|(name, _)| name.as_str())))
            }
            "kms:grantconstrainttype" => Some(kind?.0.into()),
            "kms:grantconstraintsourcearn" => {
                Some(constraints?.source_arn.as_ref()?.as_str().into())
            }
            "kms:grantoperations" => {
                let operations = self.operations.choices().iter();
                Some(Values::many(operations.map(GrantOperation::as_str)))
            }
            "kms:granteeprincipal" => Some(self.grantee.as_ref()?.as_str().into()),
            "kms:retiringprincipal" => Some(self.retiring.as_ref()?.as_str().into()),
            "kms:granteeserviceprincipal" => Some(self.grantee_service.as_ref()?.as_str().into()),
            "kms:retiringserviceprincipal" => Some(self.retiring_service.as_ref()?.as_str().into()),
            // So are those that services make on behalf of others, and none does yet.
            "kms:grantisforawsresource" => Some(false.into()),
            _ => None,
        }
    }

    fn response_elements(output: &Output) -> Option<String> {
        let Output { grant_id, key, .. } = output;
        Some(serde_json::json!({ "grantId": grant_id, "keyId": key }).to_string())
    }
}

impl CreateGrant {
    /// What the grant is to say, if any can.
    fn draft(&self) -> Result<Draft<'_>> {
        let grantee = match (&self.grantee, &self.grantee_service) {
            (Some(principal), None) => Nominee::principal(principal.as_str(), Office::Grantee)?,
            (None, Some(service)) => Nominee::Service(service.as_str()),
            (Some(_), Some(_)) | (None, None) => {
                return Err(Error::validation(
                    "You must specify either GranteePrincipal or GranteeServicePrincipal, but not \
                     both.",
                ));
            }
        };
        let retiring = match (&self.retiring, &self.retiring_service) {
            (Some(principal), None) => {
                Some(Nominee::principal(principal.as_str(), Office::Retiring)?)
            }
            (None, Some(service)) => Some(Nominee::Service(service.as_str())),
            (None, None) => None,
            (Some(_), Some(_)) => {
                return Err(Error::validation(
                    "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not \
                     both.",
                ));
            }
        };
        let constraints = self.constraints.as_ref().map(Constraints::wanted).transpose()?;
        let constraints = constraints.unwrap_or_default();
        let is_bound = constraints.source_arn.is_some() && retiring.is_some();
        if self.grantee_service.is_some() && !is_bound {
            return Err(Error::validation(
                "When you specify a GranteeServicePrincipal, you must also specify a SourceArn \
                 grant constraint and either a RetiringPrincipal or a RetiringServicePrincipal.",
            ));
        }
        let mut operations = self.operations.choices().to_vec();
        operations.sort();
        operations.dedup();
        if operations.is_empty() {
            return Err(Error::validation("You must specify at least one grant operation."));
        }
        let name = self.name.as_ref().map(|name| name.as_str().to_owned());
        let allowance = Allowance { operations, constraints };
        Ok(Draft { name, grantee, retiring, allowance })
    }
}
