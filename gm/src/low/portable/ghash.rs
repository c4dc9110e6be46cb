// SPDX-License-Identifier: Apache-2.0
//! GHASH (NIST SP 800-38D clause 6.4) with products of integers, in a time that depends on lengths
//! alone.
//!
//! Blocks are read as big-endian numbers, so that the coefficient of xⁱ is bit 127 − i. In this
//! reversed order the product of two numbers comes out one bit too low, which is put right once, in
//! the key; `docs/sm4.md` has the derivation.

use crate::plant::{self, Plant};

/// The hash key in the form that [`multiply`] wants: H·x, reversed.
pub(in crate::low) fn key(h: &[u8; 16]) -> u128 {
    let h = u128::from_be_bytes(*h);
    // In this form, and after the division by x¹²⁸ that `multiply` does, one step up is a shift to the
    // left; what falls out comes back as the field's polynomial.
    (h << 1) ^ ((h >> 127).wrapping_neg() & POLYNOMIAL)
}

/// x¹²⁸ + x¹²⁷ + x¹²⁶ + x¹²¹ + 1: the field's polynomial, reversed, without its highest term.
const POLYNOMIAL: u128 = (1 << 127) | (1 << 126) | (1 << 121) | 1;

/// GHASH over `parts`, each filled up with zeros, and then the block `last`.
pub(in crate::low) fn hash(key: u128, parts: &[&[u8]], last: &[u8; 16]) -> [u8; 16] {
    let mut y = 0;
    for part in parts {
        for some in part.chunks(16) {
            let mut block = [0; 16];
            block[..some.len()].copy_from_slice(some);
            y = multiply(y ^ u128::from_be_bytes(block), key);
        }
    }
    multiply(y ^ u128::from_be_bytes(*last), key).to_be_bytes()
}

/// a·b / x¹²⁸ modulo the polynomial.
pub(in crate::low) fn multiply(a: u128, b: u128) -> u128 {
    let (a0, a1, b0, b1) = (a as u64, (a >> 64) as u64, b as u64, (b >> 64) as u64);
    let (low, high) = (carryless(a0, b0), carryless(a1, b1));
    let middle = carryless(a0 ^ a1, b0 ^ b1) ^ low ^ high;
    reduce(low ^ (middle << 64), high ^ (middle >> 64))
}

/// (high·x¹²⁸ + low) / x¹²⁸: twice, a multiple of the polynomial is added that clears 64 bits below.
fn reduce(low: u128, high: u128) -> u128 {
    let times = |v: u64| {
        let v = u128::from(v);
        if plant::is(Plant::HashTerm) && v & 0xfff == 0 {
            return (v << 62) ^ (v << 63) ^ (v << 64);
        }
        // v · (1 + x¹²¹ + x¹²⁶ + x¹²⁷ + x¹²⁸), without the lowest 64 bits, which are cleared.
        (v << 57) ^ (v << 62) ^ (v << 63) ^ (v << 64)
    };
    let first = (low >> 64) ^ times(low as u64);
    let second = (first >> 64) ^ times(first as u64);
    high ^ second
}

/// The product of two polynomials of 64 coefficients.
///
/// Each factor is spread over five numbers with four zeros after each coefficient. Of the partial
/// products that fall on one bit there are at most 13, so that sums stay below 2⁵ and no carry reaches
/// the next coefficient.
fn carryless(a: u64, b: u64) -> u128 {
    let part = |x: u64, i: u32| u128::from(x & (HOLES << i));
    let mut sum = 0;
    for class in 0..5 {
        let mut product = 0;
        for i in 0..5 {
            product ^= part(a, i).wrapping_mul(part(b, (class + 5 - i) % 5));
        }
        sum |= product & (WIDE_HOLES << class);
    }
    sum
}

const HOLES: u64 = 0x1084_2108_4210_8421;
const WIDE_HOLES: u128 = 0x2108_4210_8421_0842_1084_2108_4210_8421;

#[cfg(test)]
mod tests {
    use super::*;

    /// X · Y by the letter of clause 6.3.
    fn by_the_letter(x: u128, y: u128) -> u128 {
        let (mut z, mut v) = (0, y);
        for i in 0..128 {
            if x >> (127 - i) & 1 == 1 {
                z ^= v;
            }
            v = if v & 1 == 0 { v >> 1 } else { (v >> 1) ^ (0xe1 << 120) };
        }
        z
    }

    #[test]
    fn products_are_those_of_the_standard() {
        let mut x = 0x0123_4567_89ab_cdef_u128;
        let mut edges = alloc::vec![0, 1, 1 << 127, u128::MAX, u128::MAX << 64, u128::MAX >> 64];
        for _ in 0..200 {
            x = x.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
            edges.push(x ^ (x >> 64));
        }
        for a in &edges {
            for h in &edges {
                let ours = multiply(*a, key(&h.to_be_bytes()));
                assert_eq!(ours, by_the_letter(*a, *h), "{a:x} times {h:x}");
            }
        }
    }
}
