//! Multiples of a curve's generator, from a table that is made when it is first needed.
//!
//! The crates have such tables too, but in the component's data segments, which every isolate holds
//! resident, used or not: 38 KiB for Ed25519, 224 KiB for the four others (theirs are made lazily,
//! but a `static` that is not all zeroes is all data segment).
//!
//! The method is the crates': the scalar is written with signed digits in base 16, each two digits
//! share a row of eight multiples of the generator, and the sum over the odd digits is multiplied
//! by 16 in the end (Bernstein et al., "High-speed high-security signatures", section 4).
//!
//! Constant time: digits come from the scalar by shifts and sums. For each, the whole row is read,
//! `subtle` picks the entry, and one addition is done, for a zero as well.

use alloc::vec::Vec;
use core::ops::{Add, Neg};

use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// The table of one generator. Row `i` has the first eight multiples of the generator times 256 to
/// the `i`, in the form that is added the fastest.
pub struct Table<Entry>(Vec<Row<Entry>>);

type Row<Entry> = [Entry; 8];

/// A group's element whose default is the neutral one.
pub trait Sum: Copy + Default + Add<Output = Self> {}

impl<T: Copy + Default + Add<Output = T>> Sum for T {}

impl<Entry> Table<Entry>
where
    Entry: Copy + Default + ConditionallySelectable + Neg<Output = Entry>,
{
    /// For scalars of so many bytes.
    pub fn new<S: Sum>(generator: S, bytes: usize, entries: impl Fn(Row<S>) -> Row<Entry>) -> Self {
        let mut point = generator;
        let mut rows = Vec::with_capacity(bytes + 1);
        // The last row is for what is carried out of the last digit.
        for _ in 0..=bytes {
            let mut multiple = S::default();
            let row = core::array::from_fn(|_| {
                multiple = multiple + point;
                multiple
            });
            rows.push(entries(row));
            point = doubled(multiple, 5); // The last multiple is eightfold.
        }
        Self(rows)
    }

    /// The generator, as often as the scalar says, whose bytes come the least first.
    pub fn multiply<S>(&self, scalar: impl ExactSizeIterator<Item = u8>) -> S
    where
        S: Sum + Add<Entry, Output = S>,
    {
        let digits = digits(scalar);
        let (mut even, mut odd) = (S::default(), S::default());
        for (row, digits) in self.0.iter().zip(digits.chunks(2)) {
            for (sum, digit) in [&mut even, &mut odd].into_iter().zip(digits) {
                *sum = *sum + select(row, *digit);
            }
        }
        doubled(odd, 4) + even
    }
}

/// The digits of a scalar, between -8 and 8, the least first, and what is carried out of the last.
fn digits(scalar: impl ExactSizeIterator<Item = u8>) -> Zeroizing<Vec<i8>> {
    let mut digits = Zeroizing::new(Vec::with_capacity(2 * scalar.len() + 1));
    let mut carry = 0;
    for byte in scalar {
        for nibble in [byte & 15, byte >> 4] {
            let value = nibble as i8 + carry;
            carry = (value + 8) >> 4;
            digits.push(value - (carry << 4));
        }
    }
    digits.push(carry);
    digits
}

/// The multiple in the row that belongs to a digit.
fn select<Entry>(row: &Row<Entry>, digit: i8) -> Entry
where
    Entry: Default + ConditionallySelectable + Neg<Output = Entry>,
{
    let sign = digit >> 7;
    let magnitude = ((digit ^ sign) - sign) as u8;
    let mut entry = Entry::default();
    for (multiple, place) in row.iter().zip(1u8..) {
        entry.conditional_assign(multiple, magnitude.ct_eq(&place));
    }
    let negative = -entry;
    entry.conditional_assign(&negative, ((sign & 1) as u8).into());
    entry
}

fn doubled<S: Sum>(mut point: S, times: usize) -> S {
    for _ in 0..times {
        point = point + point;
    }
    point
}
