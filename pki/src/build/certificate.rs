// SPDX-License-Identifier: Apache-2.0
//! Certificates (RFC 5280 section 4.1), version 3.

use super::{ToBeSigned, check_unique, serial_to_der};
use crate::asn1::{tag, write};
use crate::extension::{AuthorityKeyId, Extension, Extensions, SubjectKeyId, TypedExtension};
use crate::{Certificate, Error, Name, Time, signed};
use bccsp::encoding::spki;
use bccsp::{Providers, PublicKey, SigningKey};

const WHAT: &str = "certificate";

/// A certificate in the making. Extensions are written in the order in which they are added.
#[derive(Clone, Debug)]
#[must_use]
pub struct CertificateBuilder {
    subject: Name,
    public_key: PublicKey,
    serial: Vec<u8>,
    not_before: Time,
    not_after: Time,
    extensions: Vec<Extension>,
}

impl CertificateBuilder {
    /// Starts with what every certificate has. `serial` is a positive big-endian number.
    pub fn new(
        subject: &Name,
        public_key: &PublicKey,
        serial: &[u8],
        not_before: Time,
        not_after: Time,
    ) -> Self {
        Self {
            subject: subject.clone(),
            public_key: *public_key,
            serial: serial.to_vec(),
            not_before,
            not_after,
            extensions: Vec::new(),
        }
    }

    /// Adds an extension: `BasicConstraints { .. }.extension(true)`, or one taken from a request.
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Adds the subjectKeyIdentifier of the subject's key, not critical.
    ///
    /// # Errors
    /// As [`SubjectKeyId::of`].
    pub fn subject_key_id(self, providers: &Providers) -> Result<Self, Error> {
        let id = SubjectKeyId::of(providers, &self.public_key)?;
        Ok(self.extension(id.extension(false)))
    }

    /// Adds the authorityKeyIdentifier for an issuer, not critical: its subjectKeyIdentifier, or
    /// the one it would have.
    ///
    /// # Errors
    /// As [`Certificate::key_id`].
    pub fn authority_key_id(
        self,
        providers: &Providers,
        issuer: &Certificate,
    ) -> Result<Self, Error> {
        let id = AuthorityKeyId { key_id: Some(issuer.key_id(providers)?), ..Default::default() };
        Ok(self.extension(id.extension(false)))
    }

    /// Signs with the subject's own key.
    ///
    /// # Errors
    /// As [`sign`](Self::sign); [`Error::Build`] when the key is not the subject's.
    pub fn sign_self(self, key: &dyn SigningKey) -> Result<Certificate, Error> {
        if *key.verifying_key().public_key() != self.public_key {
            return Err(Error::Build { object: WHAT, why: "self-signed by another key" });
        }
        let issuer = self.subject.clone();
        self.sign(&issuer, key)
    }

    /// Signs with the key of an issuer of this name.
    ///
    /// # Errors
    /// [`Error::Build`] for what cannot be written; [`Error::Crypto`] when the key does not sign.
    pub fn sign(self, issuer: &Name, key: &dyn SigningKey) -> Result<Certificate, Error> {
        self.prepare(issuer, key)?.sign(key)
    }

    /// Settles every byte but the signature, for whoever records before signing.
    ///
    /// # Errors
    /// [`Error::Build`] for what cannot be written.
    pub fn prepare(self, issuer: &Name, key: &dyn SigningKey) -> Result<ToBeSigned, Error> {
        check_unique(&self.extensions, WHAT)?;
        if self.not_after < self.not_before {
            return Err(Error::Build { object: WHAT, why: "it would end before it begins" });
        }
        ToBeSigned::from_der(&self.tbs(issuer, &signed::algorithm_of(key, WHAT)?)?)
    }

    fn tbs(&self, issuer: &Name, algorithm: &[u8]) -> Result<Vec<u8>, Error> {
        let version = write::tlv(tag::constructed(0), &write::unsigned(tag::INTEGER, &[2]));
        let validity = write::sequence(&[&self.not_before.to_der(), &self.not_after.to_der()]);
        let extensions = if self.extensions.is_empty() {
            Vec::new()
        } else {
            write::tlv(tag::constructed(3), &Extensions::to_der(&self.extensions))
        };
        Ok(write::sequence(&[
            &version,
            &serial_to_der(&self.serial, WHAT)?,
            algorithm,
            issuer.as_der(),
            &validity,
            self.subject.as_der(),
            &spki::encode(&self.public_key),
            &extensions,
        ]))
    }
}
