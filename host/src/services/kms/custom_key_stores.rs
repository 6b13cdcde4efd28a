//! The operations on custom key stores, which this service does not have: whoever may call them is
//! told so, and the call is recorded.

use std::pin::Pin;

use crate::{
    call::Call,
    services::Descriptor,
    wire::{Error, Members, Result},
};

/// The operations, in the order of their names.
pub const REFUSED: &[Descriptor] = &[
    refused("ConnectCustomKeyStore", "kms:ConnectCustomKeyStore", false),
    refused("CreateCustomKeyStore", "kms:CreateCustomKeyStore", false),
    refused("DeleteCustomKeyStore", "kms:DeleteCustomKeyStore", false),
    refused("DescribeCustomKeyStores", "kms:DescribeCustomKeyStores", true),
    refused("DisconnectCustomKeyStore", "kms:DisconnectCustomKeyStore", false),
    refused("UpdateCustomKeyStore", "kms:UpdateCustomKeyStore", false),
];

/// No member is read, and so none is shown: some are secrets.
const fn refused(name: &'static str, action: &'static str, read_only: bool) -> Descriptor {
    Descriptor {
        name,
        action,
        read_only,
        members: &[],
        later: &[],
        decode: |_| Ok(()),
        condition: |_, _, _| None,
        run: refuse,
    }
}

type Refusing<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + 'a>>;

fn refuse<'a>(_: &'a Members, call: &'a mut Call<'_>) -> Refusing<'a> {
    Box::pin(async {
        call.account()?;
        Err(Error::unsupported("Custom key stores are not supported by this service."))
    })
}
