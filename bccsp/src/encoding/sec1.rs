// SPDX-License-Identifier: Apache-2.0
//! ECPrivateKey (RFC 5915): the form inside PKCS#8, and of `EC PRIVATE KEY` files.

use super::spki::{curve_algorithm, curve_oid};
use crate::{Error, KeyAlgorithm, KeyMaterial, PublicKey, SecretBytes};
use alloc::vec::Vec;
use const_oid::ObjectIdentifier;
use der::asn1::{BitStringRef, OctetStringRef};
use der::{Decode, Encode, Sequence};

/// `ECPrivateKey ::= SEQUENCE { version 1, privateKey, parameters [0], publicKey [1] }`
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

const WHAT: &str = "EC private key";

/// Reads an ECPrivateKey. `outer` is the kind of key that the surroundings name (PKCS#8's
/// algorithm, an `EC PARAMETERS` block); where the key names its curve too, both must agree.
///
/// # Errors
/// [`Error::Malformed`] for what is not DER, another version, a private value that is not
/// 32 bytes, curves that differ; [`Error::Unsupported`] for another curve.
pub fn decode(der: &[u8], outer: Option<KeyAlgorithm>) -> Result<KeyMaterial, Error> {
    let malformed = |why| Error::Malformed { what: WHAT, why };
    let key = EcPrivateKey::from_der(der).map_err(|_| malformed("not a DER ECPrivateKey"))?;
    if key.version != 1 {
        return Err(malformed("its version is not 1"));
    }
    let inner = key.parameters.map(curve_algorithm).transpose()?;
    let algorithm = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => {
            return Err(malformed("it names two different curves"));
        }
        (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
        (None, None) => return Err(malformed("it names no curve")),
    };
    let public = match key.public_key {
        None => None,
        Some(bits) => {
            let point = bits.as_bytes().ok_or(malformed("the public key is no whole bytes"))?;
            Some(PublicKey::from_uncompressed(algorithm, point)?)
        }
    };
    KeyMaterial::new(algorithm, SecretBytes::copy_from(key.private_key.as_bytes()), public)
}

/// Writes an ECPrivateKey: 32-byte private value, the public key if it is known, and the curve
/// if `with_curve` (a file of its own needs it, PKCS#8 says it outside).
///
/// # Errors
/// [`Error::Misuse`] never in practice: the lengths are fixed.
pub fn encode(key: &KeyMaterial, with_curve: bool) -> Result<SecretBytes, Error> {
    let misuse = |_| Error::Misuse("a key that does not fit DER");
    let public_key = match key.public() {
        None => None,
        Some(public) => Some(BitStringRef::from_bytes(public.point()).map_err(misuse)?),
    };
    let structure = EcPrivateKey {
        version: 1,
        private_key: OctetStringRef::new(key.scalar().expose()).map_err(misuse)?,
        parameters: with_curve.then(|| curve_oid(key.algorithm())),
        public_key,
    };
    // Reserved up front, so that growing leaves no copy of the key behind.
    let mut out = Vec::with_capacity(160);
    structure.encode_to_vec(&mut out).map_err(misuse)?;
    Ok(SecretBytes::new(out))
}
