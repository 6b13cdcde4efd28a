//! Shares of an unseal key: the input itself, and good ones in any order, some of them changed.
#![no_main]

use keycell_core::{
    domain::Charter,
    quorum::Quorum,
    random::Drbg,
    sealed::SealingKey,
    secret::Secret,
    shamir::{self, Share},
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(share) = Share::decode(data) {
        assert_eq!(share.encode().as_slice(), data);
    }
    let mut drbg = Drbg::new(|| 1);
    let secret = drbg.secret();
    let set = *SealingKey::new(Secret::new(secret.expose())).id();
    let shares = shamir::split(&secret, set, 3, 5, &mut drbg).expect("3 of 5 is possible");
    let fingerprints = shares.iter().map(Share::fingerprint).collect();
    let mut quorum = Quorum::new(set, Charter { threshold: 3, fingerprints });
    for step in data.chunks_exact(3) {
        let mut share = shares[usize::from(step[0]) % shares.len()].encode();
        let at = usize::from(step[1]) % share.len();
        share[at] ^= step[2];
        let had = quorum.progress().have;
        match quorum.take(&share) {
            Ok(Some(key)) => assert!(step[2] == 0 && had == 2 && *key.id() == set),
            Ok(None) => assert!(step[2] == 0 && quorum.progress().have == had + 1),
            Err(_) => assert_eq!(quorum.progress().have, had),
        }
        assert!(quorum.take(data).is_err());
    }
});
