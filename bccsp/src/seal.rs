// SPDX-License-Identifier: Apache-2.0
//! Sealing files of any size to a public key: the key wraps a random content key, and the content
//! is sealed in chunks, so that neither side holds more than two of them in memory.
//!
//! Not here: signatures. A sealed file says nothing about who made it.
//!
//! # Format, version 1
//!
//! ```text
//! header    magic      8 bytes   "gmcaseal"
//!           version    1 byte    1
//!           suite      1 byte    1 = nist (HPKE, AES-256-GCM), 2 = gm (SM2, SM4-GCM)
//!           length     2 bytes   of the wrapped key, big-endian
//!           wrapped    content key as EncryptionKey::encrypt gives it
//!           prefix     7 bytes   random
//! chunks    ciphertext of 65,536 bytes ‖ tag of 16 bytes, each
//! last      ciphertext of 0 to 65,536 bytes ‖ tag of 16 bytes
//! ```
//!
//! Chunks are sealed by GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár,
//! "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015): the nonce is
//! prefix ‖ number of the chunk (4 bytes, big-endian, from 0) ‖ 1 for the last chunk, else 0. The
//! whole header is the additional data of every chunk. So a changed header, and chunks that were
//! changed, left out, swapped, repeated or cut off at the end are all refused. Only an empty file
//! has an empty last chunk. The most that can be sealed is 2³² chunks, 256 TiB.

use crate::hazmat::NonceAead;
use crate::{
    AeadMode, DecryptionKey, EncryptionKey, Error, Provider, PublicKey, SecretBytes, Suite,
};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"gmcaseal";
const VERSION: u8 = 1;
const FIXED_LEN: usize = 12;
const PREFIX_LEN: usize = 7;
const CHUNK_LEN: usize = 64 * 1024;
const TAG_LEN: usize = 16;

/// Seals everything that `input` gives to `recipient`. `provider` is of the recipient's family.
///
/// # Errors
/// [`Error::Misuse`] for a provider of another family or more than 256 TiB;
/// [`Error::Unavailable`] without randomness; [`Error::Unsupported`] when the provider has no
/// nonces of the caller's; [`Error::Storage`] for what reading and writing say.
pub fn encrypt(
    provider: &dyn Provider,
    recipient: &dyn EncryptionKey,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Result<(), Error> {
    check_family(provider, recipient.public_key())?;
    let content_key = random_key(provider)?;
    let header = Header::make(provider, &recipient.encrypt(content_key.expose())?)?;
    let chunks = Chunks::new(provider, &content_key, header)?;
    write(output, &chunks.header)?;
    let mut current = read_chunk(input, CHUNK_LEN)?;
    for number in 0..=u32::MAX {
        let next = read_chunk(input, CHUNK_LEN)?;
        let last = next.is_empty();
        let nonce = chunks.nonce(number, last);
        write(output, &chunks.aead.seal(&nonce, &chunks.header, &current)?)?;
        if last {
            return output.flush().map_err(output_error);
        }
        current = next;
    }
    Err(Error::Misuse("more than 256 TiB cannot be sealed"))
}

/// Opens what [`encrypt`] made for `recipient`. `provider` is of the recipient's family.
///
/// Each chunk is written once its tag was checked. After an error, what was written so far is a
/// true beginning of the content, but only its beginning: throw it away.
///
/// # Errors
/// [`Error::Malformed`] for what is no sealed file of a version known here; [`Error::Misuse`] for
/// one of the other family; [`Error::Refused`] for another recipient and everything that was
/// changed or is missing; [`Error::Storage`] for what reading and writing say.
pub fn decrypt(
    provider: &dyn Provider,
    recipient: &dyn DecryptionKey,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Result<(), Error> {
    check_family(provider, recipient.encryption_key().public_key())?;
    let (header, wrapped) = Header::read(input, provider.suite())?;
    let content_key = recipient.decrypt(&wrapped)?;
    let chunks = Chunks::new(provider, &content_key, header).map_err(|error| match error {
        // A content key of another length was not made by us.
        Error::Misuse(_) => Error::Refused,
        other => other,
    })?;
    let mut current = read_chunk(input, CHUNK_LEN + TAG_LEN)?;
    for number in 0..=u32::MAX {
        let next = read_chunk(input, CHUNK_LEN + TAG_LEN)?;
        let last = next.is_empty();
        let nonce = chunks.nonce(number, last);
        let plain = Zeroizing::new(chunks.aead.open(&nonce, &chunks.header, &current)?);
        if plain.is_empty() && number > 0 {
            return Err(Error::Refused);
        }
        write(output, &plain)?;
        if last {
            return output.flush().map_err(output_error);
        }
        current = next;
    }
    Err(Error::Refused)
}

/// The family a sealed file was made in, from its first ten bytes; `None` for another file.
#[must_use]
pub fn suite_of(beginning: &[u8]) -> Option<Suite> {
    match beginning.strip_prefix(MAGIC)? {
        [VERSION, code, ..] => Suite::ALL.into_iter().find(|suite| suite_code(*suite) == *code),
        _ => None,
    }
}

/// The header as bytes, and where its nonce prefix lies.
struct Header {
    bytes: Vec<u8>,
    prefix: [u8; PREFIX_LEN],
}

impl Header {
    fn make(provider: &dyn Provider, wrapped: &[u8]) -> Result<Self, Error> {
        let mut prefix = [0; PREFIX_LEN];
        provider.random(&mut prefix)?;
        let length = u16::try_from(wrapped.len())
            .map_err(|_| Error::Unsupported("a provider whose wrapped keys are this long"))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend([VERSION, suite_code(provider.suite())]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(wrapped);
        bytes.extend(prefix);
        Ok(Self { bytes, prefix })
    }

    fn read(input: &mut impl Read, suite: Suite) -> Result<(Self, Vec<u8>), Error> {
        let mut bytes = read_exact(input, FIXED_LEN)?;
        let [magic @ .., version, code, high, low] = &bytes[..] else {
            return Err(malformed("its header is cut off"));
        };
        if magic != MAGIC {
            return Err(malformed("it does not begin with `gmcaseal`"));
        }
        if *version != VERSION {
            return Err(malformed("it is of a version not known here"));
        }
        if *code != suite_code(suite) {
            return Err(Error::Misuse("the file was sealed to a key of another family"));
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let wrapped = read_exact(input, length)?;
        let prefix = read_exact(input, PREFIX_LEN)?;
        bytes.extend(&wrapped);
        bytes.extend(&prefix);
        let prefix = prefix.try_into().map_err(|_| malformed("its header is cut off"))?;
        Ok((Self { bytes, prefix }, wrapped))
    }
}

/// What every chunk is sealed with.
struct Chunks {
    aead: Box<dyn NonceAead>,
    header: Vec<u8>,
    prefix: [u8; PREFIX_LEN],
}

impl Chunks {
    fn new(provider: &dyn Provider, key: &SecretBytes, header: Header) -> Result<Self, Error> {
        let hazmat = provider
            .hazmat()
            .ok_or(Error::Unsupported("sealing files with a provider that counts no nonces"))?;
        let aead = hazmat.nonce_aead(AeadMode::Gcm, key.expose(), 12, TAG_LEN)?;
        Ok(Self { aead, header: header.bytes, prefix: header.prefix })
    }

    fn nonce(&self, number: u32, last: bool) -> [u8; 12] {
        let mut nonce = [0; 12];
        let parts = self.prefix.into_iter().chain(number.to_be_bytes()).chain([u8::from(last)]);
        nonce.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        nonce
    }
}

fn random_key(provider: &dyn Provider) -> Result<SecretBytes, Error> {
    let length = provider.key_lengths().first().ok_or(Error::Unsupported("sealing"))?;
    let mut key = vec![0; *length];
    provider.random(&mut key)?;
    Ok(SecretBytes::new(key))
}

fn check_family(provider: &dyn Provider, key: &PublicKey) -> Result<(), Error> {
    if key.algorithm().suite() == provider.suite() {
        Ok(())
    } else {
        Err(Error::Misuse("the key and the provider belong to two families"))
    }
}

const fn suite_code(suite: Suite) -> u8 {
    match suite {
        Suite::Nist => 1,
        Suite::Gm => 2,
    }
}

/// As many bytes as there are, up to `len`.
fn read_chunk(input: &mut impl Read, len: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    // Full size from the start: a vector that grows leaves copies behind.
    let mut chunk = Zeroizing::new(Vec::with_capacity(len));
    input.take(len as u64).read_to_end(&mut chunk).map_err(input_error)?;
    Ok(chunk)
}

fn read_exact(input: &mut impl Read, len: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(len);
    input.take(len as u64).read_to_end(&mut bytes).map_err(input_error)?;
    if bytes.len() == len { Ok(bytes) } else { Err(malformed("its header is cut off")) }
}

fn write(output: &mut impl Write, bytes: &[u8]) -> Result<(), Error> {
    output.write_all(bytes).map_err(output_error)
}

fn input_error(source: io::Error) -> Error {
    Error::Storage { path: "input".into(), source }
}

fn output_error(source: io::Error) -> Error {
    Error::Storage { path: "output".into(), source }
}

fn malformed(why: &'static str) -> Error {
    Error::Malformed { what: "sealed file", why }
}
