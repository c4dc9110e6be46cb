// SPDX-License-Identifier: Apache-2.0
//! What a certificate may be used for: the few shapes this CA gives out.
//!
//! Names of either family stand in no profile: a profile is the same for every key.

use crate::error::Refusal;
use crate::openssl_conf::KeyIds;
use const_oid::ObjectIdentifier;
use pki::extension::{
    AuthorityKeyId, BasicConstraints, ExtendedKeyUsage, Extension, Extensions, KeyUsage,
    SubjectAltName, SubjectKeyId, TypedExtension,
};
use pki::oid;

/// A shape of certificate.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The name it is asked for by.
    pub name: &'static str,
    /// What it is for, in words.
    pub purpose: &'static str,
    /// How long it is valid unless something else is asked for, in days.
    pub days: u32,
    /// Whether it makes a CA, and how many CAs may follow below that one.
    pub ca: Option<Option<u8>>,
    usage: KeyUsage,
    purposes: &'static [ObjectIdentifier],
}

const SIGN: KeyUsage = KeyUsage::DIGITAL_SIGNATURE;

/// Every profile there is.
#[must_use]
pub fn all() -> [Profile; 7] {
    let leaf = |name, purpose, usage, purposes| Profile {
        name,
        purpose,
        days: 365,
        ca: None,
        usage,
        purposes,
    };
    [
        leaf("user", "identities of people, peers and orderers: signs", SIGN, &[]),
        leaf(
            "tls-server",
            "TLS servers, which may be clients too",
            SIGN | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT,
            &[oid::SERVER_AUTH, oid::CLIENT_AUTH],
        ),
        leaf("tls-client", "TLS clients", SIGN | KeyUsage::KEY_AGREEMENT, &[oid::CLIENT_AUTH]),
        leaf("sign", "the signing certificate of a GM pair", SIGN | KeyUsage::NON_REPUDIATION, &[]),
        leaf(
            "encrypt",
            "the encryption certificate of a GM pair",
            KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT,
            &[],
        ),
        Profile {
            name: "ca",
            purpose: "a CA below this one",
            days: 1825,
            ca: Some(Some(0)),
            usage: KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN,
            purposes: &[],
        },
        Profile {
            name: "root-ca",
            purpose: "a CA above all others",
            days: 3650,
            ca: Some(None),
            usage: KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN,
            purposes: &[],
        },
    ]
}

impl Profile {
    /// The profile of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        all().into_iter().find(|profile| profile.name == name)
    }

    /// The same with another number of CAs that may follow below.
    #[must_use]
    pub fn with_path_len(mut self, path_len: Option<u8>) -> Self {
        if self.ca.is_some() {
            self.ca = Some(path_len);
        }
        self
    }

    /// The extensions of a certificate of this shape. Of what the request asks for, the
    /// alternative names are taken over; all else is the profile's to say.
    ///
    /// # Errors
    /// [`Refusal::Extension`] when the alternative names cannot be read.
    pub fn extensions(
        &self,
        keys: &KeyIds<'_>,
        requested: &Extensions,
        no_subject: bool,
    ) -> Result<Vec<Extension>, Refusal> {
        let path_len = self.ca.flatten().map(u32::from);
        let basic = BasicConstraints { ca: self.ca.is_some(), path_len };
        let mut list = vec![basic.extension(true), self.usage.extension(true)];
        if !self.purposes.is_empty() {
            list.push(ExtendedKeyUsage(self.purposes.to_vec()).extension(false));
        }
        list.push(SubjectKeyId(keys.subject.to_vec()).extension(false));
        if let Some(issuer) = keys.issuer {
            let id = AuthorityKeyId { key_id: Some(issuer.to_vec()), ..Default::default() };
            list.push(id.extension(false));
        }
        let names = requested.get::<SubjectAltName>().map_err(|error| {
            Refusal::Extension(format!("{error}; make the request again with `gmca req --san`"))
        })?;
        if let Some(names) = names.filter(|names| !names.0.is_empty()) {
            // RFC 5280 section 4.2.1.6: critical when there is no other name.
            list.push(names.extension(no_subject));
        }
        Ok(list)
    }
}
