// SPDX-License-Identifier: Apache-2.0
//! An open CA: its certificate, its key once unlocked, and its memory.

use crate::home::{CERTIFICATE_FILE, file, load_key};
use crate::store::Store;
use crate::{AuditRow, Error, Host, Record, Revocation};
use bccsp::{Hash, SecretBytes, SigningKey};
use pki::extension::{BasicConstraints, KeyUsage, ReasonCode};
use pki::{Certificate, Crl, CrlBuilder, RevokedEntry, Time, ToBeSigned};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::Timestamp;

/// A CA that this process has open. No other process has it at the same time.
#[derive(Debug)]
pub struct Authority {
    host: Host,
    home: PathBuf,
    store: Store,
    /// Its own certificate, then those above it.
    chain: Vec<Certificate>,
    key: Option<Arc<dyn SigningKey>>,
}

impl Authority {
    /// Opens the CA in a folder. Looking and revoking needs no more; to sign, unlock it.
    ///
    /// # Errors
    /// [`Error::NoCa`]; [`Error::InUse`] when another process has it and keeps it for two
    /// seconds; [`Error::NewerFormat`], [`Error::Damaged`].
    pub fn open(host: &Host, home: &Path) -> Result<Self, Error> {
        let path = home.join(CERTIFICATE_FILE);
        let pem = host.disk.read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Error::NoCa(home.to_path_buf()),
            _ => file(&path, error),
        })?;
        let chain = Certificate::all_from_pem(&pem)?;
        if chain.is_empty() {
            return Err(Error::NoCa(home.to_path_buf()));
        }
        let store = Store::open(host, home)?;
        Ok(Self { host: host.clone(), home: home.to_path_buf(), store, chain, key: None })
    }

    /// Opens the CA in a folder and unlocks it.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`unlock`](Self::unlock).
    pub fn open_unlocked(
        host: &Host,
        home: &Path,
        password: Option<SecretBytes>,
    ) -> Result<Self, Error> {
        let mut authority = Self::open(host, home)?;
        authority.unlock(password)?;
        Ok(authority)
    }

    /// Loads the private key.
    ///
    /// # Errors
    /// [`Error::Provider`]: not found, or `Refused` for a wrong password.
    pub fn unlock(&mut self, password: Option<SecretBytes>) -> Result<(), Error> {
        let public = self.certificate().public_key(&self.host.providers)?;
        let ski = self.host.providers.ski(&public)?;
        self.key = Some(load_key(&self.host, &self.home, &ski, password)?);
        Ok(())
    }

    /// The CA's own certificate.
    ///
    /// # Panics
    /// Never: a CA without one is not opened.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        self.chain.first().expect("a CA without certificate is not opened")
    }

    /// The CA's own certificate, then those above it.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Every decision of this CA, in order.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn records(&self) -> Result<Vec<Record>, Error> {
        self.store.records(&|tbs, signature| {
            let whole = ToBeSigned::from_der(tbs).and_then(|tbs| tbs.assemble(signature));
            whole.map(|certificate| certificate.as_der().to_vec()).map_err(Error::Pki)
        })
    }

    /// The audit log, each row checked against the one before.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the number of the first row that does not fit.
    pub fn audit(&self) -> Result<Vec<AuditRow>, Error> {
        self.store.audit(self.hash()?)
    }

    /// Takes a certificate back.
    ///
    /// # Errors
    /// [`Error::UnknownSerial`], [`Error::AlreadyRevoked`].
    pub fn revoke(&self, serial: &[u8], reason: ReasonCode) -> Result<Revocation, Error> {
        let revocation = Revocation { at: self.host.clock.now(), reason: reason.number() };
        self.store.revoke(self.hash()?, serial, revocation)?;
        Ok(revocation)
    }

    /// Signs the list of what was revoked, good for `days`.
    ///
    /// # Errors
    /// [`Error::Unusable`] when this CA cannot sign, [`Error::Store`].
    pub fn crl(&self, days: u32) -> Result<Crl, Error> {
        let now = self.host.clock.now();
        self.check_usable(now)?;
        let key = self.key()?;
        let revoked = self.store.revoked()?;
        let number = self.store.next_crl_number(self.hash()?, now)?;
        let until = Time::new(now.plus(u64::from(days).saturating_mul(86_400)));
        let (providers, own) = (&self.host.providers, self.certificate());
        let mut builder = CrlBuilder::new(providers, own, number, Time::new(now), until)?;
        for (serial, revocation) in revoked {
            let reason = ReasonCode::from_number(revocation.reason);
            builder = builder.revoke(RevokedEntry {
                serial,
                date: Time::new(revocation.at),
                reason: reason.unwrap_or(ReasonCode::Unspecified),
                invalidity: None,
            });
        }
        Ok(builder.sign(key.as_ref())?)
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The hash function of the CA's own family, which chains the audit log.
    pub(crate) fn hash(&self) -> Result<&dyn Hash, Error> {
        let public = self.certificate().public_key(&self.host.providers)?;
        Ok(self.host.providers.get(public.algorithm().suite())?.hash()?)
    }

    pub(crate) fn key(&self) -> Result<&Arc<dyn SigningKey>, Error> {
        self.key.as_ref().ok_or_else(|| self.unusable("its key is locked"))
    }

    /// A CA whose certificate is over, or forbids it, signs nothing: no reader would take it.
    pub(crate) fn check_usable(&self, now: Timestamp) -> Result<(), Error> {
        let own = self.certificate();
        if !own.is_valid_at(Time::new(now)) {
            let (from, until) = (own.not_before().openssl(), own.not_after().openssl());
            let why = format!(
                "the CA's certificate is valid from {from} until {until}, not now; make a new CA"
            );
            return Err(self.unusable(&why));
        }
        let basic = own.extensions().get::<BasicConstraints>()?;
        let usage = own.extensions().get::<KeyUsage>()?;
        let signs = usage.is_none_or(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
        if !basic.is_some_and(|basic| basic.ca) || !signs {
            return Err(self.unusable(
                "the CA's certificate does not allow it to sign certificates \
                 (basicConstraints CA:true and keyUsage keyCertSign are needed)",
            ));
        }
        Ok(())
    }

    fn unusable(&self, why: &str) -> Error {
        Error::Unusable { home: self.home.clone(), why: why.to_owned() }
    }
}

/// The identifier of a key as it goes into certificates.
pub(crate) fn key_id(host: &Host, key: &dyn SigningKey) -> Result<[u8; 20], Error> {
    Ok(host.providers.ski(key.verifying_key().public_key())?.for_certificate())
}
