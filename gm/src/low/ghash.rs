// SPDX-License-Identifier: Apache-2.0
//! What the levels of GHASH (NIST SP 800-38D clause 6.4) share: the powers of the hash key.

use zeroize::Zeroize;

/// How many powers there are: one more than the widest stride has blocks.
pub(in crate::low) const POWERS: usize = 65;

/// H⁶⁵ down to H¹ and three zeros, in the form of `portable::ghash` ([`key`](super::portable::ghash::key)).
/// A level fills in what it uses, from H¹ on.
///
/// The zeros are for vectors that begin at one of the last powers.
#[repr(C, align(64))]
pub(in crate::low) struct Powers([u128; POWERS + 3]);

impl Powers {
    /// Of a level that needs no other.
    pub(in crate::low) fn first_only(h: u128) -> Self {
        let mut powers = [0; POWERS + 3];
        powers[POWERS - 1] = h;
        Self(powers)
    }

    /// H.
    pub(in crate::low) fn first(&self) -> u128 {
        self.0[POWERS - 1]
    }

    /// From H to the power of `n` downwards, with the zeros behind.
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    pub(in crate::low) fn tail(&self, n: usize) -> &[u128] {
        &self.0[POWERS - n..]
    }

    /// The same, to be filled in.
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    pub(in crate::low) fn tail_mut(&mut self, n: usize) -> &mut [u128] {
        &mut self.0[POWERS - n..]
    }
}

impl Drop for Powers {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Both lengths in bits, as 64-bit big-endian numbers.
pub(in crate::low) fn lengths(first: usize, second: usize) -> [u8; 16] {
    (((first as u128 * 8) << 64) | (second as u128 * 8)).to_be_bytes()
}
