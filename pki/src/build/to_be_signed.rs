// SPDX-License-Identifier: Apache-2.0
//! A certificate whose every byte is settled but for the signature.
//!
//! A CA puts it on record before it signs; a device signs it elsewhere.

use super::second_reader;
use crate::asn1::{Reader, tag, write};
use crate::{AlgorithmId, Certificate, Error, signed};
use bccsp::SigningKey;

const WHAT: &str = "certificate";

/// The signed part of a certificate that is to be (TBSCertificate, RFC 5280 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToBeSigned {
    der: Vec<u8>,
    /// The algorithm it says it will be signed with.
    algorithm: AlgorithmId,
}

impl ToBeSigned {
    /// Takes back what [`as_der`](Self::as_der) gave.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no signed part of a v3 certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut inside = Reader::whole(der, tag::SEQUENCE, WHAT, "signed part")?;
        inside.take(tag::constructed(0), "version")?;
        inside.integer("serialNumber")?;
        let algorithm = AlgorithmId::read(&mut inside, "signature")?;
        Ok(Self { der: der.to_vec(), algorithm })
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`Error::Build`] when the key signs with another algorithm than it says;
    /// [`Error::Crypto`] when the key does not sign.
    pub fn sign(&self, key: &dyn SigningKey) -> Result<Certificate, Error> {
        if signed::algorithm_of(key, WHAT)? != self.algorithm.as_der() {
            let why = "the key signs with another algorithm than the signed part says";
            return Err(Error::Build { object: WHAT, why });
        }
        finish(&signed::sign(&self.der, key, WHAT)?)
    }

    /// Puts the certificate together with a signature (DER) that was made elsewhere. Whether it
    /// verifies is for the caller to check.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the two make no certificate.
    pub fn assemble(&self, signature: &[u8]) -> Result<Certificate, Error> {
        let bits = write::bit_string(signature);
        finish(&write::sequence(&[&self.der, self.algorithm.as_der(), &bits]))
    }
}

/// What leaves here was read by two readers that have no code in common.
fn finish(der: &[u8]) -> Result<Certificate, Error> {
    let certificate = Certificate::from_der(der)?;
    second_reader::check(&certificate)?;
    Ok(certificate)
}
