// SPDX-License-Identifier: Apache-2.0
//! Keys in a folder, named as Fabric names them: `<identifier in hex>_sk`, PKCS#8 in PEM, 0600.
//!
//! Label and use stand as text in front of the PEM object, where every reader of PEM skips them.
//! A key under another file name is found by reading every file in the folder.

use super::{ALREADY_HERE, KEPT_FOR_DECRYPTING, KEPT_FOR_SIGNING, KeyInfo, KeyStore, check_label};
use crate::encoding::pbes2::{self, Protection};
use crate::encoding::{pem, private_key};
use crate::{
    DecryptionKey, Error, KeyAlgorithm, KeyMaterial, KeyUse, Providers, SecretBytes, SigningKey,
    Ski, Suite,
};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::{Access, Disk, SystemDisk};

/// A key store in a folder.
#[derive(Debug)]
pub struct FolderKeyStore {
    providers: Arc<Providers>,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    password: Option<SecretBytes>,
}

impl FolderKeyStore {
    /// Opens the folder, making it (0700) when it is not there.
    ///
    /// # Errors
    /// [`Error::Storage`] when it cannot be made.
    pub fn open(providers: Arc<Providers>, dir: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::open_on(Arc::new(SystemDisk), providers, dir)
    }

    /// The same on another disk.
    ///
    /// # Errors
    /// [`Error::Storage`] when it cannot be made.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        providers: Arc<Providers>,
        dir: impl Into<PathBuf>,
    ) -> Result<Self, Error> {
        let dir = dir.into();
        disk.create_dir(&dir, Access::Private).map_err(|e| storage(&dir, e))?;
        Ok(Self { providers, disk, dir, password: None })
    }

    /// Protects new keys with this password, and opens protected ones with it.
    #[must_use]
    pub fn with_password(mut self, password: SecretBytes) -> Self {
        self.password = Some(password);
        self
    }

    /// The file a key is written to.
    #[must_use]
    pub fn path_of(&self, ski: &Ski) -> PathBuf {
        self.dir.join(format!("{ski}_sk"))
    }

    fn write(&self, key: &KeyMaterial, info: &KeyInfo) -> Result<(), Error> {
        let pem = match &self.password {
            None => private_key::encode(key)?,
            Some(password) => private_key::encode_protected(
                &self.providers,
                key,
                password.expose(),
                Protection::of(info.algorithm.suite()),
                pbes2::DEFAULT_ITERATIONS,
            )?,
        };
        let file = with_header(info, pem.expose());
        let path = self.path_of(&info.ski);
        match self.disk.create(&path, file.expose(), Access::Private) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(ALREADY_HERE),
            other => other.map_err(|e| storage(&path, e)),
        }
    }

    /// The file of a key: by its name, else by looking into every file.
    fn locate(&self, ski: &Ski) -> Result<(PathBuf, SecretBytes), Error> {
        let path = self.path_of(ski);
        match self.disk.read(&path) {
            Ok(bytes) => return Ok((path, SecretBytes::new(bytes))),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(storage(&path, error)),
        }
        for path in self.files()? {
            let Ok(bytes) = self.disk.read(&path).map(SecretBytes::new) else { continue };
            if self.info_of(&path, &bytes).is_some_and(|info| info.ski == *ski) {
                return Ok((path, bytes));
            }
        }
        Err(Error::NotFound(ski.to_string()))
    }

    fn files(&self) -> Result<Vec<PathBuf>, Error> {
        self.disk.list(&self.dir).map_err(|e| storage(&self.dir, e))
    }

    /// What a file says of its key; `None` for a file that holds no key of ours.
    fn info_of(&self, path: &Path, bytes: &SecretBytes) -> Option<KeyInfo> {
        let header = Header::read(bytes.expose());
        if let (Some(ski), Some(algorithm)) = (ski_of_name(path), header.algorithm) {
            return Some(header.info(ski, algorithm));
        }
        // Not written by us: only the key itself can tell.
        let key = self.open_key(bytes).ok()?;
        let public = *self.providers.signing_key(&key).ok()?.verifying_key().public_key();
        Some(header.info(self.providers.ski(&public).ok()?, public.algorithm()))
    }

    fn open_key(&self, bytes: &SecretBytes) -> Result<KeyMaterial, Error> {
        private_key::decode(&self.providers, bytes.expose(), &|| match &self.password {
            Some(password) => Ok(SecretBytes::copy_from(password.expose())),
            None => private_key::no_password(),
        })
    }

    /// The key of an identifier, which must be kept for the use that is asked.
    fn material(&self, ski: &Ski, key_use: KeyUse) -> Result<KeyMaterial, Error> {
        let (_, bytes) = self.locate(ski)?;
        match (Header::read(bytes.expose()).key_use, key_use) {
            (KeyUse::Sign, KeyUse::Decrypt) => Err(KEPT_FOR_SIGNING),
            (KeyUse::Decrypt, KeyUse::Sign) => Err(KEPT_FOR_DECRYPTING),
            _ => self.open_key(&bytes),
        }
    }

    /// A file under the name of another key would sign in that one's place.
    fn check_own(&self, ski: &Ski, public: &crate::PublicKey) -> Result<(), Error> {
        if self.providers.ski(public)? == *ski {
            return Ok(());
        }
        Err(Error::Malformed { what: "key file", why: "it holds another key than its name says" })
    }
}

impl KeyStore for FolderKeyStore {
    fn generate(&self, suite: Suite, key_use: KeyUse, label: &str) -> Result<KeyInfo, Error> {
        let provider = self.providers.get(suite)?;
        let key = match key_use {
            KeyUse::Sign => provider.generate_signing_key()?.export()?,
            KeyUse::Decrypt => provider.generate_decryption_key()?.export()?,
        };
        self.import(&key, key_use, label)
    }

    fn import(&self, key: &KeyMaterial, key_use: KeyUse, label: &str) -> Result<KeyInfo, Error> {
        check_label(label)?;
        // Taking it in checks it; exporting gives it back with its public key.
        let handle = self.providers.signing_key(key)?;
        let public = *handle.verifying_key().public_key();
        let info = KeyInfo {
            ski: self.providers.ski(&public)?,
            algorithm: public.algorithm(),
            key_use,
            label: label.to_owned(),
        };
        self.write(&handle.export()?, &info)?;
        Ok(info)
    }

    fn list(&self) -> Result<Vec<KeyInfo>, Error> {
        let mut infos = Vec::new();
        for path in self.files()? {
            let Ok(bytes) = self.disk.read(&path).map(SecretBytes::new) else { continue };
            infos.extend(self.info_of(&path, &bytes));
        }
        infos.sort_by_key(|info| info.ski);
        infos.dedup_by_key(|info| info.ski);
        Ok(infos)
    }

    fn signing_key(&self, ski: &Ski) -> Result<Arc<dyn SigningKey>, Error> {
        let key = self.providers.signing_key(&self.material(ski, KeyUse::Sign)?)?;
        self.check_own(ski, key.verifying_key().public_key())?;
        Ok(key)
    }

    fn decryption_key(&self, ski: &Ski) -> Result<Arc<dyn DecryptionKey>, Error> {
        let key = self.providers.decryption_key(&self.material(ski, KeyUse::Decrypt)?)?;
        self.check_own(ski, key.encryption_key().public_key())?;
        Ok(key)
    }

    fn set_label(&self, ski: &Ski, label: &str) -> Result<(), Error> {
        check_label(label)?;
        let (path, bytes) = self.locate(ski)?;
        let mut info =
            self.info_of(&path, &bytes).ok_or_else(|| Error::NotFound(ski.to_string()))?;
        label.clone_into(&mut info.label);
        let file = with_header(&info, without_header(bytes.expose()));
        self.disk.replace(&path, file.expose(), Access::Private).map_err(|e| storage(&path, e))
    }

    fn delete(&self, ski: &Ski) -> Result<(), Error> {
        let (path, _) = self.locate(ski)?;
        self.disk.remove(&path).map_err(|e| storage(&path, e))
    }
}

/// The lines in front of the PEM object.
struct Header {
    label: String,
    key_use: KeyUse,
    algorithm: Option<KeyAlgorithm>,
}

impl Header {
    /// Keys that others put here have no header: they sign, as Fabric's do.
    fn read(file: &[u8]) -> Self {
        let mut header = Self { label: String::new(), key_use: KeyUse::Sign, algorithm: None };
        let blocks = pem::decode_all(file).unwrap_or_default();
        let lines = blocks.first().map(|block| block.preamble().to_owned()).unwrap_or_default();
        for (name, value) in lines.lines().filter_map(|line| line.split_once(": ")) {
            match (name, value) {
                ("Label", label) => label.clone_into(&mut header.label),
                ("Use", "decrypt") => header.key_use = KeyUse::Decrypt,
                ("Algorithm", "SM2") => header.algorithm = Some(KeyAlgorithm::Sm2),
                ("Algorithm", "P-256") => header.algorithm = Some(KeyAlgorithm::EcP256),
                _ => {}
            }
        }
        header
    }

    fn info(self, ski: Ski, algorithm: KeyAlgorithm) -> KeyInfo {
        KeyInfo { ski, algorithm, key_use: self.key_use, label: self.label }
    }
}

fn with_header(info: &KeyInfo, pem: &[u8]) -> SecretBytes {
    let mut header = format!("Algorithm: {}\nUse: {}\n", info.algorithm, info.key_use);
    if !info.label.is_empty() {
        header.push_str(&format!("Label: {}\n", info.label));
    }
    let mut file = Vec::with_capacity(header.len() + pem.len());
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(pem);
    SecretBytes::new(file)
}

fn without_header(file: &[u8]) -> &[u8] {
    let start = file.windows(11).position(|window| window == b"-----BEGIN ");
    start.and_then(|start| file.get(start..)).unwrap_or(file)
}

fn ski_of_name(path: &Path) -> Option<Ski> {
    let hex = path.file_name()?.to_str()?.strip_suffix("_sk")?;
    Some(Ski(hex::decode(hex).ok()?.try_into().ok()?))
}

fn storage(path: &Path, source: std::io::Error) -> Error {
    Error::Storage { path: path.display().to_string(), source }
}
