// SPDX-License-Identifier: Apache-2.0
//! PrivateKeyInfo (PKCS#8, RFC 5958): the one form in which private keys are exchanged.
//!
//! Not here: password protection, which is `pbes2`.

use super::{oid, sec1, spki};
use crate::{Error, KeyMaterial, SecretBytes};
use ::spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};
use alloc::vec::Vec;
use der::asn1::{BitStringRef, OctetStringRef, SetOfVec};
use der::{Any, Decode, Encode, Sequence};

/// `PrivateKeyInfo ::= SEQUENCE { version, algorithm, privateKey, attributes [0], publicKey [1] }`
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifierRef<'a>,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    attributes: Option<SetOfVec<Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// The same for writing, where the algorithm is ours.
#[derive(Sequence)]
struct PrivateKeyInfoOut<'a> {
    version: u8,
    algorithm: AlgorithmIdentifierOwned,
    private_key: &'a OctetStringRef,
}

const WHAT: &str = "PKCS#8 private key";

/// Reads a PrivateKeyInfo of version 1 or 2 with an ECPrivateKey inside.
///
/// # Errors
/// [`Error::Malformed`] with the rule that is broken; [`Error::Unsupported`] for other kinds of
/// key. Range and the match with the public key are checked by the provider that takes it in.
pub fn decode(der: &[u8]) -> Result<KeyMaterial, Error> {
    let malformed = |why| Error::Malformed { what: WHAT, why };
    let info = PrivateKeyInfo::from_der(der).map_err(|_| malformed("not a DER PrivateKeyInfo"))?;
    if info.version > 1 || (info.version == 0 && info.public_key.is_some()) {
        return Err(malformed("its version is not 0 or 1, or does not allow what is inside"));
    }
    let algorithm = match info.algorithm.oid {
        oid::EC_PUBLIC_KEY | oid::SM2 => spki::key_algorithm(&info.algorithm)?,
        _ => return Err(Error::Unsupported("this kind of private key")),
    };
    let key = sec1::decode(info.private_key.as_bytes(), Some(algorithm))?;
    if let Some(outer) = info.public_key {
        let inner = key.public().map(crate::PublicKey::point);
        if inner.is_some_and(|point| outer.as_bytes() != Some(point)) {
            return Err(malformed("it holds two different public keys"));
        }
    }
    Ok(key)
}

/// Writes a PrivateKeyInfo: version 0, id-ecPublicKey with the curve, and inside an ECPrivateKey
/// with 32-byte private value and, if it is known, the public key; 138 bytes with it.
///
/// # Errors
/// [`Error::Misuse`] never in practice: the lengths are fixed.
pub fn encode(key: &KeyMaterial) -> Result<SecretBytes, Error> {
    with_inner(key, false)
}

/// The same with the curve inside of the ECPrivateKey, too, which RFC 5915 section 3 leaves to PKCS#8:
/// GmSSL takes no key without it.
///
/// # Errors
/// [`Error::Misuse`] never in practice: the lengths are fixed.
pub fn encode_naming_the_curve(key: &KeyMaterial) -> Result<SecretBytes, Error> {
    with_inner(key, true)
}

fn with_inner(key: &KeyMaterial, with_curve: bool) -> Result<SecretBytes, Error> {
    let misuse = |_| Error::Misuse("a key that does not fit DER");
    let inner = sec1::encode(key, with_curve)?;
    let info = PrivateKeyInfoOut {
        version: 0,
        algorithm: spki::key_identifier(key.algorithm()),
        private_key: OctetStringRef::new(inner.expose()).map_err(misuse)?,
    };
    let mut out = Vec::with_capacity(192);
    info.encode_to_vec(&mut out).map_err(misuse)?;
    Ok(SecretBytes::new(out))
}
