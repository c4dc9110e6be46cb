// SPDX-License-Identifier: Apache-2.0
//! An open CA: its certificate, its key once unlocked, and its memory.

use crate::home::{CERTIFICATE_FILE, file, load_key};
use crate::store::Store;
use crate::{AuditRow, Error, Host, Profiles, Record};
use bccsp::{Hash, SecretBytes, SigningKey, Ski};
use pki::extension::{BasicConstraints, KeyUsage};
use pki::{Certificate, Time, ToBeSigned};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::{Access, Timestamp};

/// A CA that this process has open. No other process has it at the same time.
#[derive(Debug)]
pub struct Authority {
    host: Host,
    home: PathBuf,
    store: Store,
    /// Its own certificate, then those above it.
    chain: Vec<Certificate>,
    key: Option<Arc<dyn SigningKey>>,
    /// Its certificates before, by generation, each with its key once unlocked.
    former: Vec<Former>,
}

/// What a CA was before.
#[derive(Clone, Debug)]
pub(crate) struct Former {
    pub(crate) generation: u64,
    pub(crate) certificate: Certificate,
    pub(crate) key: Option<Arc<dyn SigningKey>>,
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
        let (host, home) = (host.clone(), home.to_path_buf());
        let mut authority = Self { host, home, store, chain, key: None, former: Vec::new() };
        authority.settle_generation()?;
        Ok(authority)
    }

    /// Takes the CA's certificates from the record, and writes the file anew where a failure came
    /// between the two.
    pub(crate) fn settle_generation(&mut self) -> Result<(), Error> {
        let mut generations = self.store.generations()?;
        let Some((_, last)) = generations.pop() else { return Ok(()) };
        self.chain = Certificate::all_from_pem(&last)?;
        self.former.clear();
        for (generation, pem) in generations {
            let chain = Certificate::all_from_pem(&pem)?;
            if let Some(certificate) = chain.into_iter().next() {
                self.former.push(Former { generation, certificate, key: None });
            }
        }
        let path = self.home.join(CERTIFICATE_FILE);
        if self.host.disk.read(&path).map_err(|error| file(&path, error))? != last {
            let disk = &self.host.disk;
            disk.replace(&path, &last, Access::Public).map_err(|error| file(&path, error))?;
        }
        Ok(())
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
        let ski = |certificate: &Certificate| -> Result<Ski, Error> {
            let public = certificate.public_key(&self.host.providers)?;
            Ok(self.host.providers.ski(&public)?)
        };
        let copy = || password.as_ref().map(|password| SecretBytes::copy_from(password.expose()));
        let mut former = self.former.clone();
        for one in &mut former {
            // A key of before may be gone for good; whoever needs it is told so then.
            one.key = load_key(&self.host, &self.home, &ski(&one.certificate)?, copy()).ok();
        }
        let key = load_key(&self.host, &self.home, &ski(self.certificate())?, password)?;
        (self.key, self.former) = (Some(key), former);
        Ok(())
    }

    /// Forgets the private key.
    pub(crate) fn lock(&mut self) {
        self.key = None;
    }

    /// How many certificates this CA had before the one it has.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.former.last().map_or(0, |last| last.generation + 1)
    }

    /// The certificates that this CA has and had.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        let former = self.former.iter().map(|former| &former.certificate);
        std::iter::once(self.certificate()).chain(former)
    }

    /// Certificate and key that lists of a generation are signed with.
    pub(crate) fn signer(
        &self,
        generation: u64,
    ) -> Result<(&Certificate, &Arc<dyn SigningKey>), Error> {
        if generation == self.generation() {
            return Ok((self.certificate(), self.key()?));
        }
        let former = self.former.iter().find(|former| former.generation == generation);
        let former = former.ok_or_else(|| self.unusable("it has no such generation"))?;
        let key = former.key.as_ref();
        let key = key.ok_or_else(|| self.unusable("its key of that generation is not here"))?;
        Ok((&former.certificate, key))
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

    /// The profiles it issues by.
    ///
    /// # Errors
    /// As [`Profiles::of_ca`].
    pub fn profiles(&self) -> Result<Profiles, Error> {
        Profiles::of_ca(&self.host, &self.home)
    }

    /// Every decision of this CA, in order.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn records(&self) -> Result<Vec<Record>, Error> {
        self.store.records(&finish)
    }

    /// The decision with that serial number.
    ///
    /// # Errors
    /// [`Error::UnknownSerial`], [`Error::Store`], [`Error::Damaged`].
    pub fn record(&self, serial: &[u8]) -> Result<Record, Error> {
        let found = self.store.record(serial, &finish)?;
        found.ok_or_else(|| Error::UnknownSerial(hex::encode(serial)))
    }

    /// The decision with that number, if there is one.
    pub(crate) fn record_numbered(&self, number: u64) -> Result<Option<Record>, Error> {
        self.store.record_numbered(number, &finish)
    }

    /// The audit log, each row checked against the one before.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the number of the first row that does not fit.
    pub fn audit(&self) -> Result<Vec<AuditRow>, Error> {
        self.store.audit(self.hash()?)
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
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
        self.check_signs(self.certificate(), now)
    }

    /// The same of one of its certificates.
    pub(crate) fn check_signs(&self, own: &Certificate, now: Timestamp) -> Result<(), Error> {
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

    pub(crate) fn unusable(&self, why: &str) -> Error {
        Error::Unusable { home: self.home.clone(), why: why.to_owned() }
    }
}

/// A certificate from its signed part and its signature.
fn finish(tbs: &[u8], signature: &[u8]) -> Result<Vec<u8>, Error> {
    let whole = ToBeSigned::from_der(tbs).and_then(|tbs| tbs.assemble(signature));
    whole.map(|certificate| certificate.as_der().to_vec()).map_err(Error::Pki)
}

/// The identifier of a key as it goes into certificates.
pub(crate) fn key_id(host: &Host, key: &dyn SigningKey) -> Result<[u8; 20], Error> {
    Ok(host.providers.ski(key.verifying_key().public_key())?.for_certificate())
}
