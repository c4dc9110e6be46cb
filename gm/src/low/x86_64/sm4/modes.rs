// SPDX-License-Identifier: Apache-2.0
//! ECB, CTR and CBC over any vector.
//!
//! A pass takes `N` groups of blocks through the rounds. All passes of a message but the last are full;
//! the last takes as few groups as it can, and touches only bytes that are there.

use super::lanes::{Basis, Lanes, OneWord, Range};
use super::rounds::{Beside, Nothing, chain, rounds};
use crate::low::sm4::{Block, Words};

/// Memory seen as a row of vectors, of which the first and the last may be there in part.
#[derive(Clone, Copy)]
pub(super) struct Span {
    start: *mut u8,
    there: Range,
}

impl Span {
    /// All of `data`.
    #[inline(always)]
    pub(super) fn of(data: &mut [u8]) -> Self {
        Self { start: data.as_mut_ptr(), there: (0, data.len()) }
    }

    /// `data` with room for one block in front, which is not there.
    #[inline(always)]
    pub(super) fn after_a_block(data: &mut [u8]) -> Self {
        Self { start: data.as_mut_ptr().wrapping_sub(16), there: (16, 16 + data.len()) }
    }

    /// The same, to be read only.
    #[inline(always)]
    pub(super) fn reading_after_a_block(data: &[u8]) -> Self {
        Self { start: data.as_ptr().cast_mut().wrapping_sub(16), there: (16, 16 + data.len()) }
    }

    /// Where it ends.
    #[inline(always)]
    pub(super) fn end(self) -> usize {
        self.there.1
    }

    /// What is there of the vector at `at`.
    #[inline(always)]
    pub(super) fn part<V: Basis>(self, at: usize) -> Range {
        let clamp = |n: usize| n.saturating_sub(at).min(V::BYTES);
        (clamp(self.there.0), clamp(self.there.1))
    }

    /// Reads the vector at `at`; it is there as a whole unless this is an edge.
    #[inline(always)]
    pub(super) unsafe fn read<V: Lanes, const EDGE: bool>(self, at: usize) -> V {
        let from = self.start.wrapping_add(at);
        if EDGE { V::load_part(from, self.part::<V>(at)) } else { V::load(from) }
    }

    /// Writes it.
    #[inline(always)]
    pub(super) unsafe fn write<V: Lanes, const EDGE: bool>(self, at: usize, vector: V) {
        let to = self.start.wrapping_add(at);
        if EDGE { vector.store_part(to, self.part::<V>(at)) } else { vector.store(to) }
    }
}

/// Calls a pass with as few groups as `$blocks` need, at most `$n`.
macro_rules! smallest_pass {
    ($v:ident, $n:ident, $blocks:expr, $pass:ident::<$vector:ident, _, true $(, $more:tt)*>($($argument:expr),*)) => {{
        let groups = usize::div_ceil($blocks, $v::BLOCKS);
        if $n > 3 && groups > 3 {
            $pass::<$vector, 4, true $(, $more)*>($($argument),*)
        } else if $n > 2 && groups > 2 {
            $pass::<$vector, 3, true $(, $more)*>($($argument),*)
        } else if $n > 1 && groups > 1 {
            $pass::<$vector, 2, true $(, $more)*>($($argument),*)
        } else {
            $pass::<$vector, 1, true $(, $more)*>($($argument),*)
        }
    }};
}
pub(super) use smallest_pass;

/// Encrypts each block, or decrypts it with the words in reverse order.
#[inline(always)]
pub(super) unsafe fn ecb<V: Lanes, const N: usize>(words: &Words, blocks: &mut [Block]) {
    let span = Span::of(blocks.as_flattened_mut());
    let (stride, mut at) = (16 * N * V::BLOCKS, 0);
    while at + stride <= span.end() {
        ecb_pass::<V, N, false>(words, span, at);
        at += stride;
    }
    if at < span.end() {
        let left = (span.end() - at) / 16;
        smallest_pass!(V, N, left, ecb_pass::<V, _, true>(words, span, at));
    }
}

#[inline(always)]
unsafe fn ecb_pass<V: Lanes, const N: usize, const EDGE: bool>(
    words: &Words,
    span: Span,
    at: usize,
) {
    let out = crypt::<V, N, EDGE>(words, span, at);
    for (i, vector) in out.as_flattened().iter().enumerate() {
        span.write::<V, EDGE>(at + i * V::BYTES, *vector);
    }
}

/// The blocks of a pass, encrypted.
#[inline(always)]
unsafe fn crypt<V: Lanes, const N: usize, const EDGE: bool>(
    words: &Words,
    span: Span,
    at: usize,
) -> [[V; 4]; N] {
    let mut x = [[V::zero(); 4]; N];
    for (g, group) in x.iter_mut().enumerate() {
        for (i, vector) in group.iter_mut().enumerate() {
            *vector = span.read::<V, EDGE>(at + (4 * g + i) * V::BYTES).enter();
        }
        *group = V::transpose(*group);
    }
    rounds::<V, N, _>(words, &mut x, &mut Nothing);
    leave(&mut x);
    x
}

/// From the last four words of the rounds to blocks.
#[inline(always)]
unsafe fn leave<V: Lanes, const N: usize>(x: &mut [[V; 4]; N]) {
    for group in x.iter_mut() {
        // The words in reverse order (GB/T 32907 clause 7.1 step 2).
        *group = V::transpose([group[3], group[2], group[1], group[0]]);
        for vector in group.iter_mut() {
            *vector = vector.leave();
        }
    }
}

/// The words of a counter block that do not count, in the basis.
#[derive(Clone, Copy)]
pub(super) struct Counter<V> {
    prefix: [V; 3],
    /// The word of the block that comes next.
    pub(super) next: u32,
}

impl<V: Lanes> Counter<V> {
    #[inline(always)]
    pub(super) unsafe fn new(block: &Block) -> Self {
        let words = block.as_chunks::<4>().0;
        let prefix = [
            V::splat(u32::from_le_bytes(words[0])).enter(),
            V::splat(u32::from_le_bytes(words[1])).enter(),
            V::splat(u32::from_le_bytes(words[2])).enter(),
        ];
        Self { prefix, next: u32::from_be_bytes(words[3]) }
    }

    /// The key stream of `N` groups, and on.
    #[inline(always)]
    pub(super) unsafe fn stream<const N: usize, B: Beside>(
        &mut self,
        words: &Words,
        beside: &mut B,
    ) -> [[V; 4]; N] {
        let [a, b, c] = self.prefix;
        let mut x = [[a, b, c, V::zero()]; N];
        for group in x.iter_mut() {
            group[3] = V::count(self.next).enter();
            self.next = self.next.wrapping_add(V::BLOCKS as u32);
        }
        rounds::<V, N, B>(words, &mut x, beside);
        leave(&mut x);
        x
    }
}

/// Adds the key stream that begins at `counter`.
#[inline(always)]
pub(super) unsafe fn ctr32<V: Lanes, const N: usize>(
    words: &Words,
    counter: &Block,
    data: &mut [u8],
) {
    let span = Span::of(data);
    let mut counter = Counter::<V>::new(counter);
    let (stride, mut at) = (16 * N * V::BLOCKS, 0);
    while at + stride <= span.end() {
        ctr_pass::<V, N, false>(words, &mut counter, span, at);
        at += stride;
    }
    if at < span.end() {
        let left = (span.end() - at).div_ceil(16);
        smallest_pass!(V, N, left, ctr_pass::<V, _, true>(words, &mut counter, span, at));
    }
}

#[inline(always)]
unsafe fn ctr_pass<V: Lanes, const N: usize, const EDGE: bool>(
    words: &Words,
    counter: &mut Counter<V>,
    span: Span,
    at: usize,
) {
    let stream = counter.stream::<N, _>(words, &mut Nothing);
    for (i, mask) in stream.as_flattened().iter().enumerate() {
        let at = at + i * V::BYTES;
        span.write::<V, EDGE>(at, span.read::<V, EDGE>(at).xor(*mask));
    }
}

/// Decrypts in CBC, with the words in reverse order.
#[inline(always)]
pub(super) unsafe fn cbc_decrypt<V: Lanes, const N: usize>(
    words: &Words,
    iv: &mut Block,
    blocks: &mut [Block],
) {
    let data = blocks.as_flattened_mut();
    let (before, span) = (Span::after_a_block(data), Span::of(data));
    let (stride, mut at) = (16 * N * V::BLOCKS, 0);
    while at + stride <= span.end() {
        cbc_pass::<V, N, false>(words, iv, before, span, at);
        at += stride;
    }
    if at < span.end() {
        let left = (span.end() - at) / 16;
        smallest_pass!(V, N, left, cbc_pass::<V, _, true>(words, iv, before, span, at));
    }
}

#[inline(always)]
unsafe fn cbc_pass<V: Lanes, const N: usize, const EDGE: bool>(
    words: &Words,
    iv: &mut Block,
    before: Span,
    span: Span,
    at: usize,
) {
    let out = crypt::<V, N, EDGE>(words, span, at);
    let first = V::beginning(core::arch::x86_64::_mm_loadu_si128(iv.as_ptr().cast()));
    let end = (at + 16 * N * V::BLOCKS).min(span.end());
    span.start.wrapping_add(end - 16).copy_to_nonoverlapping(iv.as_mut_ptr(), 16);
    // From the last to the first: a vector needs the block before it as ciphertext.
    for (i, vector) in out.as_flattened().iter().enumerate().rev() {
        let place = at + i * V::BYTES;
        let previous = if i > 0 {
            before.read::<V, EDGE>(place)
        } else {
            let (_, end) = before.part::<V>(place);
            V::load_part(before.start.wrapping_add(place), (16, end)).xor(first)
        };
        span.write::<V, EDGE>(place, vector.xor(previous));
    }
}

/// Encrypts in CBC.
#[inline(always)]
pub(super) unsafe fn cbc_encrypt<V: OneWord>(words: &Words, iv: &mut Block, blocks: &mut [Block]) {
    let mut c = V::load(iv.as_ptr()).enter().words();
    for block in blocks {
        c = link(words, c, V::load(block.as_ptr()));
        V::from_words(c).leave().store(block.as_mut_ptr());
    }
    V::from_words(c).leave().store(iv.as_mut_ptr());
}

/// The last block of that alone.
#[inline(always)]
pub(super) unsafe fn cbc_mac<V: OneWord>(words: &Words, state: &mut Block, blocks: &[Block]) {
    let mut c = V::load(state.as_ptr()).enter().words();
    for block in blocks {
        c = link(words, c, V::load(block.as_ptr()));
    }
    V::from_words(c).leave().store(state.as_mut_ptr());
}

/// The next block of ciphertext. Between blocks the state stays in the basis, as words.
#[inline(always)]
unsafe fn link<V: OneWord>(words: &Words, c: [V; 4], block: V) -> [V; 4] {
    let p = block.enter().words();
    let mut x = [c[0].xor(p[0]), c[1].xor(p[1]), c[2].xor(p[2]), c[3].xor(p[3])];
    chain(words, &mut x, &mut Nothing);
    [x[3], x[2], x[1], x[0]]
}
