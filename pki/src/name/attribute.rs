// SPDX-License-Identifier: Apache-2.0
//! One attribute of a name: its type, its string in any of the types met in the field, and the
//! form in which two of them are compared.

use crate::asn1::{Reader, tag, write};
use crate::{Error, oid};
use const_oid::ObjectIdentifier;

/// A type and a value, such as `CN=peer0`.
#[derive(Clone, Debug)]
pub struct Attribute {
    kind: ObjectIdentifier,
    /// The value as it travels, tag and length included.
    value: Vec<u8>,
    text: String,
    /// Whether the value was a string that could be read.
    readable: bool,
}

impl Attribute {
    /// An attribute for writing, in the one string type that belongs to it: PrintableString for
    /// country, serialNumber and dnQualifier; IA5String for e-mail and domain components;
    /// UTF8String for the rest (RFC 5280 section 4.1.2.4 and appendix A).
    ///
    /// # Errors
    /// [`Error::Name`] when the text does not fit that type or is empty or too long.
    pub fn new(kind: ObjectIdentifier, text: &str) -> Result<Self, Error> {
        let refuse = |why| Err(Error::Name { text: text.to_owned(), why });
        let tag = written_type(kind);
        match tag {
            _ if text.is_empty() => return refuse("an attribute without a value"),
            _ if text.chars().count() > upper_bound(kind) => {
                return refuse("longer than RFC 5280 appendix A.1 allows for this attribute");
            }
            tag::PRINTABLE_STRING if !text.chars().all(is_printable) => {
                return refuse("only letters, digits and '()+,-./:=? go in here");
            }
            tag::IA5_STRING if !text.is_ascii() => return refuse("only ASCII goes in here"),
            _ => {}
        }
        let country = kind == oid::COUNTRY_NAME;
        if country && (text.len() != 2 || !text.bytes().all(|b| b.is_ascii_alphabetic())) {
            return refuse("a country is a code of two letters (ISO 3166)");
        }
        let value = write::tlv(tag, text.as_bytes());
        Ok(Self { kind, value, text: text.to_owned(), readable: true })
    }

    /// The same by a name such as `CN`, `commonName`, `emailAddress` or `2.5.4.3`.
    ///
    /// # Errors
    /// [`Error::Name`]; also when there is no such type.
    pub fn named(kind: &str, text: &str) -> Result<Self, Error> {
        Self::new(kind_from_text(kind)?, text)
    }

    /// The attribute type that is called so: `CN`, `commonName` or `2.5.4.3`.
    ///
    /// # Errors
    /// [`Error::Name`] when there is none.
    pub fn kind_named(name: &str) -> Result<ObjectIdentifier, Error> {
        kind_from_text(name)
    }

    /// The attribute type.
    #[must_use]
    pub fn kind(&self) -> ObjectIdentifier {
        self.kind
    }

    /// The short name of the type, such as `CN`, or its object identifier.
    #[must_use]
    pub fn keyword(&self) -> String {
        let id = self.kind.to_string();
        let known = oid::ATTRIBUTES.iter().find(|(oid, _, _)| *oid == id);
        known.map_or(id, |(_, short, _)| (*short).to_owned())
    }

    /// The text; `#` and the DER in hex when the value is no string that can be read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether [`text`](Self::text) is the string itself and not its DER in hex.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.readable
    }

    /// A value given as DER (RFC 4514 section 2.4: `1.2.3=#0c0161`).
    pub(super) fn from_value_der(kind: ObjectIdentifier, value: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(value, "name");
        let tlv = reader.any("value")?;
        reader.finish("value")?;
        let string = decode_string(tlv.tag, tlv.value);
        let readable = string.is_some();
        let text = string.unwrap_or_else(|| format!("#{}", hex::encode(tlv.raw)));
        Ok(Self { kind, value: value.to_vec(), text, readable })
    }

    pub(super) fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, Error> {
        let mut inside = reader.enter(tag::SEQUENCE, field)?;
        let kind = inside.oid(field)?;
        let value = inside.any(field)?;
        inside.finish(field)?;
        Self::from_value_der(kind, value.raw)
    }

    pub(super) fn to_der(&self) -> Vec<u8> {
        write::sequence(&[&write::oid(self.kind), &self.value])
    }

    /// Type and value so that equal bytes mean equal attributes: strings of all types in lower
    /// case with single spaces, other values as they are.
    fn canonical(&self) -> Vec<u8> {
        let mut out = write::oid(self.kind);
        if self.readable {
            out.push(0);
            out.extend_from_slice(fold(&self.text).as_bytes());
        } else {
            out.push(1);
            out.extend_from_slice(&self.value);
        }
        out
    }
}

impl PartialEq for Attribute {
    /// As [`Name`](crate::Name) compares.
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for Attribute {}

/// A relative name in comparison form: the order within the set does not count.
pub(super) fn canonical_rdn(rdn: &[Attribute]) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = rdn.iter().map(Attribute::canonical).collect();
    parts.sort();
    parts.iter().flat_map(|part| write::tlv(tag::OCTET_STRING, part)).collect()
}

pub(super) fn kind_from_text(text: &str) -> Result<ObjectIdentifier, Error> {
    let text = text.trim();
    let known = oid::ATTRIBUTES.iter().find(|(_, short, long)| {
        text.eq_ignore_ascii_case(short) || text.eq_ignore_ascii_case(long)
    });
    let alias = match text {
        "S" | "s" => Some("2.5.4.8"),
        "email" | "Email" => Some("1.2.840.113549.1.9.1"),
        _ => None,
    };
    let dotted = text.strip_prefix("OID.").unwrap_or(text);
    let id = alias.or(known.map(|(oid, _, _)| *oid)).unwrap_or(dotted);
    ObjectIdentifier::new(id)
        .map_err(|_| Error::Name { text: text.to_owned(), why: "no such attribute type" })
}

/// The string in any of the types that are met (RFC 5280 section 4.1.2.4). Characters outside of
/// PrintableString's set are met in it and read. TeletexString is read as Latin-1, as everybody does.
pub(crate) fn decode_string(tag: u8, value: &[u8]) -> Option<String> {
    match tag {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING | tag::VISIBLE_STRING => {
            core::str::from_utf8(value).ok().map(str::to_owned)
        }
        tag::TELETEX_STRING => Some(value.iter().copied().map(char::from).collect()),
        tag::BMP_STRING if value.len().is_multiple_of(2) => {
            let units = value.chunks_exact(2).filter_map(|two| <[u8; 2]>::try_from(two).ok());
            char::decode_utf16(units.map(u16::from_be_bytes)).collect::<Result<_, _>>().ok()
        }
        tag::UNIVERSAL_STRING if value.len().is_multiple_of(4) => {
            let units = value.chunks_exact(4).filter_map(|four| <[u8; 4]>::try_from(four).ok());
            units.map(|four| char::from_u32(u32::from_be_bytes(four))).collect()
        }
        _ => None,
    }
}

/// RFC 5280 section 7.1 asks for the string preparation of RFC 4518: here its parts that change
/// verdicts, case folding and white space; not Unicode composition, which no issuer relies on.
fn fold(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

fn written_type(kind: ObjectIdentifier) -> u8 {
    match kind {
        oid::COUNTRY_NAME | oid::SERIAL_NUMBER | oid::DN_QUALIFIER => tag::PRINTABLE_STRING,
        oid::EMAIL_ADDRESS | oid::DOMAIN_COMPONENT => tag::IA5_STRING,
        _ => tag::UTF8_STRING,
    }
}

/// RFC 5280 appendix A.1, upper bounds; e-mail addresses by RFC 2985 section 5.2.1.
fn upper_bound(kind: ObjectIdentifier) -> usize {
    match kind.to_string().as_str() {
        "2.5.4.3" | "2.5.4.10" | "2.5.4.11" | "2.5.4.12" | "2.5.4.5" => 64,
        "2.5.4.7" | "2.5.4.8" | "2.5.4.65" => 128,
        "1.2.840.113549.1.9.1" => 255,
        _ => 32_768,
    }
}

fn is_printable(c: char) -> bool {
    c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c)
}
