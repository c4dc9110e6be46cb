// SPDX-License-Identifier: Apache-2.0
//! What a vector must be able to do to carry SM4 and GHASH.
//!
//! Every function here may be called only where the processor has the instructions of the implementing
//! type, and with pointers that are good for what is said beside them.

use core::arch::x86_64::__m128i;

/// Which bytes of a vector, from the first to before the second.
pub(super) type Range = (usize, usize);

/// A vector of bytes in the basis.
pub(super) trait Basis: Copy {
    /// Bytes of a vector.
    const BYTES: usize;

    /// Reads [`BYTES`](Self::BYTES) from `from`.
    unsafe fn load(from: *const u8) -> Self;
    /// Writes as many to `to`.
    unsafe fn store(self, to: *mut u8);
    /// The sum of two.
    unsafe fn xor(self, other: Self) -> Self;
    /// The sum of three.
    unsafe fn xor3(self, b: Self, c: Self) -> Self;
    /// The same word everywhere.
    unsafe fn splat(word: u32) -> Self;
    /// Itself; but the compiler cannot see what it is made of, and so not arrange sums in another order.
    unsafe fn pin(self) -> Self;
    /// Into the basis, byte by byte.
    unsafe fn enter(self) -> Self;
    /// Out of it.
    unsafe fn leave(self) -> Self;
    /// The four summands of L(S(x)) with a short way from input to output.
    unsafe fn diffuse_quickly(self) -> [Self; 4];
}

/// A vector of whole blocks, or of one word each of four times as many.
pub(super) trait Lanes: Basis {
    /// Blocks in four vectors.
    const BLOCKS: usize = Self::BYTES / 4;

    /// Zeros.
    unsafe fn zero() -> Self;
    /// Reads the bytes of `range` only, and gives zeros for the others.
    unsafe fn load_part(from: *const u8, range: Range) -> Self;
    /// Writes those bytes only.
    unsafe fn store_part(self, to: *mut u8, range: Range);
    /// Zeros outside of the range.
    unsafe fn keep(self, range: Range) -> Self;
    /// `first`, `first + 1`, ... modulo 2³², as big-endian words, for the blocks in the order that
    /// [`transpose`](Self::transpose) puts them in.
    unsafe fn count(first: u32) -> Self;
    /// From four vectors of blocks to vectors of first, second, third and fourth words, and back.
    unsafe fn transpose(x: [Self; 4]) -> [Self; 4];
    /// The four summands of L(S(x)) in few instructions.
    unsafe fn diffuse(self) -> [Self; 4];

    /// Sums of products of GHASH, not reduced.
    type Products: Copy;
    /// No product.
    unsafe fn no_products() -> Self::Products;
    /// Adds the products of these blocks with the powers at `powers`: as many, without alignment.
    unsafe fn multiply(self, sum: &mut Self::Products, powers: *const u128);
    /// The sum of all, reduced, as a block.
    unsafe fn reduce(sum: Self::Products) -> __m128i;
    /// This block first, and zeros.
    unsafe fn beginning(block: __m128i) -> Self;
    /// The first block.
    unsafe fn first(self) -> __m128i;
}

/// A vector that carries one word of one block, in the key schedule and in chains of blocks. The other
/// words of the vector mean nothing.
pub(super) trait OneWord: Basis {
    /// The four summands of L'(S(x)).
    unsafe fn diffuse_key(self) -> [Self; 4];
    /// The words of a block.
    unsafe fn words(self) -> [Self; 4];
    /// The opposite.
    unsafe fn from_words(words: [Self; 4]) -> Self;
    /// The word.
    unsafe fn word(self) -> u32;
}
