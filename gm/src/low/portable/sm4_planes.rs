// SPDX-License-Identifier: Apache-2.0
//! SM4's S-box and words in bit planes: no table, no branch, so no time that depends on a secret.
//!
//! The S-box is A · x⁻¹ over the field of SM4 (see `docs/sm4.md`); the inverse is taken in a tower of
//! fields of four, sixteen and 256 elements, where it comes down to a few products of bits.

/// Sixteen 32-bit words, cut into planes: plane b has bit b of every byte, and the byte r of word i
/// (r = 0 is the most significant one) stands at position 4·i + r.
pub(super) type Planes = [u64; 8];

/// Cuts sixteen words, in the order of their bytes in memory.
pub(super) fn cut(bytes: &[u8; 64]) -> Planes {
    let mut planes = [0; 8];
    for (place, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let turned = turn(u64::from_le_bytes(*eight)).to_le_bytes();
        for (plane, byte) in planes.iter_mut().zip(turned) {
            *plane |= u64::from(byte) << (8 * place);
        }
    }
    planes
}

/// The opposite of [`cut`].
pub(super) fn join(planes: &Planes) -> [u8; 64] {
    let mut bytes = [0; 64];
    for (place, eight) in bytes.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let mut turned = [0; 8];
        for (byte, plane) in turned.iter_mut().zip(planes) {
            *byte = (plane >> (8 * place)) as u8;
        }
        *eight = turn(u64::from_le_bytes(turned)).to_le_bytes();
    }
    bytes
}

/// Makes rows of bits columns: bit j of byte i becomes bit i of byte j.
fn turn(x: u64) -> u64 {
    let swap = |x: u64, mask: u64, distance: u32| {
        let t = (x ^ (x >> distance)) & mask;
        x ^ t ^ (t << distance)
    };
    let x = swap(x, 0x00aa_00aa_00aa_00aa, 7);
    let x = swap(x, 0x0000_cccc_0000_cccc, 14);
    swap(x, 0x0000_0000_f0f0_f0f0, 28)
}

/// Sixteen times the same word.
pub(super) fn spread(word: u32) -> Planes {
    let mut planes = [0; 8];
    for (bit, plane) in planes.iter_mut().enumerate() {
        // The product gathers bits 24, 16, 8 and 0 in bits 24 to 27, the first of them lowest.
        let four = ((word >> bit) & 0x0101_0101).wrapping_mul(0x0804_0201) >> 24 & 0xf;
        *plane = u64::from(four) * 0x1111_1111_1111_1111;
    }
    planes
}

pub(super) fn xor(a: &Planes, b: &Planes) -> Planes {
    core::array::from_fn(|bit| a[bit] ^ b[bit])
}

/// Every word rotated to the left by `n` bits.
pub(super) fn rotate(x: &Planes, n: usize) -> Planes {
    // Bit b of byte r comes from bit b − n: of byte r + ⌊n / 8⌋, or of the one after it.
    core::array::from_fn(|bit| {
        let from = (bit + 32 - n) % 8;
        let bytes = (n + from - bit) / 8 % 4;
        rotate_bytes(x[from], bytes as u32)
    })
}

/// Position r of every four gets what is at position r + `n` modulo 4.
fn rotate_bytes(plane: u64, n: u32) -> u64 {
    let low = 0x1111_1111_1111_1111 * (0xf >> n);
    ((plane >> n) & low) | ((plane << ((4 - n) % 4)) & !low)
}

/// The S-box in every byte.
pub(super) fn substitute(x: &Planes) -> Planes {
    let x = into_tower(x);
    let y = inverse_256(x);
    out_of_tower(&y)
}

/// y = φ(A·x + C), where φ goes from the field of SM4 to the tower.
fn into_tower(x: &Planes) -> Planes {
    [
        x[1] ^ x[2] ^ x[5],
        !(x[1] ^ x[4] ^ x[5] ^ x[6]),
        x[2] ^ x[5] ^ x[7],
        !(x[3] ^ x[4]),
        x[0] ^ x[1] ^ x[2] ^ x[4] ^ x[6],
        !x[6],
        !(x[2] ^ x[7]),
        !(x[0] ^ x[1] ^ x[2] ^ x[3] ^ x[4] ^ x[5] ^ x[6]),
    ]
}

/// A·φ⁻¹(y) + C.
fn out_of_tower(y: &Planes) -> Planes {
    [
        !(y[0] ^ y[2] ^ y[4] ^ y[6]),
        !(y[0] ^ y[6]),
        y[1] ^ y[2] ^ y[4] ^ y[5] ^ y[6],
        y[0] ^ y[4] ^ y[6] ^ y[7],
        !(y[1] ^ y[3] ^ y[7]),
        y[1] ^ y[3] ^ y[5],
        !(y[0] ^ y[1]),
        !(y[0] ^ y[1] ^ y[2] ^ y[3] ^ y[5]),
    ]
}

/// An element a₁·w + a₀ of GF(4), where w² = w + 1, as [a₀, a₁].
type Four = [u64; 2];
/// An element a₁·z + a₀ of GF(16), where z² = z + w.
type Sixteen = [u64; 4];

fn add_4(a: Four, b: Four) -> Four {
    [a[0] ^ b[0], a[1] ^ b[1]]
}

fn multiply_4(a: Four, b: Four) -> Four {
    let low = a[0] & b[0];
    [low ^ (a[1] & b[1]), low ^ ((a[0] ^ a[1]) & (b[0] ^ b[1]))]
}

/// Times w.
fn times_w(a: Four) -> Four {
    [a[1], a[0] ^ a[1]]
}

fn halves_16(a: Sixteen) -> (Four, Four) {
    ([a[0], a[1]], [a[2], a[3]])
}

fn whole_16(low: Four, high: Four) -> Sixteen {
    [low[0], low[1], high[0], high[1]]
}

fn add_16(a: Sixteen, b: Sixteen) -> Sixteen {
    core::array::from_fn(|bit| a[bit] ^ b[bit])
}

fn multiply_16(a: Sixteen, b: Sixteen) -> Sixteen {
    let ((a0, a1), (b0, b1)) = (halves_16(a), halves_16(b));
    let low = multiply_4(a0, b0);
    let both = multiply_4(add_4(a0, a1), add_4(b0, b1));
    whole_16(add_4(low, times_w(multiply_4(a1, b1))), add_4(both, low))
}

/// 1 / a = (a₁·z + a₀ + a₁) / (a₀² + a₀·a₁ + w·a₁²), and 0 for 0. In GF(4), 1 / d = d².
fn inverse_16(a: Sixteen) -> Sixteen {
    let (a0, a1) = halves_16(a);
    let square = |a: Four| [a[0] ^ a[1], a[1]];
    let d = add_4(add_4(square(a0), multiply_4(a0, a1)), times_w(square(a1)));
    let d = square(d);
    whole_16(multiply_4(add_4(a0, a1), d), multiply_4(a1, d))
}

/// The same one floor up, in GF(256) with y² = y + m and m = 9 (that is w·z + 1).
fn inverse_256(a: Planes) -> Planes {
    let low: Sixteen = [a[0], a[1], a[2], a[3]];
    let high: Sixteen = [a[4], a[5], a[6], a[7]];
    // x², and m·x², bit by bit.
    let square = |x: Sixteen| [x[0] ^ x[1] ^ x[3], x[1] ^ x[2], x[2] ^ x[3], x[3]];
    let scaled = |x: Sixteen| [x[0] ^ x[1] ^ x[2] ^ x[3], x[1] ^ x[3], x[1], x[0]];
    let d = add_16(add_16(square(low), multiply_16(low, high)), scaled(high));
    let d = inverse_16(d);
    let (low, high) = (multiply_16(add_16(low, high), d), multiply_16(high, d));
    [low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::low::sm4_table::SBOX;

    #[test]
    fn the_tower_gives_the_table_of_the_standard() {
        for four in 0..4_usize {
            let bytes: [u8; 64] = core::array::from_fn(|i| (64 * four + i) as u8);
            let expected = bytes.map(|byte| SBOX[usize::from(byte)]);
            assert_eq!(join(&substitute(&cut(&bytes))), expected);
        }
    }

    #[test]
    fn words_go_in_and_come_out() {
        let bytes: [u8; 64] = core::array::from_fn(|i| (i * i + 7 * i) as u8);
        assert_eq!(join(&cut(&bytes)), bytes);
        let word = 0x0123_89ab_u32;
        assert_eq!(join(&spread(word)).as_chunks::<4>().0, [word.to_be_bytes(); 16]);
        for n in 0..32 {
            let turned = word.rotate_left(n as u32).to_be_bytes();
            assert_eq!(join(&rotate(&spread(word), n)).as_chunks::<4>().0, [turned; 16], "{n}");
        }
    }
}
