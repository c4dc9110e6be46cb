// SPDX-License-Identifier: Apache-2.0
//! What the field of SM2 needs beside the four operations of a level: constants, bytes, inverses,
//! square roots. Elements are [`Limbs`] below p in Montgomery form.

use crate::low::sm2::{Level, Limbs, MODULUS_P, P, mask, sub_limbs};
use crate::plant::{self, Plant};

pub(super) const ZERO: Limbs = [0; 4];
/// R mod p, that is 1.
pub(super) const ONE: Limbs = [1, 0xffff_ffff, 0, 0x1_0000_0000];
/// R² mod p: brings into Montgomery form.
const R2: Limbs = [0x2_0000_0003, 0x2_ffff_ffff, 0x1_0000_0001, 0x4_0000_0002];
/// R³ mod p: brings the plain inverse of an element in Montgomery form into Montgomery form.
const R3: Limbs = [0x12_0000_0016, 0xe_ffff_fff8, 0xa_0000_000c, 0x1b_0000_0009];

/// Reads 32 bytes, most significant first; `None` from p on. Which of both may show.
pub(super) fn from_bytes<L: Level>(l: L, bytes: &[u8; 32]) -> Option<Limbs> {
    let plain = limbs_of(bytes);
    let below = sub_limbs(&plain, &P).1 == 1 || plant::is(Plant::PrimeRange);
    below.then(|| l.mul(&plain, &R2))
}

/// The number that an element stands for, below p.
pub(super) fn to_plain<L: Level>(l: L, a: &Limbs) -> Limbs {
    l.mul(a, &[1, 0, 0, 0])
}

/// Brings a number below p into Montgomery form.
pub(super) fn from_plain<L: Level>(l: L, a: &Limbs) -> Limbs {
    l.mul(a, &R2)
}

pub(super) fn to_bytes<L: Level>(l: L, a: &Limbs) -> [u8; 32] {
    bytes_of(&to_plain(l, a))
}

/// a⁻¹; 0 for 0.
pub(super) fn invert<L: Level>(l: L, a: &Limbs) -> Limbs {
    l.mul(&l.invert(a, &MODULUS_P), &R3)
}

/// A square root of a square. p ≡ 3 (mod 4), so that it is a to the power of (p + 1)/4, which is
/// 2²⁵⁴ − 2²²² − 2⁹⁴ + 2⁶². `None` if `a` is no square. For public `a`.
pub(super) fn sqrt_vartime<L: Level>(l: L, a: &Limbs) -> Option<Limbs> {
    let power: Limbs = [1 << 62, 0xffff_ffff_c000_0000, u64::MAX, 0x3fff_ffff_bfff_ffff];
    let mut root = ONE;
    for bit in (0..256).rev() {
        root = l.sqr(&root);
        if power[bit / 64] >> (bit % 64) & 1 == 1 {
            root = l.mul(&root, a);
        }
    }
    (l.sqr(&root) == *a).then_some(root)
}

/// `a` where the mask is 0, `b` where it is all ones.
#[inline(always)]
pub(super) fn select(mask: u64, a: &Limbs, b: &Limbs) -> Limbs {
    [0, 1, 2, 3].map(|i: usize| a[i] ^ (mask & (a[i] ^ b[i])))
}

/// −a where `negative` is 1.
#[inline(always)]
pub(super) fn negate_if<L: Level>(l: L, negative: u64, a: &Limbs) -> Limbs {
    select(mask(negative), a, &l.sub(&ZERO, a))
}

/// 1 if all limbs are 0.
pub(super) fn is_zero(a: &Limbs) -> u64 {
    let any = a[0] | a[1] | a[2] | a[3];
    ((any | any.wrapping_neg()) >> 63) ^ 1
}

pub(super) fn limbs_of(bytes: &[u8; 32]) -> Limbs {
    let (words, _) = bytes.as_chunks::<8>();
    [words[3], words[2], words[1], words[0]].map(u64::from_be_bytes)
}

pub(super) fn bytes_of(limbs: &Limbs) -> [u8; 32] {
    let mut bytes = [0; 32];
    let words = limbs.iter().rev().flat_map(|limb| limb.to_be_bytes());
    bytes.iter_mut().zip(words).for_each(|(to, from)| *to = from);
    bytes
}
