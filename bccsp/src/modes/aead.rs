// SPDX-License-Identifier: Apache-2.0
//! Authenticated modes, with every nonce and tag length the standards allow.

use super::gcm::AnyNonceGcm;
use super::{BlockCipher, NONCE_LENGTH, TOO_LONG, keyed};
use crate::{AeadMode, Error};
use ::aead::array::Array;
use ::aead::inout::InOutBuf;
use ::aead::{AeadInOut, Nonce, Tag};
use alloc::boxed::Box;

/// Seals and opens in place, with the caller's nonce.
pub(crate) trait RawAead: Send + Sync {
    /// Gives the tag; of a shorter one, the first bytes count.
    fn seal_in_place(&self, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; 16], Error>;

    /// After an error, `data` is unspecified and must be thrown away.
    fn open_in_place(
        &self,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8],
    ) -> Result<(), Error>;
}

/// A mode of a crate. Its nonce and tag lengths are part of its type.
struct OfCrate<A>(A);

impl<A: AeadInOut + Send + Sync> RawAead for OfCrate<A> {
    fn seal_in_place(&self, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; 16], Error> {
        let nonce = Nonce::<A>::try_from(nonce).map_err(|_| NONCE_LENGTH)?;
        let tag = self
            .0
            .encrypt_inout_detached(&nonce, aad, InOutBuf::from(data))
            .map_err(|_| TOO_LONG)?;
        let mut out = [0; 16];
        out.iter_mut().zip(tag).for_each(|(to, from)| *to = from);
        Ok(out)
    }

    fn open_in_place(
        &self,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8],
    ) -> Result<(), Error> {
        let nonce = Nonce::<A>::try_from(nonce).map_err(|_| Error::Refused)?;
        let tag: Tag<A> = Array::try_from(tag).map_err(|_| Error::Refused)?;
        self.0
            .decrypt_inout_detached(&nonce, aad, InOutBuf::from(data), &tag)
            .map_err(|_| Error::Refused)
    }
}

const TAG_LENGTH: Error = Error::Unsupported("a tag of this length");

/// Makes the mode for a nonce and a tag of these lengths: GCM takes nonces of 1 byte and more
/// and tags of 12 to 16 (NIST SP 800-38D clause 5.2.1), CCM nonces of 7 to 13 and even tags of
/// 4 to 16 (NIST SP 800-38C appendix A.1).
pub(crate) fn aead<C: BlockCipher>(
    mode: AeadMode,
    key: &[u8],
    nonce_len: usize,
    tag_len: usize,
) -> Result<Box<dyn RawAead>, Error> {
    match (mode, nonce_len, tag_len) {
        (AeadMode::Gcm, 12, 16) => {
            let gcm = aes_gcm::AesGcm::<C, ::aead::consts::U12>::from(keyed::<C>(key)?);
            Ok(Box::new(OfCrate(gcm)))
        }
        (AeadMode::Gcm, 0, _) => Err(NONCE_LENGTH),
        (AeadMode::Gcm, _, 12..=16) => Ok(Box::new(AnyNonceGcm::<C>::new(keyed(key)?))),
        (AeadMode::Gcm, ..) => Err(TAG_LENGTH),
        (AeadMode::Ccm, ..) => ccm(keyed::<C>(key)?, nonce_len, tag_len),
    }
}

/// Writes out the match over both lengths, which the crate wants as types:
/// `lengths!(cipher, nonce, tag; 7 U7, 8 U8; 4 U4, 6 U6)` becomes four arms' worth of `if`.
macro_rules! lengths {
    ($cipher:expr, $nonce:expr, $tag:expr; $($n:literal $nt:ident),*; $tags:tt) => {
        match $nonce {
            $($n => lengths!(@tag $cipher, $tag, $nt, $tags),)*
            _ => Err(NONCE_LENGTH),
        }
    };
    (@tag $cipher:expr, $tag:expr, $nt:ident, [$($m:literal $mt:ident),*]) => {
        match $tag {
            $($m => Ok(Box::new(OfCrate(::ccm::Ccm::<_, ::ccm::consts::$mt, ::ccm::consts::$nt>::from($cipher)))),)*
            _ => Err(TAG_LENGTH),
        }
    };
}

fn ccm<C: BlockCipher>(
    cipher: C,
    nonce_len: usize,
    tag_len: usize,
) -> Result<Box<dyn RawAead>, Error> {
    lengths!(cipher, nonce_len, tag_len;
        7 U7, 8 U8, 9 U9, 10 U10, 11 U11, 12 U12, 13 U13;
        [4 U4, 6 U6, 8 U8, 10 U10, 12 U12, 14 U14, 16 U16])
}
