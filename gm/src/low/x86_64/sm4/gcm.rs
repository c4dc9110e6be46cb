// SPDX-License-Identifier: Apache-2.0
//! GCM (NIST SP 800-38D) with GHASH beside the rounds.
//!
//! The message is taken as if one block stood in front of it. Its place in the key stream is that of J₀,
//! so that the mask of the tag comes out of the first pass; its place in GHASH is taken by the sum over
//! the associated data (`docs/sm4.md`).

use super::lanes::Lanes;
use super::modes::{Counter, Span, smallest_pass};
use super::rounds::{Beside, Nothing, chain};
use crate::low::ghash::{Powers, lengths};
use crate::low::portable;
use crate::low::sm4::{Block, Words};
use crate::low::x86_64::ghash;
use crate::plant::{self, Plant};
use core::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_storeu_si128, _mm_xor_si128};
use zeroize::Zeroize;

/// H = E(0) and as many of its powers as a stride of `N` groups needs.
///
/// # Safety
/// The processor has every instruction that `V` uses.
#[inline(always)]
pub(super) unsafe fn powers<V: Lanes, const N: usize>(words: &Words) -> Powers {
    let mut x = [V::zero().enter(); 4];
    chain(words, &mut x, &mut Nothing);
    let mut h = [0; 16];
    let x = V::transpose([x[3], x[2], x[1], x[0]]);
    _mm_storeu_si128(h.as_mut_ptr().cast(), x[0].leave().first());
    let powers = ghash::powers(portable::ghash::key(&h), N * V::BLOCKS + 1);
    h.zeroize();
    powers
}

/// GHASH over `data`, filled up with zeros, and the block `last`.
///
/// # Safety
/// The processor has every instruction that `V` uses.
/// `powers` holds those up to the second or more.
#[inline(always)]
pub(super) unsafe fn hash<V: Lanes, const N: usize>(
    powers: &Powers,
    data: &[u8],
    last: &Block,
) -> Block {
    let z = absorb::<V, N>(powers, data);
    // (z·H + last)·H.
    let mut sum = V::no_products();
    V::beginning(z).multiply(&mut sum, powers.tail(2).as_ptr());
    V::beginning(block(last)).multiply(&mut sum, powers.tail(1).as_ptr());
    bytes(V::reduce(sum))
}

/// GHASH over `data`, filled up with zeros, before the last multiplication.
///
/// # Safety
/// The processor has every instruction that `V` uses.
/// `powers` holds as many as a stride of `N` groups has blocks.
#[inline(always)]
unsafe fn absorb<V: Lanes, const N: usize>(powers: &Powers, data: &[u8]) -> __m128i {
    let (first, data) = data.split_at(data.len().min(16));
    let mut z = block(&padded(first));
    for some in data.chunks(16 * N * V::BLOCKS) {
        // z·Hⁿ + X₁·Hⁿ⁻¹ + ... + Xₙ₋₁·H, and then Xₙ as it is.
        let blocks = some.len().div_ceil(16);
        let (whole, last) = some.split_at(16 * (blocks - 1));
        let span = Span::reading_after_a_block(whole);
        let mut sum = V::no_products();
        for i in 0..(16 * blocks).div_ceil(V::BYTES) {
            let mut vector = span.read::<V, true>(i * V::BYTES);
            if i == 0 {
                vector = vector.xor(V::beginning(z));
            }
            let place = i * V::BYTES / 16;
            vector.multiply(&mut sum, powers.tail(blocks).as_ptr().add(place));
        }
        z = _mm_xor_si128(V::reduce(sum), block(&padded(last)));
    }
    z
}

/// Encrypts or decrypts, and gives the tag of the ciphertext.
///
/// # Safety
/// The processor has every instruction that `V` uses.
/// `powers` is what [`powers`] gave for the same `V` and `N`: one more than a stride has blocks.
#[inline(always)]
pub(super) unsafe fn crypt<V: Lanes, const N: usize, const OPEN: bool>(
    words: &Words,
    powers: &Powers,
    j0: &Block,
    aad: &[u8],
    data: &mut [u8],
) -> Block {
    let lengths = block(&lengths(aad.len(), data.len()));
    let mut work = Work::<V> {
        words,
        powers,
        span: Span::after_a_block(data),
        counter: Counter::new(j0),
        z: absorb::<V, N>(powers, aad),
        mask: block(&[0; 16]),
    };
    let (stride, mut at) = (16 * N * V::BLOCKS, 0);
    while at + stride < work.span.end() {
        if at == 0 {
            pass::<V, N, true, OPEN, N>(&mut work, at);
        } else {
            pass::<V, N, false, OPEN, N>(&mut work, at);
        }
        at += stride;
    }
    let left = (work.span.end() - at).div_ceil(16);
    smallest_pass!(V, N, left, last_pass::<V, _, true, OPEN, N>(&mut work, at, lengths));
    bytes(_mm_xor_si128(work.z, work.mask))
}

/// What goes from pass to pass.
struct Work<'a, V> {
    words: &'a Words,
    powers: &'a Powers,
    span: Span,
    counter: Counter<V>,
    /// GHASH of what is done, of which the first block is that before the message.
    z: __m128i,
    /// E(J₀).
    mask: __m128i,
}

/// GHASH over a full stride.
struct Stride<V: Lanes, const N: usize> {
    span: Span,
    /// Where it begins; none if there is nothing to do.
    at: Option<usize>,
    powers: *const u128,
    z: __m128i,
    sum: V::Products,
}

impl<V: Lanes, const N: usize> Stride<V, N> {
    /// # Safety
    /// The processor has every instruction that `V` uses.
    /// Of `work`, span and powers outlive this, for [`step`](Beside::step) reads through
    /// pointers to them; a stride of `N` groups from `at` on lies within the span.
    #[inline(always)]
    unsafe fn new(work: &Work<'_, V>, at: Option<usize>) -> Self {
        let powers = work.powers.tail(N * V::BLOCKS).as_ptr();
        Self { span: work.span, at, powers, z: work.z, sum: V::no_products() }
    }

    /// The sum over the stride, or what it was before if there was nothing to do.
    ///
    /// # Safety
    /// The processor has every instruction that `V` uses.
    #[inline(always)]
    unsafe fn sum(self) -> __m128i {
        if self.at.is_some() { V::reduce(self.sum) } else { self.z }
    }
}

impl<V: Lanes, const N: usize> Beside for Stride<V, N> {
    /// # Safety
    /// The processor has every instruction that `V` uses.
    /// `step` is below 8, and what [`new`](Stride::new) was given is still there.
    #[inline(always)]
    unsafe fn step(&mut self, step: usize) {
        let Some(at) = self.at else { return };
        // 4·N vectors in eight steps.
        for i in step * N / 2..(step + 1) * N / 2 {
            let vector = if i > 0 {
                self.span.read::<V, false>(at + i * V::BYTES)
            } else if at > 0 {
                self.span.read::<V, false>(at).xor(V::beginning(self.z))
            } else {
                self.span.read::<V, true>(at).xor(V::beginning(self.z))
            };
            vector.multiply(&mut self.sum, self.powers.add(i * V::BYTES / 16));
        }
    }
}

/// One stride of `N` groups; beside it, GHASH of that stride if it is decrypted, else of the one before.
///
/// # Safety
/// The processor has every instruction that `V` uses.
/// The stride from `at` on lies within the span of `work`, whose powers are those
/// of a stride of `FULL` groups; `N` is `FULL`.
#[inline(always)]
unsafe fn pass<V: Lanes, const N: usize, const EDGE: bool, const OPEN: bool, const FULL: usize>(
    work: &mut Work<'_, V>,
    at: usize,
) {
    let stride = 16 * N * V::BLOCKS;
    let beside = if OPEN { Some(at) } else { at.checked_sub(stride) };
    let mut beside = Stride::<V, FULL>::new(work, beside);
    let stream = work.counter.stream::<N, _>(work.words, &mut beside);
    work.z = beside.sum();
    if at == 0 {
        work.mask = stream[0][0].first();
    }
    for (i, mask) in stream.as_flattened().iter().enumerate() {
        let at = at + i * V::BYTES;
        work.span.write::<V, EDGE>(at, work.span.read::<V, EDGE>(at).xor(*mask));
    }
}

/// The last `N` groups; beside them, GHASH of the full stride before if it has not been hashed, and after
/// them their own and that of the block of lengths.
///
/// # Safety
/// The processor has every instruction that `V` uses.
/// `at` lies before the end of the span of `work`, which ends within `N` groups from
/// there; the powers are those of a stride of `FULL` groups, and one more.
#[inline(always)]
unsafe fn last_pass<
    V: Lanes,
    const N: usize,
    const EDGE: bool,
    const OPEN: bool,
    const FULL: usize,
>(
    work: &mut Work<'_, V>,
    at: usize,
    lengths: __m128i,
) {
    let before = if OPEN { None } else { at.checked_sub(16 * FULL * V::BLOCKS) };
    let mut beside = Stride::<V, FULL>::new(work, before);
    let stream = work.counter.stream::<N, _>(work.words, &mut beside);
    work.z = beside.sum();
    if at == 0 {
        work.mask = stream[0][0].first();
    }
    let blocks = (work.span.end() - at).div_ceil(16);
    let mut sum = V::no_products();
    for (i, mask) in stream.as_flattened().iter().enumerate() {
        let place = at + i * V::BYTES;
        if place >= work.span.end() {
            break;
        }
        let read = work.span.read::<V, EDGE>(place);
        let written = read.xor(*mask).keep(work.span.part::<V>(place));
        work.span.write::<V, EDGE>(place, written);
        let mut hashed = if OPEN { read } else { written };
        if i == 0 {
            hashed = hashed.xor(V::beginning(work.z));
        }
        let wrong = plant::is(Plant::StrideEdge) && blocks == FULL * V::BLOCKS;
        let powers = work.powers.tail(blocks + usize::from(!wrong));
        hashed.multiply(&mut sum, powers.as_ptr().add(i * V::BYTES / 16));
    }
    V::beginning(lengths).multiply(&mut sum, work.powers.tail(1).as_ptr());
    work.z = V::reduce(sum);
}

/// # Safety
/// The processor has SSE2.
#[inline(always)]
unsafe fn block(block: &Block) -> __m128i {
    _mm_loadu_si128(block.as_ptr().cast())
}

/// # Safety
/// The processor has SSE2.
#[inline(always)]
unsafe fn bytes(x: __m128i) -> Block {
    let mut bytes = [0; 16];
    _mm_storeu_si128(bytes.as_mut_ptr().cast(), x);
    bytes
}

#[inline(always)]
fn padded(some: &[u8]) -> Block {
    let mut block = [0; 16];
    block[..some.len()].copy_from_slice(some);
    block
}
