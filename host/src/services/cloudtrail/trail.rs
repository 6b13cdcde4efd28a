//! The one trail that every account has, and how requests name it.

use crate::{
    arn::{AccountId, Arn, Owner, Region},
    call::Call,
    wire::{Error, Result},
};

/// How a request names a trail.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    /// By its name, in the Region where it is at home.
    Plain(&'a str),
    /// By its ARN.
    Arn(&'a str),
}

impl<'a> Name<'a> {
    /// Reads a name.
    pub(super) fn parse(text: &'a str) -> Result<Self> {
        if text.starts_with("arn:") {
            let arn = Arn::parse(text).map_err(|_| Error::invalid_trail_arn())?;
            let name = arn.resource.strip_prefix("trail/").unwrap_or_default();
            let is_owned = matches!(arn.owner, Owner::Account(_)) && arn.region.is_some();
            if arn.service != "cloudtrail" || !is_owned {
                return Err(Error::invalid_trail_arn());
            }
            check(name).map_err(|_| Error::invalid_trail_arn())?;
            return Ok(Self::Arn(text));
        }
        check(text)?;
        Ok(Self::Plain(text))
    }

    /// As it was given.
    pub(super) fn text(&self) -> &'a str {
        let (Self::Plain(text) | Self::Arn(text)) = self;
        text
    }

    /// Whether it is that of the caller's trail, in the Region of the request.
    pub(super) fn is_own(&self, call: &Call<'_>) -> bool {
        let trail = call.trail();
        match self {
            Self::Plain(name) => *name == trail.name && call.region() == trail.home,
            Self::Arn(text) => *text == trail.arn,
        }
    }

    /// The ARN that the caller means.
    pub(super) fn arn(&self, account: AccountId, region: Region) -> String {
        match self {
            Self::Plain(name) => format!("arn:aws:cloudtrail:{region}:{account}:trail/{name}"),
            Self::Arn(text) => (*text).to_owned(),
        }
    }
}

/// What a trail may be called.
///
/// Source: CloudTrail API reference, InvalidTrailNameException; its texts as the service answers.
fn check(name: &str) -> Result<()> {
    let is_alphanumeric = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let length = name.chars().count();
    let message = if name.is_empty() {
        "Trail name cannot be blank!".to_owned()
    } else if !name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
        "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods \
         (.), hyphens (-), and underscores (_)."
            .to_owned()
    } else if length < 3 {
        format!(
            "Trail name too short. Minimum allowed length: 3 characters. Specified name length: \
             {length} characters."
        )
    } else if length > 128 {
        format!(
            "Trail name too long. Maximum allowed length: 128 characters. Specified name length: \
             {length} characters."
        )
    } else if !is_alphanumeric(name.chars().next()) {
        "Trail name must starts with a letter or number.".to_owned()
    } else if !is_alphanumeric(name.chars().next_back()) {
        "Trail name must ends with a letter or number.".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::invalid_trail_name(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_are_told_apart() {
        let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/keycell";
        assert_eq!(Name::parse(arn).unwrap(), Name::Arn(arn));
        assert_eq!(Name::parse("a-b_c.d").unwrap(), Name::Plain("a-b_c.d"));
        for wrong in [
            "arn:aws:kms:us-east-1:111122223333:trail/keycell",
            "arn:aws:cloudtrail:us-east-1:111122223333:channel/keycell",
            "arn:aws:cloudtrail::111122223333:trail/keycell",
            "arn:aws:cloudtrail:us-east-1::trail/keycell",
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/",
            "arn:",
        ] {
            let Err(Error::Caller(error)) = Name::parse(wrong) else { panic!("{wrong}") };
            assert_eq!(error.code, "CloudTrailARNInvalidException", "{wrong}");
        }
        for wrong in ["", "ab", "-abc", "abc-", "a b c", "trail/x", &"a".repeat(129)] {
            let Err(Error::Caller(error)) = Name::parse(wrong) else { panic!("{wrong}") };
            assert_eq!(error.code, "InvalidTrailNameException", "{wrong}");
        }
    }
}
