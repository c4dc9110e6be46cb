// SPDX-License-Identifier: Apache-2.0
//! Private key files: every container that is met, told apart by what is inside; one is written.

use super::pbes2::{self, Protection};
use super::{pem, pkcs8, sec1, spki};
use crate::{Error, KeyAlgorithm, KeyMaterial, Providers, SecretBytes};
use alloc::string::String;
use const_oid::ObjectIdentifier;
use der::Decode;

/// Labels of private keys in PEM.
const PKCS8_LABEL: &str = "PRIVATE KEY";
const ENCRYPTED_LABEL: &str = "ENCRYPTED PRIVATE KEY";
const SEC1_LABEL: &str = "EC PRIVATE KEY";
const CURVE_LABEL: &str = "EC PARAMETERS";

/// Where the password of a protected key comes from: asked for only when it is needed.
pub type AskPassword<'a> = &'a dyn Fn() -> Result<SecretBytes, Error>;

/// Reads a private key: PEM or DER; PKCS#8 plain or under PBES2, or ECPrivateKey with or without
/// an `EC PARAMETERS` block in front.
///
/// # Errors
/// [`Error::Malformed`] and [`Error::Unsupported`] of the container; [`Error::Refused`] for a wrong
/// password; whatever `password` answers.
pub fn decode(
    providers: &Providers,
    bytes: &[u8],
    password: AskPassword<'_>,
) -> Result<KeyMaterial, Error> {
    if pem::is_pem(bytes) {
        from_pem(providers, bytes, password)
    } else {
        from_der(providers, bytes, password)
    }
}

/// A reader for keys that must not be protected.
///
/// # Errors
/// Always [`Error::Misuse`].
pub fn no_password() -> Result<SecretBytes, Error> {
    Err(Error::Misuse("the key is protected by a password and none was given"))
}

/// Whether the file holds a key under a password.
#[must_use]
pub fn is_protected(bytes: &[u8]) -> bool {
    match pem::decode_all(bytes) {
        Ok(blocks) => blocks.iter().any(|block| block.label() == ENCRYPTED_LABEL),
        Err(_) => pbes2::is_encrypted(bytes),
    }
}

/// Writes PKCS#8 in PEM, without a password. The text is as secret as the key.
///
/// # Errors
/// [`Error::Misuse`] never in practice: the lengths are fixed.
pub fn encode(key: &KeyMaterial) -> Result<SecretBytes, Error> {
    Ok(text(pem::encode(PKCS8_LABEL, pkcs8::encode(key)?.expose())))
}

/// Writes PKCS#8 in PEM under a password.
///
/// # Errors
/// As [`pbes2::encrypt`].
pub fn encode_protected(
    providers: &Providers,
    key: &KeyMaterial,
    password: &[u8],
    protection: Protection,
    iterations: u32,
) -> Result<SecretBytes, Error> {
    let plain = match protection {
        Protection::Gm => pkcs8::encode_naming_the_curve(key)?,
        Protection::Nist | Protection::Compat => pkcs8::encode(key)?,
    };
    let der = pbes2::encrypt(providers, &plain, password, protection, iterations)?;
    Ok(text(pem::encode(ENCRYPTED_LABEL, &der)))
}

/// Writes ECPrivateKey in PEM, for programs that read nothing else.
///
/// # Errors
/// [`Error::Misuse`] never in practice: the lengths are fixed.
pub fn encode_sec1(key: &KeyMaterial) -> Result<SecretBytes, Error> {
    Ok(text(pem::encode(SEC1_LABEL, sec1::encode(key, true)?.expose())))
}

fn text(pem: String) -> SecretBytes {
    SecretBytes::new(pem.into_bytes())
}

fn from_pem(
    providers: &Providers,
    bytes: &[u8],
    password: AskPassword<'_>,
) -> Result<KeyMaterial, Error> {
    let mut curve = None;
    for block in pem::decode_all(bytes)? {
        match block.label() {
            CURVE_LABEL => curve = named_curve(block.der())?,
            // Programs write either structure under either label.
            SEC1_LABEL | PKCS8_LABEL => return plain(block.der(), curve),
            ENCRYPTED_LABEL => return open(providers, block.der(), password),
            _ => {}
        }
    }
    Err(Error::Malformed { what: "private key file", why: "no private key in it" })
}

fn from_der(
    providers: &Providers,
    der: &[u8],
    password: AskPassword<'_>,
) -> Result<KeyMaterial, Error> {
    // The protected container begins with a SEQUENCE, the two plain ones with an INTEGER.
    let inside = der::asn1::AnyRef::from_der(der).map_err(|_| NOT_A_KEY)?.value();
    match inside.first() {
        Some(0x30) => open(providers, der, password),
        _ => plain(der, None),
    }
}

/// The two plain containers differ in their second element: a SEQUENCE, or an OCTET STRING.
fn plain(der: &[u8], curve: Option<KeyAlgorithm>) -> Result<KeyMaterial, Error> {
    let inside = der::asn1::AnyRef::from_der(der).map_err(|_| NOT_A_KEY)?.value();
    match inside.get(3) {
        Some(0x04) => sec1::decode(der, curve),
        _ => pkcs8::decode(der),
    }
}

const NOT_A_KEY: Error =
    Error::Malformed { what: "private key file", why: "neither PEM nor a DER private key" };

fn open(
    providers: &Providers,
    der: &[u8],
    password: AskPassword<'_>,
) -> Result<KeyMaterial, Error> {
    let plain = pbes2::decrypt(providers, der, password()?.expose())?;
    // Bytes that are no key after all mean a wrong password whose padding fitted by chance.
    pkcs8::decode(plain.expose()).map_err(|error| match error {
        Error::Malformed { .. } => Error::Refused,
        other => other,
    })
}

fn named_curve(der: &[u8]) -> Result<Option<KeyAlgorithm>, Error> {
    let id = ObjectIdentifier::from_der(der)
        .map_err(|_| Error::Unsupported("an elliptic curve that is not given by name"))?;
    spki::curve_algorithm(id).map(Some)
}
