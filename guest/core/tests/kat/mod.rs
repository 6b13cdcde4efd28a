//! What the known-answer files of the post-quantum-cryptography project were made from:
//! <https://github.com/post-quantum-cryptography/KAT>, as they come with PyPI's
//! `cryptography_vectors` 50.0.2. All that goes into a record comes out of NIST's CTR_DRBG, seeded
//! with the record's `seed`; the first hundred seeds, which are the same in all files, are in
//! `seeds.txt`. What comes out is compared by SHA-256 over all records.

use std::cell::Cell;

use keycell_core::random::Drbg;

/// A generator for each record.
pub fn records() -> impl Iterator<Item = Drbg> {
    include_str!("seeds.txt").lines().map(|seed| {
        SEED.set(seed.get(..96).expect("48 bytes in hexadecimal"));
        Drbg::new(|| {
            let (word, rest) = SEED.get().split_at(16);
            SEED.set(rest);
            u64::from_str_radix(word, 16).expect("hexadecimal digits").swap_bytes()
        })
    })
}

/// The next bytes of a record's stream.
pub fn draw<const LENGTH: usize>(drbg: &mut Drbg) -> [u8; LENGTH] {
    let mut drawn = [0; LENGTH];
    drbg.fill(&mut drawn);
    drawn
}

thread_local! {
    static SEED: Cell<&'static str> = const { Cell::new("") };
}
