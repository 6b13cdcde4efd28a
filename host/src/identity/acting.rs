//! Callers that act as a service: for the service itself, or on behalf of whoever has asked it.
//!
//! Source: IAM user guide, "Forward access sessions"; "AWS global condition context keys".

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    arn::{AccountId, Arn, Region},
    authorize::Values,
};

use super::{Caller, Principal};

/// Who may act as which service.
#[derive(Clone, Debug, Default)]
pub struct Actors(BTreeMap<String, BTreeSet<String>>);

/// As what somebody acts who is registered for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// `s3.amazonaws.com`
    pub service: String,
    /// `s3.us-east-1.amazonaws.com`
    pub regional: String,
    /// The ARN of who has signed.
    pub signer: String,
    /// For whom.
    pub for_whom: ForWhom,
}

/// For whom a service does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForWhom {
    /// For the caller, who has asked it to.
    Caller,
    /// For itself.
    Itself {
        /// The resource that it is about over there.
        source_arn: Option<String>,
        /// The account of that resource.
        source_account: Option<AccountId>,
    },
}

impl Actors {
    /// Registers who acts as a service: a user, a role or a root user, by its ARN.
    ///
    /// # Errors
    ///
    /// What is no name of a service, or no such ARN.
    pub fn register(&mut self, service: &str, actor: &str) -> Result<(), String> {
        let is_label = |label: &str| {
            let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            !label.is_empty() && label.bytes().all(is_allowed)
        };
        let is_service = service.strip_suffix(DOMAIN).is_some_and(|labels| {
            (1..=3).contains(&labels.split('.').count()) && labels.split('.').all(is_label)
        });
        if !is_service || service.len() > LONGEST_SERVICE {
            return Err(format!("\"{service}\" is no service such as \"s3.amazonaws.com\""));
        }
        let is_actor = |arn: &Arn<'_>| {
            let is_one = ["user/", "role/"].iter().any(|kind| arn.resource.starts_with(kind));
            arn.service == "iam" && arn.account().is_some() && (is_one || arn.resource == "root")
        };
        if !Arn::parse(actor).is_ok_and(|arn| is_actor(&arn)) {
            return Err(format!("\"{actor}\" is no ARN of a user, a role or a root user"));
        }
        self.0.entry(service.to_owned()).or_default().insert(actor.to_owned());
        Ok(())
    }

    /// Whether a caller may act as that service.
    pub fn has(&self, service: &str, caller: &Caller) -> bool {
        let Some(actors) = self.0.get(service) else { return false };
        match &caller.principal {
            Principal::Root => actors.contains(&Arn::root(caller.account).to_string()),
            Principal::User { arn, .. } => actors.contains(arn),
            Principal::Role { role_arn, .. } => actors.contains(role_arn),
            Principal::Federated { .. } | Principal::Service { .. } => false,
        }
    }
}

impl Acting {
    /// As a service in a Region.
    pub fn new(service: &str, region: Region, signer: String, for_whom: ForWhom) -> Self {
        let labels = service.strip_suffix(DOMAIN).unwrap_or(service);
        // Some services have principals of their own for each Region.
        let regional = match labels.split_once('.') {
            Some((_, place)) if place == region.as_str() => service.to_owned(),
            Some(_) | None => format!("{labels}.{}{DOMAIN}", region.as_str()),
        };
        Self { service: service.to_owned(), regional, signer, for_whom }
    }

    /// Whether it is done for somebody who has asked for it.
    pub fn is_forwarded(&self) -> bool {
        self.for_whom == ForWhom::Caller
    }

    /// The resource that the service itself is concerned with.
    pub fn source_arn(&self) -> Option<&str> {
        match &self.for_whom {
            ForWhom::Caller => None,
            ForWhom::Itself { source_arn, .. } => source_arn.as_deref(),
        }
    }

    /// The value of a condition key, whose name is given in lower case.
    pub(super) fn fact(&self, name: &str) -> Option<Values<'_>> {
        let service = self.service.as_str();
        match (&self.for_whom, name) {
            (ForWhom::Caller, "kms:viaservice") => Some(self.regional.as_str().into()),
            (ForWhom::Caller, "aws:viaawsservice") => Some(true.into()),
            (ForWhom::Caller, "aws:calledvia") => Some(Values::many([service])),
            (ForWhom::Caller, "aws:calledviafirst" | "aws:calledvialast") => Some(service.into()),
            (ForWhom::Itself { .. }, "aws:principalisawsservice") => Some(true.into()),
            (ForWhom::Itself { .. }, "aws:principalservicename") => Some(service.into()),
            (ForWhom::Itself { .. }, "aws:principalservicenameslist") => {
                Some(Values::many([service, self.regional.as_str()]))
            }
            (ForWhom::Itself { .. }, "aws:principaltype") => Some("Service".into()),
            (ForWhom::Itself { source_arn, .. }, "aws:sourcearn") => {
                Some(source_arn.as_deref()?.into())
            }
            (ForWhom::Itself { source_account, .. }, "aws:sourceaccount") => {
                Some(source_account.as_ref()?.as_str().into())
            }
            _ => None,
        }
    }
}

/// How the names of services end.
const DOMAIN: &str = ".amazonaws.com";
/// The bound of KMS's model for service principals.
const LONGEST_SERVICE: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn acting(service: &str, for_whom: ForWhom) -> Acting {
        Acting::new(service, "eu-west-1".parse().unwrap(), String::new(), for_whom)
    }

    #[test]
    fn who_is_registered_acts_as_that_service_alone() {
        let mut actors = Actors::default();
        let account: AccountId = "111122223333".parse().unwrap();
        let root = Caller::root(account, "A");
        assert!(!actors.has("s3.amazonaws.com", &root));
        actors.register("s3.amazonaws.com", "arn:aws:iam::111122223333:root").unwrap();
        assert!(actors.has("s3.amazonaws.com", &root));
        assert!(!actors.has("sqs.amazonaws.com", &root));
        let other = Caller::root("444455556666".parse().unwrap(), "A");
        assert!(!actors.has("s3.amazonaws.com", &other));
        for (service, actor) in [
            ("s3", "arn:aws:iam::111122223333:root"),
            ("S3.amazonaws.com", "arn:aws:iam::111122223333:root"),
            (".amazonaws.com", "arn:aws:iam::111122223333:root"),
            ("s3.example.com", "arn:aws:iam::111122223333:root"),
            ("s3.amazonaws.com", "111122223333"),
            ("s3.amazonaws.com", "arn:aws:iam::111122223333:group/g"),
            ("s3.amazonaws.com", "arn:aws:iam::aws:role/r"),
        ] {
            assert!(actors.register(service, actor).is_err(), "{service} {actor}");
        }
    }

    #[test]
    fn a_forwarded_call_comes_by_way_of_the_service_in_its_region() {
        let call = acting("s3.amazonaws.com", ForWhom::Caller);
        assert_eq!(call.fact("kms:viaservice"), Some("s3.eu-west-1.amazonaws.com".into()));
        assert_eq!(call.fact("aws:calledviafirst"), Some("s3.amazonaws.com".into()));
        assert_eq!(call.fact("aws:principalservicename"), None);
        let call = acting("logs.eu-west-1.amazonaws.com", ForWhom::Caller);
        assert_eq!(call.fact("kms:viaservice"), Some("logs.eu-west-1.amazonaws.com".into()));
    }

    #[test]
    fn a_service_for_itself_is_nobodys_way() {
        let for_whom = ForWhom::Itself { source_arn: Some("arn".into()), source_account: None };
        let call = acting("s3.amazonaws.com", for_whom);
        assert_eq!(call.fact("kms:viaservice"), None);
        assert_eq!(call.fact("aws:viaawsservice"), None);
        assert_eq!(call.fact("aws:principalisawsservice"), Some(true.into()));
        assert_eq!(call.fact("aws:sourcearn"), Some("arn".into()));
        assert_eq!(call.fact("aws:sourceaccount"), None);
    }
}
