// SPDX-License-Identifier: Apache-2.0
//! Objects as facts for machines: structures that serialize, with times in RFC 3339, names in
//! RFC 4514 and bytes in hex.
//!
//! Not here: the objects themselves, which are read with their own types.

use crate::extension::{
    AuthorityKeyId, BasicConstraints, ExtendedKeyUsage, Extension, Extensions, KeyUsage,
    SubjectAltName, SubjectKeyId,
};
use crate::text::{extension_lines, general_name};
use crate::{Certificate, Crl, PublicKeyInfo, Request, oid};
use serde::Serialize;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CertificateSummary {
    /// 1, 2 or 3.
    pub version: u8,
    /// Hex without leading zeros.
    pub serial: String,
    /// Name of the algorithm.
    pub signature_algorithm: String,
    /// RFC 4514.
    pub issuer: String,
    /// RFC 4514.
    pub subject: String,
    /// RFC 3339.
    pub not_before: String,
    /// RFC 3339.
    pub not_after: String,
    /// The subject's key.
    pub public_key: PublicKeySummary,
    /// Whether basicConstraints say that it is a CA.
    pub is_ca: bool,
    /// How many CAs may stand below it.
    pub path_len: Option<u32>,
    /// Names of uses, as in OpenSSL's configuration.
    pub key_usage: Vec<&'static str>,
    /// Names of purposes.
    pub extended_key_usage: Vec<String>,
    /// `DNS:a.b`, `IP Address:10.0.0.1`.
    pub alt_names: Vec<String>,
    /// Hex.
    pub subject_key_id: Option<String>,
    /// Hex.
    pub authority_key_id: Option<String>,
    /// All extensions.
    pub extensions: Vec<ExtensionSummary>,
}

/// What is known of a public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PublicKeySummary {
    /// Name of the kind of key.
    pub algorithm: String,
    /// The bytes of the key in hex: an uncompressed point, for the kinds we work with.
    pub key: String,
}

/// What an extension says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExtensionSummary {
    /// Object identifier.
    pub id: String,
    /// The name people know, or the identifier.
    pub name: String,
    /// Whether it is marked critical.
    pub critical: bool,
    /// Its value as text, line by line.
    pub value: Vec<String>,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RequestSummary {
    /// RFC 4514.
    pub subject: String,
    /// The key to be certified.
    pub public_key: PublicKeySummary,
    /// Name of the algorithm.
    pub signature_algorithm: String,
    /// `DNS:a.b`, `IP Address:10.0.0.1`.
    pub alt_names: Vec<String>,
    /// The extensions that are asked for.
    pub extensions: Vec<ExtensionSummary>,
}

/// What a CRL says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CrlSummary {
    /// RFC 4514.
    pub issuer: String,
    /// Name of the algorithm.
    pub signature_algorithm: String,
    /// RFC 3339.
    pub this_update: String,
    /// RFC 3339.
    pub next_update: Option<String>,
    /// Hex.
    pub number: Option<String>,
    /// The revoked certificates.
    pub revoked: Vec<RevokedSummary>,
    /// The extensions of the whole.
    pub extensions: Vec<ExtensionSummary>,
}

/// What a CRL says of one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RevokedSummary {
    /// Hex without leading zeros.
    pub serial: String,
    /// RFC 3339.
    pub date: String,
    /// The name of RFC 5280; nothing when it cannot be read.
    pub reason: Option<&'static str>,
}

impl From<&Certificate> for CertificateSummary {
    fn from(certificate: &Certificate) -> Self {
        let extensions = certificate.extensions();
        // What cannot be read is missing here and in hex among the extensions.
        let basic: BasicConstraints = extensions.get().ok().flatten().unwrap_or_default();
        let usage: KeyUsage = extensions.get().ok().flatten().unwrap_or_default();
        let purposes: Option<ExtendedKeyUsage> = extensions.get().ok().flatten();
        let subject_key: Option<SubjectKeyId> = extensions.get().ok().flatten();
        let authority: Option<AuthorityKeyId> = extensions.get().ok().flatten();
        Self {
            version: certificate.version(),
            serial: certificate.serial_hex(),
            signature_algorithm: certificate.signature_algorithm().name(),
            issuer: certificate.issuer().to_string(),
            subject: certificate.subject().to_string(),
            not_before: certificate.not_before().to_string(),
            not_after: certificate.not_after().to_string(),
            public_key: public_key(certificate.public_key_info()),
            is_ca: basic.ca,
            path_len: basic.path_len,
            key_usage: usage.names().collect(),
            extended_key_usage: purposes
                .map(|purposes| purposes.0.into_iter().map(oid::title).collect())
                .unwrap_or_default(),
            alt_names: alt_names(extensions),
            subject_key_id: subject_key.map(|id| hex::encode(id.0)),
            authority_key_id: authority.and_then(|aki| aki.key_id).map(hex::encode),
            extensions: extensions.iter().map(extension).collect(),
        }
    }
}

impl From<&Request> for RequestSummary {
    fn from(request: &Request) -> Self {
        Self {
            subject: request.subject().to_string(),
            public_key: public_key(request.public_key_info()),
            signature_algorithm: request.signature_algorithm().name(),
            alt_names: alt_names(request.extensions()),
            extensions: request.extensions().iter().map(extension).collect(),
        }
    }
}

impl From<&Crl> for CrlSummary {
    fn from(crl: &Crl) -> Self {
        let revoked = |entry: &crate::Revoked| RevokedSummary {
            serial: entry.serial_hex(),
            date: entry.date().to_string(),
            reason: entry.reason().ok().map(crate::extension::ReasonCode::name),
        };
        Self {
            issuer: crl.issuer().to_string(),
            signature_algorithm: crl.signature_algorithm().name(),
            this_update: crl.this_update().to_string(),
            next_update: crl.next_update().map(|time| time.to_string()),
            number: crl.number().ok().flatten().map(|number| hex::encode(number.0)),
            revoked: crl.entries().iter().map(revoked).collect(),
            extensions: crl.extensions().iter().map(extension).collect(),
        }
    }
}

fn public_key(info: &PublicKeyInfo) -> PublicKeySummary {
    PublicKeySummary { algorithm: info.name(), key: hex::encode(info.key_bytes()) }
}

fn alt_names(extensions: &Extensions) -> Vec<String> {
    let names: Option<SubjectAltName> = extensions.get().ok().flatten();
    names.map(|names| names.0.iter().map(general_name).collect()).unwrap_or_default()
}

fn extension(extension: &Extension) -> ExtensionSummary {
    ExtensionSummary {
        id: extension.id.to_string(),
        name: oid::title(extension.id),
        critical: extension.critical,
        value: extension_lines(extension),
    }
}
