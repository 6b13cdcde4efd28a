//! Choices, drawn from the bytes that proptest made up.

/// A source of choices that never ends: after the last byte, zeroes follow.
pub(super) struct Draw<'a>(std::slice::Iter<'a, u8>);

impl<'a> Draw<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or_default()
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::from(u16::from_be_bytes([self.byte(), self.byte()])) % end
    }

    /// True once in `times`.
    pub(super) fn rarely(&mut self, times: u8) -> bool {
        self.byte() % times == 1
    }

    pub(super) fn of<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        &all[self.below(all.len())]
    }

    /// At most `most` bytes that depend on what was drawn.
    pub(super) fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        let seed = [self.byte(), self.byte(), self.byte(), self.byte()];
        seed.into_iter().chain((0..).map(|i: u32| i as u8 ^ seed[0])).take(length).collect()
    }
}
