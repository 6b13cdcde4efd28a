//! Keys that are made natively, once: in an isolate an RSA key takes a tenth of a second.

use keycell_core::{
    binding::KeySpec,
    families::rsa,
    material::{Family, Material},
    random::Drbg,
};

use super::{isolates::replay, secrets::Secrets};

pub(super) struct Stock {
    /// Of each spec a few, as they are sealed.
    stored: Vec<(KeySpec, Vec<u8>)>,
    /// Of each spec that can be imported one, as it is imported.
    imports: Vec<(KeySpec, Vec<u8>)>,
    /// All that is secret in them.
    pub(super) secrets: Secrets,
}

impl Stock {
    pub(super) fn new() -> Self {
        let mut drbg = replay(SEED);
        let (mut stored, mut imports) = (Vec::new(), Vec::new());
        for spec in KeySpec::ALL {
            let count = match spec {
                KeySpec::Rsa3072 | KeySpec::Rsa4096 => 1,
                _ => EACH,
            };
            for _ in 0..count {
                let made = Material::generate(spec, &mut drbg).expect("a spec of KMS");
                stored.push((spec, made.to_vec()));
            }
            imports.extend(import(spec, &mut drbg).map(|material| (spec, material)));
        }
        let mut secrets = Secrets::default();
        stored.iter().for_each(|(spec, stored)| secrets.learn_key(*spec, stored));
        Self { stored, imports, secrets }
    }

    /// The key of a spec that a tenant begins with; not everybody has a long RSA key.
    pub(super) fn of(&self, spec: KeySpec, tenant: usize) -> Option<&[u8]> {
        let mut own = self.stored.iter().filter(|(known, _)| *known == spec);
        own.nth(tenant).map(|(_, stored)| stored.as_slice())
    }

    /// A wrapping key that nobody uses as a KMS key.
    pub(super) fn wrapping(&self) -> &[u8] {
        self.of(KeySpec::Rsa2048, EACH - 1).expect("there are so many")
    }

    /// Material on its way in.
    pub(super) fn import(&self, spec: KeySpec) -> Option<&[u8]> {
        let known = self.imports.iter().find(|(known, _)| *known == spec)?;
        Some(&known.1)
    }
}

/// A key made elsewhere, in the form in which AWS takes it.
fn import(spec: KeySpec, drbg: &mut Drbg) -> Option<Vec<u8>> {
    match Family::of(spec) {
        Family::Symmetric | Family::Mac => {
            Some(Material::generate(spec, drbg).expect("a spec of KMS").to_vec())
        }
        Family::Rsa if spec == KeySpec::Rsa2048 => {
            let key = rsa::PrivateKey::generate(spec, drbg).expect("a spec of RSA");
            Some(key.to_pkcs8().to_vec())
        }
        Family::Curve | Family::Ed25519 => {
            let (_, private) = Material::generate_pair(spec, drbg).expect("a spec of pairs");
            Some(private.to_vec())
        }
        Family::Rsa | Family::MlDsa | Family::MlKem => None,
    }
}

/// One for each tenant, and one more.
const EACH: usize = 5;
const SEED: u64 = 1 << 34;
