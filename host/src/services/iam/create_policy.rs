//! `CreatePolicy`: a new managed policy, which nobody has yet.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    identity::{Entity, IamTags, ManagedPolicy, PolicyVersion},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{PolicyDescription, PolicyDocument, PolicyName, PolicyPath, TagList},
    },
};

use super::{managed, shown_managed::ShownManaged};

request! {
    pub struct CreatePolicy {
        policy_name "PolicyName": PolicyName,
        path "Path": Option<PolicyPath>,
        document "PolicyDocument": PolicyDocument,
        description "Description": Option<PolicyDescription>,
        tags "Tags": Option<TagList>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy: ShownManaged,
}

impl Operation for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let path = self.path.as_ref().map_or("/", PolicyPath::as_str);
        let coming = call.coming::<ManagedPolicy>(path, self.policy_name.as_str()).await?;
        let tags = self.tags.as_ref().map(IamTags::wanted).transpose()?.unwrap_or_default();
        if !tags.is_empty() {
            let arn = Entity::Policy.arn(coming.account, &coming.path, &coming.name);
            call.check_entity_as("iam:TagPolicy", &arn, None)?;
        }
        let document = managed::document(self.document.as_str())?;
        let now = call.now().as_millisecond();
        let policy = ManagedPolicy {
            account: coming.account,
            id: call.unique_id(Entity::Policy)?,
            name: coming.name.clone(),
            path: coming.path.clone(),
            created: now,
            updated: now,
            description: self.description.map(|text| text.as_str().to_owned()),
            versions: vec![PolicyVersion { number: 1, created: now, document }],
            default_version: 1,
            last_version: 1,
            tags,
        };
        call.create_entity(&coming, &policy);
        Ok(Output { policy: ShownManaged::new(&policy) })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        IamTags::asked(self.tags.as_ref(), name)
    }

    fn response_elements(output: &Output) -> Option<String> {
        Some(output.policy.element())
    }
}
