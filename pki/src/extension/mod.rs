// SPDX-License-Identifier: Apache-2.0
//! Extensions of certificates, requests and CRLs (RFC 5280 sections 4.2, 5.2 and 5.3): kept as
//! they travelled, with typed views.
//!
//! Not here: what they mean for a path.

mod access;
mod constraints;
mod general_name;
mod key_id;
mod revocation;
mod subject_id;
mod usage;

pub use access::{
    AuthorityInfoAccess, CertificatePolicies, CrlDistributionPoints, DistributionPoint,
    PolicyInformation,
};
pub use constraints::{
    BasicConstraints, InhibitAnyPolicy, NameConstraints, PolicyConstraints, PolicyMappings,
};
pub use general_name::{GeneralName, IssuerAltName, SubjectAltName};
pub use key_id::{AuthorityKeyId, SubjectKeyId};
pub use revocation::{
    CrlNumber, DeltaCrlIndicator, InvalidityDate, IssuingDistributionPoint, ReasonCode,
};
pub use subject_id::SubjectId;
pub use usage::{ExtendedKeyUsage, KeyUsage};

use crate::Error;
use crate::asn1::{Reader, tag, write};
use const_oid::ObjectIdentifier;

/// One extension: what it is, whether who does not know it must refuse, and its DER value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its identifier.
    pub id: ObjectIdentifier,
    /// Whether a reader that does not know it must refuse the whole.
    pub critical: bool,
    /// The DER inside its OCTET STRING.
    pub value: Vec<u8>,
}

/// A kind of extension that is read and written.
pub trait TypedExtension: Sized {
    /// Its identifier.
    const ID: ObjectIdentifier;

    /// Reads the DER inside the OCTET STRING.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    fn decode(value: &[u8]) -> Result<Self, Error>;

    /// Writes the DER inside the OCTET STRING.
    fn encode(&self) -> Vec<u8>;

    /// The extension as it goes into a builder.
    fn extension(&self, critical: bool) -> Extension {
        Extension { id: Self::ID, critical, value: self.encode() }
    }
}

/// The extensions of one object, in the order in which they travelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions(Vec<Extension>);

impl Extensions {
    /// All of them.
    pub fn iter(&self) -> core::slice::Iter<'_, Extension> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first with this identifier.
    #[must_use]
    pub fn find(&self, id: ObjectIdentifier) -> Option<&Extension> {
        self.0.iter().find(|extension| extension.id == id)
    }

    /// The extension of this kind, if it is there.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is there and cannot be read.
    pub fn get<T: TypedExtension>(&self) -> Result<Option<T>, Error> {
        self.find(T::ID).map(|extension| T::decode(&extension.value)).transpose()
    }

    /// The first identifier that occurs twice, which RFC 5280 section 4.2 forbids.
    #[must_use]
    pub fn duplicate(&self) -> Option<ObjectIdentifier> {
        let mut ids: Vec<_> = self.0.iter().map(|extension| extension.id).collect();
        ids.sort_unstable();
        ids.windows(2).find_map(|two| match two {
            [a, b] if a == b => Some(*a),
            _ => None,
        })
    }

    /// Reads `Extensions ::= SEQUENCE OF Extension`. An empty sequence is met and read.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut list = reader.enter(tag::SEQUENCE, "extensions")?;
        let mut all = Vec::new();
        while !list.is_empty() {
            let mut one = list.enter(tag::SEQUENCE, "extensions")?;
            let id = one.oid("extnID")?;
            let critical = one.flag(tag::BOOLEAN, "critical")?;
            let value = one.take(tag::OCTET_STRING, "extnValue")?.value.to_vec();
            one.finish("extensions")?;
            all.push(Extension { id, critical, value });
        }
        Ok(Self(all))
    }

    /// Writes them in order.
    pub(crate) fn to_der(list: &[Extension]) -> Vec<u8> {
        write::sequence_of(&list.iter().map(Extension::to_der).collect::<Vec<_>>())
    }
}

impl Extension {
    fn to_der(&self) -> Vec<u8> {
        // DER leaves out what is the default.
        let critical = if self.critical { write::boolean(tag::BOOLEAN, true) } else { Vec::new() };
        let value = write::tlv(tag::OCTET_STRING, &self.value);
        write::sequence(&[&write::oid(self.id), &critical, &value])
    }
}

impl<'a> IntoIterator for &'a Extensions {
    type Item = &'a Extension;
    type IntoIter = core::slice::Iter<'a, Extension>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Name, Time, oid};
    use core::fmt::Debug;

    fn check<T: TypedExtension + PartialEq + Debug>(value: &T, der: &str) {
        assert_eq!(hex::encode(value.encode()), der, "{value:?}");
        assert_eq!(&T::decode(&value.encode()).unwrap(), value);
        // Neither a byte more nor a byte less is taken.
        let mut more = value.encode();
        more.push(0);
        assert!(T::decode(&more).is_err(), "{value:?}");
        assert!(T::decode(&more[..more.len() - 2]).is_err(), "{value:?}");
    }

    #[test]
    fn constraints_and_usage() {
        check(&BasicConstraints { ca: true, path_len: Some(1) }, "30060101ff020101");
        check(&BasicConstraints { ca: true, path_len: None }, "30030101ff");
        check(&BasicConstraints { ca: false, path_len: None }, "3000");
        assert!(!BasicConstraints::decode(&[0x30, 3, 1, 1, 0]).unwrap().ca);
        check(&(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN), "03020106");
        check(&KeyUsage::DECIPHER_ONLY, "0303070080");
        check(&ExtendedKeyUsage(vec![oid::SERVER_AUTH]), "300a06082b06010505070301");
    }

    #[test]
    fn names() {
        let names = vec![
            GeneralName::Dns("a.b".into()),
            GeneralName::Email("x@y".into()),
            GeneralName::Uri("u:".into()),
            GeneralName::Ip(vec![127, 0, 0, 1]),
            GeneralName::RegisteredId(oid::ANY_POLICY),
            GeneralName::Directory(Name::parse("CN=x").unwrap()),
        ];
        check(
            &SubjectAltName(names),
            "302a8203612e6281037840798602753a87047f000001880455\
             1d2000a40e300c310a300806035504030c0178",
        );
        let constraints = NameConstraints {
            permitted: vec![GeneralName::Dns("a".into())],
            excluded: vec![GeneralName::Ip(vec![10, 0, 0, 0, 255, 0, 0, 0])],
        };
        check(&constraints, "3015a0053003820161a10c300a87080a000000ff000000");
    }

    #[test]
    fn identifiers_and_revocation() {
        check(&SubjectKeyId(vec![1, 2]), "04020102");
        let aki = AuthorityKeyId { key_id: Some(vec![1, 2]), ..AuthorityKeyId::default() };
        check(&aki, "300480020102");
        check(&CrlNumber(vec![0x80]), "02020080");
        check(&ReasonCode::CessationOfOperation, "0a0105");
        let date = Time::parse("2026-06-01T00:00:00Z").unwrap();
        check(&InvalidityDate(date), "180f32303236303630313030303030305a");
        let point = CrlDistributionPoints(vec![DistributionPoint::uri("u:")]);
        check(&point, "300a3008a006a0048602753a");
        let aia = AuthorityInfoAccess(vec![(oid::OCSP, GeneralName::Uri("u:".into()))]);
        check(&aia, "3010300e06082b060105050730018602753a");
        let idp = IssuingDistributionPoint { only_ca: true, ..IssuingDistributionPoint::default() };
        check(&idp, "30038201ff");
    }

    #[test]
    fn twice_is_seen() {
        let one = SubjectKeyId(vec![1]).extension(false);
        let two = Extensions(vec![one.clone(), one]);
        assert_eq!(two.duplicate(), Some(oid::SUBJECT_KEY_IDENTIFIER));
    }
}
