//! Material from elsewhere, once it is unwrapped: a first byte chooses the spec, a second whether
//! the rest is the material or changes to a good one. What is taken in can be opened.
#![no_main]

use std::sync::OnceLock;

use keycell_core::{binding::KeySpec, import, material::Material, random::Drbg};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&[choice, way], rest)) = data.split_first_chunk() else { return };
    let (spec, good) = &good()[usize::from(choice) % good().len()];
    let material = if way % 2 == 0 { rest.to_vec() } else { changed(good, rest) };
    if way % 2 == 1 && material == *good {
        return; // It is taken in, and slowly.
    }
    if let Ok(stored) = Material::import(*spec, &material) {
        assert!(Material::from_stored(*spec, &stored, b"key").is_ok());
    }
    assert!(import::unwrap_padded(&[1; 32], rest).is_err());
});

/// Each three bytes put one in a place; a place behind the end cuts the material there.
fn changed(material: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut material = material.to_vec();
    for change in changes.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % (material.len() + 1);
        match material.get_mut(at) {
            Some(byte) => *byte = change[2],
            None => material.truncate(at - usize::from(change[2]).min(at)),
        }
    }
    material
}

/// Material of each spec, as it would be imported; what cannot be is anything. Of RSA the shortest
/// alone: the others are read by the same code, and judged more slowly.
fn good() -> &'static [(KeySpec, Vec<u8>)] {
    static GOOD: OnceLock<Vec<(KeySpec, Vec<u8>)>> = OnceLock::new();
    GOOD.get_or_init(|| {
        let mut drbg = Drbg::new(|| 1);
        let mut make = |spec| match Material::generate_pair(spec, &mut drbg) {
            Ok((_, document)) => document.to_vec(),
            Err(_) => vec![7; 64],
        };
        let is_fast = |spec: &KeySpec| !matches!(spec, KeySpec::Rsa3072 | KeySpec::Rsa4096);
        let specs = KeySpec::ALL.into_iter().filter(is_fast);
        specs.map(|spec| (spec, make(spec))).collect()
    })
}
