//! A process that holds keys, to be looked into from outside: this very program, started once more.
//!
//! It runs isolates as the service does, is told what they sealed and what was sealed for them, and
//! uses every key in every way. Of what is secret it is told nothing.

use std::{
    env,
    io::{BufRead, stdin},
    sync::Arc,
    thread,
};

use keycell::isolates::{
    Binding, Components, Encryption, Failure, Isolates, Key, KeySpec, KeyUsage, Message, Options,
    Place, Side, Signing, Tenant, TenantId, Wrapping,
};
use keycell_core::binding;
use serde_json::{Value, json};

use crate::kit::{decode, encode};

/// Nothing, unless another test has started this process.
#[test]
fn holds_keys() {
    let Ok(level) = env::var(LEVEL) else { return };
    let memory = level.parse().expect("a level");
    let options = Options { memory, tenants: None };
    let isolates = match Isolates::new(&Components::built_in(), 2, &options) {
        Ok(isolates) => Arc::new(isolates),
        // There is no such memory here.
        Err(Failure::Unprotected(error)) => return say(&json!({"refused": error.to_string()})),
        Err(failure) => panic!("{failure}"),
    };
    say(&json!({"reception": encode(isolates.reception().expect("it runs"))}));
    let told = hear();
    let (domain, share) = (decode(&told["domain"]), decode(&told["share"]));
    isolates.unseal(&domain, &share).expect("the share is right");
    say(&use_all(&isolates, &told));
    loop {
        match hear()["then"].as_str() {
            Some("forget") => {
                list(&told["tenants"]).for_each(|tenant| isolates.forget(&id(tenant)))
            }
            Some("seal") => isolates.seal().expect("it seals"),
            _ => return,
        }
        say(&json!({"living": isolates.living()}));
    }
}

/// Uses everything, on threads of its own and on those for long calls; tells what was made.
fn use_all(isolates: &Arc<Isolates>, told: &Value) -> Value {
    let open = |tenant: &Value| {
        let roots: Vec<_> = list(&tenant["roots"]).map(decode).collect();
        isolates.open(&id(tenant), &roots).expect("it opens")
    };
    let tenants: Vec<_> = list(&told["tenants"]).map(open).collect();
    let user = User { told, tenants };
    let (mut keys, mut pairs, mut invitations) = (Vec::new(), Vec::new(), Vec::new());
    block_on(async {
        for planned in list(&told["generate"]) {
            keys.push(user.generate(planned).await.expect("it is made"));
        }
        for import in list(&told["imports"]) {
            keys.push(user.accept(import).await.expect("it is taken in"));
        }
        for key in list(&told["keys"]).filter(|key| key["multiRegion"] == true) {
            keys.push(user.replicate(key).await.expect("it is sent"));
        }
        let target = &list(&told["imports"]).next().expect("there is one");
        invitations.push(user.invite(target).await.expect("it is made"));
        for (number, spec) in SPECS.into_iter().enumerate().filter(|(_, spec)| is_pair(*spec)) {
            let pair = user.pair(&told["keys"][0], spec).await.expect("it is made");
            pairs.push(json!({
                "under": told["keys"][0],
                "spec": number + 1,
                "ciphertext": encode(pair),
            }));
        }
    });
    let all: Vec<_> = list(&told["keys"]).chain(&keys).collect();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                block_on(async {
                    for key in &all {
                        let used = user.use_key(key).await;
                        used.unwrap_or_else(|failure| panic!("{key}: {failure}"));
                    }
                });
            });
        }
    });
    let living = isolates.living();
    json!({"keys": keys, "pairs": pairs, "invitations": invitations, "living": living})
}

struct User<'a> {
    told: &'a Value,
    tenants: Vec<Arc<Tenant>>,
}

impl User<'_> {
    async fn generate(&self, planned: &Value) -> Result<Value, Failure> {
        let made = self.tenant(planned).generate(self.binding(planned)).await?;
        Ok(with_sealed(planned, &made.sealed))
    }

    async fn accept(&self, import: &Value) -> Result<Value, Failure> {
        let wrapping = match import["twoSteps"] == true {
            true => Wrapping::RsaAesKeyWrapSha256,
            false => Wrapping::RsaesOaepSha256,
        };
        let (invitation, wrapped) = (decode(&import["invitation"]), decode(&import["wrapped"]));
        let (spec, target) = (KeySpec::Rsa2048, self.binding(import));
        let tenant = self.tenant(import);
        let made = tenant.accept(&invitation, spec, wrapping, &wrapped, target).await?;
        Ok(with_sealed(import, &made.sealed))
    }

    async fn replicate(&self, key: &Value) -> Result<Value, Failure> {
        let mut replica = key.clone();
        replica["tenant"] = json!(1);
        let (sealed, target) = (decode(&key["sealed"]), self.binding(&replica));
        let key = Key { sealed: &sealed, binding: self.binding(key) };
        let made = self.tenants[0].replicate(key, self.tenant(&replica), target).await?;
        Ok(with_sealed(&replica, &made.sealed))
    }

    async fn invite(&self, target: &Value) -> Result<Value, Failure> {
        let binding = self.binding(target);
        let made = self.tenant(target).invite(KeySpec::Rsa2048, binding).await?;
        Ok(with_sealed(target, &made.sealed))
    }

    /// The private half leaves the isolate encrypted only.
    async fn pair(&self, under: &Value, spec: KeySpec) -> Result<Vec<u8>, Failure> {
        let sealed = decode(&under["sealed"]);
        let key = Key { sealed: &sealed, binding: self.binding(under) };
        let side = Side { key, algorithm: Encryption::SymmetricDefault, context: b"" };
        Ok(self.tenant(under).sealed_data_key_pair(side, spec).await?.private_key)
    }

    /// Everything that a key does.
    async fn use_key(&self, told: &Value) -> Result<(), Failure> {
        let (tenant, sealed) = (self.tenant(told), decode(&told["sealed"]));
        let key = Key { sealed: &sealed, binding: self.binding(told) };
        tenant.reseal(key)?;
        let spec = key.binding.spec;
        match key.binding.usage {
            KeyUsage::EncryptDecrypt => self.encrypt(tenant, key).await?,
            KeyUsage::SignVerify => {
                for (algorithm, message) in algorithms(spec) {
                    let signature = tenant.sign(key, algorithm, message).await?;
                    assert!(tenant.verify(key, algorithm, message, &signature).await?);
                }
            }
            KeyUsage::Mac => {
                let mac = tenant.generate_mac(key, b"message")?;
                assert!(tenant.verify_mac(key, b"message", &mac)?);
            }
            KeyUsage::KeyAgreement => {
                let own = tenant.public_key(key).await?;
                tenant.derive(key, &own).await?;
            }
            KeyUsage::Encapsulation => {
                let made = tenant.encapsulate(key)?;
                assert_eq!(*tenant.decapsulate(key, &made.ciphertext)?, *made.shared_secret);
            }
        }
        if !matches!(key.binding.usage, KeyUsage::Mac) && spec != KeySpec::Symmetric {
            tenant.public_key(key).await?;
        }
        Ok(())
    }

    async fn encrypt(&self, tenant: &Arc<Tenant>, key: Key<'_>) -> Result<(), Failure> {
        let ways: &[Encryption] = match key.binding.spec {
            KeySpec::Symmetric => &[Encryption::SymmetricDefault],
            _ => &[Encryption::RsaesOaepSha1, Encryption::RsaesOaepSha256],
        };
        let last = list(&self.told["keys"]).last().expect("there are keys");
        let sealed = decode(&last["sealed"]);
        let elsewhere = Key { sealed: &sealed, binding: self.binding(last) };
        let algorithm = Encryption::SymmetricDefault;
        let elsewhere = Side { key: elsewhere, algorithm, context: b"" };
        for way in ways {
            let side = Side { key, algorithm: *way, context: b"" };
            let ciphertext = tenant.encrypt(side, b"known")?;
            assert_eq!(**tenant.decrypt(side, &ciphertext).await?, *b"known");
            tenant.re_encrypt(side, &ciphertext, side).await?;
            tenant.data_key(side, 32)?;
            tenant.sealed_data_key(side, 32)?;
            let to = self.tenant(last);
            tenant.re_encrypt_to(side, &ciphertext, to, elsewhere).await?;
        }
        Ok(())
    }

    fn tenant(&self, told: &Value) -> &Arc<Tenant> {
        &self.tenants[number(told, "tenant")]
    }

    fn binding(&self, told: &Value) -> Binding {
        let tenant = &self.told["tenants"][number(told, "tenant")];
        Binding {
            account: text(&tenant["account"]).parse().expect("an account"),
            place: Place::Region(text(&tenant["region"]).parse().expect("a Region")),
            key_id: text(&told["id"]).parse().expect("a key id"),
            spec: SPECS[number(told, "spec") - 1],
            usage: USAGES[number(told, "usage") - 1],
            multi_region: told["multiRegion"] == true,
        }
    }
}

/// What a key signs with, and what it signs.
fn algorithms(spec: KeySpec) -> Vec<(Signing, Message<'static>)> {
    use Signing::*;
    let raw = Message::Raw(b"message");
    let algorithms: &[Signing] = match spec {
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => {
            &[RsassaPssSha256, RsassaPssSha512, RsassaPkcs1Sha256, RsassaPkcs1Sha384]
        }
        KeySpec::P256 | KeySpec::Secp256k1 => &[EcdsaSha256],
        KeySpec::P384 => &[EcdsaSha384],
        KeySpec::P521 => &[EcdsaSha512],
        KeySpec::Ed25519 => return vec![(Ed25519, raw), (Ed25519Ph, Message::Digest(&[7; 64]))],
        _ => return vec![(MlDsaShake256, raw), (MlDsaShake256, Message::ExternalMu(&[7; 64]))],
    };
    algorithms.iter().map(|algorithm| (*algorithm, raw)).collect()
}

fn is_pair(spec: KeySpec) -> bool {
    use KeySpec::*;
    matches!(spec, Rsa2048 | P256 | P384 | P521 | Secp256k1 | Ed25519)
}

fn with_sealed(told: &Value, sealed: &[u8]) -> Value {
    let mut key = told.clone();
    key["sealed"] = json!(encode(sealed));
    key
}

fn id(tenant: &Value) -> TenantId {
    let account = text(&tenant["account"]).parse().expect("an account");
    TenantId::of(account, text(&tenant["region"]).parse().expect("a Region"))
}

fn number(told: &Value, name: &str) -> usize {
    told[name].as_u64().expect("a number") as usize
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// A line to whoever has started this process, past the test harness.
fn say(what: &Value) {
    println!("\n{MARK}{what}");
}

/// The next line; nothing at the end.
fn hear() -> Value {
    let mut line = String::new();
    stdin().lock().read_line(&mut line).expect("a line");
    serde_json::from_str(&line).unwrap_or_default()
}

/// The variable of the environment that makes a process a holder, at which level.
pub(super) const LEVEL: &str = "KEYCELL_TEST_HOLDER";
/// The name of the test that it is.
pub(super) const NAME: &str = "memory::holder::holds_keys";
/// How lines from a holder begin.
pub(super) const MARK: &str = "holder: ";

/// The words of the boundary, in the order of [`binding::KeySpec::ALL`].
const SPECS: [KeySpec; binding::KeySpec::ALL.len()] = [
    KeySpec::Symmetric,
    KeySpec::Hmac224,
    KeySpec::Hmac256,
    KeySpec::Hmac384,
    KeySpec::Hmac512,
    KeySpec::Rsa2048,
    KeySpec::Rsa3072,
    KeySpec::Rsa4096,
    KeySpec::P256,
    KeySpec::P384,
    KeySpec::P521,
    KeySpec::Secp256k1,
    KeySpec::Ed25519,
    KeySpec::MlDsa44,
    KeySpec::MlDsa65,
    KeySpec::MlDsa87,
    KeySpec::MlKem512,
    KeySpec::MlKem768,
    KeySpec::MlKem1024,
];
const USAGES: [KeyUsage; 5] = [
    KeyUsage::EncryptDecrypt,
    KeyUsage::SignVerify,
    KeyUsage::Mac,
    KeyUsage::KeyAgreement,
    KeyUsage::Encapsulation,
];
