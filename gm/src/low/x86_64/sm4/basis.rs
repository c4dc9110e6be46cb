// SPDX-License-Identifier: Apache-2.0
//! The changed basis: matrices and constants. `docs/sm4.md` says where they come from; the tests here
//! compute them anew.

/// A matrix of eight by eight bits as the GFNI instructions take it: the row for bit i of the result is
/// byte 7 − i.
pub(super) type Matrix = u64;

/// x ↦ φ(A·x): into the basis.
pub(super) const ENTER: Matrix = 0x34ac_259e_022d_bc52;
/// The inverse of [`ENTER`].
pub(super) const LEAVE: Matrix = 0x4710_1b24_4258_d265;
/// φ(C), which is added before the inverse is taken. It is part of the round keys.
pub(super) const OFFSET: u32 = 0x6565_6565;

/// The four summands of L(S(x)), as functions of φ⁻¹: the first stands in its place, the next are
/// rotated by one, two and three bytes. The second and third are the same.
pub(super) const DATA: [Matrix; 4] = [U, V, V, W];
const U: Matrix = 0xf46d_b3ed_2dcf_fd28;
const V: Matrix = 0x08c7_0d01_1920_4989;
const W: Matrix = 0xfcaa_beec_34ef_b4a1;
/// The sum of the constants of the four.
pub(super) const DATA_OFFSET: i32 = 0x39;

/// The same for L'(S(x)) of the key schedule.
pub(super) const KEY: [Matrix; 4] =
    [0xfcaa_35f5_2d64_b4b8, 0xd759_d78e_00d7_592d, 0x7530_3d37_1eb6_2907, 0xb6c4_f7ad_8ee9_a8fb];
/// The sum of its constants.
pub(super) const KEY_OFFSET: i32 = 0x80;

/// The words of FK and CK in the basis, in the order of bytes in memory; CK with [`OFFSET`].
pub(super) const FK: [u32; 4] = {
    let mut fk = crate::low::portable::sm4::FK;
    let mut i = 0;
    while i < 4 {
        fk[i] = enter(fk[i].swap_bytes());
        i += 1;
    }
    fk
};
pub(super) const CK: [u32; 32] = {
    let mut ck = [0; 32];
    let mut i = 0;
    while i < 32 {
        ck[i] = enter(crate::low::portable::sm4::constant(i).swap_bytes()) ^ OFFSET;
        i += 1;
    }
    ck
};

const fn enter(word: u32) -> u32 {
    let [a, b, c, d] = word.to_le_bytes();
    u32::from_le_bytes([apply(ENTER, a), apply(ENTER, b), apply(ENTER, c), apply(ENTER, d)])
}

/// The product of a matrix and a byte.
pub(super) const fn apply(matrix: Matrix, x: u8) -> u8 {
    let rows = matrix.to_be_bytes();
    let mut y = 0;
    let mut i = 0;
    while i < 8 {
        y |= ((rows[i] & x).count_ones() as u8 & 1) << i;
        i += 1;
    }
    y
}

/// Two tables of sixteen: the image of a byte is the sum of what its low and its high half pick.
pub(super) struct Nibbles {
    pub(super) low: [u8; 16],
    pub(super) high: [u8; 16],
}

impl Nibbles {
    /// Of a linear map.
    pub(super) const fn linear(matrix: Matrix) -> Self {
        let (mut low, mut high) = ([0; 16], [0; 16]);
        let mut i = 0;
        while i < 16 {
            low[i] = apply(matrix, i as u8);
            high[i] = apply(matrix, (i as u8) << 4);
            i += 1;
        }
        Self { low, high }
    }

    /// Of `matrix` after undoing the affine map of the AES S-box, plus `offset`.
    pub(super) const fn after_aes(matrix: Matrix, offset: u8) -> Self {
        let mut tables = Self::linear(0);
        let constant = apply(matrix, apply(AES_UNDONE, 0x63)) ^ offset;
        let mut i = 0;
        while i < 16 {
            tables.low[i] = apply(matrix, apply(AES_UNDONE, i as u8)) ^ constant;
            tables.high[i] = apply(matrix, apply(AES_UNDONE, (i as u8) << 4));
            i += 1;
        }
        tables
    }
}

/// The inverse of the matrix of the AES S-box (FIPS 197 clause 5.3.2): a bit is the sum of those two,
/// five and seven places on.
const AES_UNDONE: Matrix = 0xa449_9225_4a94_2952;

/// Where the bytes of every four are to come from, for a rotation by `n` bytes to the left of words
/// that lie in memory with their most significant byte first.
pub(super) const fn rotation(n: usize) -> [u8; 16] {
    let mut from = [0; 16];
    let mut to = 0;
    while to < 16 {
        from[to] = (to / 4 * 4 + (to + n) % 4) as u8;
        to += 1;
    }
    from
}

/// The same after `aesenclast`, whose ShiftRows is undone on the way.
pub(super) const fn rotation_after_aes(n: usize) -> [u8; 16] {
    let mut from = rotation(n);
    let mut to = 0;
    while to < 16 {
        // ShiftRows moves row r of column c from column c + r (FIPS 197 clause 5.1.2).
        let (row, column) = (from[to] % 4, from[to] / 4);
        from[to] = row + 4 * ((column + 4 - row) % 4);
        to += 1;
    }
    from
}

#[cfg(test)]
mod tests {
    //! Everything above from nothing but the standard's table and the polynomials of the two fields.
    use super::*;
    use crate::low::sm4_table::SBOX;

    const SM4_FIELD: u16 = 0x1f5;
    const AES_FIELD: u16 = 0x11b;
    const C: u8 = 0xd3;
    /// Where φ sends the root of the first polynomial: to a root of it in the second field.
    const ROOT: u8 = 0xd6;

    fn multiply(a: u8, b: u8, field: u16) -> u8 {
        let (mut a, mut sum) = (u16::from(a), 0);
        for i in 0..8 {
            sum ^= if b >> i & 1 == 1 { a } else { 0 };
            a = if a & 0x80 == 0 { a << 1 } else { (a << 1) ^ field };
        }
        sum as u8
    }

    fn inverse(a: u8, field: u16) -> u8 {
        (0..=255).find(|b| multiply(a, *b, field) == 1).unwrap_or(0)
    }

    /// Row i is 0xa7 rotated by i.
    fn a(x: u8) -> u8 {
        (0..8).map(|i| ((0xa7_u8.rotate_left(i) & x).count_ones() as u8 & 1) << i).sum()
    }

    fn phi(x: u8) -> u8 {
        let mut power = 1;
        let mut sum = 0;
        for i in 0..8 {
            sum ^= if x >> i & 1 == 1 { power } else { 0 };
            power = multiply(power, ROOT, AES_FIELD);
        }
        sum
    }

    fn undo(f: fn(u8) -> u8, y: u8) -> u8 {
        (0..=255).find(|x| f(*x) == y).unwrap()
    }

    fn enter(x: u8) -> u8 {
        phi(a(x))
    }

    /// What S is after the inverse, without its constant.
    fn out(y: u8) -> u8 {
        a(undo(phi, y))
    }

    /// A linear map as the instructions take it.
    fn matrix(f: impl Fn(u8) -> u8) -> Matrix {
        let mut matrix = 0;
        for row in 0..8 {
            for column in 0..8 {
                let bit = u64::from(f(1 << column) >> row & 1);
                matrix |= bit << (8 * (7 - row) + column);
            }
        }
        matrix
    }

    #[test]
    fn the_s_box_is_an_inverse_in_either_field() {
        for x in 0..=255 {
            let y = a(inverse(a(x) ^ C, SM4_FIELD)) ^ C;
            assert_eq!(y, SBOX[usize::from(x)]);
            assert_eq!(out(inverse(enter(x) ^ phi(C), AES_FIELD)) ^ C, y);
        }
        for (x, y) in [(3, 7), (0x53, 0xca), (0xff, 0x80)] {
            assert_eq!(phi(multiply(x, y, SM4_FIELD)), multiply(phi(x), phi(y), AES_FIELD));
        }
    }

    #[test]
    fn matrices_and_constants_follow_from_the_fields() {
        assert_eq!(ENTER, matrix(enter));
        assert_eq!(LEAVE, matrix(|y| undo(enter, y)));
        assert_eq!(OFFSET, u32::from(phi(C)) * 0x0101_0101);
        let [u, v, also_v, w] = DATA;
        assert_eq!(u, matrix(|y| enter(out(y) ^ (out(y) << 2))));
        assert_eq!(v, matrix(|y| enter((out(y) << 2) ^ (out(y) >> 6))));
        assert_eq!(w, matrix(|y| enter(out(y) ^ (out(y) >> 6))));
        assert_eq!((v, u ^ v), (also_v, w));
        assert_eq!(KEY[0], matrix(|y| enter(out(y))));
        assert_eq!(KEY[1], matrix(|y| enter(out(y) << 5)));
        assert_eq!(KEY[2], matrix(|y| enter((out(y) >> 3) ^ (out(y) << 7))));
        assert_eq!(KEY[3], matrix(|y| enter(out(y) >> 1)));
        let b = u32::from(C) * 0x0101_0101;
        let sum = |rotations: &[u32]| {
            let all = rotations.iter().fold(b, |sum, n| sum ^ b.rotate_left(*n));
            i32::from(enter(all as u8))
        };
        assert_eq!(DATA_OFFSET, sum(&[2, 10, 18, 24]));
        assert_eq!(KEY_OFFSET, sum(&[13, 23]));
    }

    #[test]
    fn aes_is_undone() {
        for x in 0..=255 {
            // The S-box of FIPS 197: the inverse, and a sum of it and four rotations.
            let y = inverse(x, AES_FIELD);
            let aes = (1..5).fold(y ^ 0x63, |sum, n| sum ^ y.rotate_left(n));
            let tables = Nibbles::after_aes(DATA[0], 0x39);
            let (low, high) = (usize::from(aes & 15), usize::from(aes >> 4));
            assert_eq!(tables.low[low] ^ tables.high[high], apply(DATA[0], y) ^ 0x39);
        }
    }
}
