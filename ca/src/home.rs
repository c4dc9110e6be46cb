// SPDX-License-Identifier: Apache-2.0
//! The folder a CA lives in, and how one comes to be.
//!
//! ```text
//! ca.crt        its certificate, and those of the CAs above it up to the root
//! keystore/     its private key, in the naming of Fabric
//! ca.redb       what it decided: see `store`
//! profiles.yaml its own profiles, if it has any
//! ca.holder     the process that has it open
//! ```
//!
//! A CA is made in a folder beside the final one and renamed when it is whole, so that a failure
//! or a kill on the way leaves no half of one under its name.

use crate::authority::key_id;
use crate::openssl_conf::KeyIds;
use crate::profile::Wishes;
use crate::record::Serial;
use crate::store::Store;
use crate::{Authority, Error, Host, Order, Profile, Profiles, Shape};
use bccsp::keystore::{FolderKeyStore, KeyStore};
use bccsp::{KeyUse, SecretBytes, SigningKey, Ski, Suite};
use pki::extension::Extensions;
use pki::{Certificate, CertificateBuilder, Name, RequestBuilder, Time};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use sys::{Access, Disk, StagedFolder};

pub(crate) const CERTIFICATE_FILE: &str = "ca.crt";
const PROFILES_FILE: &str = "profiles.yaml";
const KEY_STORE_DIR: &str = "keystore";

/// What a new CA is to be.
#[derive(Debug)]
pub struct NewCa {
    /// Its name.
    pub subject: Name,
    /// What its certificate looks like.
    pub shape: Shape,
    /// How long its certificate is valid, in days; `None` for what the shape says.
    pub days: Option<u32>,
    /// The family of its key; `None` for the default of the providers.
    pub suite: Option<Suite>,
    /// The password its key is kept under.
    pub password: Option<SecretBytes>,
}

impl NewCa {
    /// A root CA: ten years, any number of CAs below.
    #[must_use]
    pub fn root(subject: Name) -> Self {
        Self::of(subject, "root-ca")
    }

    /// A CA below another: five years, no CA below it.
    #[must_use]
    pub fn below(subject: Name) -> Self {
        Self::of(subject, "ca")
    }

    fn of(subject: Name, profile: &str) -> Self {
        let profile = Profile::named(profile).expect("the list of profiles has both kinds of CA");
        Self { subject, shape: profile.into(), days: None, suite: None, password: None }
    }
}

/// A CA on its way into being.
struct Draft<'a> {
    host: &'a Host,
    home: &'a Path,
    folder: StagedFolder,
    key: Arc<dyn SigningKey>,
}

impl<'a> Draft<'a> {
    fn start(host: &'a Host, home: &'a Path, new: &NewCa) -> Result<Self, Error> {
        let disk: Arc<dyn Disk> = host.disk.clone();
        let folder =
            StagedFolder::start(disk, home, Access::Private).map_err(|error| {
                match error.kind() {
                    ErrorKind::AlreadyExists => Error::Exists(home.to_path_buf()),
                    _ => file(home, error),
                }
            })?;
        let suite = new.suite.unwrap_or(host.providers.default_suite());
        let store = key_store(host, folder.path(), copy(new.password.as_ref()))?;
        let info = store.generate(suite, KeyUse::Sign, "ca")?;
        let key = store.signing_key(&info.ski)?;
        Ok(Self { host, home, folder, key })
    }

    /// Writes certificate and database and gives the folder its name.
    fn finish(self, chain: &[Certificate]) -> Result<(), Error> {
        let pem = chain_pem(chain);
        let path = self.folder.path().join(CERTIFICATE_FILE);
        let disk = &self.host.disk;
        disk.create(&path, pem.as_bytes(), Access::Public).map_err(|e| file(&path, e))?;
        let store = Store::create(self.host, self.folder.path())?;
        let hash = self.host.providers.get(suite_of(&self.key))?.hash()?;
        let subject = chain.first().map(|own| own.subject().to_string()).unwrap_or_default();
        store.note(hash, self.host.clock.now(), "init", subject)?;
        drop(store);
        self.folder.finish().map_err(|e| file(self.home, e))
    }
}

impl Authority {
    /// Makes a root CA in a folder that does not exist or is empty, and opens it.
    ///
    /// # Errors
    /// [`Error::Exists`]; whatever keeps the certificate from being made. Nothing is left behind.
    pub fn init(host: &Host, home: &Path, new: &NewCa) -> Result<(Self, Vec<String>), Error> {
        let draft = Draft::start(host, home, new)?;
        let subject_id = key_id(host, draft.key.as_ref())?;
        let keys = KeyIds { subject: &subject_id, issuer: None, request: false };
        let none = Extensions::default();
        let wishes = Wishes::default();
        let subject = new.shape.subject(&new.subject, &wishes).map_err(Error::Refused)?;
        let (extensions, warnings) = new.shape.extensions(&keys, &subject, &none, &wishes)?;
        let serial = random_serial(host, draft.key.as_ref())?;
        let (from, until) =
            new.shape.validity(host.clock.now(), new.days).map_err(Error::Refused)?;
        let public = draft.key.verifying_key().public_key();
        let (from, until) = (Time::new(from), Time::new(until));
        let mut builder = CertificateBuilder::new(&subject, public, serial.as_bytes(), from, until);
        for extension in extensions {
            builder = builder.extension(extension);
        }
        let certificate = builder.sign_self(draft.key.as_ref())?;
        draft.finish(&[certificate])?;
        Ok((Self::open_unlocked(host, home, copy(new.password.as_ref()))?, warnings))
    }

    /// Makes a CA below `parent`, which issues its certificate and must be unlocked.
    ///
    /// # Errors
    /// As [`init`](Self::init) and [`issue`](Self::issue). Nothing is left behind; the parent's
    /// record of a certificate that was not used stays.
    pub fn init_below(
        host: &Host,
        home: &Path,
        new: &NewCa,
        parent: &Self,
    ) -> Result<(Self, Vec<String>), Error> {
        let draft = Draft::start(host, home, new)?;
        let request = RequestBuilder::new(&new.subject).sign(draft.key.as_ref())?;
        let order =
            Order { days: new.days, any_key: true, ..Order::new(request, new.shape.clone()) };
        let issued = parent.issue(&order)?;
        let mut chain = vec![issued.certificate];
        chain.extend(parent.chain().iter().cloned());
        draft.finish(&chain)?;
        Ok((Self::open_unlocked(host, home, copy(new.password.as_ref()))?, issued.notes))
    }
}

impl Profiles {
    /// The profiles of the CA in a folder: those that every CA has, and those of the file
    /// `profiles.yaml` there.
    ///
    /// # Errors
    /// [`Error::NoCa`], [`Error::Profiles`] with the line, [`Error::File`].
    pub fn of_ca(host: &Host, home: &Path) -> Result<Self, Error> {
        if !host.disk.exists(&home.join(CERTIFICATE_FILE)) {
            return Err(Error::NoCa(home.to_path_buf()));
        }
        let path = home.join(PROFILES_FILE);
        match host.disk.read(&path) {
            Ok(bytes) => parse_profiles(&bytes, &path),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::built_in().clone()),
            Err(error) => Err(file(&path, error)),
        }
    }
}

fn parse_profiles(bytes: &[u8], path: &Path) -> Result<Profiles, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| file(path, std::io::Error::new(ErrorKind::InvalidData, error)))?;
    Ok(Profiles::parse(text, &path.display().to_string())?)
}

/// The key of a CA, found by the identifier of its certificate's public key.
pub(crate) fn load_key(
    host: &Host,
    home: &Path,
    ski: &Ski,
    password: Option<SecretBytes>,
) -> Result<Arc<dyn SigningKey>, Error> {
    Ok(key_store(host, home, password)?.signing_key(ski)?)
}

/// Makes a new key for a CA, of the family of the one it has, and keeps it beside that.
pub(crate) fn generate_key(
    host: &Host,
    home: &Path,
    like: &Arc<dyn SigningKey>,
    password: Option<&SecretBytes>,
) -> Result<Arc<dyn SigningKey>, Error> {
    let store = key_store(host, home, copy(password))?;
    let info = store.generate(suite_of(like), KeyUse::Sign, "ca")?;
    Ok(store.signing_key(&info.ski)?)
}

/// Certificates as `ca.crt` holds them.
pub(crate) fn chain_pem(chain: &[Certificate]) -> String {
    chain.iter().map(Certificate::to_pem).collect()
}

/// Draws a serial number from the randomness of the key's family.
pub(crate) fn random_serial(host: &Host, key: &dyn SigningKey) -> Result<Serial, Error> {
    let mut bytes = [0; Serial::LEN];
    let suite = key.verifying_key().public_key().algorithm().suite();
    host.providers.get(suite)?.random(&mut bytes)?;
    Ok(Serial::from_random(bytes))
}

pub(crate) fn file(path: &Path, source: std::io::Error) -> Error {
    Error::File { path: path.to_path_buf(), source }
}

fn key_store(
    host: &Host,
    home: &Path,
    password: Option<SecretBytes>,
) -> Result<FolderKeyStore, Error> {
    let disk: Arc<dyn Disk> = host.disk.clone();
    let providers = Arc::clone(&host.providers);
    let store = FolderKeyStore::open_on(disk, providers, home.join(KEY_STORE_DIR))?;
    Ok(match password {
        Some(password) => store.with_password(password),
        None => store,
    })
}

fn copy(secret: Option<&SecretBytes>) -> Option<SecretBytes> {
    secret.map(|secret| SecretBytes::copy_from(secret.expose()))
}

fn suite_of(key: &Arc<dyn SigningKey>) -> Suite {
    key.verifying_key().public_key().algorithm().suite()
}
