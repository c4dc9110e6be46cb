// SPDX-License-Identifier: Apache-2.0
//! What was found in an MSP folder, and the MSP it makes.
//!
//! Not here: how it is read (`read`), and what is wrong with it (`check`).

use crate::config::{Config, OuIdentifier};
use crate::finding::Finding;
use crate::layout::{CONFIG_FILE, Place};
use crate::{Error, Msp, Parts, Roles, Unit, read};
use bccsp::{Providers, PublicKey};
use pki::{Certificate, Crl};
use proto::Bytes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use sys::Disk;

/// What was found in an MSP folder.
#[derive(Clone, Debug)]
pub struct MspFolder {
    pub(crate) path: PathBuf,
    pub(crate) certificates: BTreeMap<Place, Vec<Found<Certificate>>>,
    pub(crate) crls: Vec<Found<Crl>>,
    pub(crate) keys: Vec<KeyFile>,
    pub(crate) config: Option<Config>,
    /// Certificates that the configuration names, where they are.
    pub(crate) unit_certificates: BTreeMap<String, Option<Found<Certificate>>>,
    /// A line of the configuration that cannot be followed.
    pub(crate) config_refused: Option<String>,
    pub(crate) findings: Vec<Finding>,
}

/// An object and the file it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The file.
    pub path: PathBuf,
    /// The object.
    pub item: T,
    /// The whole file, where it is PEM with this one object in it.
    pub(crate) text: Option<Bytes>,
}

impl<T> Found<T> {
    /// The object as it travels: the file as it is, else the object in PEM alone.
    pub(crate) fn text(&self, to_pem: impl Fn(&T) -> String) -> Bytes {
        self.text.clone().unwrap_or_else(|| to_pem(&self.item).into())
    }
}

/// A private key file; the key itself is not kept.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// The file.
    pub path: PathBuf,
    /// Its public half, if it could be read.
    pub public: Option<PublicKey>,
    /// Who may read it: the lower nine bits of a Unix mode, where the disk tells.
    pub mode: Option<u32>,
}

impl MspFolder {
    /// Reads the folder. What is wrong with its content is kept for
    /// [`check`](Self::check).
    ///
    /// # Errors
    /// [`Error::File`] when the folder itself cannot be read.
    pub fn read(disk: &dyn Disk, providers: &Providers, path: &Path) -> Result<Self, Error> {
        read::read(disk, providers, path)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The certificates in a folder of it, in the order of file names.
    #[must_use]
    pub fn certificates(&self, place: Place) -> &[Found<Certificate>] {
        self.certificates.get(&place).map(Vec::as_slice).unwrap_or_default()
    }

    /// The certificate of the identity that lives here: the first of `signcerts`, as in Fabric.
    #[must_use]
    pub fn signer(&self) -> Option<&Found<Certificate>> {
        self.certificates(Place::SignCerts).first()
    }

    /// The revocation lists.
    #[must_use]
    pub fn crls(&self) -> &[Found<Crl>] {
        &self.crls
    }

    /// The private key files.
    #[must_use]
    pub fn keys(&self) -> &[KeyFile] {
        &self.keys
    }

    /// What `config.yaml` says, if it is there.
    #[must_use]
    pub fn config(&self) -> Option<&Config> {
        self.config.as_ref()
    }

    /// The MSP of this folder, to judge certificates with.
    ///
    /// # Errors
    /// [`Error::NoCa`] without a CA certificate; [`Error::Config`] when `config.yaml` cannot be
    /// followed: a guess could let in the wrong people.
    pub fn msp(&self, providers: &Providers) -> Result<Msp, Error> {
        if let Some(refused) = &self.config_refused {
            return Err(Error::Config(refused.clone()));
        }
        let own = |place| self.certificates(place).iter().map(|f| f.item.clone()).collect();
        let config = self.config.clone().unwrap_or_default();
        let units = config.organizational_units.iter().map(|unit| self.unit(unit));
        let parts = Parts {
            roots: own(Place::CaCerts),
            intermediates: own(Place::IntermediateCerts),
            admins: own(Place::AdminCerts),
            crls: self.crls.iter().map(|found| found.item.clone()).collect(),
            roles: self.roles(&config)?,
            units: units.collect::<Result<_, _>>()?,
            ..Parts::default()
        };
        Msp::new(providers, parts)
    }

    fn roles(&self, config: &Config) -> Result<Option<Roles>, Error> {
        let Some(node_ous) = config.node_ous.as_ref().filter(|node_ous| node_ous.enable) else {
            return Ok(None);
        };
        let unit =
            |unit: &Option<OuIdentifier>| unit.as_ref().map(|unit| self.unit(unit)).transpose();
        Ok(Some(Roles {
            client: unit(&node_ous.client)?,
            peer: unit(&node_ous.peer)?,
            admin: unit(&node_ous.admin)?,
            orderer: unit(&node_ous.orderer)?,
        }))
    }

    fn unit(&self, unit: &OuIdentifier) -> Result<Unit, Error> {
        let name = unit.name.clone();
        let Some(file) = &unit.certificate else {
            return Ok(Unit { name, issuer: None });
        };
        let found = self.unit_certificates.get(file).and_then(Option::as_ref);
        let issuer = found.map(|found| found.item.clone());
        if issuer.as_ref().is_some_and(|issuer| self.is_ca_here(issuer)) {
            return Ok(Unit { name, issuer });
        }
        let place = self.path.join(CONFIG_FILE);
        let what = format!("`{}` is not a CA certificate of this folder", file.escape_debug());
        Err(Error::Config(format!("{}: {what}", place.display())))
    }

    /// Whether it is in `cacerts` or `intermediatecerts`.
    pub(crate) fn is_ca_here(&self, certificate: &Certificate) -> bool {
        let places = [Place::CaCerts, Place::IntermediateCerts];
        places.iter().flat_map(|place| self.certificates(*place)).any(|f| f.item == *certificate)
    }

    /// The certificates that the configuration names.
    pub(crate) fn unit_certificates(&self) -> impl Iterator<Item = (&str, Option<&Certificate>)> {
        self.unit_certificates
            .iter()
            .map(|(file, found)| (file.as_str(), found.as_ref().map(|found| &found.item)))
    }
}
