// SPDX-License-Identifier: Apache-2.0
//! Certification requests (PKCS#10, RFC 2986): a name, a key, attributes, and the proof that the
//! sender holds the private key.

use crate::asn1::{Reader, tag};
use crate::extension::Extensions;
use crate::signed::Signed;
use crate::{AlgorithmId, Error, Name, PublicKeyInfo, oid, pem};
use bccsp::{Providers, PublicKey};
use const_oid::ObjectIdentifier;
use std::sync::Arc;

const LABELS: pem::Labels = &["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];
const WHAT: &str = "request";

/// A certification request. Cheap to clone; equal means equal bytes.
#[derive(Clone)]
pub struct Request(Arc<Inner>);

struct Inner {
    signed: Signed,
    version: u8,
    subject: Name,
    public_key: PublicKeyInfo,
    attributes: Vec<RequestAttribute>,
    extensions: Extensions,
}

/// An attribute of a request: its type and the DER of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestAttribute {
    /// The type.
    pub id: ObjectIdentifier,
    /// The values, each a whole element.
    pub values: Vec<Vec<u8>>,
    /// Whether they stood in a SET, as they should (RFC 2986 section 4.1).
    pub is_set: bool,
}

impl RequestAttribute {
    /// The first value as text, when it is a string.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let mut reader = Reader::new(self.values.first()?, WHAT);
        let tlv = reader.any("attributes").ok()?;
        crate::name::decode_string(tlv.tag, tlv.value)
    }
}

impl Request {
    /// Reads exactly one request in DER. A bare value where an attribute wants a SET is read: the
    /// tools of CFCA write challengePassword so.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the field and the rule.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let (signed, info) = Signed::read(der, WHAT)?;
        Ok(Self(Arc::new(Inner::read(signed, info)?)))
    }

    /// Reads DER, or the first request of a PEM file.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::WrongKind`], or [`Error::Crypto`] for broken PEM.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, Error> {
        pem::one(bytes, LABELS, Self::from_der)
    }

    /// The bytes as they travelled.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.signed.der
    }

    /// As a PEM object.
    #[must_use]
    pub fn to_pem(&self) -> String {
        bccsp::encoding::pem::encode("CERTIFICATE REQUEST", self.as_der())
    }

    /// The bytes that were signed.
    #[must_use]
    pub fn info(&self) -> &[u8] {
        self.0.signed.tbs()
    }

    /// 1, the only version there is, unless the request says otherwise.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// The name that is asked for.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The key that is to be certified, of whatever algorithm.
    #[must_use]
    pub fn public_key_info(&self) -> &PublicKeyInfo {
        &self.0.public_key
    }

    /// The key that is to be certified, when it is of one of our families.
    ///
    /// # Errors
    /// As [`PublicKeyInfo::public_key`].
    pub fn public_key(&self, providers: &Providers) -> Result<PublicKey, Error> {
        self.0.public_key.public_key(providers)
    }

    /// All attributes.
    #[must_use]
    pub fn attributes(&self) -> &[RequestAttribute] {
        &self.0.attributes
    }

    /// The extensions that are asked for (extensionRequest, RFC 2985 section 5.4.2).
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// The password by which a CA tells who asks (RFC 2985 section 5.4.1), if there is one.
    #[must_use]
    pub fn challenge_password(&self) -> Option<String> {
        let found = self.attributes().iter().find(|a| a.id == oid::CHALLENGE_PASSWORD);
        found.and_then(RequestAttribute::text)
    }

    /// The second key that CFCA's tools put into a request: escrowed keys are encrypted to it
    /// instead of the key that is certified. Of the family of that key, and seen to be on the
    /// curve.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is there and cannot be read; [`Error::Crypto`] for a point
    /// that is not on the curve.
    pub fn temporary_key(&self, providers: &Providers) -> Result<Option<PublicKey>, Error> {
        let found = self.attributes().iter().find(|a| a.id == oid::CFCA_TEMPORARY_KEY);
        let Some(value) = found.and_then(|attribute| attribute.values.first()) else {
            return Ok(None);
        };
        let point = temporary_point(value)?;
        let suite = self.public_key(providers)?.algorithm().suite();
        Ok(Some(providers.get(suite)?.public_key(&point)?))
    }

    /// How it says it was signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> &AlgorithmId {
        &self.0.signed.algorithm
    }

    /// The bytes of the signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signed.signature()
    }

    /// Proof of possession: the signature is by the key inside.
    ///
    /// # Errors
    /// [`Error::BadSignature`]; [`Error::UnsupportedAlgorithm`] or [`Error::Crypto`] for a key or
    /// algorithm that is not ours.
    pub fn verify(&self, providers: &Providers) -> Result<(), Error> {
        self.0.signed.verify(providers, &self.public_key(providers)?, None, WHAT)
    }
}

impl Inner {
    fn read(signed: Signed, mut info: Reader<'_>) -> Result<Self, Error> {
        let version = info.number("version")?;
        let version = u8::try_from(version.saturating_add(1))
            .map_err(|_| info.malformed("version", "not version 1"))?;
        let subject = Name::read(&mut info, "subject")?;
        let public_key = PublicKeyInfo::read(&mut info)?;
        let mut attributes = Vec::new();
        // RFC 2986 wants them even when there are none; some tools leave them out.
        if let Some(tlv) = info.optional(tag::constructed(0), "attributes")? {
            let mut list = info.inside(tlv);
            while !list.is_empty() {
                attributes.push(read_attribute(&mut list)?);
            }
        }
        info.finish("signed part")?;
        let extensions = requested_extensions(&attributes)?;
        Ok(Self { signed, version, subject, public_key, attributes, extensions })
    }
}

fn read_attribute(list: &mut Reader<'_>) -> Result<RequestAttribute, Error> {
    let mut inside = list.enter(tag::SEQUENCE, "attributes")?;
    let id = inside.oid("attributes")?;
    let value = inside.any("attributes")?;
    inside.finish("attributes")?;
    if value.tag != tag::SET {
        return Ok(RequestAttribute { id, values: vec![value.raw.to_vec()], is_set: false });
    }
    let mut set = inside.inside(value);
    let mut values = Vec::new();
    while !set.is_empty() {
        values.push(set.any("attributes")?.raw.to_vec());
    }
    Ok(RequestAttribute { id, values, is_set: true })
}

/// `OCTET STRING { SEQUENCE { INTEGER 1, OCTET STRING } }`, inside of which the coordinates stand
/// as smart tokens keep them (ECCPUBLICKEYBLOB): 8 bytes in front, and each in 64 bytes of which
/// the first half counts.
fn temporary_point(value: &[u8]) -> Result<Vec<u8>, Error> {
    const FIELD: &str = "temporary key";
    let mut reader = Reader::new(value, WHAT);
    let der = reader.take(tag::OCTET_STRING, FIELD)?.value;
    reader.finish(FIELD)?;
    let mut inside = Reader::whole(der, tag::SEQUENCE, WHAT, FIELD)?;
    let version = inside.number(FIELD)?;
    let blob = inside.take(tag::OCTET_STRING, FIELD)?.value;
    inside.finish(FIELD)?;
    let x = blob.get(8..40).filter(|_| version == 1 && blob.len() == 136);
    match (x, blob.get(72..104)) {
        (Some(x), Some(y)) => Ok([&[4], x, y].concat()),
        _ => Err(reader.malformed(FIELD, "not 136 bytes of version 1")),
    }
}

fn requested_extensions(attributes: &[RequestAttribute]) -> Result<Extensions, Error> {
    let asked = attributes
        .iter()
        .find(|a| a.id == oid::EXTENSION_REQUEST || a.id == oid::MS_EXTENSION_REQUEST)
        .and_then(|attribute| attribute.values.first());
    let Some(value) = asked else {
        return Ok(Extensions::default());
    };
    let mut reader = Reader::new(value, WHAT);
    let extensions = Extensions::read(&mut reader)?;
    reader.finish("extensionRequest")?;
    Ok(extensions)
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for Request {}

impl core::fmt::Debug for Request {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Request({})", self.subject())
    }
}
