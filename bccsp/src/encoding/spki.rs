// SPDX-License-Identifier: Apache-2.0
//! SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7; RFC 5480): public keys as they travel.

use super::oid;
use crate::{Error, KeyAlgorithm, Providers, PublicKey};
use ::spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use alloc::vec::Vec;
use const_oid::ObjectIdentifier;
use der::asn1::BitString;
use der::{Decode, Encode};

const WHAT: &str = "public key";

/// Reads a public key and sees to it that its point is on the curve. Compressed points are read
/// too, and an SM2 key whose algorithm is the curve's own identifier (GM/T 0015-2023).
///
/// # Errors
/// [`Error::Malformed`] for what is not DER; [`Error::Unsupported`] for other algorithms;
/// [`Error::Refused`] for a point that is not on the curve.
pub fn decode(providers: &Providers, der: &[u8]) -> Result<PublicKey, Error> {
    let info = SubjectPublicKeyInfoRef::from_der(der)
        .map_err(|_| Error::Malformed { what: WHAT, why: "not a DER SubjectPublicKeyInfo" })?;
    let algorithm = key_algorithm(&info.algorithm)?;
    let point = info
        .subject_public_key
        .as_bytes()
        .ok_or(Error::Malformed { what: WHAT, why: "the key is no whole number of bytes" })?;
    providers.get(algorithm.suite())?.public_key(point)
}

/// Writes a public key: id-ecPublicKey with the named curve, uncompressed point; 91 bytes for
/// both families.
///
/// # Panics
/// Never: the lengths are fixed and fit DER.
#[must_use]
pub fn encode(key: &PublicKey) -> Vec<u8> {
    let info = ::spki::SubjectPublicKeyInfoOwned {
        algorithm: key_identifier(key.algorithm()),
        subject_public_key: BitString::from_bytes(key.point()).expect("65 bytes fit"),
    };
    info.to_der().expect("a point and two identifiers always fit DER")
}

/// Reads what kind of key an algorithm identifier names.
///
/// # Errors
/// [`Error::Unsupported`] for other algorithms and curves.
pub fn key_algorithm(id: &AlgorithmIdentifierRef<'_>) -> Result<KeyAlgorithm, Error> {
    let named = id.parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    match (id.oid, named) {
        (oid::EC_PUBLIC_KEY, Some(curve)) => curve_algorithm(curve),
        (oid::SM2, None | Some(oid::SM2)) => Ok(KeyAlgorithm::Sm2),
        (oid::EC_PUBLIC_KEY, None) => {
            Err(Error::Unsupported("an elliptic curve that is not given by name"))
        }
        _ => Err(Error::Unsupported("this kind of public key")),
    }
}

/// Writes what kind of key it is: id-ecPublicKey with the curve as its parameters.
#[must_use]
pub fn key_identifier(algorithm: KeyAlgorithm) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: oid::EC_PUBLIC_KEY,
        parameters: Some(super::algorithm::oid_parameter(curve_oid(algorithm))),
    }
}

/// The identifier of a kind of key's curve.
#[must_use]
pub const fn curve_oid(algorithm: KeyAlgorithm) -> ObjectIdentifier {
    match algorithm {
        KeyAlgorithm::EcP256 => oid::P256,
        KeyAlgorithm::Sm2 => oid::SM2,
    }
}

/// The kind of key that lives on a curve.
///
/// # Errors
/// [`Error::Unsupported`] for other curves.
pub fn curve_algorithm(curve: ObjectIdentifier) -> Result<KeyAlgorithm, Error> {
    match curve {
        oid::P256 => Ok(KeyAlgorithm::EcP256),
        oid::SM2 => Ok(KeyAlgorithm::Sm2),
        _ => Err(Error::Unsupported("this elliptic curve")),
    }
}
