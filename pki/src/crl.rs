// SPDX-License-Identifier: Apache-2.0
//! Certificate revocation lists (RFC 5280 section 5): the bytes that travelled, and views of them.

use crate::asn1::{Reader, tag};
use crate::certificate::serial_hex;
use crate::extension::{CrlNumber, Extensions, ReasonCode};
use crate::signed::Signed;
use crate::{AlgorithmId, Error, Name, Time, pem};
use bccsp::{Providers, PublicKey};
use std::collections::HashMap;
use std::sync::Arc;

const LABELS: pem::Labels = &["X509 CRL", "CRL"];
const WHAT: &str = "CRL";

/// A revocation list. Cheap to clone; equal means equal bytes.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    signed: Signed,
    version: u8,
    inner_algorithm: AlgorithmId,
    issuer: Name,
    this_update: Time,
    next_update: Option<Time>,
    entries: Vec<Revoked>,
    /// Where in `entries` a serial number is (the last entry, should there be two).
    by_serial: HashMap<Vec<u8>, usize>,
    extensions: Extensions,
}

/// One revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    serial: Vec<u8>,
    date: Time,
    extensions: Extensions,
}

impl Revoked {
    /// The contents of the serial number's INTEGER.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The serial number as [`Certificate::serial_hex`](crate::Certificate::serial_hex) writes it.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        serial_hex(&self.serial)
    }

    /// When it was revoked.
    #[must_use]
    pub fn date(&self) -> Time {
        self.date
    }

    /// Why; [`ReasonCode::Unspecified`] when nothing is said.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a broken extension.
    pub fn reason(&self) -> Result<ReasonCode, Error> {
        Ok(self.extensions.get()?.unwrap_or(ReasonCode::Unspecified))
    }

    /// The extensions of the entry.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }
}

impl Crl {
    /// Reads exactly one CRL in DER.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the field and the rule.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let (signed, tbs) = Signed::read(der, WHAT)?;
        Ok(Self(Arc::new(Inner::read(signed, tbs)?)))
    }

    /// Reads DER, or the first CRL of a PEM file.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::WrongKind`], or [`Error::Crypto`] for broken PEM.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, Error> {
        pem::one(bytes, LABELS, Self::from_der)
    }

    /// Reads all CRLs of a PEM file; there may be none among other objects.
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

    /// As a PEM object.
    #[must_use]
    pub fn to_pem(&self) -> String {
        bccsp::encoding::pem::encode("X509 CRL", self.as_der())
    }

    /// The bytes that were signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.0.signed.tbs()
    }

    /// 1 or 2.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// Who signed it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.0.this_update
    }

    /// When the next one comes at the latest, if it says so.
    #[must_use]
    pub fn next_update(&self) -> Option<Time> {
        self.0.next_update
    }

    /// Its number, if it has one.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a broken extension.
    pub fn number(&self) -> Result<Option<CrlNumber>, Error> {
        self.0.extensions.get()
    }

    /// All entries, in the order in which they travelled.
    #[must_use]
    pub fn entries(&self) -> &[Revoked] {
        &self.0.entries
    }

    /// The entry of a serial number (as [`Certificate::serial`](crate::Certificate::serial)
    /// gives it). Without regard to reasons, indirect issuers and removals.
    #[must_use]
    pub fn find(&self, serial: &[u8]) -> Option<&Revoked> {
        self.0.by_serial.get(serial).and_then(|at| self.0.entries.get(*at))
    }

    /// The extensions of the whole.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
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
}

impl Inner {
    fn read(signed: Signed, mut tbs: Reader<'_>) -> Result<Self, Error> {
        let version = match tbs.peek() {
            Some(tag::INTEGER) => tbs.number("version")?,
            _ => 0,
        };
        let version = match version {
            0 => 1,
            1 => 2,
            _ => return Err(tbs.malformed("version", "not v1 or v2")),
        };
        let inner_algorithm = AlgorithmId::read(&mut tbs, "signature")?;
        let issuer = Name::read(&mut tbs, "issuer")?;
        let this_update = Time::read(&mut tbs, "thisUpdate")?;
        let next_update = match tbs.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => {
                Some(Time::read(&mut tbs, "nextUpdate")?)
            }
            _ => None,
        };
        let entries = read_entries(&mut tbs)?;
        let extensions = read_extensions(&mut tbs)?;
        tbs.finish("signed part")?;
        let places = entries.iter().enumerate().map(|(at, entry)| (entry.serial.clone(), at));
        let by_serial = places.collect();
        Ok(Self {
            signed,
            version,
            inner_algorithm,
            issuer,
            this_update,
            next_update,
            entries,
            by_serial,
            extensions,
        })
    }
}

fn read_entries(tbs: &mut Reader<'_>) -> Result<Vec<Revoked>, Error> {
    const FIELD: &str = "revokedCertificates";
    let mut entries = Vec::new();
    // An empty list ought to be left out; some tools write it.
    if let Some(tlv) = tbs.optional(tag::SEQUENCE, FIELD)? {
        let mut list = tbs.inside(tlv);
        while !list.is_empty() {
            let mut one = list.enter(tag::SEQUENCE, FIELD)?;
            let serial = one.integer("userCertificate")?.to_vec();
            let date = Time::read(&mut one, "revocationDate")?;
            let extensions = match one.peek() {
                None => Extensions::default(),
                Some(_) => Extensions::read(&mut one)?,
            };
            one.finish(FIELD)?;
            entries.push(Revoked { serial, date, extensions });
        }
    }
    Ok(entries)
}

fn read_extensions(tbs: &mut Reader<'_>) -> Result<Extensions, Error> {
    let Some(tlv) = tbs.optional(tag::constructed(0), "crlExtensions")? else {
        return Ok(Extensions::default());
    };
    let mut inside = tbs.inside(tlv);
    let extensions = Extensions::read(&mut inside)?;
    inside.finish("crlExtensions")?;
    Ok(extensions)
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for Crl {}

impl core::fmt::Debug for Crl {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Crl({}, {} entries)", self.issuer(), self.entries().len())
    }
}
