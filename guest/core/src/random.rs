//! The isolate's random bit generator: CTR_DRBG with AES-256 and no derivation function
//! (NIST SP 800-90A Rev. 1, section 10.2.1), seeded from the host's entropy, 64 bits at a time.

use core::convert::Infallible;

use aes::{
    Aes256, Block,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use rand_core::{TryCryptoRng, TryRng};
use zeroize::{Zeroize, Zeroizing};

use crate::secret::Secret;

/// Where seeds come from: full-entropy bits, as `get-random-u64` of `wasi:random` gives them.
pub type Entropy = fn() -> u64;

/// The generator. Its whole state is wiped when it is dropped.
pub struct Drbg {
    cipher: Aes256,
    counter: u128,
    requests: u64,
    entropy: Entropy,
    salts: Salts,
}

impl Drbg {
    /// Instantiates with 384 bits of entropy and no personalization string.
    pub fn new(entropy: Entropy) -> Self {
        let mut drbg = Self {
            cipher: Aes256::new(&[0; 32].into()),
            counter: 0,
            requests: 0,
            entropy,
            salts: Salts { bytes: [0; SALTS], used: SALTS },
        };
        drbg.reseed(&[0; SEED]);
        drbg
    }

    /// Reseeds from the host and mixes in a tenant's root, so that who knows all that the host's
    /// generator gave still cannot predict this one.
    pub fn mix(&mut self, root: &Secret) {
        let mut input = Zeroizing::new([0; SEED]);
        hkdf::Hkdf::<sha2::Sha256>::new(Some(b"keycell drbg v1"), root.expose())
            .expand(b"additional input", &mut *input)
            .expect("48 bytes are within what HKDF-SHA256 expands to");
        self.reseed(&input);
        self.salts.used = SALTS;
    }

    /// Fills `out` with random bits that no earlier and no later output tells anything of.
    pub fn fill(&mut self, out: &mut [u8]) {
        for request in out.chunks_mut(REQUEST) {
            if self.requests >= RESEED_INTERVAL {
                self.reseed(&[0; SEED]);
            }
            self.generate(request);
            self.requests += 1;
        }
    }

    /// Thirty-two fresh secret bytes.
    pub fn secret(&mut self) -> Secret {
        let mut bytes = Zeroizing::new([0; 32]);
        self.fill(&mut *bytes);
        Secret::new(&bytes)
    }

    /// A salt: unique and unpredictable, but public as soon as it is used, so that a small stock of
    /// them may be made at once.
    pub fn salt(&mut self) -> [u8; 16] {
        if self.salts.used >= SALTS {
            let mut fresh = [0; SALTS];
            self.fill(&mut fresh);
            self.salts = Salts { bytes: fresh, used: 0 };
        }
        let stock = self.salts.bytes.get(self.salts.used..);
        let salt = *stock.and_then(<[u8]>::first_chunk).expect("a salt is left: refilled above");
        self.salts.used += 16;
        salt
    }

    fn reseed(&mut self, additional: &[u8; SEED]) {
        let mut seed = Zeroizing::new([0; SEED]);
        for (word, input) in seed.chunks_exact_mut(8).zip(additional.chunks_exact(8)) {
            word.copy_from_slice(&(self.entropy)().to_le_bytes());
            word.iter_mut().zip(input).for_each(|(byte, mixed)| *byte ^= mixed);
        }
        self.update(&seed);
        self.requests = 0;
    }

    /// CTR_DRBG_Generate without additional input; at most 2^16 bytes.
    fn generate(&mut self, out: &mut [u8]) {
        let mut blocks = [Block::default(); 4];
        for chunk in out.chunks_mut(64) {
            let used = chunk.len().div_ceil(16);
            let blocks = blocks.get_mut(..used).expect("a chunk has at most four blocks");
            self.next_blocks(blocks);
            for (target, block) in chunk.chunks_mut(16).zip(blocks.iter()) {
                target.iter_mut().zip(block.iter()).for_each(|(to, from)| *to = *from);
            }
        }
        blocks.iter_mut().for_each(|block| block.as_mut_slice().zeroize());
        self.update(&[0; SEED]);
    }

    /// CTR_DRBG_Update.
    fn update(&mut self, provided: &[u8; SEED]) {
        let mut blocks = [Block::default(); 3];
        self.next_blocks(&mut blocks);
        let mut state = Zeroizing::new([0; SEED]);
        for ((word, block), input) in
            state.chunks_exact_mut(16).zip(&blocks).zip(provided.chunks_exact(16))
        {
            for ((byte, random), given) in word.iter_mut().zip(block.iter()).zip(input) {
                *byte = random ^ given;
            }
        }
        blocks.iter_mut().for_each(|block| block.as_mut_slice().zeroize());
        let (key, counter) = state.split_first_chunk::<32>().expect("a seed has 48 bytes");
        self.cipher = Aes256::new(key.into());
        self.counter = u128::from_be_bytes(counter.try_into().expect("a seed has 48 bytes"));
    }

    fn next_blocks(&mut self, blocks: &mut [Block]) {
        for block in blocks.iter_mut() {
            self.counter = self.counter.wrapping_add(1);
            *block = self.counter.to_be_bytes().into();
        }
        self.cipher.encrypt_blocks(blocks);
    }
}

impl Drop for Drbg {
    fn drop(&mut self) {
        self.counter.zeroize(); // The cipher wipes its own round keys.
        self.salts.bytes.zeroize();
    }
}

/// For primitives that draw for themselves.
impl TryRng for Drbg {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut word = [0; 4];
        self.fill(&mut word);
        Ok(u32::from_le_bytes(word))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut word = [0; 8];
        self.fill(&mut word);
        Ok(u64::from_le_bytes(word))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Drbg {}

struct Salts {
    bytes: [u8; SALTS],
    used: usize,
}

/// Key length and block length: 384 bits (SP 800-90A, table 3).
const SEED: usize = 48;
/// At most 2^16 bytes a request (the standard allows 2^16 bytes).
const REQUEST: usize = 1 << 16;
/// Requests between two seeds. The standard allows 2^48; a call to the host costs so little that a
/// state which leaked is useless soon.
const RESEED_INTERVAL: u64 = 1 << 12;
/// Sixteen salts at once: one update of the state is shared between them.
const SALTS: usize = 256;

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Entropy input 00 01 02 … 2f, the seed of the known-answer files of NIST's post-quantum
    /// project, whose generator is this one.
    fn counting() -> u64 {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let first = CALLS.fetch_add(8, Ordering::Relaxed) as u8;
        u64::from_le_bytes(core::array::from_fn(|i| first + i as u8))
    }

    #[test]
    fn known_answer_of_the_nist_pqc_generator() {
        let mut drbg = Drbg::new(counting);
        let mut seed = [0; 48];
        drbg.fill(&mut seed);
        // The first `seed` in every PQCkemKAT_*.rsp file.
        let expected = [
            0x06, 0x15, 0x50, 0x23, 0x4d, 0x15, 0x8c, 0x5e, 0xc9, 0x55, 0x95, 0xfe, 0x04, 0xef,
            0x7a, 0x25, 0x76, 0x7f, 0x2e, 0x24, 0xcc, 0x2b, 0xc4, 0x79, 0xd0, 0x9d, 0x86, 0xdc,
            0x9a, 0xbc, 0xfd, 0xe7, 0x05, 0x6a, 0x8c, 0x26, 0x6f, 0x9e, 0xf9, 0x7e, 0xd0, 0x85,
            0x41, 0xdb, 0xd2, 0xe1, 0xff, 0xa1,
        ];
        assert_eq!(seed, expected);
        // And the second.
        drbg.fill(&mut seed);
        assert_eq!(seed[..8], [0xd8, 0x1c, 0x4d, 0x8d, 0x73, 0x4f, 0xcb, 0xfb]);
    }

    #[test]
    fn outputs_and_salts_differ() {
        let mut drbg = Drbg::new(|| 7);
        let salts: [_; 40] = core::array::from_fn(|_| drbg.salt());
        for (i, salt) in salts.iter().enumerate() {
            assert!(!salts[..i].contains(salt));
        }
        let mut long = [0; 100];
        drbg.fill(&mut long);
        assert!(long.chunks(10).all(|chunk| chunk.iter().any(|&byte| byte != 0)));
    }

    #[test]
    fn a_root_changes_the_stream() {
        let stream = |root: Option<u8>| {
            let mut drbg = Drbg::new(|| 7);
            if let Some(byte) = root {
                drbg.mix(&Secret::new(&[byte; 32]));
            }
            let mut out = [0; 16];
            drbg.fill(&mut out);
            out
        };
        assert_ne!(stream(None), stream(Some(1)));
        assert_ne!(stream(Some(2)), stream(Some(1)));
    }
}
