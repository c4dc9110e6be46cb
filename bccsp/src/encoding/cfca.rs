// SPDX-License-Identifier: Apache-2.0
//! How CFCA's tools send an escrowed key, before and beside SM2EnvelopedKey: as text. Read only.
//!
//! ```text
//! 64 digits (a version), 16 decimal digits (how many characters follow), then base64, with commas
//! where lines broke, of  SEQUENCE { INTEGER 1, OCTET STRING C1 ‖ C3 ‖ C2 without the 04 }
//! ```
//!
//! What is encrypted is x ‖ y ‖ d, 96 bytes: the key encrypts the key itself, and no symmetric one
//! is in between. No standard has this form: it is known from programs that read it.

use super::sm2_ciphertext::Sm2Ciphertext;
use crate::{DecryptionKey, Error, KeyAlgorithm, KeyMaterial, Provider, PublicKey, SecretBytes};
use alloc::string::String;
use base64ct::{Base64, Encoding};
use der::asn1::OctetStringRef;
use der::{Decode, Sequence};

const WHAT: &str = "CFCA's escrowed key";
const HEADER: &str = "0000000000000001000000000000000100000000000000000000000000000000";
const LENGTH_DIGITS: usize = 16;
const SCALAR_LEN: usize = 32;

#[derive(Sequence)]
struct Encrypted<'a> {
    version: u8,
    key: &'a OctetStringRef,
}

/// Whether bytes are text as CFCA writes it, with its header or without.
#[must_use]
pub fn is_text(bytes: &[u8]) -> bool {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=,\r\n".contains(byte);
    bytes.len() >= 200 && bytes.iter().all(base64)
}

/// Opens it with the key that the request named for this purpose. `provider` is the gm provider.
///
/// # Errors
/// [`Error::Malformed`] for another form, other lengths, and a public key that is not the private
/// one's; [`Error::Refused`] when it does not decrypt.
pub fn open(
    provider: &dyn Provider,
    recipient: &dyn DecryptionKey,
    text: &[u8],
) -> Result<KeyMaterial, Error> {
    let der = decoded(text)?;
    let encrypted = Encrypted::from_der(&der).map_err(|_| malformed("not a number and a key"))?;
    if encrypted.version != 1 {
        return Err(malformed("not version 1"));
    }
    let raw = [&[4], encrypted.key.as_bytes()].concat();
    let plain = recipient.decrypt(&Sm2Ciphertext::from_c1c3c2(&raw)?.to_der())?;
    let (point, scalar) = (plain.expose().split_at_checked(2 * SCALAR_LEN))
        .filter(|(_, scalar)| scalar.len() == SCALAR_LEN)
        .ok_or(malformed("what is inside is not 96 bytes"))?;
    let point = [&[4], point].concat();
    let public = PublicKey::from_uncompressed(KeyAlgorithm::Sm2, &point)?;
    let scalar = SecretBytes::copy_from(scalar);
    let material = KeyMaterial::new(KeyAlgorithm::Sm2, scalar, Some(public))?;
    // The import is where range and public key are checked.
    provider.decryption_key(&material)?;
    Ok(material)
}

fn decoded(text: &[u8]) -> Result<alloc::vec::Vec<u8>, Error> {
    let text = core::str::from_utf8(text).map_err(|_| malformed("not text"))?;
    let mut text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if let Some(rest) = text.strip_prefix(HEADER) {
        let (length, rest) = rest.split_at_checked(LENGTH_DIGITS).ok_or(malformed("cut short"))?;
        if length.parse::<usize>().ok() != Some(rest.len()) {
            return Err(malformed("not as long as it says"));
        }
        text = String::from(rest);
    }
    text.retain(|c| c != ',');
    Base64::decode_vec(&text).map_err(|_| malformed("not base64"))
}

const fn malformed(why: &'static str) -> Error {
    Error::Malformed { what: WHAT, why }
}
