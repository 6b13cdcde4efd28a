//! Keys that were opened lately, so that a warm call neither unseals nor parses. Bounded; what
//! leaves is wiped.

use alloc::{collections::BTreeMap, rc::Rc, vec::Vec};

use crate::{
    binding::Binding,
    error::{Error, Result},
    material::Material,
    sealed::{Purpose, SealingKeys},
};

/// The cache.
#[derive(Default)]
pub(crate) struct Keyring {
    /// By salt, which is unique to a sealed blob.
    opened: BTreeMap<[u8; 16], Opened>,
    clock: u64,
    weight: usize,
}

struct Opened {
    sealed: Vec<u8>,
    binding: Binding,
    material: Rc<Material>,
    used: u64,
}

impl Keyring {
    /// The material that `sealed` holds, if it was sealed here for exactly this binding.
    pub(crate) fn open(
        &mut self,
        roots: &SealingKeys,
        sealed: &[u8],
        binding: &Binding,
    ) -> Result<Rc<Material>> {
        self.clock += 1;
        let salt = *sealed.get(18..34).and_then(<[u8]>::first_chunk).ok_or(Error::Foreign)?;
        if let Some(known) = self.opened.get_mut(&salt)
            && known.sealed == sealed
            && known.binding == *binding
        {
            known.used = self.clock;
            return Ok(known.material.clone());
        }
        binding.check()?;
        let plaintext = roots.open(Purpose::Key, &binding.encode(), sealed)?;
        let material = Material::from_stored(binding.spec, &plaintext, &binding.key_id)?;
        let material = Rc::new(material);
        self.make_room(material.weight());
        let opened = Opened {
            sealed: sealed.to_vec(),
            binding: binding.clone(),
            material: material.clone(),
            used: self.clock,
        };
        self.opened.insert(salt, opened);
        Ok(material)
    }

    /// Drops the keys that were used longest ago, until there is room for one more.
    fn make_room(&mut self, weight: usize) {
        self.weight += weight;
        while self.opened.len() >= CAPACITY || self.weight > WEIGHT {
            let oldest = self.opened.iter().min_by_key(|(_, opened)| opened.used);
            let Some(salt) = oldest.map(|(salt, _)| *salt) else { return };
            let dropped = self.opened.remove(&salt);
            self.weight -= dropped.map_or(0, |opened| opened.material.weight());
        }
    }
}

/// A tenant with more keys in use at once unseals again, for some 10 µs.
const CAPACITY: usize = 128;
/// All opened keys together, in bytes.
const WEIGHT: usize = 2 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        binding::{KeySpec, KeyUsage},
        material::material_id,
        random::Drbg,
        sealed::SealingKey,
        secret::Secret,
    };

    #[test]
    fn the_cache_is_bounded_and_never_mixes_bindings() {
        let roots = SealingKeys::new(alloc::vec![SealingKey::new(Secret::new(&[1; 32]))]).unwrap();
        let mut drbg = Drbg::new(|| 9);
        let mut keyring = Keyring::default();
        let binding = |i: usize| Binding {
            account: b"111122223333".to_vec(),
            region: b"r".to_vec(),
            key_id: alloc::format!("{i}").into_bytes(),
            spec: KeySpec::Symmetric,
            usage: KeyUsage::EncryptDecrypt,
            multi_region: false,
        };
        for i in 0..CAPACITY + 10 {
            let context = binding(i).encode();
            let blob = roots.newest().seal(Purpose::Key, &context, &[i as u8; 32], &mut drbg);
            let expected = material_id(&[i as u8; 32], &binding(i).key_id);
            for _ in 0..2 {
                let opened = keyring.open(&roots, &blob, &binding(i)).expect("it opens");
                assert!(matches!(&*opened, Material::Symmetric(key) if *key.id() == expected));
            }
            assert!(keyring.open(&roots, &blob, &binding(i + 1)).is_err());
        }
        assert_eq!(keyring.opened.len(), CAPACITY);
    }
}
