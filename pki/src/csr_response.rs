// SPDX-License-Identifier: Apache-2.0
//! What a CA answers to a request for a GM pair (CSRResponse, GM/T 0092-2020 clause 8 and
//! appendix A): the signing certificate, and the encryption certificate with its private key in
//! an envelope.
//!
//! ```text
//! SEQUENCE { SET OF Certificate, [0] SM2EnvelopedKey OPTIONAL, [1] SET OF Certificate OPTIONAL }
//! ```
//!
//! Of the tags the field has it that `[0]` is explicit and `[1]` implicit; that is written, and
//! the other way of each is read.

use crate::asn1::{Reader, tag, write};
use crate::{Certificate, Error, pem};

const LABELS: pem::Labels = &["CSR RESPONSE"];
const WHAT: &str = "CSRResponse";

/// An answer of a CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsrResponse {
    /// Certificates of the key that asked.
    pub sign: Vec<Certificate>,
    /// The private key of the encryption certificate, DER of an envelope to the key that asked.
    pub envelope: Option<Vec<u8>>,
    /// Certificates of the key in the envelope.
    pub encrypt: Vec<Certificate>,
}

impl CsrResponse {
    /// Reads exactly one in DER.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the field and the rule.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut inside = Reader::whole(der, tag::SEQUENCE, WHAT, "encoding")?;
        let mut sign = inside.enter(tag::SET, "signCertificate")?;
        let sign = certificates(&mut sign, "signCertificate")?;
        let envelope = match inside.optional(tag::constructed(0), "encryptedPrivateKey")? {
            Some(tlv) => Some(envelope(&inside.inside(tlv), tlv.value)?),
            None => None,
        };
        let encrypt = match inside.optional(tag::constructed(1), "encryptCertificate")? {
            Some(tlv) => {
                let mut list = inside.inside(tlv);
                if list.peek() == Some(tag::SET) {
                    let explicit = list.enter(tag::SET, "encryptCertificate")?;
                    list.finish("encryptCertificate")?;
                    list = explicit;
                }
                certificates(&mut list, "encryptCertificate")?
            }
            None => Vec::new(),
        };
        inside.finish("encoding")?;
        if sign.is_empty() {
            return Err(inside.malformed("signCertificate", "no certificate in it"));
        }
        Ok(Self { sign, envelope, encrypt })
    }

    /// Reads DER, or the first of a PEM file (`CSR RESPONSE`; the standard names no label).
    ///
    /// # Errors
    /// As [`from_der`](Self::from_der); [`Error::WrongKind`]; [`Error::Crypto`] for broken PEM.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, Error> {
        pem::one(bytes, LABELS, Self::from_der)
    }

    /// Writes DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let ders = |list: &[Certificate]| -> Vec<Vec<u8>> {
            list.iter().map(|certificate| certificate.as_der().to_vec()).collect()
        };
        let envelope = self.envelope.as_ref().map(|der| write::tlv(tag::constructed(0), der));
        let mut encrypt = ders(&self.encrypt);
        encrypt.sort();
        let encrypt =
            (!encrypt.is_empty()).then(|| write::tlv(tag::constructed(1), &encrypt.concat()));
        write::sequence(&[
            &write::set_of(ders(&self.sign)),
            &envelope.unwrap_or_default(),
            &encrypt.unwrap_or_default(),
        ])
    }
}

fn certificates(list: &mut Reader<'_>, field: &'static str) -> Result<Vec<Certificate>, Error> {
    let mut all = Vec::new();
    while !list.is_empty() {
        all.push(Certificate::from_der(list.any(field)?.raw)?);
    }
    Ok(all)
}

/// The envelope is a SEQUENCE that begins with a SEQUENCE; under an implicit tag the outer one is
/// not there, and more than one element is.
fn envelope(inside: &Reader<'_>, value: &[u8]) -> Result<Vec<u8>, Error> {
    let mut reader = inside.clone();
    let first = reader.take(tag::SEQUENCE, "encryptedPrivateKey")?;
    Ok(if reader.is_empty() { first.raw.to_vec() } else { write::tlv(tag::SEQUENCE, value) })
}
