//! The trail, as a caller knows it: its name, how its delivery is, and who signs its digests.

use crate::{
    arn::Region,
    audit::delivery::{self, PublicKey, Status, TRAIL},
    wire::{Error, Result},
};

use super::Call;

/// The trail of the caller's account.
pub struct Trail {
    /// Its name.
    pub name: &'static str,
    /// Its ARN.
    pub arn: String,
    /// Where it is at home.
    pub home: Region,
    /// The bucket that is delivered to.
    pub bucket: String,
    /// The part of it; empty for all of it.
    pub prefix: String,
}

impl Call<'_> {
    /// The Region that the request was signed for.
    pub fn region(&self) -> Region {
        self.region
    }

    /// The trail of the caller's account.
    pub fn trail(&self) -> Trail {
        let (bucket, prefix, home) = self.service.delivery().target();
        let account = self.caller.account;
        Trail {
            name: TRAIL,
            arn: format!("arn:aws:cloudtrail:{home}:{account}:trail/{TRAIL}"),
            home,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    /// How the delivery of the caller's records is.
    pub async fn trail_status(&self) -> Result<Status> {
        self.service.delivery().status(self.caller.account).await.map_err(Error::world)
    }

    /// All keys that ever signed a digest.
    pub async fn public_keys(&self) -> Result<Vec<PublicKey>> {
        Ok(delivery::public_keys(self.service.storage()).await?)
    }
}
