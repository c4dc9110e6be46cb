// SPDX-License-Identifier: Apache-2.0
//! Extensions of CRLs and their entries (RFC 5280 sections 5.2 and 5.3).

use super::access::{point_name_to_der, read_point_name};
use super::{GeneralName, TypedExtension};
use crate::asn1::{Reader, tag, write};
use crate::{Error, Time, oid};
use const_oid::ObjectIdentifier;

/// The number of a CRL: later ones have greater ones. Big-endian, without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlNumber(pub Vec<u8>);

impl CrlNumber {
    /// The number in the form it is kept in.
    #[must_use]
    pub fn of(number: u64) -> Self {
        let bytes = number.to_be_bytes();
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        Self(bytes.get(start..).unwrap_or_default().to_vec())
    }
}

impl TypedExtension for CrlNumber {
    const ID: ObjectIdentifier = oid::CRL_NUMBER;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "cRLNumber";
        let mut reader = Reader::new(value, "extension");
        let number = reader.integer(FIELD)?;
        reader.finish(FIELD)?;
        match number {
            [first, ..] if *first >= 0x80 => Err(reader.malformed(FIELD, "a negative number")),
            [0, rest @ ..] => Ok(Self(rest.to_vec())),
            number => Ok(Self(number.to_vec())),
        }
    }

    fn encode(&self) -> Vec<u8> {
        write::unsigned(tag::INTEGER, &self.0)
    }
}

/// The number of the complete CRL that a delta CRL amends, as [`CrlNumber`] has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaCrlIndicator(pub Vec<u8>);

impl TypedExtension for DeltaCrlIndicator {
    const ID: ObjectIdentifier = oid::DELTA_CRL_INDICATOR;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        CrlNumber::decode(value).map(|number| Self(number.0))
    }

    fn encode(&self) -> Vec<u8> {
        write::unsigned(tag::INTEGER, &self.0)
    }
}

/// Why a certificate was revoked (RFC 5280 section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReasonCode {
    /// Nothing is said. Not written: the extension is left out instead.
    Unspecified,
    /// The subject's key is in other hands.
    KeyCompromise,
    /// The key of the CA is in other hands.
    CaCompromise,
    /// The subject's name or other facts have changed.
    AffiliationChanged,
    /// Another certificate has taken its place.
    Superseded,
    /// It is not needed any more.
    CessationOfOperation,
    /// It is on hold: the revocation may be taken back.
    CertificateHold,
    /// In delta CRLs: it is off hold, or expired.
    RemoveFromCrl,
    /// The subject may not do something any more.
    PrivilegeWithdrawn,
    /// Attribute authorities only.
    AaCompromise,
}

impl ReasonCode {
    /// Number, the name of RFC 5280 (which OpenSSL's tools take too), and what OpenSSL prints.
    pub const ALL: [(u8, &'static str, &'static str, Self); 10] = [
        (0, "unspecified", "Unspecified", Self::Unspecified),
        (1, "keyCompromise", "Key Compromise", Self::KeyCompromise),
        (2, "CACompromise", "CA Compromise", Self::CaCompromise),
        (3, "affiliationChanged", "Affiliation Changed", Self::AffiliationChanged),
        (4, "superseded", "Superseded", Self::Superseded),
        (5, "cessationOfOperation", "Cessation Of Operation", Self::CessationOfOperation),
        (6, "certificateHold", "Certificate Hold", Self::CertificateHold),
        (8, "removeFromCRL", "Remove From CRL", Self::RemoveFromCrl),
        (9, "privilegeWithdrawn", "Privilege Withdrawn", Self::PrivilegeWithdrawn),
        (10, "AACompromise", "AA Compromise", Self::AaCompromise),
    ];

    /// The reason with this name, upper or lower case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, known, _, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, _, _, reason)| *reason)
    }

    /// The name of RFC 5280.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// What OpenSSL prints.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// The number in the standard.
    #[must_use]
    pub fn number(self) -> u8 {
        self.row().0
    }

    /// The reason with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().find(|(known, _, _, _)| *known == number).map(|(_, _, _, reason)| *reason)
    }

    fn row(self) -> (u8, &'static str, &'static str) {
        let row = Self::ALL.iter().find(|(_, _, _, reason)| *reason == self);
        row.map_or((0, "unspecified", "Unspecified"), |(number, name, title, _)| {
            (*number, *name, *title)
        })
    }
}

impl TypedExtension for ReasonCode {
    const ID: ObjectIdentifier = oid::CRL_REASON;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "cRLReason";
        let mut reader = Reader::new(value, "extension");
        let number = reader.take(tag::ENUMERATED, FIELD)?.value;
        reader.finish(FIELD)?;
        match number {
            [number] => Self::from_number(*number),
            _ => None,
        }
        .ok_or_else(|| reader.malformed(FIELD, "no such reason"))
    }

    fn encode(&self) -> Vec<u8> {
        write::tlv(tag::ENUMERATED, &[self.number()])
    }
}

/// Since when the key is known or suspected to be in other hands (RFC 5280 section 5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidityDate(pub Time);

impl TypedExtension for InvalidityDate {
    const ID: ObjectIdentifier = oid::INVALIDITY_DATE;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "invalidityDate";
        let mut reader = Reader::new(value, "extension");
        let time = Time::read(&mut reader, FIELD)?;
        reader.finish(FIELD)?;
        Ok(Self(time))
    }

    fn encode(&self) -> Vec<u8> {
        self.0.to_generalized()
    }
}

/// Which certificates a CRL is about (RFC 5280 section 5.2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuingDistributionPoint {
    /// The full names of the place the CRL is for.
    pub names: Vec<GeneralName>,
    /// Its name relative to the issuer's: the DER of a SET of attributes.
    pub relative: Option<Vec<u8>>,
    /// End entities only.
    pub only_user: bool,
    /// CAs only.
    pub only_ca: bool,
    /// Some reasons only: the DER contents of the flags.
    pub only_some_reasons: Option<Vec<u8>>,
    /// Certificates of several issuers.
    pub indirect: bool,
    /// Attribute certificates only.
    pub only_attribute: bool,
}

impl TypedExtension for IssuingDistributionPoint {
    const ID: ObjectIdentifier = oid::ISSUING_DISTRIBUTION_POINT;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "issuingDistributionPoint";
        let mut inside = Reader::whole(value, tag::SEQUENCE, "extension", FIELD)?;
        let mut point = Self::default();
        if let Some(tlv) = inside.optional(tag::constructed(0), FIELD)? {
            (point.names, point.relative) = read_point_name(inside.inside(tlv), FIELD)?;
        }
        point.only_user = inside.flag(tag::context(1), FIELD)?;
        point.only_ca = inside.flag(tag::context(2), FIELD)?;
        let reasons = inside.optional(tag::context(3), FIELD)?;
        point.only_some_reasons = reasons.map(|tlv| tlv.value.to_vec());
        point.indirect = inside.flag(tag::context(4), FIELD)?;
        point.only_attribute = inside.flag(tag::context(5), FIELD)?;
        inside.finish(FIELD)?;
        Ok(point)
    }

    fn encode(&self) -> Vec<u8> {
        let flag = |n, set| {
            if set { write::boolean(tag::context(n), true) } else { Vec::new() }
        };
        let reasons = self.only_some_reasons.as_ref();
        write::sequence(&[
            &point_name_to_der(&self.names, self.relative.as_deref()),
            &flag(1, self.only_user),
            &flag(2, self.only_ca),
            &reasons.map(|bits| write::tlv(tag::context(3), bits)).unwrap_or_default(),
            &flag(4, self.indirect),
            &flag(5, self.only_attribute),
        ])
    }
}
