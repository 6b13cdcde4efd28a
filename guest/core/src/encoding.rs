//! The one way in which several byte strings become one: each behind its length. Injective, so that
//! what is authenticated can be read in one way only.

use alloc::vec::Vec;

use crate::error::{Error, Result};

/// Appends `field` behind its length (two bytes, big-endian).
///
/// # Panics
/// If the field has more than 65,535 bytes: every caller bounds its fields first.
pub fn put(out: &mut Vec<u8>, field: &[u8]) {
    let length = u16::try_from(field.len()).expect("fields are bounded by their types");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(field);
}

/// All of `fields`, in order.
pub fn fields(fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(fields.iter().map(|field| 2 + field.len()).sum());
    for field in fields {
        put(&mut out, field);
    }
    out
}

/// Reads what [`put`] and plain appends have written.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next field behind its length.
    pub fn field(&mut self) -> Result<&'a [u8]> {
        let length = u16::from_be_bytes(*self.array::<2>()?);
        self.take(usize::from(length))
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(Error::Invalid)?;
        self.0 = tail;
        Ok(head)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8> {
        Ok(u8::from_be_bytes(*self.array::<1>()?))
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(Error::Invalid)?;
        self.0 = tail;
        Ok(head)
    }

    /// Nothing may be left over.
    pub fn end(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_cannot_run_into_each_other() {
        assert_ne!(fields(&[b"ab", b"c"]), fields(&[b"a", b"bc"]));
        assert_ne!(fields(&[b"", b"a"]), fields(&[b"a", b""]));
    }

    #[test]
    fn a_reader_gives_back_what_was_put_and_nothing_more() {
        let bytes = fields(&[b"one", b""]);
        let mut reader = Reader(&bytes);
        assert_eq!(reader.field(), Ok(&b"one"[..]));
        assert_eq!(reader.field(), Ok(&b""[..]));
        assert_eq!(reader.field(), Err(Error::Invalid));
        assert_eq!(Reader(b"\0\x05four").field(), Err(Error::Invalid));
        assert_eq!(Reader(b"x").end(), Err(Error::Invalid));
    }
}
