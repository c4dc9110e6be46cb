// SPDX-License-Identifier: Apache-2.0
//! SM3, a hash function of 32 bytes (GB/T 32905-2016): of one message, of many at once, and as a
//! key derivation function.
//!
//! [`Sm3`] has RustCrypto's `digest` traits, so the `hmac`, `hkdf` and `pbkdf2` crates take it.
//! Whoever has several messages asks [`digest_many`], which works on up to sixteen at a time.
//!
//! ```
//! use gmca_gm::sm3;
//!
//! let one = sm3::digest(&[b"abc"]);
//! assert_eq!(one[..4], [0x66, 0xc7, 0xf0, 0xf4]);
//! assert_eq!(sm3::digest_many(&[b"abc", b"ab"])[0], one);
//! ```

use crate::low::sm3::{self as low, IV, State};
use crate::mid::sm3_many::{self, Job};
use crate::plant::{self, Plant};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use digest::HashMarker;
use digest::Output;
use digest::array::Array;
use digest::block_api::{
    AlgorithmName, Block, BlockSizeUser, Buffer, BufferKindUser, Eager, FixedOutputCore,
    OutputSizeUser, Reset, UpdateCore,
};
use digest::consts::{U32, U64};
use zeroize::Zeroize;

digest::buffer_fixed!(
    /// SM3 over data that comes piece by piece.
    pub struct Sm3(Sm3Core);
    oid: "1.2.156.10197.1.401";
    impl: BaseFixedTraits AlgorithmName Clone Default HashMarker Reset FixedOutputReset ZeroizeOnDrop;
);

/// The digest of the parts, one after the other as if they were joined.
#[must_use]
pub fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut sm3 = Sm3::default();
    parts.iter().for_each(|part| digest::Update::update(&mut sm3, part));
    digest::FixedOutput::finalize_fixed(sm3).into()
}

/// The digests of many messages, in their order.
#[must_use]
pub fn digest_many(messages: &[&[u8]]) -> Vec<[u8; 32]> {
    let mut digests = vec![[0; 32]; messages.len()];
    let jobs = messages.iter().map(|message| Job::new(core::slice::from_ref(message)));
    sm3_many::digest_many(jobs, |number, digest| digests[number] = digest);
    digests
}

/// The digests of many messages that are in parts, in their order.
#[must_use]
pub fn digest_many_parts(messages: &[&[&[u8]]]) -> Vec<[u8; 32]> {
    let mut digests = vec![[0; 32]; messages.len()];
    let jobs = messages.iter().map(|message| Job::new(message));
    sm3_many::digest_many(jobs, |number, digest| digests[number] = digest);
    digests
}

/// The key derivation function of GB/T 32918.3-2016 clause 5.4.3 and 32918.4-2016 clause 5.4.3
/// (that of ANSI X9.63 with SM3): fills `out` from the digests of `shared` followed by a counter
/// of 32 bits that begins at 1.
///
/// # Panics
/// If `out` is longer than 2³² - 1 digests, 128 GiB.
pub fn kdf(shared: &[u8], out: &mut [u8]) {
    let whole = shared.len() / 64 * 64;
    let (front, rest) = shared.split_at(whole);
    let mut state = IV;
    low::compress(&mut state, front.as_chunks().0);
    let mut counter = 1u32;
    // As many at a time as keep every lane busy, without memory of the caller's size.
    for chunk in out.chunks_mut(32 * AT_ONCE) {
        let counters: [[u8; 4]; AT_ONCE] =
            core::array::from_fn(|i| counter.wrapping_add(i as u32).to_be_bytes());
        let needed = chunk.len().div_ceil(32);
        let parts: [[&[u8]; 2]; AT_ONCE] = core::array::from_fn(|i| [rest, &counters[i]]);
        let jobs = parts[..needed].iter().map(|parts| Job { state, before: whole as u64, parts });
        sm3_many::digest_many(jobs, |number, mut digest| {
            let place = &mut chunk[32 * number..];
            let len = place.len().min(32);
            place[..len].copy_from_slice(&digest[..len]);
            digest.zeroize();
        });
        counter = match counter.checked_add(needed as u32) {
            Some(next) => next,
            None => panic!("the counter of SM3's key derivation has 32 bits"),
        };
        if plant::is(Plant::KdfCounter) {
            counter = 1;
        }
    }
    state.zeroize();
}

const AT_ONCE: usize = 64;

/// Who computes one message on this processor.
#[must_use]
pub fn level() -> &'static str {
    low::level()
}

/// Who computes many messages on this processor.
#[must_use]
pub fn batch_level() -> &'static str {
    low::Many::detect().name()
}

/// SM3 over whole blocks, for [`Sm3`].
#[derive(Clone)]
pub struct Sm3Core {
    state: State,
    blocks: u64,
}

impl Default for Sm3Core {
    fn default() -> Self {
        Self { state: IV, blocks: 0 }
    }
}

impl HashMarker for Sm3Core {}

impl BlockSizeUser for Sm3Core {
    type BlockSize = U64;
}

impl BufferKindUser for Sm3Core {
    type BufferKind = Eager;
}

impl OutputSizeUser for Sm3Core {
    type OutputSize = U32;
}

impl UpdateCore for Sm3Core {
    #[inline]
    fn update_blocks(&mut self, blocks: &[Block<Self>]) {
        self.blocks = self.blocks.wrapping_add(blocks.len() as u64);
        low::compress(&mut self.state, Array::cast_slice_to_core(blocks));
    }
}

impl FixedOutputCore for Sm3Core {
    fn finalize_fixed_core(&mut self, buffer: &mut Buffer<Self>, out: &mut Output<Self>) {
        let bytes = self.blocks.wrapping_mul(64).wrapping_add(buffer.get_pos() as u64);
        buffer.len64_padding_be(bytes.wrapping_mul(8), |block| {
            low::compress(&mut self.state, &[block.0]);
        });
        out.copy_from_slice(&sm3_many::digest(&self.state));
    }
}

impl Reset for Sm3Core {
    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl AlgorithmName for Sm3Core {
    fn write_alg_name(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm3")
    }
}

impl fmt::Debug for Sm3Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm3Core")
    }
}

/// What was hashed may be secret, as a key of HMAC is.
impl Drop for Sm3Core {
    fn drop(&mut self) {
        self.state.zeroize();
        self.blocks.zeroize();
    }
}

impl zeroize::ZeroizeOnDrop for Sm3Core {}
