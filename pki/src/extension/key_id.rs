// SPDX-License-Identifier: Apache-2.0
//! Which key it is: subjectKeyIdentifier and authorityKeyIdentifier (RFC 5280 sections 4.2.1.1
//! and 4.2.1.2).

use super::{GeneralName, TypedExtension};
use crate::asn1::{Reader, tag, write};
use crate::{Error, oid};
use bccsp::{Providers, PublicKey};
use const_oid::ObjectIdentifier;

/// The identifier of the subject's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectKeyId(pub Vec<u8>);

impl SubjectKeyId {
    /// The identifier we write: the first 20 bytes of the family's hash of the uncompressed
    /// point, in the style of RFC 7093 section 2 method 1.
    ///
    /// # Errors
    /// [`Error::Crypto`] without a provider of the key's family.
    pub fn of(providers: &Providers, key: &PublicKey) -> Result<Self, Error> {
        Ok(Self(providers.ski(key)?.for_certificate().to_vec()))
    }
}

impl TypedExtension for SubjectKeyId {
    const ID: ObjectIdentifier = oid::SUBJECT_KEY_IDENTIFIER;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "subjectKeyIdentifier";
        let mut reader = Reader::new(value, "extension");
        let id = reader.take(tag::OCTET_STRING, FIELD)?.value.to_vec();
        reader.finish(FIELD)?;
        Ok(Self(id))
    }

    fn encode(&self) -> Vec<u8> {
        write::tlv(tag::OCTET_STRING, &self.0)
    }
}

/// Which key the issuer signed with: by its identifier, or by the issuer's own certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyId {
    /// The subjectKeyIdentifier of the issuer.
    pub key_id: Option<Vec<u8>>,
    /// The issuer of the issuer's certificate.
    pub issuer: Vec<GeneralName>,
    /// The serial number of the issuer's certificate.
    pub serial: Option<Vec<u8>>,
}

impl TypedExtension for AuthorityKeyId {
    const ID: ObjectIdentifier = oid::AUTHORITY_KEY_IDENTIFIER;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "authorityKeyIdentifier";
        let mut inside = Reader::whole(value, tag::SEQUENCE, "extension", FIELD)?;
        let key_id = inside.optional(tag::context(0), FIELD)?.map(|tlv| tlv.value.to_vec());
        let issuer = match inside.optional(tag::constructed(1), FIELD)? {
            None => Vec::new(),
            Some(tlv) => GeneralName::read_list(&mut inside.inside(tlv), FIELD)?,
        };
        let serial = match inside.optional(tag::context(2), FIELD)? {
            None => None,
            Some(tlv) => Some(inside.integer_value(tlv.value, FIELD)?.to_vec()),
        };
        inside.finish(FIELD)?;
        Ok(Self { key_id, issuer, serial })
    }

    fn encode(&self) -> Vec<u8> {
        let key_id = self.key_id.as_ref().map(|id| write::tlv(tag::context(0), id));
        let issuer = (!self.issuer.is_empty())
            .then(|| GeneralName::list_to_der(tag::constructed(1), &self.issuer));
        let serial = self.serial.as_ref().map(|serial| write::tlv(tag::context(2), serial));
        write::sequence(&[
            &key_id.unwrap_or_default(),
            &issuer.unwrap_or_default(),
            &serial.unwrap_or_default(),
        ])
    }
}
