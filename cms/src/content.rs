// SPDX-License-Identifier: Apache-2.0
//! ContentInfo: which family of identifiers a message is in, and what kind it is.

use crate::enveloped::Enveloped;
use crate::error::{Error, malformed};
use crate::signed::Signed;
use bccsp::Suite;
use bccsp::encoding::pem;
use const_oid::ObjectIdentifier;
use pki::asn1::{Reader, tag, write};

pub(crate) const WHAT: &str = "message";

/// A family of identifiers, and the form that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 5652: id-signedData and its like (1.2.840.113549.1.7).
    Rfc,
    /// GM/T 0010-2012, GB/T 35275-2017: 1.2.156.10197.6.1.4.2.
    Gm,
    /// The same as GmSSL 3 makes it: signatures are made over the whole ContentInfo, and without the
    /// signer's identity and key in the digest. Everybody else refuses such signatures.
    GmSsl,
}

impl Dialect {
    /// The dialect that a family's messages are written in unless another is asked for.
    #[must_use]
    pub const fn of(suite: Suite) -> Self {
        match suite {
            Suite::Gm => Self::Gm,
            Suite::Nist => Self::Rfc,
        }
    }

    pub(crate) fn identifier(self, kind: Kind) -> ObjectIdentifier {
        let table = if self == Self::Rfc { &RFC } else { &GM };
        let found = table.iter().find(|(known, _)| *known == kind);
        found.map_or(RFC_DATA, |(_, id)| *id)
    }
}

/// What is in a ContentInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Data,
    Signed,
    Enveloped,
    SignedAndEnveloped,
    Encrypted,
}

/// The kind of an identifier, and its family.
pub(crate) fn kind_of(id: ObjectIdentifier) -> Option<(Dialect, Kind)> {
    let find = |table: &[(Kind, ObjectIdentifier)]| {
        table.iter().find(|(_, known)| *known == id).map(|(kind, _)| *kind)
    };
    find(&RFC).map(|kind| (Dialect::Rfc, kind)).or(find(&GM).map(|kind| (Dialect::Gm, kind)))
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const RFC_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");

/// RFC 2315 section 14, RFC 5652 section 4.
const RFC: [(Kind, ObjectIdentifier); 5] = [
    (Kind::Data, RFC_DATA),
    (Kind::Signed, oid("1.2.840.113549.1.7.2")),
    (Kind::Enveloped, oid("1.2.840.113549.1.7.3")),
    (Kind::SignedAndEnveloped, oid("1.2.840.113549.1.7.4")),
    (Kind::Encrypted, oid("1.2.840.113549.1.7.6")),
];

/// GM/T 0010-2012 clause 5.
const GM: [(Kind, ObjectIdentifier); 5] = [
    (Kind::Data, oid("1.2.156.10197.6.1.4.2.1")),
    (Kind::Signed, oid("1.2.156.10197.6.1.4.2.2")),
    (Kind::Enveloped, oid("1.2.156.10197.6.1.4.2.3")),
    (Kind::SignedAndEnveloped, oid("1.2.156.10197.6.1.4.2.4")),
    (Kind::Encrypted, oid("1.2.156.10197.6.1.4.2.5")),
];

/// A message, by what is in it.
#[derive(Debug)]
pub enum Content {
    /// Bytes as they are.
    Data(Vec<u8>),
    /// Signed.
    Signed(Signed),
    /// Encrypted to recipients, signed too or not.
    Enveloped(Enveloped),
}

/// Reads a message: PEM under any label, DER, or BER.
///
/// # Errors
/// [`Error::Object`] for what is none, [`Error::Unsupported`] for other kinds.
pub fn read(bytes: &[u8]) -> Result<Content, Error> {
    if pem::is_pem(bytes) {
        let blocks = pem::decode_all(bytes)?;
        let found = blocks.iter().find(|block| LABELS.contains(&block.label()));
        let block = found.ok_or(malformed("encoding", "a PEM file without a message"))?;
        return from_der(&crate::to_der(block.der())?);
    }
    from_der(&crate::to_der(bytes)?)
}

/// Labels that programs write.
const LABELS: [&str; 4] = ["CMS", "PKCS7", "PKCS #7 SIGNED DATA", "SIGNED MESSAGE"];

/// A message as PEM, under the label that those read who read the dialect: GmSSL no other than `CMS`.
#[must_use]
pub fn to_pem(dialect: Dialect, der: &[u8]) -> String {
    pem::encode(if dialect == Dialect::Rfc { "PKCS7" } else { "CMS" }, der)
}

fn from_der(der: &[u8]) -> Result<Content, Error> {
    let (id, content) = info(der)?;
    let (dialect, kind) = kind_of(id).ok_or(Error::Unsupported("this kind of message"))?;
    let content = content.ok_or(malformed("content", "missing"))?;
    match kind {
        Kind::Data => {
            let mut reader = Reader::new(content, WHAT);
            Ok(Content::Data(reader.take(tag::OCTET_STRING, "content")?.value.to_vec()))
        }
        Kind::Signed => Signed::read(dialect, content).map(Content::Signed),
        Kind::Enveloped => Enveloped::read(dialect, content, false).map(Content::Enveloped),
        Kind::SignedAndEnveloped => Enveloped::read(dialect, content, true).map(Content::Enveloped),
        Kind::Encrypted => Err(Error::Unsupported("encrypted data without recipients")),
    }
}

/// `ContentInfo ::= SEQUENCE { contentType, [0] EXPLICIT content OPTIONAL }`.
pub(crate) fn info(der: &[u8]) -> Result<(ObjectIdentifier, Option<&[u8]>), Error> {
    let mut reader = Reader::whole(der, tag::SEQUENCE, WHAT, "contentInfo")?;
    let id = reader.oid("contentType")?;
    let content = match reader.optional(tag::constructed(0), "content")? {
        None => None,
        Some(tlv) => {
            let mut inside = reader.inside(tlv);
            let content = inside.any("content")?.raw;
            inside.finish("content")?;
            Some(content)
        }
    };
    reader.finish("contentInfo")?;
    Ok((id, content))
}

/// Writes a ContentInfo around the DER of its content, if it has one.
pub(crate) fn write_info(id: ObjectIdentifier, content: Option<&[u8]>) -> Vec<u8> {
    let content = content.map(|content| write::tlv(tag::constructed(0), content));
    write::sequence(&[&write::oid(id), &content.unwrap_or_default()])
}
