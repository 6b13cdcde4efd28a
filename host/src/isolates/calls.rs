//! The calls of world `tenant` as functions. What is expected to take less than some 200 µs runs on
//! the caller's thread; the rest, on the threads of the pool, is `async`.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{
    Failure, Refusal, Tenant,
    bindings::tenant::exports::keycell::isolate::{material::Wrapping, signing},
    key::{Binding, Key, KeySpec, Side},
    time::Budget,
};

/// What making or taking in a key gives back.
pub struct SealedMaterial {
    /// For the record of the key.
    pub sealed: Vec<u8>,
    /// Names the material in ciphertexts.
    pub material_id: [u8; 32],
}

/// A data key on its way to its caller.
pub struct DataKey {
    /// The key itself.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// Under the KMS key.
    pub ciphertext: Vec<u8>,
}

/// A data key pair on its way to its caller.
pub struct DataKeyPair {
    /// SubjectPublicKeyInfo (DER).
    pub public_key: Vec<u8>,
    /// PKCS #8 (DER).
    pub private_key: DataKey,
}

/// The same without the private key in the clear.
pub struct SealedPair {
    /// SubjectPublicKeyInfo (DER).
    pub public_key: Vec<u8>,
    /// The private key under the KMS key.
    pub private_key: Vec<u8>,
}

/// A shared secret on its way to its caller.
pub struct Encapsulated {
    /// Thirty-two bytes.
    pub shared_secret: Zeroizing<Vec<u8>>,
    /// What the private half makes the same secret of.
    pub ciphertext: Vec<u8>,
}

/// A wrapping key for the import of one key's material.
pub struct Invitation {
    /// SubjectPublicKeyInfo (DER).
    pub public_key: Vec<u8>,
    /// The private half, for the record.
    pub sealed: Vec<u8>,
}

/// A message in one of the forms of AWS's `MessageType`.
#[derive(Clone, Copy)]
pub enum Message<'a> {
    /// The message itself.
    Raw(&'a [u8]),
    /// Its digest.
    Digest(&'a [u8]),
    /// The representative `mu` of ML-DSA.
    ExternalMu(&'a [u8]),
}

impl Tenant {
    /// Makes the key that `binding` describes.
    pub async fn generate(self: &Arc<Self>, binding: Binding) -> Result<SealedMaterial, Failure> {
        self.in_time(private(binding.spec), (), move |tenant, budget, ()| {
            let made = tenant.call_within(budget, |world, store| {
                world.keycell_isolate_keys().call_generate(store, binding.words())
            })?;
            sealed_material(made.sealed, made.material_id)
        })
        .await
    }

    /// The public half, as SubjectPublicKeyInfo (DER).
    pub async fn public_key(self: &Arc<Self>, key: Key<'_>) -> Result<Vec<u8>, Failure> {
        self.in_time(private(key.binding.spec), key.own(), |tenant, budget, key| {
            tenant.call_within(budget, |world, store| {
                world.keycell_isolate_keys().call_public_key(store, key.lend().words())
            })
        })
        .await
    }

    /// The same material under the newest tenant root; the same bytes if it is there already.
    pub fn reseal(&self, key: Key<'_>) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| world.keycell_isolate_keys().call_reseal(store, key.words()))
    }

    /// Encrypts under a symmetric key or, what takes a little longer, an RSA key.
    pub fn encrypt(&self, under: Side<'_>, plaintext: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_cipher().call_encrypt(store, under.words(), plaintext)
        })
    }

    /// Decrypts.
    pub async fn decrypt(
        self: &Arc<Self>,
        under: Side<'_>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let decrypt = |tenant: &Self, budget, under: Side<'_>, ciphertext: &[u8]| {
            tenant.call_within(budget, |world, store| {
                world.keycell_isolate_cipher().call_decrypt(store, under.words(), ciphertext)
            })
        };
        let plaintext = match private(under.key.binding.spec) {
            Budget::Short => decrypt(self, Budget::Short, under, ciphertext),
            Budget::Long => {
                let (under, ciphertext) = (under.own(), ciphertext.to_vec());
                self.later(move |tenant| decrypt(tenant, Budget::Long, under.lend(), &ciphertext))
                    .await
            }
        };
        plaintext.map(Zeroizing::new)
    }

    /// From one key to another; the plaintext stays inside.
    pub async fn re_encrypt(
        self: &Arc<Self>,
        source: Side<'_>,
        ciphertext: &[u8],
        destination: Side<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let re_encrypt = |tenant: &Self, budget, from: Side<'_>, bytes: &[u8], to: Side<'_>| {
            tenant.call_within(budget, |world, store| {
                let cipher = world.keycell_isolate_cipher();
                cipher.call_re_encrypt(store, from.words(), bytes, to.words())
            })
        };
        match private(source.key.binding.spec) {
            Budget::Short => re_encrypt(self, Budget::Short, source, ciphertext, destination),
            Budget::Long => {
                let (from, to, bytes) = (source.own(), destination.own(), ciphertext.to_vec());
                self.later(move |tenant| {
                    re_encrypt(tenant, Budget::Long, from.lend(), &bytes, to.lend())
                })
                .await
            }
        }
    }

    /// Random bytes, 1 to 1024.
    pub fn random(&self, length: u32) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.call(|world, store| world.keycell_isolate_data_keys().call_random(store, length))
            .map(Zeroizing::new)
    }

    /// A data key of 1 to 1024 bytes, in the clear and encrypted.
    pub fn data_key(&self, under: Side<'_>, length: u32) -> Result<DataKey, Failure> {
        let made = self.call(|world, store| {
            world.keycell_isolate_data_keys().call_generate(store, under.words(), length)
        })?;
        Ok(DataKey { plaintext: made.plaintext.into(), ciphertext: made.ciphertext })
    }

    /// A data key, encrypted only.
    pub fn sealed_data_key(&self, under: Side<'_>, length: u32) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_data_keys().call_generate_sealed(store, under.words(), length)
        })
    }

    /// A data key pair, the private key in the clear and encrypted.
    pub async fn data_key_pair(
        self: &Arc<Self>,
        under: Side<'_>,
        spec: KeySpec,
    ) -> Result<DataKeyPair, Failure> {
        self.in_time(private(spec), under.own(), move |tenant, budget, under| {
            let made = tenant.call_within(budget, |world, store| {
                let data_keys = world.keycell_isolate_data_keys();
                data_keys.call_generate_pair(store, under.lend().words(), spec)
            })?;
            let (public_key, private) = (made.public_key, made.private_key);
            let private_key =
                DataKey { plaintext: private.plaintext.into(), ciphertext: private.ciphertext };
            Ok(DataKeyPair { public_key, private_key })
        })
        .await
    }

    /// A data key pair, the private key encrypted only.
    pub async fn sealed_data_key_pair(
        self: &Arc<Self>,
        under: Side<'_>,
        spec: KeySpec,
    ) -> Result<SealedPair, Failure> {
        self.in_time(private(spec), under.own(), move |tenant, budget, under| {
            let made = tenant.call_within(budget, |world, store| {
                let data_keys = world.keycell_isolate_data_keys();
                data_keys.call_generate_sealed_pair(store, under.lend().words(), spec)
            })?;
            Ok(SealedPair { public_key: made.public_key, private_key: made.private_key })
        })
        .await
    }

    /// Signs.
    pub async fn sign(
        self: &Arc<Self>,
        key: Key<'_>,
        algorithm: signing::Algorithm,
        message: Message<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let sign = move |tenant: &Self, budget, key: Key<'_>, message: Message<'_>| {
            tenant.call_within(budget, |world, store| {
                let signing = world.keycell_isolate_signing();
                signing.call_sign(store, key.words(), algorithm, message.words())
            })
        };
        match signing(key.binding.spec) {
            Budget::Short => sign(self, Budget::Short, key, message),
            Budget::Long => {
                let (key, message) = (key.own(), message.own());
                self.later(move |tenant| sign(tenant, Budget::Long, key.lend(), message.lend()))
                    .await
            }
        }
    }

    /// Whether a signature is the key's.
    pub async fn verify(
        self: &Arc<Self>,
        key: Key<'_>,
        algorithm: signing::Algorithm,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<bool, Failure> {
        let verify =
            move |tenant: &Self, budget, key: Key<'_>, message: Message<'_>, sig: &[u8]| {
                is_verified(tenant.call_within(budget, |world, store| {
                    let signing = world.keycell_isolate_signing();
                    signing.call_verify(store, key.words(), algorithm, message.words(), sig)
                }))
            };
        match private(key.binding.spec) {
            Budget::Short => verify(self, Budget::Short, key, message, signature),
            Budget::Long => {
                let (key, message, signature) = (key.own(), message.own(), signature.to_vec());
                self.later(move |tenant| {
                    verify(tenant, Budget::Long, key.lend(), message.lend(), &signature)
                })
                .await
            }
        }
    }

    /// A MAC of the length that the key's spec gives.
    pub fn generate_mac(&self, key: Key<'_>, message: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_mac().call_generate(store, key.words(), message)
        })
    }

    /// Whether a MAC is the key's.
    pub fn verify_mac(&self, key: Key<'_>, message: &[u8], mac: &[u8]) -> Result<bool, Failure> {
        is_verified(self.call(|world, store| {
            world.keycell_isolate_mac().call_verify(store, key.words(), message, mac)
        }))
    }

    /// The shared secret with `peer`, a SubjectPublicKeyInfo (DER) on the same curve.
    pub async fn derive(
        self: &Arc<Self>,
        key: Key<'_>,
        peer: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let peer = peer.to_vec();
        self.in_time(private(key.binding.spec), (key.own(), peer), |tenant, budget, (key, peer)| {
            tenant.call_within(budget, |world, store| {
                world.keycell_isolate_agreement().call_derive(store, key.lend().words(), &peer)
            })
        })
        .await
        .map(Zeroizing::new)
    }

    /// A fresh shared secret, and its ciphertext.
    pub fn encapsulate(&self, key: Key<'_>) -> Result<Encapsulated, Failure> {
        let made = self.call(|world, store| {
            world.keycell_isolate_encapsulation().call_encapsulate(store, key.words())
        })?;
        Ok(Encapsulated { shared_secret: made.shared_secret.into(), ciphertext: made.ciphertext })
    }

    /// The shared secret that a ciphertext holds.
    pub fn decapsulate(
        &self,
        key: Key<'_>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.call(|world, store| {
            let encapsulation = world.keycell_isolate_encapsulation();
            encapsulation.call_decapsulate(store, key.words(), ciphertext)
        })
        .map(Zeroizing::new)
    }

    /// A wrapping key of `spec`, which is RSA, for the material of `target`.
    pub async fn invite(
        self: &Arc<Self>,
        spec: KeySpec,
        target: Binding,
    ) -> Result<Invitation, Failure> {
        self.later(move |tenant| {
            let made = tenant.call_within(Budget::Long, |world, store| {
                world.keycell_isolate_material().call_invite(store, spec, target.words())
            })?;
            Ok(Invitation { public_key: made.public_key, sealed: made.sealed })
        })
        .await
    }

    /// Unwraps material under an invitation to `target`, and seals it as that key.
    pub async fn accept(
        self: &Arc<Self>,
        invitation: &[u8],
        spec: KeySpec,
        wrapping: Wrapping,
        wrapped: &[u8],
        target: Binding,
    ) -> Result<SealedMaterial, Failure> {
        let (invitation, wrapped) = (invitation.to_vec(), wrapped.to_vec());
        self.later(move |tenant| {
            let made = tenant.call_within(Budget::Long, |world, store| {
                let (material, target) = (world.keycell_isolate_material(), target.words());
                material.call_accept(store, &invitation, spec, wrapping, &wrapped, target)
            })?;
            sealed_material(made.sealed, made.material_id)
        })
        .await
    }

    /// Runs a call where it belongs.
    async fn in_time<T: Send + 'static, A: Send + 'static>(
        self: &Arc<Self>,
        budget: Budget,
        arguments: A,
        run: impl FnOnce(&Self, Budget, A) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        match budget {
            Budget::Short => run(self, budget, arguments),
            Budget::Long => self.later(move |tenant| run(tenant, budget, arguments)).await,
        }
    }
}

impl Message<'_> {
    fn words(&self) -> signing::Message<'_> {
        match self {
            Self::Raw(message) => signing::Message::Raw(message),
            Self::Digest(digest) => signing::Message::Digest(digest),
            Self::ExternalMu(representative) => signing::Message::ExternalMu(representative),
        }
    }

    fn own(&self) -> OwnMessage {
        match self {
            Self::Raw(message) => OwnMessage::Raw(message.to_vec()),
            Self::Digest(digest) => OwnMessage::Digest(digest.to_vec()),
            Self::ExternalMu(mu) => OwnMessage::ExternalMu(mu.to_vec()),
        }
    }
}

/// A message on its way to another thread.
enum OwnMessage {
    Raw(Vec<u8>),
    Digest(Vec<u8>),
    ExternalMu(Vec<u8>),
}

impl OwnMessage {
    fn lend(&self) -> Message<'_> {
        match self {
            Self::Raw(message) => Message::Raw(message),
            Self::Digest(digest) => Message::Digest(digest),
            Self::ExternalMu(representative) => Message::ExternalMu(representative),
        }
    }
}

/// What signing takes.
fn signing(spec: KeySpec) -> Budget {
    match spec {
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => Budget::Long,
        KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => Budget::Long,
        KeySpec::P256 | KeySpec::P384 | KeySpec::P521 => Budget::Short,
        KeySpec::Secp256k1 | KeySpec::Ed25519 => Budget::Short,
        KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => Budget::Short,
        KeySpec::Symmetric => Budget::Short,
        KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => Budget::Short,
    }
}

/// What everything else takes that an asymmetric key does: on the larger curves only multiples of
/// the base point, which signing needs, are quick.
fn private(spec: KeySpec) -> Budget {
    match spec {
        KeySpec::P384 | KeySpec::P521 => Budget::Long,
        other => signing(other),
    }
}

pub(super) fn sealed_material(
    sealed: Vec<u8>,
    material_id: Vec<u8>,
) -> Result<SealedMaterial, Failure> {
    let material_id = material_id.try_into().map_err(|_| broken("material id"))?;
    Ok(SealedMaterial { sealed, material_id })
}

pub(super) fn is_verified(result: Result<(), Failure>) -> Result<bool, Failure> {
    match result {
        Ok(()) => Ok(true),
        Err(Failure::Refused(Refusal::Unverified)) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Values from a guest are input from outside.
pub(super) fn broken(what: &str) -> Failure {
    Failure::Trapped(wasmtime::Error::msg(format!("the isolate returned no proper {what}")))
}
