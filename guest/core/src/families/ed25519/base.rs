//! Multiples of the base point of Ed25519, from a table that is made when it is first needed.
//!
//! The method is that of the Ed25519 paper (Bernstein et al., section 4, "fast fixed-base scalar
//! multiplication"), and of `curve25519-dalek`'s table: 64 digits of the scalar between -8 and 8, and
//! for every second one eight multiples.
//!
//! Constant time: the digits come from the scalar by shifts and sums; every entry of a table's row is
//! read for every digit, and `subtle` picks one; each digit costs one addition, zero as well.

use alloc::{boxed::Box, vec::Vec};

use curve25519_dalek::{
    constants::ED25519_BASEPOINT_POINT, edwards::EdwardsPoint, scalar::Scalar, traits::Identity,
};
use once_cell::race::OnceBox;
use subtle::{ConditionallyNegatable, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// The base point, as often as the scalar says.
pub fn multiply(scalar: &Scalar) -> EdwardsPoint {
    static TABLE: OnceBox<Vec<Row>> = OnceBox::new();
    let table = TABLE.get_or_init(|| Box::new(table()));
    let digits = digits(scalar);
    let sum = |digits: &mut dyn Iterator<Item = &i8>| {
        let points = table.iter().zip(digits).map(|(row, digit)| select(row, *digit));
        points.fold(EdwardsPoint::identity(), |sum, point| sum + point)
    };
    let odd = sum(&mut digits.iter().skip(1).step_by(2));
    let even = sum(&mut digits.iter().step_by(2));
    let eightfold = odd.mul_by_cofactor();
    eightfold + eightfold + even
}

/// The first eight multiples of a point.
type Row = [EdwardsPoint; 8];

/// Row `i` is that of the base point times 256 to the `i`: 40 KiB.
fn table() -> Vec<Row> {
    let mut point = ED25519_BASEPOINT_POINT;
    let mut rows = Vec::with_capacity(32);
    for _ in 0..32 {
        let mut multiple = EdwardsPoint::identity();
        rows.push(core::array::from_fn(|_| {
            multiple += point;
            multiple
        }));
        // The last multiple is eightfold.
        for _ in 0..5 {
            multiple += multiple;
        }
        point = multiple;
    }
    rows
}

/// The scalar in base 16, its digits between -8 and 8, the least first. A scalar is below 2^253, so
/// that nothing is carried out of the last digit.
fn digits(scalar: &Scalar) -> Zeroizing<[i8; 64]> {
    let mut digits = Zeroizing::new([0; 64]);
    let mut carry = 0;
    for (pair, byte) in digits.chunks_exact_mut(2).zip(scalar.as_bytes()) {
        for (digit, nibble) in pair.iter_mut().zip([byte & 15, byte >> 4]) {
            let value = nibble as i8 + carry;
            carry = (value + 8) >> 4;
            *digit = value - (carry << 4);
        }
    }
    digits
}

/// The point of the row that belongs to a digit.
fn select(row: &Row, digit: i8) -> EdwardsPoint {
    let sign = digit >> 7;
    let magnitude = ((digit ^ sign) - sign) as u8;
    let mut point = EdwardsPoint::identity();
    for (multiple, place) in row.iter().zip(1..) {
        point.conditional_assign(multiple, magnitude.ct_eq(&place));
    }
    point.conditional_negate(((sign & 1) as u8).into());
    point
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the crate's own multiplication: the corners, and a walk through the group.
    #[test]
    fn same_as_the_crate() {
        let mut scalar = Scalar::from_bytes_mod_order([0xa5; 32]);
        let corners = [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(8u8)];
        let nibbles = (0..=255).step_by(17).map(|byte| Scalar::from_bytes_mod_order([byte; 32]));
        let walk = (0..50).map(|_| {
            scalar = scalar * scalar + Scalar::ONE;
            scalar
        });
        for scalar in corners.into_iter().chain(nibbles).chain(walk) {
            assert_eq!(multiply(&scalar), EdwardsPoint::mul_base(&scalar));
        }
    }
}
