// SPDX-License-Identifier: Apache-2.0
//! Revocation lists (RFC 5280 section 5.1), version 2.

use super::check_unique;
use crate::asn1::{Reader, tag, write};
use crate::extension::{
    AuthorityKeyId, CrlNumber, DeltaCrlIndicator, Extension, Extensions, InvalidityDate,
    ReasonCode, TypedExtension,
};
use crate::{Certificate, Crl, Error, Name, Time, signed};
use bccsp::{Providers, SigningKey};

const WHAT: &str = "CRL";

/// A CRL in the making.
#[derive(Clone, Debug)]
#[must_use]
pub struct CrlBuilder {
    issuer: Name,
    this_update: Time,
    next_update: Time,
    entries: Vec<RevokedEntry>,
    extensions: Vec<Extension>,
}

/// A certificate to be listed.
#[derive(Clone, Debug)]
pub struct RevokedEntry {
    /// The contents of its serial number's INTEGER, as
    /// [`Certificate::serial`](crate::Certificate::serial) gives them.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub date: Time,
    /// Why. `Unspecified` is not written (RFC 5280 section 5.3.1).
    pub reason: ReasonCode,
    /// Since when the key is suspect.
    pub invalidity: Option<Time>,
}

impl CrlBuilder {
    /// Starts a CRL of an issuer: authorityKeyIdentifier is the issuer's own key identifier (not
    /// that of the issuer's issuer), then the number.
    ///
    /// # Errors
    /// As [`Certificate::key_id`].
    pub fn new(
        providers: &Providers,
        issuer: &Certificate,
        number: u64,
        this_update: Time,
        next_update: Time,
    ) -> Result<Self, Error> {
        let key_id = Some(issuer.key_id(providers)?);
        let authority = AuthorityKeyId { key_id, ..AuthorityKeyId::default() };
        let number = CrlNumber::of(number);
        Ok(Self {
            issuer: issuer.subject().clone(),
            this_update,
            next_update,
            entries: Vec::new(),
            extensions: vec![authority.extension(false), number.extension(false)],
        })
    }

    /// Lists a certificate.
    pub fn revoke(mut self, entry: RevokedEntry) -> Self {
        self.entries.push(entry);
        self
    }

    /// Makes it a delta CRL: what changed since the complete one of that number (RFC 5280 section
    /// 5.2.4).
    pub fn delta_of(self, number: u64) -> Self {
        self.extension(DeltaCrlIndicator(CrlNumber::of(number).0).extension(true))
    }

    /// Adds an extension of the whole.
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Signs with the issuer's key.
    ///
    /// # Errors
    /// [`Error::Build`] for what cannot be written; [`Error::Crypto`] when the key does not sign.
    pub fn sign(self, key: &dyn SigningKey) -> Result<Crl, Error> {
        check_unique(&self.extensions, WHAT)?;
        if self.next_update < self.this_update {
            return Err(Error::Build { object: WHAT, why: "the next one would come before it" });
        }
        let entries = self.entries.iter().map(entry_to_der).collect::<Result<Vec<_>, _>>()?;
        // An empty list is left out (RFC 5280 section 5.1.2.6).
        let entries = if entries.is_empty() { Vec::new() } else { write::sequence_of(&entries) };
        let tbs = write::sequence(&[
            &write::unsigned(tag::INTEGER, &[1]),
            &signed::algorithm_of(key, WHAT)?,
            self.issuer.as_der(),
            &self.this_update.to_der(),
            &self.next_update.to_der(),
            &entries,
            &write::tlv(tag::constructed(0), &Extensions::to_der(&self.extensions)),
        ]);
        Crl::from_der(&signed::sign(&tbs, key, WHAT)?)
    }
}

fn entry_to_der(entry: &RevokedEntry) -> Result<Vec<u8>, Error> {
    let serial = write::tlv(tag::INTEGER, &entry.serial);
    // Certificates with odd serial numbers are revoked under the numbers they have.
    if Reader::new(&serial, WHAT).integer("userCertificate").is_err() {
        return Err(Error::Build { object: WHAT, why: "a serial number that is no INTEGER" });
    }
    let mut extensions = Vec::new();
    if entry.reason != ReasonCode::Unspecified {
        extensions.push(entry.reason.extension(false));
    }
    if let Some(date) = entry.invalidity {
        extensions.push(InvalidityDate(date).extension(false));
    }
    let extensions =
        if extensions.is_empty() { Vec::new() } else { Extensions::to_der(&extensions) };
    Ok(write::sequence(&[&serial, &entry.date.to_der(), &extensions]))
}
