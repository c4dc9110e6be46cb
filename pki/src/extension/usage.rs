// SPDX-License-Identifier: Apache-2.0
//! What a key may be used for: keyUsage and extKeyUsage (RFC 5280 sections 4.2.1.3 and 4.2.1.12).

use super::TypedExtension;
use crate::asn1::{Reader, tag, write};
use crate::{Error, oid};
use const_oid::ObjectIdentifier;

/// A set of uses of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// No use at all. RFC 5280 wants at least one, so it is not written.
    pub const NONE: Self = Self(0);
    /// Signatures other than on certificates and CRLs.
    pub const DIGITAL_SIGNATURE: Self = Self(1);
    /// Signatures that the signer cannot disown (contentCommitment).
    pub const NON_REPUDIATION: Self = Self(1 << 1);
    /// Wrapping of keys.
    pub const KEY_ENCIPHERMENT: Self = Self(1 << 2);
    /// Encryption of data.
    pub const DATA_ENCIPHERMENT: Self = Self(1 << 3);
    /// Key agreement.
    pub const KEY_AGREEMENT: Self = Self(1 << 4);
    /// Signatures on certificates.
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    /// Signatures on CRLs.
    pub const CRL_SIGN: Self = Self(1 << 6);
    /// With key agreement: encryption only.
    pub const ENCIPHER_ONLY: Self = Self(1 << 7);
    /// With key agreement: decryption only.
    pub const DECIPHER_ONLY: Self = Self(1 << 8);

    /// The nine uses: the name in OpenSSL's configuration, the name it prints, and the bit.
    pub const ALL: [(&'static str, &'static str, Self); 9] = [
        ("digitalSignature", "Digital Signature", Self::DIGITAL_SIGNATURE),
        ("nonRepudiation", "Non Repudiation", Self::NON_REPUDIATION),
        ("keyEncipherment", "Key Encipherment", Self::KEY_ENCIPHERMENT),
        ("dataEncipherment", "Data Encipherment", Self::DATA_ENCIPHERMENT),
        ("keyAgreement", "Key Agreement", Self::KEY_AGREEMENT),
        ("keyCertSign", "Certificate Sign", Self::KEY_CERT_SIGN),
        ("cRLSign", "CRL Sign", Self::CRL_SIGN),
        ("encipherOnly", "Encipher Only", Self::ENCIPHER_ONLY),
        ("decipherOnly", "Decipher Only", Self::DECIPHER_ONLY),
    ];

    /// Whether every use in `other` is in here.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any use in `other` is in here.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no use is in here.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The uses without those in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The use with this name in OpenSSL's configuration, such as `keyCertSign`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "contentCommitment" { "nonRepudiation" } else { name };
        Self::ALL.iter().find(|(known, _, _)| *known == name).map(|(_, _, bit)| *bit)
    }

    /// The names of the uses in here, as in OpenSSL's configuration.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::ALL
            .into_iter()
            .filter(move |(_, _, bit)| self.contains(*bit))
            .map(|(name, _, _)| name)
    }
}

impl core::ops::BitOr for KeyUsage {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl TypedExtension for KeyUsage {
    const ID: ObjectIdentifier = oid::KEY_USAGE;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "keyUsage";
        let mut reader = Reader::new(value, "extension");
        let bits = reader.bit_string(FIELD)?;
        reader.finish(FIELD)?;
        let (first, second) = match bits.bytes {
            [] => (0, 0),
            [first] => (*first, 0),
            [first, second] => (*first, *second),
            _ => return Err(reader.malformed(FIELD, "more than nine bits")),
        };
        Ok(Self(u16::from_be_bytes([first, second]).reverse_bits()))
    }

    fn encode(&self) -> Vec<u8> {
        write::named_bits(tag::BIT_STRING, self.0)
    }
}

/// The purposes a key is meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedKeyUsage(pub Vec<ObjectIdentifier>);

impl ExtendedKeyUsage {
    /// The purpose with this name in OpenSSL's configuration, such as `serverAuth`, or the
    /// dotted identifier.
    #[must_use]
    pub fn named(name: &str) -> Option<ObjectIdentifier> {
        Some(match name {
            "serverAuth" => oid::SERVER_AUTH,
            "clientAuth" => oid::CLIENT_AUTH,
            "codeSigning" => oid::CODE_SIGNING,
            "emailProtection" => oid::EMAIL_PROTECTION,
            "timeStamping" => oid::TIME_STAMPING,
            "OCSPSigning" => oid::OCSP_SIGNING,
            "anyExtendedKeyUsage" => oid::ANY_EXTENDED_KEY_USAGE,
            dotted => ObjectIdentifier::new(dotted).ok()?,
        })
    }
}

impl TypedExtension for ExtendedKeyUsage {
    const ID: ObjectIdentifier = oid::EXTENDED_KEY_USAGE;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "extKeyUsage";
        let mut list = Reader::whole(value, tag::SEQUENCE, "extension", FIELD)?;
        let mut purposes = Vec::new();
        while !list.is_empty() {
            purposes.push(list.oid(FIELD)?);
        }
        if purposes.is_empty() {
            return Err(list.malformed(FIELD, "no purpose in it"));
        }
        Ok(Self(purposes))
    }

    fn encode(&self) -> Vec<u8> {
        write::sequence_of(&self.0.iter().map(|id| write::oid(*id)).collect::<Vec<_>>())
    }
}
