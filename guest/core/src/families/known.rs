//! Randomness that is known, for known answers and for nothing else.

use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// Gives the bytes that it was made with, one after the other; a defect to ask for more.
pub struct Known<'a>(pub &'a [u8]);

impl TryRng for Known<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut word = [0; 4];
        self.try_fill_bytes(&mut word)?;
        Ok(u32::from_le_bytes(word))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut word = [0; 8];
        self.try_fill_bytes(&mut word)?;
        Ok(u64::from_le_bytes(word))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let (now, later) = self.0.split_at_checked(out.len()).expect("as much as is asked for");
        out.copy_from_slice(now);
        self.0 = later;
        Ok(())
    }
}

/// What the primitives ask for; nothing that leaves an isolate is made with it.
impl TryCryptoRng for Known<'_> {}
