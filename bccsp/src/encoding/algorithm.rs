// SPDX-License-Identifier: Apache-2.0
//! Algorithm identifiers of signatures and digests.

use super::oid;
use crate::{Error, HashAlgorithm, Providers, SignatureAlgorithm, Suite};
use alloc::vec::Vec;
use const_oid::ObjectIdentifier;
use der::asn1::AnyRef;
use der::{Any, Tag, Tagged};
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

/// Reads the identifier of a signature algorithm. Parameters may be absent, as the standards
/// ask, or NULL, as several public CAs write them.
///
/// # Errors
/// [`Error::Unsupported`] for another algorithm, [`Error::Malformed`] for other parameters.
pub fn signature_algorithm(id: &AlgorithmIdentifierRef<'_>) -> Result<SignatureAlgorithm, Error> {
    let algorithm = match id.oid {
        oid::ECDSA_WITH_SHA256 => SignatureAlgorithm::EcdsaWithSha256,
        oid::SM2_WITH_SM3 => SignatureAlgorithm::Sm2WithSm3,
        _ => return Err(Error::Unsupported("this signature algorithm")),
    };
    check_absent_or_null(id.parameters, "signature algorithm")?;
    Ok(algorithm)
}

/// Writes the identifier of a signature algorithm: parameters absent (RFC 5758 section 3.2;
/// GB/T 20518-2018).
#[must_use]
pub fn signature_identifier(algorithm: SignatureAlgorithm) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: signature_oid(algorithm), parameters: None }
}

/// The object identifier of a signature algorithm.
#[must_use]
pub const fn signature_oid(algorithm: SignatureAlgorithm) -> ObjectIdentifier {
    match algorithm {
        SignatureAlgorithm::EcdsaWithSha256 => oid::ECDSA_WITH_SHA256,
        SignatureAlgorithm::Sm2WithSm3 => oid::SM2_WITH_SM3,
    }
}

/// The object identifier of a hash function.
#[must_use]
pub const fn hash_oid(algorithm: HashAlgorithm) -> ObjectIdentifier {
    match algorithm {
        HashAlgorithm::Sha256 => oid::SHA256,
        HashAlgorithm::Sm3 => oid::SM3,
    }
}

/// The hash function of identifiers that do not say which: the KeyHash of RFC 6960 section 4.2.1.
pub const UNNAMED_DIGEST: ObjectIdentifier = oid::SHA1;

/// A digest that only says which thing is meant, as in the certificate identifiers of RFC 6960 section
/// 4.1.1, by the object identifier of its function: one of ours, or SHA-1, which most of the field writes.
///
/// # Errors
/// [`Error::Unsupported`] for another function, or one whose family this process does not have.
pub fn naming_digest(
    providers: &Providers,
    function: ObjectIdentifier,
    parts: &[&[u8]],
) -> Result<Vec<u8>, Error> {
    #[cfg(feature = "nist")]
    if function == oid::SHA1 {
        use sha1::Digest as _;
        let hasher = parts.iter().fold(sha1::Sha1::new(), |hasher, part| hasher.chain_update(part));
        return Ok(hasher.finalize().to_vec());
    }
    let known = Suite::ALL.into_iter().map(Suite::hash_algorithm);
    let algorithm = known.into_iter().find(|algorithm| hash_oid(*algorithm) == function);
    let algorithm = algorithm.ok_or(Error::Unsupported("this hash function"))?;
    Ok(providers.hash(algorithm)?.digest(parts).as_ref().to_vec())
}

/// Accepts parameters that say nothing.
pub(super) fn check_absent_or_null(
    parameters: Option<AnyRef<'_>>,
    what: &'static str,
) -> Result<(), Error> {
    match parameters {
        None => Ok(()),
        Some(any) if any.tag() == Tag::Null && any.value().is_empty() => Ok(()),
        Some(_) => {
            Err(Error::Malformed { what, why: "its parameters are neither absent nor NULL" })
        }
    }
}

/// An identifier as parameters of another one.
pub(super) fn oid_parameter(id: ObjectIdentifier) -> Any {
    Any::from(id)
}
