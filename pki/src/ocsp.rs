// SPDX-License-Identifier: Apache-2.0
//! OCSP answers (RFC 6960 section 4.2): the bytes that travelled, and views of them.
//!
//! Not here: asking, and whether an answer may be relied on (`path`).

use crate::asn1::{Reader, Tlv, tag, write};
use crate::certificate::serial_hex;
use crate::extension::{Extensions, ReasonCode, TypedExtension as _};
use crate::signed::Signed;
use crate::{AlgorithmId, Certificate, Error, Name, Time, oid};
use bccsp::Providers;
use bccsp::encoding::algorithm::naming_digest;
use std::sync::Arc;

const WHAT: &str = "OCSP answer";
/// More certificates than a responder has reason to send along.
const CERTIFICATES: usize = 16;

/// An answer of an OCSP responder, about any number of certificates. Cheap to clone; equal means equal
/// bytes of the signed part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspResponse(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    /// The answer without the certificates that were sent along.
    signed: Signed,
    responder: Responder,
    produced_at: Time,
    statuses: Vec<CertStatus>,
    extensions: Extensions,
    certificates: Vec<Certificate>,
}

/// Who says that it has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Responder {
    /// The subject of its certificate.
    Name(Name),
    /// The SHA-1 digest of its public key's bits, 20 bytes.
    Key(Vec<u8>),
}

/// What is said about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertStatus {
    id: CertId,
    status: Status,
    this_update: Time,
    next_update: Option<Time>,
    extensions: Extensions,
}

/// Whether a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked {
        /// When.
        date: Time,
        /// Why; [`ReasonCode::Unspecified`] when nothing is said.
        reason: ReasonCode,
    },
    /// The responder does not know it.
    Unknown,
}

/// Which certificate is meant (RFC 6960 section 4.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
struct CertId {
    function: AlgorithmId,
    name_digest: Vec<u8>,
    key_digest: Vec<u8>,
    serial: Vec<u8>,
}

impl OcspResponse {
    /// Reads exactly one `OCSPResponse` in DER.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the field and the rule, also when the responder says that it cannot
    /// answer.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut outer = Reader::whole(der, tag::SEQUENCE, WHAT, "encoding")?;
        let status = outer.take(tag::ENUMERATED, "responseStatus")?.value;
        if let Some(why) = refusal(status) {
            return Err(outer.malformed("responseStatus", why));
        }
        let mut explicit = outer.enter(tag::constructed(0), "responseBytes")?;
        outer.finish("encoding")?;
        let mut bytes = explicit.enter(tag::SEQUENCE, "responseBytes")?;
        explicit.finish("responseBytes")?;
        if bytes.oid("responseType")? != oid::OCSP_BASIC {
            return Err(bytes.malformed("responseType", "not id-pkix-ocsp-basic"));
        }
        let basic = bytes.take(tag::OCTET_STRING, "response")?.value;
        bytes.finish("responseBytes")?;
        Ok(Self(Arc::new(read_basic(basic)?)))
    }

    /// Who says that it has answered.
    #[must_use]
    pub fn responder(&self) -> &Responder {
        &self.0.responder
    }

    /// When the answer was signed.
    #[must_use]
    pub fn produced_at(&self) -> Time {
        self.0.produced_at
    }

    /// What is said, certificate by certificate.
    #[must_use]
    pub fn statuses(&self) -> &[CertStatus] {
        &self.0.statuses
    }

    /// The extensions of the whole.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// The certificates that were sent along: that of the responder among them, unless it is the CA.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// The bytes that were signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.0.signed.tbs()
    }

    pub(crate) fn verify_signature_with(&self, key: &dyn bccsp::VerifyingKey) -> Result<(), Error> {
        self.0.signed.verify_with(key, None, WHAT)
    }
}

impl CertStatus {
    /// The serial number as [`Certificate::serial_hex`] writes it.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        serial_hex(&self.id.serial)
    }

    /// Whether it is good.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Since when this is known to be right.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.this_update
    }

    /// When more will be known at the latest, if it says so.
    #[must_use]
    pub fn next_update(&self) -> Option<Time> {
        self.next_update
    }

    /// The extensions of this one.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Whether it is about a certificate of that issuer.
    ///
    /// # Errors
    /// [`Error::Crypto`] when the certificate is named by a hash function that is not known here.
    pub fn is_about(
        &self,
        providers: &Providers,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<bool, Error> {
        if self.id.serial != certificate.serial() {
            return Ok(false);
        }
        let digest = |bytes| naming_digest(providers, self.id.function.id(), &[bytes]);
        Ok(self.id.name_digest == digest(certificate.issuer().as_der())?
            && self.id.key_digest == digest(issuer.public_key_info().key_bytes())?)
    }
}

/// What a status other than "successful" says (section 4.2.1).
fn refusal(status: &[u8]) -> Option<&'static str> {
    match status {
        [0] => None,
        [1] => Some("the responder says: malformedRequest"),
        [2] => Some("the responder says: internalError"),
        [3] => Some("the responder says: tryLater"),
        [5] => Some("the responder says: sigRequired"),
        [6] => Some("the responder says: unauthorized"),
        _ => Some("not a status of RFC 6960"),
    }
}

/// `BasicOCSPResponse`: what everything signed is, and certificates behind it.
fn read_basic(der: &[u8]) -> Result<Inner, Error> {
    let mut outer = Reader::whole(der, tag::SEQUENCE, WHAT, "response")?;
    let mut shell = Vec::new();
    for field in ["tbsResponseData", "signatureAlgorithm", "signature"] {
        shell.push(outer.any(field)?.raw.to_vec());
    }
    let certificates = match outer.optional(tag::constructed(0), "certs")? {
        None => Vec::new(),
        Some(tlv) => read_certificates(outer.inside(tlv))?,
    };
    outer.finish("response")?;
    // The signed part stays as it travelled; the header of the whole counts for nothing.
    let shell = write::sequence_of(&shell);
    let (signed, mut tbs) = Signed::read(&shell, WHAT)?;
    if let Some(version) = tbs.optional(tag::constructed(0), "version")? {
        let version = tbs.inside(version).number("version")?;
        if version != 0 {
            return Err(tbs.malformed("version", "not v1"));
        }
    }
    let responder = read_responder(&mut tbs)?;
    let produced_at = read_time(&mut tbs, "producedAt")?;
    let mut list = tbs.enter(tag::SEQUENCE, "responses")?;
    let mut statuses = Vec::new();
    while !list.is_empty() {
        statuses.push(read_status(list.enter(tag::SEQUENCE, "responses")?)?);
    }
    let extensions = read_extensions(&mut tbs)?;
    tbs.finish("tbsResponseData")?;
    Ok(Inner { signed, responder, produced_at, statuses, extensions, certificates })
}

fn read_certificates(mut explicit: Reader<'_>) -> Result<Vec<Certificate>, Error> {
    let mut list = explicit.enter(tag::SEQUENCE, "certs")?;
    explicit.finish("certs")?;
    let mut all = Vec::new();
    while !list.is_empty() {
        if all.len() == CERTIFICATES {
            return Err(list.malformed("certs", "more certificates than anybody needs"));
        }
        all.push(Certificate::from_der(list.any("certs")?.raw)?);
    }
    Ok(all)
}

fn read_responder(tbs: &mut Reader<'_>) -> Result<Responder, Error> {
    const FIELD: &str = "responderID";
    let tlv = tbs.any(FIELD)?;
    let mut inside = tbs.inside(tlv);
    let responder = match tlv.tag {
        by_name if by_name == tag::constructed(1) => {
            Responder::Name(Name::read(&mut inside, FIELD)?)
        }
        by_key if by_key == tag::constructed(2) => {
            Responder::Key(inside.take(tag::OCTET_STRING, FIELD)?.value.to_vec())
        }
        _ => return Err(tbs.malformed(FIELD, "neither byName nor byKey")),
    };
    inside.finish(FIELD)?;
    Ok(responder)
}

fn read_status(mut one: Reader<'_>) -> Result<CertStatus, Error> {
    let mut id = one.enter(tag::SEQUENCE, "certID")?;
    let id = CertId {
        function: AlgorithmId::read(&mut id, "hashAlgorithm")?,
        name_digest: id.take(tag::OCTET_STRING, "issuerNameHash")?.value.to_vec(),
        key_digest: id.take(tag::OCTET_STRING, "issuerKeyHash")?.value.to_vec(),
        serial: {
            let serial = id.integer("serialNumber")?.to_vec();
            id.finish("certID")?;
            serial
        },
    };
    let status = one.any("certStatus")?;
    let status = read_kind(&one, status)?;
    let this_update = read_time(&mut one, "thisUpdate")?;
    let next_update = match one.optional(tag::constructed(0), "nextUpdate")? {
        None => None,
        Some(tlv) => {
            let mut inside = one.inside(tlv);
            let time = read_time(&mut inside, "nextUpdate")?;
            inside.finish("nextUpdate")?;
            Some(time)
        }
    };
    let extensions = read_extensions(&mut one)?;
    one.finish("responses")?;
    Ok(CertStatus { id, status, this_update, next_update, extensions })
}

fn read_kind(one: &Reader<'_>, status: Tlv<'_>) -> Result<Status, Error> {
    const FIELD: &str = "certStatus";
    let mut inside = one.inside(status);
    let status = match status.tag {
        good if good == tag::context(0) => Status::Good,
        unknown if unknown == tag::context(2) => Status::Unknown,
        revoked if revoked == tag::constructed(1) => {
            let date = read_time(&mut inside, "revocationTime")?;
            let reason = match inside.optional(tag::constructed(0), "revocationReason")? {
                None => ReasonCode::Unspecified,
                Some(tlv) => ReasonCode::decode(tlv.value)?,
            };
            Status::Revoked { date, reason }
        }
        _ => return Err(one.malformed(FIELD, "neither good, nor revoked, nor unknown")),
    };
    inside.finish(FIELD)?;
    Ok(status)
}

/// Times are GeneralizedTime here, in every year.
fn read_time(reader: &mut Reader<'_>, field: &'static str) -> Result<Time, Error> {
    match reader.peek() {
        Some(tag::UTC_TIME) => Err(reader.malformed(field, "not a GeneralizedTime")),
        _ => Time::read(reader, field),
    }
}

fn read_extensions(reader: &mut Reader<'_>) -> Result<Extensions, Error> {
    match reader.optional(tag::constructed(1), "extensions")? {
        None => Ok(Extensions::default()),
        Some(tlv) => {
            let mut inside = reader.inside(tlv);
            let extensions = Extensions::read(&mut inside)?;
            inside.finish("extensions")?;
            Ok(extensions)
        }
    }
}
