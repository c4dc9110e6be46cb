// SPDX-License-Identifier: Apache-2.0
//! Certificates (RFC 5280 section 4.1): the bytes that travelled, and views of them.
//!
//! Whatever the field writes is read, v1 certificates and foreign algorithms included; whether it
//! may be trusted is the business of [`path`](crate::path).

use crate::asn1::{Reader, tag, write};
use crate::extension::{Extensions, SubjectKeyId};
use crate::signed::{Parts, Signed};
use crate::{AlgorithmId, Error, Name, PublicKeyInfo, Time, pem};
use bccsp::{Providers, PublicKey, Signature};
use std::borrow::Cow;
use std::sync::Arc;

const LABELS: pem::Labels = &["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];
const WHAT: &str = "certificate";

/// A certificate. Cheap to clone; equal means equal bytes.
///
/// ```
/// # fn main() -> Result<(), gmca_pki::Error> {
/// use gmca_pki::Certificate;
///
/// assert!(Certificate::from_pem_or_der(b"\x30\x80").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    signed: Signed,
    version: u8,
    serial: Vec<u8>,
    inner_algorithm: AlgorithmId,
    issuer: Name,
    not_before: Time,
    not_after: Time,
    subject: Name,
    public_key: PublicKeyInfo,
    extensions: Extensions,
}

impl Certificate {
    /// Reads exactly one certificate in DER.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the field and the rule.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let (signed, tbs) = Signed::read(der, WHAT)?;
        Ok(Self(Arc::new(Inner::read(signed, tbs)?)))
    }

    /// Reads DER, or the first certificate of a PEM file.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::WrongKind`], or [`Error::Crypto`] for broken PEM.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, Error> {
        pem::one(bytes, LABELS, Self::from_der)
    }

    /// Reads all certificates of a PEM file; there may be none among other objects.
    ///
    /// # Errors
    /// As [`from_pem_or_der`](Self::from_pem_or_der).
    pub fn all_from_pem(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        pem::all(bytes, LABELS, Self::from_der)
    }

    /// The bytes as they travelled.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.signed.der
    }

    /// The bytes with the certificate's own signature in its canonical form (ECDSA: low-S), by
    /// which Fabric tells certificates apart. Nearly always those that travelled.
    #[must_use]
    pub fn low_s_der(&self) -> Cow<'_, [u8]> {
        let Ok(algorithm) = self.signature_algorithm().signature_algorithm() else {
            return Cow::Borrowed(self.as_der());
        };
        let canonical = Signature::new(algorithm, self.signature().to_vec()).canonical();
        if canonical.as_ref() == self.signature() {
            return Cow::Borrowed(self.as_der());
        }
        let signature = write::bit_string(canonical.as_ref());
        let parts = [self.tbs(), self.signature_algorithm().as_der(), &signature];
        Cow::Owned(write::sequence(&parts))
    }

    /// As a PEM object.
    #[must_use]
    pub fn to_pem(&self) -> String {
        bccsp::encoding::pem::encode("CERTIFICATE", self.as_der())
    }

    /// The bytes that were signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.0.signed.tbs()
    }

    /// 1, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// The contents of the serial number's INTEGER: big-endian two's complement, as short as can
    /// be. Negative and long ones are met in the field.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The serial number in lower-case hex without leading zeros; a minus sign in front of the
    /// absolute value of a negative one.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        serial_hex(self.serial())
    }

    /// How it says it was signed, outside of the signed part.
    #[must_use]
    pub fn signature_algorithm(&self) -> &AlgorithmId {
        &self.0.signed.algorithm
    }

    /// How it says it was signed, inside.
    #[must_use]
    pub fn inner_signature_algorithm(&self) -> &AlgorithmId {
        &self.0.inner_algorithm
    }

    /// The bytes of the signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signed.signature()
    }

    /// Who signed it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// Whom it is about.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The first second of its life.
    #[must_use]
    pub fn not_before(&self) -> Time {
        self.0.not_before
    }

    /// The last second of its life.
    #[must_use]
    pub fn not_after(&self) -> Time {
        self.0.not_after
    }

    /// Whether it lives at this time.
    #[must_use]
    pub fn is_valid_at(&self, time: Time) -> bool {
        self.0.not_before <= time && time <= self.0.not_after
    }

    /// The key of the subject, of whatever algorithm.
    #[must_use]
    pub fn public_key_info(&self) -> &PublicKeyInfo {
        &self.0.public_key
    }

    /// The key of the subject, when it is of one of our families.
    ///
    /// # Errors
    /// As [`PublicKeyInfo::public_key`].
    pub fn public_key(&self, providers: &Providers) -> Result<PublicKey, Error> {
        self.0.public_key.public_key(providers)
    }

    /// Its extensions.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// Whether issuer and subject are the same name (RFC 5280 section 3.2).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer == self.0.subject
    }

    /// The identifier of the subject's key: the extension, or computed as we write it where the
    /// extension is missing.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a broken extension, else as [`public_key`](Self::public_key).
    pub fn key_id(&self, providers: &Providers) -> Result<Vec<u8>, Error> {
        match self.extensions().get::<SubjectKeyId>()? {
            Some(id) => Ok(id.0),
            None => Ok(SubjectKeyId::of(providers, &self.public_key(providers)?)?.0),
        }
    }

    /// Judges its signature under a key: nothing else is checked.
    ///
    /// # Errors
    /// [`Error::BadSignature`], [`Error::AlgorithmsDiffer`], [`Error::UnsupportedAlgorithm`].
    pub fn verify_signature(&self, providers: &Providers, issuer: &PublicKey) -> Result<(), Error> {
        self.0.signed.verify(providers, issuer, Some(&self.0.inner_algorithm), WHAT)
    }

    pub(crate) fn verify_signature_with(
        &self,
        issuer: &dyn bccsp::VerifyingKey,
    ) -> Result<(), Error> {
        self.0.signed.verify_with(issuer, Some(&self.0.inner_algorithm), WHAT)
    }

    /// The signed bytes and the signature, if it is a whole number of bytes.
    pub(crate) fn signed_parts(&self) -> Result<Option<Parts<'_>>, Error> {
        self.0.signed.parts(Some(&self.0.inner_algorithm), WHAT)
    }
}

impl Inner {
    fn read(signed: Signed, mut tbs: Reader<'_>) -> Result<Self, Error> {
        let version = read_version(&mut tbs)?;
        let serial = tbs.integer("serialNumber")?.to_vec();
        let inner_algorithm = AlgorithmId::read(&mut tbs, "signature")?;
        let issuer = Name::read(&mut tbs, "issuer")?;
        let mut validity = tbs.enter(tag::SEQUENCE, "validity")?;
        let not_before = Time::read(&mut validity, "notBefore")?;
        let not_after = Time::read(&mut validity, "notAfter")?;
        validity.finish("validity")?;
        let subject = Name::read(&mut tbs, "subject")?;
        let public_key = PublicKeyInfo::read(&mut tbs)?;
        let extensions = read_tail(&mut tbs)?;
        Ok(Self {
            signed,
            version,
            serial,
            inner_algorithm,
            issuer,
            not_before,
            not_after,
            subject,
            public_key,
            extensions,
        })
    }
}

fn read_version(tbs: &mut Reader<'_>) -> Result<u8, Error> {
    let Some(tlv) = tbs.optional(tag::constructed(0), "version")? else {
        return Ok(1);
    };
    let mut inside = tbs.inside(tlv);
    let number = inside.number("version")?;
    inside.finish("version")?;
    match number {
        0 => Ok(1),
        1 => Ok(2),
        2 => Ok(3),
        _ => Err(tbs.malformed("version", "not v1, v2 or v3")),
    }
}

/// The unique identifiers, which nobody uses, and the extensions.
fn read_tail(tbs: &mut Reader<'_>) -> Result<Extensions, Error> {
    for (n, field) in [(1, "issuerUniqueID"), (2, "subjectUniqueID")] {
        if let Some(tlv) = tbs.optional(tag::context(n), field)? {
            tbs.bit_string_value(tlv.value, field)?;
        }
    }
    let extensions = match tbs.optional(tag::constructed(3), "extensions")? {
        None => Extensions::default(),
        Some(tlv) => {
            let mut inside = tbs.inside(tlv);
            let extensions = Extensions::read(&mut inside)?;
            inside.finish("extensions")?;
            extensions
        }
    };
    tbs.finish("signed part")?;
    Ok(extensions)
}

/// As people write serial numbers.
pub(crate) fn serial_hex(serial: &[u8]) -> String {
    let negative = serial.first().is_some_and(|byte| *byte >= 0x80);
    let digits = hex::encode(if negative { negate(serial) } else { serial.to_vec() });
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    if negative { format!("-{digits}") } else { digits.to_owned() }
}

/// The absolute value of a negative number in two's complement.
pub(crate) fn negate(serial: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = serial.iter().map(|byte| !byte).collect();
    for byte in out.iter_mut().rev() {
        let (sum, carry) = byte.overflowing_add(1);
        *byte = sum;
        if !carry {
            break;
        }
    }
    out
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for Certificate {}

impl core::hash::Hash for Certificate {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

impl core::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject(), self.serial_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_as_people_write_them() {
        assert_eq!(serial_hex(&[0, 0xab]), "ab");
        assert_eq!(serial_hex(&[0]), "0");
        assert_eq!(serial_hex(&[0xff]), "-1");
        assert_eq!(serial_hex(&[0x80, 0]), "-8000");
    }
}
