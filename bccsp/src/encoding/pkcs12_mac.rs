// SPDX-License-Identifier: Apache-2.0
//! The check value of a PKCS#12 bag: HMAC under a key that is made of the password by the function of
//! RFC 7292 appendix B, which nothing else uses. The bags are in the `cms` crate.

use super::oid;
use crate::{Error, HashAlgorithm, Providers, SecretBytes};
use const_oid::ObjectIdentifier;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The hash function under the check value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacHash {
    /// The hash function of a family.
    Family(HashAlgorithm),
    /// SHA-1, in old files. Read, never written.
    #[cfg(feature = "nist")]
    Sha1,
}

/// A bag that asks for more rounds than these is refused: it could stall whoever reads it.
pub const MAX_ITERATIONS: u32 = super::pbes2::MAX_ITERATIONS;

impl MacHash {
    /// Reads which hash function it is.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for another one.
    pub fn from_oid(id: ObjectIdentifier) -> Result<Self, Error> {
        match id {
            oid::SHA256 => Ok(Self::Family(HashAlgorithm::Sha256)),
            oid::SM3 => Ok(Self::Family(HashAlgorithm::Sm3)),
            #[cfg(feature = "nist")]
            oid::SHA1 => Ok(Self::Sha1),
            _ => Err(Error::Unsupported("this hash function of a PKCS#12 check value")),
        }
    }

    fn digest(self, providers: &Providers, parts: &[&[u8]]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match self {
            Self::Family(hash) => {
                Ok(Zeroizing::new(providers.hash(hash)?.digest(parts).as_bytes().to_vec()))
            }
            #[cfg(feature = "nist")]
            Self::Sha1 => {
                use sha1::Digest as _;
                let mut hash = sha1::Sha1::new();
                parts.iter().for_each(|part| hash.update(part));
                Ok(Zeroizing::new(hash.finalize().to_vec()))
            }
        }
    }

    const fn len(self) -> usize {
        match self {
            Self::Family(_) => 32,
            #[cfg(feature = "nist")]
            Self::Sha1 => 20,
        }
    }
}

/// The check value of content under a password (UTF-8, hashed as UTF-16 with two zeros behind, RFC
/// 7292 appendix B.1).
///
/// # Errors
/// [`Error::Misuse`] for a password that is no UTF-8, or rounds out of 1 to [`MAX_ITERATIONS`].
pub fn mac(
    providers: &Providers,
    hash: MacHash,
    password: &SecretBytes,
    salt: &[u8],
    iterations: u32,
    content: &[u8],
) -> Result<Vec<u8>, Error> {
    if !(1..=MAX_ITERATIONS).contains(&iterations) {
        return Err(Error::Misuse("a number of rounds out of range"));
    }
    let key = derive(providers, hash, &bmp(password)?, salt, iterations)?;
    hmac(providers, hash, &key, content)
}

/// Compares a check value in constant time.
///
/// # Errors
/// [`Error::Refused`] when the password or the content is another one; else as [`mac`].
pub fn verify(
    providers: &Providers,
    hash: MacHash,
    password: &SecretBytes,
    salt: &[u8],
    iterations: u32,
    content: &[u8],
    expected: &[u8],
) -> Result<(), Error> {
    let own = mac(providers, hash, password, salt, iterations, content)?;
    if bool::from(own.as_slice().ct_eq(expected)) { Ok(()) } else { Err(Error::Refused) }
}

fn bmp(password: &SecretBytes) -> Result<Zeroizing<Vec<u8>>, Error> {
    let text = core::str::from_utf8(password.expose())
        .map_err(|_| Error::Misuse("a password of PKCS#12 is UTF-8"))?;
    let units = text.encode_utf16().chain([0]);
    Ok(Zeroizing::new(units.flat_map(u16::to_be_bytes).collect()))
}

/// RFC 7292 appendix B.2 for a key of one digest (ID 3). Block and digest lengths of our functions
/// make all of it one step: v = 64, and the output is the first digest.
fn derive(
    providers: &Providers,
    hash: MacHash,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    const BLOCK: usize = 64;
    let fill = |bytes: &[u8]| -> Zeroizing<Vec<u8>> {
        let len = bytes.len().div_ceil(BLOCK).saturating_mul(BLOCK);
        Zeroizing::new(bytes.iter().copied().cycle().take(len).collect())
    };
    let (salt, password) = (fill(salt), fill(password));
    let mut digest = hash.digest(providers, &[&[3; BLOCK], &salt, &password])?;
    for _ in 1..iterations {
        digest = hash.digest(providers, &[&digest])?;
    }
    Ok(digest)
}

/// HMAC (RFC 2104), in which a key of one digest is shorter than a block.
fn hmac(
    providers: &Providers,
    hash: MacHash,
    key: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, Error> {
    let pad = |byte: u8| -> Zeroizing<Vec<u8>> {
        let padded = key.iter().copied().chain(core::iter::repeat(0)).take(64);
        Zeroizing::new(padded.map(|key| key ^ byte).collect())
    };
    let inner = hash.digest(providers, &[&pad(0x36), content])?;
    let outer = hash.digest(providers, &[&pad(0x5c), &inner])?;
    debug_assert_eq!(outer.len(), hash.len());
    Ok(outer.to_vec())
}
