// SPDX-License-Identifier: Apache-2.0
//! Writes an MSP folder: whole or not at all.
//!
//! Everything is written into a hidden folder beside the target, which then gets its name. Being
//! killed in between leaves that hidden folder, and never half of the one that was asked for.

use crate::Error;
use crate::config::{Config, NodeOus};
use crate::layout::{self, CONFIG_FILE, Place};
use bccsp::keystore::{FolderKeyStore, KeyStore};
use bccsp::{KeyMaterial, KeyUse, Providers};
use pki::{Certificate, Crl};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::{Access, Disk, StagedFolder};

/// What goes into an MSP folder. Folders without content are not made.
#[derive(Debug, Default)]
pub struct Contents {
    /// `cacerts`: at least one.
    pub ca_certificates: Vec<Certificate>,
    /// `intermediatecerts`.
    pub intermediates: Vec<Certificate>,
    /// `tlscacerts`.
    pub tls_ca_certificates: Vec<Certificate>,
    /// `tlsintermediatecerts`.
    pub tls_intermediates: Vec<Certificate>,
    /// `admincerts`.
    pub admins: Vec<Certificate>,
    /// `signcerts`: the certificate of the identity that will live here.
    pub signer: Option<Certificate>,
    /// `keystore`: the private key of that certificate.
    pub key: Option<KeyMaterial>,
    /// `crls`.
    pub crls: Vec<Crl>,
    /// `config.yaml`.
    pub config: Option<Config>,
}

impl Contents {
    /// Starts with what identities must chain to.
    #[must_use]
    pub fn new(ca_certificates: Vec<Certificate>) -> Self {
        Self { ca_certificates, ..Self::default() }
    }

    /// Turns roles by organizational unit on, with the usual four units. They are bound to the CA
    /// that issues the members, where there is only one that can: the one intermediate, or the
    /// one root of a folder without intermediates.
    #[must_use]
    pub fn with_node_ous(mut self) -> Self {
        let (place, issuers) = match self.intermediates.as_slice() {
            [] => (Place::CaCerts, self.ca_certificates.as_slice()),
            some => (Place::IntermediateCerts, some),
        };
        let file = match issuers {
            [one] => Some(format!("{place}/{}", layout::certificate_file(one))),
            _ => None,
        };
        let config = self.config.get_or_insert_default();
        config.node_ous = Some(NodeOus::usual(file.as_deref()));
        self
    }

    /// Writes the folder and gives its files.
    ///
    /// # Errors
    /// [`Error::Exists`] when something stands there; [`Error::NoCa`], [`Error::KeyDiffers`] and
    /// [`Error::KeyWithoutCertificate`] before anything is written; [`Error::File`] and
    /// [`Error::Provider`], after which nothing is left behind.
    pub fn write(
        &self,
        disk: &Arc<dyn Disk>,
        providers: &Arc<Providers>,
        path: &Path,
    ) -> Result<Vec<PathBuf>, Error> {
        self.check(providers)?;
        let staged = StagedFolder::start(Arc::clone(disk), path, Access::Public);
        let staged = staged.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Error::Exists(path.to_path_buf()),
            _ => Error::file(path, error),
        })?;
        let mut writer = Writer { disk, providers, dir: staged.path(), files: Vec::new() };
        writer.all(self)?;
        let files = std::mem::take(&mut writer.files);
        staged.finish().map_err(|e| Error::file(path, e))?;
        Ok(files.into_iter().map(|file| path.join(file)).collect())
    }

    fn check(&self, providers: &Providers) -> Result<(), Error> {
        if self.ca_certificates.is_empty() {
            return Err(Error::NoCa);
        }
        let Some(key) = &self.key else {
            return Ok(());
        };
        let signer = self.signer.as_ref().ok_or(Error::KeyWithoutCertificate)?;
        let differs = || Error::KeyDiffers { subject: signer.subject().to_string() };
        let public = *providers.signing_key(key)?.verifying_key().public_key();
        // A certificate of a key that is none of ours is not of this key either.
        let certified = signer.public_key(providers).map_err(|_| differs())?;
        if public == certified { Ok(()) } else { Err(differs()) }
    }
}

struct Writer<'a> {
    disk: &'a Arc<dyn Disk>,
    providers: &'a Arc<Providers>,
    dir: &'a Path,
    /// What was written, below the folder.
    files: Vec<PathBuf>,
}

impl Writer<'_> {
    fn all(&mut self, contents: &Contents) -> Result<(), Error> {
        self.certificates(Place::CaCerts, &contents.ca_certificates)?;
        self.certificates(Place::IntermediateCerts, &contents.intermediates)?;
        self.certificates(Place::TlsCaCerts, &contents.tls_ca_certificates)?;
        self.certificates(Place::TlsIntermediateCerts, &contents.tls_intermediates)?;
        self.certificates(Place::AdminCerts, &contents.admins)?;
        self.certificates(Place::SignCerts, contents.signer.as_slice())?;
        let crls = contents.crls.iter().map(|crl| (layout::crl_file(crl), crl.to_pem()));
        self.folder(Place::Crls, crls.collect())?;
        if let Some(key) = &contents.key {
            self.key(key)?;
        }
        match &contents.config {
            Some(config) => self.file(Path::new(CONFIG_FILE), &config.to_yaml()),
            None => Ok(()),
        }
    }

    fn certificates(&mut self, place: Place, all: &[Certificate]) -> Result<(), Error> {
        let named = all.iter().map(|one| (layout::certificate_file(one), one.to_pem()));
        self.folder(place, named.collect())
    }

    /// One file each; the same content twice is one file, two of one name are numbered.
    fn folder(&mut self, place: Place, contents: Vec<(String, String)>) -> Result<(), Error> {
        if !contents.is_empty() {
            self.make(&self.dir.join(place.folder()), Access::Public)?;
        }
        let mut taken: Vec<(String, String)> = Vec::new();
        for (name, pem) in contents {
            if taken.iter().any(|(_, other)| *other == pem) {
                continue;
            }
            let name = free_name(&name, &taken);
            self.file(&Path::new(place.folder()).join(&name), &pem)?;
            taken.push((name, pem));
        }
        Ok(())
    }

    fn key(&mut self, key: &KeyMaterial) -> Result<(), Error> {
        let folder = Place::Keystore.folder();
        let (disk, providers) = (Arc::clone(self.disk), Arc::clone(self.providers));
        let store = FolderKeyStore::open_on(disk, providers, self.dir.join(folder))?;
        let info = store.import(key, KeyUse::Sign, "")?;
        let path = store.path_of(&info.ski);
        self.files.push(Path::new(folder).join(path.file_name().unwrap_or_default()));
        Ok(())
    }

    fn make(&self, dir: &Path, access: Access) -> Result<(), Error> {
        self.disk.create_dir(dir, access).map_err(|e| Error::file(dir, e))
    }

    fn file(&mut self, name: &Path, text: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        let created = self.disk.create(&path, text.as_bytes(), Access::Public);
        created.map_err(|e| Error::file(&path, e))?;
        self.files.push(name.to_path_buf());
        Ok(())
    }
}

/// `ca-cert.pem`, `ca-2-cert.pem`, …: the first that is not taken. Some file systems do not tell
/// capitals apart.
fn free_name(name: &str, taken: &[(String, String)]) -> String {
    let is_free = |name: &str| taken.iter().all(|(other, _)| !other.eq_ignore_ascii_case(name));
    let (stem, kind) = name.rsplit_once('-').unwrap_or((name, ""));
    let numbered = (2_usize..).map(|n| format!("{stem}-{n}-{kind}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| is_free(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_until_one_is_free() {
        let taken = |names: &[&str]| -> Vec<(String, String)> {
            names.iter().map(|name| ((*name).to_owned(), String::new())).collect()
        };
        assert_eq!(free_name("ca-cert.pem", &taken(&[])), "ca-cert.pem");
        assert_eq!(free_name("ca-cert.pem", &taken(&["CA-cert.pem"])), "ca-2-cert.pem");
        let two = taken(&["ca-2-cert.pem", "ca-cert.pem"]);
        assert_eq!(free_name("ca-cert.pem", &two), "ca-3-cert.pem");
    }
}
