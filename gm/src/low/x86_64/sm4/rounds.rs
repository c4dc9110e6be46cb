// SPDX-License-Identifier: Apache-2.0
//! The 32 rounds, and the key schedule.

use super::basis::{CK, FK, OFFSET};
use super::lanes::{Basis, Lanes, OneWord};
use crate::low::sm4::{Block, Words};

/// Work that is done beside the rounds, in eight steps, because it waits for other parts of the processor.
pub(super) trait Beside {
    unsafe fn step(&mut self, step: usize);
}

/// None.
pub(super) struct Nothing;

impl Beside for Nothing {
    #[inline(always)]
    unsafe fn step(&mut self, _: usize) {}
}

/// All rounds on `N` times four vectors of words. What comes out is X[32] to X[35].
///
/// One group alone waits for the result of each round, so its rounds are made short; several groups wait
/// for instructions, so theirs are made few.
#[inline(always)]
pub(super) unsafe fn rounds<V: Lanes, const N: usize, B: Beside>(
    words: &Words,
    x: &mut [[V; 4]; N],
    beside: &mut B,
) {
    if N == 1 {
        chain(words, &mut x[0], beside);
        return;
    }
    for step in 0..8 {
        round::<V, N, 0>(V::splat(words[4 * step]), x);
        round::<V, N, 1>(V::splat(words[4 * step + 1]), x);
        round::<V, N, 2>(V::splat(words[4 * step + 2]), x);
        round::<V, N, 3>(V::splat(words[4 * step + 3]), x);
        beside.step(step);
    }
}

/// A round on every group, whose oldest word is word `R`. Written out, because only places that are known
/// when this is compiled stay in registers.
#[inline(always)]
unsafe fn round<V: Lanes, const N: usize, const R: usize>(key: V, x: &mut [[V; 4]; N]) {
    of_group::<V, R>(key, &mut x[0]);
    if N > 1 {
        of_group::<V, R>(key, &mut x[1]);
    }
    if N > 2 {
        of_group::<V, R>(key, &mut x[2]);
    }
    if N > 3 {
        of_group::<V, R>(key, &mut x[3]);
    }
}

#[inline(always)]
unsafe fn of_group<V: Lanes, const R: usize>(key: V, x: &mut [V; 4]) {
    let [b, c, d] = [x[(R + 1) % 4], x[(R + 2) % 4], x[(R + 3) % 4]];
    let [u, v1, v2, w] = b.xor3(c, key).xor(d).diffuse();
    x[R] = x[R].xor3(u, v1).xor3(v2, w);
}

/// All rounds on one group. The sum that enters a round is made of the summands that left the one before,
/// without a stop at the new word: inverse, rotation and two sums follow each other. For the last round, the
/// key of the next is 0.
#[inline(always)]
pub(super) unsafe fn chain<V: Basis, B: Beside>(words: &Words, x: &mut [V; 4], beside: &mut B) {
    let mut sum = x[1].xor3(x[2], x[3]).xor(V::splat(words[0]));
    for step in 0..8 {
        sum = link::<V, 0>(sum, words[4 * step + 1], x);
        sum = link::<V, 1>(sum, words[4 * step + 2], x);
        sum = link::<V, 2>(sum, words[4 * step + 3], x);
        sum = link::<V, 3>(sum, words[4 * step + 4], x);
        beside.step(step);
    }
}

/// One round; gives the sum that enters the next, whose key this is.
#[inline(always)]
unsafe fn link<V: Basis, const R: usize>(sum: V, key: u32, x: &mut [V; 4]) -> V {
    // All of the next sum but the new word.
    let rest = x[(R + 2) % 4].xor3(x[(R + 3) % 4], V::splat(key));
    let sum = join(rest.xor(x[R]), sum.diffuse_quickly());
    x[R] = sum.xor(rest);
    sum
}

/// The sum of what is there early and the four summands, of which the first is not shuffled and comes first.
/// The result is taken from the compiler's sight, which would else sum up the new word first.
#[inline(always)]
unsafe fn join<V: Basis>(early: V, [u, v1, v2, w]: [V; 4]) -> V {
    early.pin().xor(u).xor(v1).xor(v2.xor(w)).pin()
}

/// The round keys (GB/T 32907 clause 6.3), in the basis, with the offset of the inverse.
#[inline(always)]
pub(super) unsafe fn expand<V: OneWord>(key: &Block) -> Words {
    let mut k = V::load(key.as_ptr()).enter().words();
    for (k, constant) in k.iter_mut().zip(FK) {
        *k = k.xor(V::splat(constant));
    }
    let mut words = [0; 33];
    let mut sum = k[1].xor3(k[2], k[3]).xor(V::splat(CK[0]));
    for (i, word) in words[..32].iter_mut().enumerate() {
        let constant = if i < 31 { CK[i + 1] } else { 0 };
        let rest = k[(i + 2) % 4].xor3(k[(i + 3) % 4], V::splat(constant));
        sum = join(rest.xor(k[i % 4]), sum.diffuse_key());
        k[i % 4] = sum.xor(rest);
        *word = k[i % 4].word() ^ OFFSET;
    }
    words
}
