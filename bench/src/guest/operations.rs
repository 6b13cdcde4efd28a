//! Every operation, on both sides.

use std::rc::Rc;

use keycell::isolates::{self, Encryption as GuestEncryption};
use keycell_core::algorithm::{Encryption, Message};
use keycell_core::binding::KeySpec;
use keycell_core::tenant::{Side, Tenant};

use super::kinds::{self, Kind};
use super::world::{Key, World};
use crate::{Failure, Result};

/// A call natively and into the isolate.
pub(super) struct Operation<'w> {
    pub(super) name: String,
    /// How much longer than others its rounds are.
    pub(super) stretch: u32,
    pub(super) native: Call<'w>,
    pub(super) guest: Call<'w>,
}

pub(super) type Call<'w> = Box<dyn FnMut() -> Result<()> + 'w>;

impl Operation<'_> {
    /// ML-DSA signs, and tries its new keys, until an attempt fits: the fourth or fifth on average.
    fn with(mut self, kind: Kind) -> Self {
        if matches!(kind.native.0, KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87) {
            self.stretch = STRETCH;
        }
        self
    }
}

type Table = fn(&World) -> Result<Vec<Operation<'_>>>;

/// The tables, which make their keys when they are asked for their operations.
pub(super) const TABLES: [(&str, Table); 7] = [
    ("Symmetric keys", symmetric),
    ("MACs of 32 bytes", macs),
    ("RSA decryption", decryption),
    ("Signatures of 32 bytes", signatures),
    ("Agreement", agreement),
    ("Encapsulation", encapsulation),
    ("Making keys", making),
];

/// Calls that are refused at once: without arguments, and with all of an Encrypt's.
pub(super) fn refused(world: &World) -> Result<Vec<Operation<'_>>> {
    let key = world.key(kinds::SYMMETRIC)?;
    Ok(vec![
        operation(
            world,
            "without arguments",
            (),
            |tenant, ()| must_fail(tenant.random(0)),
            |world, ()| must_fail(world.guest.random(0)),
        ),
        operation(
            world,
            "with the arguments of an Encrypt",
            key,
            |tenant, key| must_fail(tenant.encrypt(&native(key, SYMMETRIC.0), b"")),
            |world, key| must_fail(world.guest.encrypt(guest(key, SYMMETRIC.1), b"")),
        ),
    ])
}

fn symmetric(world: &World) -> Result<Vec<Operation<'_>>> {
    let mut operations = vec![operation(
        world,
        "GenerateDataKey",
        world.key(kinds::SYMMETRIC)?,
        |tenant, key| done(tenant.generate_data_key(&native(key, SYMMETRIC.0), 32)),
        |world, key| done(world.guest.data_key(guest(key, SYMMETRIC.1), 32)),
    )];
    for length in [32, 4096] {
        operations.push(encrypt(world, kinds::SYMMETRIC, SYMMETRIC, length)?);
        operations.push(decrypt(world, kinds::SYMMETRIC, SYMMETRIC, length)?);
    }
    Ok(operations)
}

fn decryption(world: &World) -> Result<Vec<Operation<'_>>> {
    let kinds = kinds::RSA_ENCRYPTING.into_iter();
    kinds.map(|kind| decrypt(world, kind, OAEP, 32)).collect()
}

fn encrypt(
    world: &World,
    kind: Kind,
    algorithm: Encrypting,
    length: usize,
) -> Result<Operation<'_>> {
    Ok(operation(
        world,
        format!("Encrypt {length} bytes, {}", kind.name),
        (world.key(kind)?, vec![7; length]),
        move |tenant, (key, plaintext)| done(tenant.encrypt(&native(key, algorithm.0), plaintext)),
        move |world, (key, plaintext)| {
            done(world.guest.encrypt(guest(key, algorithm.1), plaintext))
        },
    ))
}

fn decrypt(
    world: &World,
    kind: Kind,
    algorithm: Encrypting,
    length: usize,
) -> Result<Operation<'_>> {
    let key = world.key(kind)?;
    let mut tenant = world.native.borrow_mut();
    let ciphertext = tenant.encrypt(&native(&key, algorithm.0), &vec![7; length])?;
    Ok(operation(
        world,
        format!("Decrypt {length} bytes, {}", kind.name),
        (key, ciphertext),
        move |tenant, (key, bytes)| done(tenant.decrypt(&native(key, algorithm.0), bytes)),
        move |world, (key, bytes)| {
            done(world.wait(world.guest.decrypt(guest(key, algorithm.1), bytes)))
        },
    ))
}

fn macs(world: &World) -> Result<Vec<Operation<'_>>> {
    let kinds = kinds::MAC.into_iter();
    let generate = kinds.map(|kind| {
        Ok(operation(
            world,
            format!("GenerateMac, {}", kind.name),
            world.key(kind)?,
            |tenant, key| done(tenant.generate_mac(&key.native(), MESSAGE)),
            |world, key| done(world.guest.generate_mac(key.guest(), MESSAGE)),
        ))
    });
    generate.collect()
}

fn signatures(world: &World) -> Result<Vec<Operation<'_>>> {
    let mut operations = Vec::new();
    for (kind, algorithm, in_guest) in kinds::SIGNING {
        let key = world.key(kind)?;
        let mut tenant = world.native.borrow_mut();
        let signature = tenant.sign(&key.native(), algorithm, Message::Raw(MESSAGE))?;
        let key = (Rc::new(key), signature);
        let same = (key.0.clone(), key.1.clone());
        let sign = operation(
            world,
            format!("Sign, {} {algorithm:?}", kind.name),
            key,
            move |tenant, (key, _)| {
                done(tenant.sign(&key.native(), algorithm, Message::Raw(MESSAGE)))
            },
            move |world, (key, _)| {
                let message = isolates::Message::Raw(MESSAGE);
                done(world.wait(world.guest.sign(key.guest(), in_guest, message)))
            },
        );
        operations.push(sign.with(kind));
        operations.push(operation(
            world,
            format!("Verify, {} {algorithm:?}", kind.name),
            same,
            move |tenant, (key, signature)| {
                done(tenant.verify(&key.native(), algorithm, Message::Raw(MESSAGE), signature))
            },
            move |world, (key, signature)| {
                let message = isolates::Message::Raw(MESSAGE);
                let verify = world.guest.verify(key.guest(), in_guest, message, signature);
                if world.wait(verify)? { Ok(()) } else { Err(Failure::new("not verified")) }
            },
        ));
    }
    Ok(operations)
}

fn agreement(world: &World) -> Result<Vec<Operation<'_>>> {
    let derive = kinds::AGREEING.into_iter().map(|kind| {
        let key = world.key(kind)?;
        let peer = world.key(kind)?;
        let peer = world.native.borrow_mut().public_key(&peer.native())?;
        Ok(operation(
            world,
            format!("DeriveSharedSecret, {}", kind.name),
            (key, peer),
            |tenant, (key, peer)| done(tenant.derive(&key.native(), peer)),
            |world, (key, peer)| done(world.wait(world.guest.derive(key.guest(), peer))),
        ))
    });
    derive.collect()
}

fn encapsulation(world: &World) -> Result<Vec<Operation<'_>>> {
    let mut operations = Vec::new();
    for kind in kinds::ENCAPSULATING {
        let key = Rc::new(world.key(kind)?);
        let ciphertext = world.native.borrow_mut().encapsulate(&key.native())?.ciphertext;
        operations.push(operation(
            world,
            format!("Encapsulate, {}", kind.name),
            key.clone(),
            |tenant, key| done(tenant.encapsulate(&key.native())),
            |world, key| done(world.guest.encapsulate(key.guest())),
        ));
        operations.push(operation(
            world,
            format!("Decapsulate, {}", kind.name),
            (key, ciphertext),
            |tenant, (key, bytes)| done(tenant.decapsulate(&key.native(), bytes)),
            |world, (key, bytes)| done(world.guest.decapsulate(key.guest(), bytes)),
        ));
    }
    Ok(operations)
}

fn making(world: &World) -> Result<Vec<Operation<'_>>> {
    let generate = kinds::MAKING.into_iter().map(|kind| {
        let key = world.key(kind)?;
        Ok(operation(
            world,
            format!("CreateKey, {}", kind.name),
            key,
            |tenant, key| done(tenant.generate(&key.native)),
            |world, key| done(world.wait(world.guest.generate(key.guest))),
        )
        .with(kind))
    });
    generate.collect()
}

fn operation<'w, A: 'w>(
    world: &'w World,
    name: impl Into<String>,
    arguments: A,
    native: impl Fn(&mut Tenant, &A) -> Result<()> + 'w,
    guest: impl Fn(&World, &A) -> Result<()> + 'w,
) -> Operation<'w> {
    let arguments = Rc::new(arguments);
    let same = arguments.clone();
    Operation {
        name: name.into(),
        stretch: 1,
        native: Box::new(move || native(&mut world.native.borrow_mut(), &same)),
        guest: Box::new(move || guest(world, &arguments)),
    }
}

fn native(key: &Key, algorithm: Encryption) -> Side<'_> {
    Side { key: key.native(), algorithm, context: b"" }
}

fn guest(key: &Key, algorithm: GuestEncryption) -> isolates::Side<'_> {
    isolates::Side { key: key.guest(), algorithm, context: b"" }
}

fn done<T, E: Into<Failure>>(result: std::result::Result<T, E>) -> Result<()> {
    result.map(drop).map_err(Into::into)
}

fn must_fail<T, E>(result: std::result::Result<T, E>) -> Result<()> {
    match result {
        Ok(_) => Err(Failure::new("a call that must be refused was not")),
        Err(_) => Ok(()),
    }
}

/// In the words of both sides.
type Encrypting = (Encryption, GuestEncryption);

const SYMMETRIC: Encrypting = (Encryption::Symmetric, GuestEncryption::SymmetricDefault);
const OAEP: Encrypting = (Encryption::OaepSha256, GuestEncryption::RsaesOaepSha256);
/// Enough for luck to even out.
const STRETCH: u32 = 8;
const MESSAGE: &[u8] = &[7; 32];
