// SPDX-License-Identifier: Apache-2.0
//! What the tests of this crate share: vectors where they are present, and small CAs of our own.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::disallowed_methods, reason = "tests read vectors from the real disk")]

use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use gmca_pki::extension::{BasicConstraints, Extension, KeyUsage, TypedExtension};
use gmca_pki::{Certificate, CertificateBuilder, Name, Time};
use std::path::PathBuf;
use std::sync::Arc;

/// The folder of vectors beside the workspace; a test without it says so and passes.
pub fn vectors(file: &str) -> Option<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors");
    let path = PathBuf::from(folder).join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("not run: ../shared/vectors/{file} is not there");
    None
}

/// The cases of a file of vectors.
pub fn cases(file: &str) -> Option<Vec<serde_json::Value>> {
    let text = std::fs::read_to_string(vectors(file)?).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    Some(all["cases"].as_array().unwrap().clone())
}

pub fn providers() -> Providers {
    Providers::new(Suite::Gm, EngineChoice::Auto).unwrap()
}

pub fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The time at which the tests look, in the middle of the lives of their certificates.
pub const NOW: &str = "2026-06-01";

/// A key and the certificate of its owner.
#[derive(Clone)]
pub struct Party {
    pub key: Arc<dyn SigningKey>,
    pub certificate: Certificate,
}

/// A certificate to be made; the fields say what is unusual about it.
pub struct Plan<'a> {
    pub subject: &'a str,
    pub suite: Suite,
    pub serial: u8,
    pub from: &'a str,
    pub until: &'a str,
    pub extensions: Vec<Extension>,
}

pub fn ca_extensions(path_len: Option<u32>) -> Vec<Extension> {
    vec![
        BasicConstraints { ca: true, path_len }.extension(true),
        (KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN).extension(true),
    ]
}

impl<'a> Plan<'a> {
    pub fn new(subject: &'a str, suite: Suite) -> Self {
        let (from, until) = ("2026-01-01", "2027-01-01");
        Self { subject, suite, serial: 1, from, until, extensions: Vec::new() }
    }

    pub fn ca(subject: &'a str, suite: Suite) -> Self {
        Self { extensions: ca_extensions(None), ..Self::new(subject, suite) }
    }

    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Signs with a fresh key of its own, or with the issuer's.
    pub fn issue(self, issuer: Option<&Party>) -> Party {
        let providers = providers();
        let key = providers.get(self.suite).unwrap().generate_signing_key().unwrap();
        self.issue_for(issuer, &key)
    }

    /// The same for a key that is there already.
    pub fn issue_for(self, issuer: Option<&Party>, key: &Arc<dyn SigningKey>) -> Party {
        let providers = providers();
        let public = key.verifying_key().public_key();
        let subject = name(self.subject);
        let mut builder = CertificateBuilder::new(
            &subject,
            public,
            &[self.serial],
            time(self.from),
            time(self.until),
        )
        .subject_key_id(&providers)
        .unwrap();
        if let Some(issuer) = issuer {
            builder = builder.authority_key_id(&providers, &issuer.certificate).unwrap();
        }
        for extension in self.extensions {
            builder = builder.extension(extension);
        }
        let certificate = match issuer {
            None => builder.sign_self(&**key),
            Some(issuer) => builder.sign(issuer.certificate.subject(), &*issuer.key),
        };
        Party { key: Arc::clone(key), certificate: certificate.unwrap() }
    }
}
