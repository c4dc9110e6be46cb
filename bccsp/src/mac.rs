// SPDX-License-Identifier: Apache-2.0
//! Message authentication: HMAC (RFC 2104) with the family's hash function.

use crate::{Error, HashAlgorithm};
use alloc::boxed::Box;
use core::fmt::{self, Debug};
use subtle::ConstantTimeEq;

/// A family's HMAC.
pub trait Mac: Debug + Send + Sync {
    /// The hash function under it.
    fn algorithm(&self) -> HashAlgorithm;

    /// The tag of the parts, one after the other, under a key of any length.
    fn tag(&self, key: &[u8], parts: &[&[u8]]) -> Tag;

    /// Starts a tag over data that comes piece by piece.
    fn start(&self, key: &[u8]) -> Box<dyn MacStream>;

    /// Compares the tag of the parts with the one that came, in constant time.
    ///
    /// # Errors
    /// [`Error::Refused`] when it differs; a `tag` shorter than 16 bytes is always refused, a
    /// longer one is compared with as many leading bytes of the full tag (truncated HMAC).
    fn verify(&self, key: &[u8], parts: &[&[u8]], tag: &[u8]) -> Result<(), Error> {
        self.tag(key, parts).verify(tag)
    }
}

/// A tag in the making.
pub trait MacStream: Send {
    /// Takes in the next bytes.
    fn update(&mut self, data: &[u8]);
    /// The tag of everything taken in.
    fn finish(self: Box<Self>) -> Tag;
}

/// The result of an HMAC: 32 bytes. Compared in constant time only.
#[derive(Clone, Copy)]
pub struct Tag([u8; Self::LEN]);

impl Tag {
    /// Length in bytes.
    pub const LEN: usize = 32;
    /// Fewer bytes than these are never accepted as a tag.
    pub const MIN_LEN: usize = 16;

    /// Wraps the bytes of a tag.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be sent with the message. From here on the tag is public.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Compares with a tag that came from outside, whole or truncated to 16 bytes and more.
    ///
    /// # Errors
    /// [`Error::Refused`] when it differs or has a length that is not allowed.
    pub fn verify(&self, other: &[u8]) -> Result<(), Error> {
        let own = match other.len() {
            Self::MIN_LEN..=Self::LEN => self.0.get(..other.len()).ok_or(Error::Refused)?,
            _ => return Err(Error::Refused),
        };
        if bool::from(own.ct_eq(other)) { Ok(()) } else { Err(Error::Refused) }
    }
}

impl Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag")
    }
}
