// SPDX-License-Identifier: Apache-2.0
//! GeneralName and the alternative names (RFC 5280 sections 4.2.1.6 and 4.2.1.7).

use super::TypedExtension;
use crate::asn1::{Reader, Tlv, tag, write};
use crate::{Error, Name, oid};
use const_oid::ObjectIdentifier;

/// A name of one of the many kinds that subjects have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeneralName {
    /// A name of a kind of its own; the DER of its value.
    Other(ObjectIdentifier, Vec<u8>),
    /// A mailbox, `user@host`.
    Email(String),
    /// A host name, perhaps with a wildcard.
    Dns(String),
    /// A distinguished name.
    Directory(Name),
    /// A URI.
    Uri(String),
    /// 4 or 16 bytes of an address; twice as many with a mask in name constraints.
    Ip(Vec<u8>),
    /// An object identifier.
    RegisteredId(ObjectIdentifier),
    /// x400Address or ediPartyName: the whole element.
    Unread(Vec<u8>),
}

impl GeneralName {
    /// Reads `a.b.c.d` or an IPv6 address.
    #[must_use]
    pub fn ip(text: &str) -> Option<Self> {
        Some(Self::Ip(match text.parse::<core::net::IpAddr>().ok()? {
            core::net::IpAddr::V4(v4) => v4.octets().to_vec(),
            core::net::IpAddr::V6(v6) => v6.octets().to_vec(),
        }))
    }

    pub(crate) fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, Error> {
        let tlv = reader.any(field)?;
        let inside = reader.inside(tlv);
        match tlv.tag {
            0xa0 => other_name(inside, field),
            0x81 => Ok(Self::Email(ia5(reader, &tlv, field)?)),
            0x82 => Ok(Self::Dns(ia5(reader, &tlv, field)?)),
            0xa3 | 0xa5 => Ok(Self::Unread(tlv.raw.to_vec())),
            0xa4 => directory(inside, field),
            0x86 => Ok(Self::Uri(ia5(reader, &tlv, field)?)),
            0x87 => Ok(Self::Ip(tlv.value.to_vec())),
            0x88 => Ok(Self::RegisteredId(reader.oid_value(tlv.value, field)?)),
            _ => Err(reader.malformed(field, "not a kind of GeneralName")),
        }
    }

    pub(crate) fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Other(id, value) => {
                let value = write::tlv(tag::constructed(0), value);
                write::constructed(tag::constructed(0), &[&write::oid(*id), &value])
            }
            Self::Email(text) => write::tlv(tag::context(1), text.as_bytes()),
            Self::Dns(text) => write::tlv(tag::context(2), text.as_bytes()),
            Self::Directory(name) => write::tlv(tag::constructed(4), name.as_der()),
            Self::Uri(text) => write::tlv(tag::context(6), text.as_bytes()),
            Self::Ip(bytes) => write::tlv(tag::context(7), bytes),
            Self::RegisteredId(id) => write::tlv(tag::context(8), id.as_bytes()),
            Self::Unread(raw) => raw.clone(),
        }
    }

    /// Reads names until the reader is at its end; there must be at least one.
    pub(crate) fn read_list(
        reader: &mut Reader<'_>,
        field: &'static str,
    ) -> Result<Vec<Self>, Error> {
        let mut names = Vec::new();
        while !reader.is_empty() {
            names.push(Self::read(reader, field)?);
        }
        if names.is_empty() {
            return Err(reader.malformed(field, "an empty list of names"));
        }
        Ok(names)
    }

    pub(crate) fn list_to_der(tag: u8, names: &[Self]) -> Vec<u8> {
        let parts: Vec<Vec<u8>> = names.iter().map(Self::to_der).collect();
        write::tlv(tag, &parts.concat())
    }
}

/// Alternative names of the subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectAltName(pub Vec<GeneralName>);

/// Alternative names of the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerAltName(pub Vec<GeneralName>);

impl TypedExtension for SubjectAltName {
    const ID: ObjectIdentifier = oid::SUBJECT_ALT_NAME;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        decode_names(value, "subjectAltName").map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        GeneralName::list_to_der(tag::SEQUENCE, &self.0)
    }
}

impl TypedExtension for IssuerAltName {
    const ID: ObjectIdentifier = oid::ISSUER_ALT_NAME;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        decode_names(value, "issuerAltName").map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        GeneralName::list_to_der(tag::SEQUENCE, &self.0)
    }
}

fn decode_names(value: &[u8], field: &'static str) -> Result<Vec<GeneralName>, Error> {
    let mut list = Reader::whole(value, tag::SEQUENCE, "extension", field)?;
    GeneralName::read_list(&mut list, field)
}

/// IA5String is ASCII (RFC 5280 section 7): anything else would be compared wrongly.
fn ia5(reader: &Reader<'_>, tlv: &Tlv<'_>, field: &'static str) -> Result<String, Error> {
    match core::str::from_utf8(tlv.value) {
        Ok(text) if text.is_ascii() => Ok(text.to_owned()),
        _ => Err(reader.malformed(field, "an IA5String with bytes outside of ASCII")),
    }
}

fn other_name(mut inside: Reader<'_>, field: &'static str) -> Result<GeneralName, Error> {
    let id = inside.oid(field)?;
    let value = inside.take(tag::constructed(0), field)?.value.to_vec();
    inside.finish(field)?;
    Ok(GeneralName::Other(id, value))
}

fn directory(mut inside: Reader<'_>, field: &'static str) -> Result<GeneralName, Error> {
    let name = Name::read(&mut inside, field)?;
    inside.finish(field)?;
    Ok(GeneralName::Directory(name))
}
