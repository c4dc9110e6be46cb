// SPDX-License-Identifier: Apache-2.0
//! Digests: of one message, of many at once, and of a stream.

use crate::HashAlgorithm;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Debug};

/// A family's hash function.
pub trait Hash: Debug + Send + Sync {
    /// Which function this is.
    fn algorithm(&self) -> HashAlgorithm;

    /// The digest of the parts, one after the other as if they were joined.
    fn digest(&self, parts: &[&[u8]]) -> Digest;

    /// The digests of many messages, in their order. Engines with lanes work on several at once,
    /// so whoever has many messages should ask here.
    fn digest_many(&self, messages: &[&[u8]]) -> Vec<Digest> {
        messages.iter().map(|message| self.digest(&[message])).collect()
    }

    /// Starts a digest over data that comes piece by piece.
    fn start(&self) -> Box<dyn HashStream>;
}

/// A digest in the making.
pub trait HashStream: Send {
    /// Takes in the next bytes.
    fn update(&mut self, data: &[u8]);
    /// The digest of everything taken in.
    fn finish(self: Box<Self>) -> Digest;
}

/// The result of a hash function: 32 bytes for both families. Not secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; Self::LEN]);

impl Digest {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Wraps the bytes of a digest.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::hex_fmt(&self.0, f)
    }
}

impl Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}
