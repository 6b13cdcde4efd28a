//! The round keys of AES-256 (FIPS 197, section 5.2), to look for.

/// All fifteen.
pub(crate) fn round_keys(key: &[u8; 32]) -> impl Iterator<Item = [u8; 16]> + use<> {
    let mut words: Vec<[u8; 4]> = key.as_chunks::<4>().0.to_vec();
    let mut round = 1u8;
    for index in 8..60 {
        let mut word = words[index - 1];
        if index % 8 == 0 {
            word.rotate_left(1);
            word = word.map(substitute);
            word[0] ^= round;
            round = round.wrapping_mul(2);
        } else if index % 8 == 4 {
            word = word.map(substitute);
        }
        let before = words[index - 8];
        words.push(std::array::from_fn(|at| word[at] ^ before[at]));
    }
    let keys: Vec<[u8; 16]> = words
        .as_chunks::<4>()
        .0
        .iter()
        .map(|four| four.as_flattened().try_into().expect("four words are sixteen bytes"))
        .collect();
    keys.into_iter()
}

/// SubBytes: the inverse in the field of 256 elements, and an affine map.
fn substitute(byte: u8) -> u8 {
    let inverse = (1..=255).find(|other| product(byte, *other) == 1).unwrap_or(0);
    let turned = |by| inverse.rotate_left(by);
    inverse ^ turned(1) ^ turned(2) ^ turned(3) ^ turned(4) ^ 0x63
}

fn product(mut one: u8, mut two: u8) -> u8 {
    let mut sum = 0;
    while two > 0 {
        if two & 1 == 1 {
            sum ^= one;
        }
        one = one << 1 ^ if one & 0x80 == 0 { 0 } else { 0x1b };
        two >>= 1;
    }
    sum
}

#[test]
fn round_keys_are_those_of_the_standard() {
    // FIPS 197, appendix A.3.
    let key: [u8; 32] = [
        0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77,
        0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14,
        0xdf, 0xf4,
    ];
    let last = round_keys(&key).last().expect("there are fifteen");
    assert_eq!(last[12..], [0x70, 0x6c, 0x63, 0x1e]);
    assert_eq!(last[..4], [0xfe, 0x48, 0x90, 0xd1]);
}
