// SPDX-License-Identifier: Apache-2.0
//! Distinguished names (RFC 5280 section 4.1.2.4): read as they travelled, compared by what they
//! mean, written in one form.
//!
//! Not here: alternative names, which are `extension::GeneralName`.

mod attribute;
mod display;
mod parse;

pub use attribute::Attribute;
pub(crate) use attribute::decode_string;

use crate::Error;
use crate::asn1::{Reader, tag, write};
use const_oid::ObjectIdentifier;
use std::sync::Arc;

/// A distinguished name: a sequence of relative names, each a set of attributes.
///
/// Two names are equal when RFC 5280 section 7.1 says so: attribute by attribute, without regard
/// to case, string type, order within a set, or how much white space there is. For the bytes,
/// compare [`as_der`](Self::as_der).
///
/// ```
/// use gmca_pki::Name;
///
/// let written = Name::parse("/C=CN/ST=北京/O=Org1/CN=peer0")?;
/// assert_eq!(written, Name::parse("CN=Peer0, O=org1, ST=北京, C=CN")?);
/// assert_eq!(written.oneline(), "C = CN, ST = 北京, O = Org1, CN = peer0");
/// assert_eq!(written.to_string(), "CN=peer0,O=Org1,ST=北京,C=CN");
/// # Ok::<(), gmca_pki::Error>(())
/// ```
#[derive(Clone)]
pub struct Name(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    rdns: Vec<Vec<Attribute>>,
    /// The relative names in comparison form.
    canonical: Vec<Vec<u8>>,
}

impl Name {
    /// A name of relative names, the most significant (country) first.
    ///
    /// # Errors
    /// [`Error::Name`] for a relative name without attributes.
    pub fn new(rdns: Vec<Vec<Attribute>>) -> Result<Self, Error> {
        if rdns.iter().any(Vec::is_empty) {
            let why = "a part without attributes";
            return Err(Error::Name { text: String::new(), why });
        }
        let sets: Vec<Vec<u8>> = rdns
            .iter()
            .map(|rdn| write::set_of(rdn.iter().map(Attribute::to_der).collect()))
            .collect();
        Ok(Self::of(write::sequence_of(&sets), rdns))
    }

    /// The name without parts, as in the subject of a certificate that has only alternative
    /// names.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(write::sequence(&[]), Vec::new())
    }

    /// Reads text: the form of `openssl req -subj` when it begins with a slash
    /// (`/C=CN/ST=北京/CN=x`, with `\/` and `+`), otherwise RFC 4514 (`CN=x,ST=北京,C=CN`).
    ///
    /// # Errors
    /// [`Error::Name`] with the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::parse(text)
    }

    /// Reads DER.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(der, "name");
        let name = Self::read(&mut reader, "name")?;
        reader.finish("name")?;
        Ok(name)
    }

    /// The bytes, as they travelled when they were read.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// The relative names, the most significant first.
    #[must_use]
    pub fn rdns(&self) -> &[Vec<Attribute>] {
        &self.0.rdns
    }

    /// All attributes, the most significant first.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.0.rdns.iter().flatten()
    }

    /// The texts of all attributes of one type.
    pub fn values(&self, kind: ObjectIdentifier) -> impl Iterator<Item = &str> {
        self.attributes().filter(move |attribute| attribute.kind() == kind).map(Attribute::text)
    }

    /// The last commonName: the one that names the subject itself.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.values(crate::oid::COMMON_NAME).last()
    }

    /// Whether it has no parts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.rdns.is_empty()
    }

    /// Whether this name begins with all parts of `base`: it is in the subtree of RFC 5280
    /// section 4.2.1.10.
    #[must_use]
    pub fn is_within(&self, base: &Self) -> bool {
        self.0.canonical.starts_with(&base.0.canonical)
    }

    /// As `openssl -nameopt oneline,-esc_msb` prints it: `C = CN, ST = 北京, CN = x`.
    #[must_use]
    pub fn oneline(&self) -> String {
        display::oneline(self)
    }

    pub(crate) fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, Error> {
        let tlv = reader.take(tag::SEQUENCE, field)?;
        let mut inside = reader.inside(tlv);
        let mut rdns = Vec::new();
        while !inside.is_empty() {
            let mut set = inside.enter(tag::SET, field)?;
            let mut rdn = Vec::new();
            while !set.is_empty() {
                rdn.push(Attribute::read(&mut set, field)?);
            }
            if rdn.is_empty() {
                return Err(inside.malformed(field, "a part without attributes"));
            }
            rdns.push(rdn);
        }
        Ok(Self::of(tlv.raw.to_vec(), rdns))
    }

    /// The relative names in the form in which they are compared.
    pub(crate) fn canonical(&self) -> &[Vec<u8>] {
        &self.0.canonical
    }

    fn of(der: Vec<u8>, rdns: Vec<Vec<Attribute>>) -> Self {
        let canonical = rdns.iter().map(|rdn| attribute::canonical_rdn(rdn)).collect();
        Self(Arc::new(Inner { der, rdns, canonical }))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.canonical == other.0.canonical
    }
}

impl Eq for Name {}

impl core::hash::Hash for Name {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

/// RFC 4514: the least significant part first.
impl core::fmt::Display for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&display::rfc4514(self))
    }
}

impl core::fmt::Debug for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Name({self})")
    }
}

impl core::str::FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn case_and_white_space_do_not_count() {
        assert_eq!(name("/O=Ab  Cd /CN=x"), name("/O=ab cD/CN=X"));
        assert_ne!(name("/O=abcd/CN=x"), name("/O=ab cd/CN=x"));
        assert_ne!(name("/CN=x/O=a"), name("/O=a/CN=x"));
        assert_ne!(name("/O=a+CN=x"), name("/O=a/CN=x"));
        assert_eq!(name("/O=a+CN=x"), name("/CN=x+O=a"));
    }

    #[test]
    fn string_types_do_not_count() {
        // CN=ab as PrintableString, UTF8String, BMPString and TeletexString.
        let with = |tag: u8, value: &[u8]| {
            let id = write::oid(crate::oid::COMMON_NAME);
            let attribute = write::sequence(&[&id, &write::tlv(tag, value)]);
            Name::from_der(&write::sequence(&[&write::tlv(tag::SET, &attribute)])).unwrap()
        };
        let utf8 = with(tag::UTF8_STRING, b"ab");
        assert_eq!(utf8, with(tag::PRINTABLE_STRING, b"AB"));
        assert_eq!(utf8, with(tag::BMP_STRING, &[0, b'a', 0, b'b']));
        assert_eq!(utf8, with(tag::TELETEX_STRING, b"ab"));
        assert_ne!(utf8, with(tag::UTF8_STRING, &[0xff]));
        assert_eq!(with(tag::UTF8_STRING, &[0xff]).to_string(), "CN=#0c01ff");
        assert_eq!(with(tag::BMP_STRING, &[0x53, 0x17]).to_string(), "CN=北");
    }

    #[test]
    fn subtrees() {
        let base = name("/C=CN/O=Org");
        assert!(name("/C=CN/O=ORG/CN=x").is_within(&base));
        assert!(base.is_within(&base) && base.is_within(&Name::empty()));
        assert!(!name("/C=CN").is_within(&base) && !name("/C=CN/CN=x/O=Org").is_within(&base));
    }

    #[test]
    fn empty_sets_are_refused() {
        assert!(Name::from_der(&[0x30, 2, 0x31, 0]).is_err());
        assert!(Name::new(vec![vec![]]).is_err());
    }
}
