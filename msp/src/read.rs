// SPDX-License-Identifier: Apache-2.0
//! Reads an MSP folder, as lenient in form as the field asks: any file names, PEM with several
//! objects, CRLF or text around them, DER, both families mixed.
//!
//! Not here: judging what was read (`check`, `provider`). Private keys are looked at and not kept.

use crate::Error;
use crate::config::{Config, NodeOus};
use crate::finding::{Finding, Kind};
use crate::folder::{Found, KeyFile, MspFolder};
use crate::layout::{self, CONFIG_FILE, Place};
use bccsp::encoding::{pem, private_key};
use bccsp::{Providers, PublicKey, SecretBytes};
use pki::{Certificate, Crl};
use proto::Bytes;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use sys::Disk;

/// Reads everything that is looked at.
pub(crate) fn read(
    disk: &dyn Disk,
    providers: &Providers,
    path: &Path,
) -> Result<MspFolder, Error> {
    let entries = disk.list(path).map_err(|e| Error::file(path, e))?;
    let folder = MspFolder {
        path: path.to_path_buf(),
        certificates: BTreeMap::new(),
        crls: Vec::new(),
        keys: Vec::new(),
        config: None,
        unit_certificates: BTreeMap::new(),
        config_refused: None,
        findings: Vec::new(),
    };
    let mut reader = Reader { disk, providers, folder, left: layout::MAX_TOTAL };
    reader.names(&entries);
    for place in Place::CERTIFICATES {
        reader.certificates(place);
    }
    reader.crls();
    reader.keys();
    reader.config();
    Ok(reader.folder)
}

struct Reader<'a> {
    disk: &'a dyn Disk,
    providers: &'a Providers,
    folder: MspFolder,
    /// Bytes that may still be read.
    left: usize,
}

impl Reader<'_> {
    /// Names that Fabric does not look at: most often a slip of the pen.
    fn names(&mut self, entries: &[PathBuf]) {
        for path in entries {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let known = Place::ALL.iter().any(|place| place.folder() == name)
                || name == CONFIG_FILE
                || layout::IGNORED.contains(&name)
                || name.starts_with('.');
            if !known {
                let what = "nothing of that name belongs into an MSP folder";
                let hint = "it is not looked at: rename it if it is meant, or move it out";
                self.add(Finding::warning(Kind::UnknownEntry, path, what, hint));
            }
        }
    }

    fn certificates(&mut self, place: Place) {
        let mut all = Vec::new();
        for (path, bytes) in self.files(place, layout::MAX_FILE) {
            let mut here = Vec::new();
            let (objects, text) = self.objects(&path, bytes.expose());
            for (object, number) in objects.into_iter().zip(1_u32..) {
                match Certificate::from_der(&object) {
                    Ok(item) => {
                        here.push(Found { path: path.clone(), item, text: text.clone() });
                    }
                    Err(error) => self.unreadable(&path, &format!("object {number}: {error}")),
                }
            }
            if here.len() > 1 {
                let what = format!("it holds {} certificates", here.len());
                let hint = "Fabric reads the first one only: split it, a file each";
                self.add(Finding::warning(Kind::NotReadByFabric, &path, what, hint));
            }
            all.append(&mut here);
        }
        if !all.is_empty() {
            self.folder.certificates.insert(place, all);
        }
    }

    fn crls(&mut self) {
        for (path, bytes) in self.files(Place::Crls, layout::MAX_CRL_FILE) {
            let (objects, text) = self.objects(&path, bytes.expose());
            for object in objects {
                match Crl::from_der(&object) {
                    Ok(item) => {
                        let found = Found { path: path.clone(), item, text: text.clone() };
                        self.folder.crls.push(found);
                    }
                    Err(error) => self.unreadable(&path, &error.to_string()),
                }
            }
        }
    }

    fn keys(&mut self) {
        for (path, bytes) in self.files(Place::Keystore, layout::MAX_FILE) {
            let public = match public_half(self.providers, bytes.expose()) {
                Ok(public) => Some(public),
                Err(KeyProblem::Protected) => {
                    let what = "the private key is under a password";
                    let hint = "Fabric reads plain PKCS#8 only: write it anew without a password";
                    self.add(Finding::warning(Kind::KeyProtected, &path, what, hint));
                    None
                }
                Err(KeyProblem::Unreadable(error)) => {
                    let what = format!("no private key can be read from it: {error}");
                    let hint = "put a PKCS#8 key in PEM here, or move the file out";
                    self.add(Finding::error(Kind::KeyUnreadable, &path, what, hint));
                    None
                }
            };
            let mode = self.disk.mode(&path).ok();
            self.folder.keys.push(KeyFile { path, public, mode });
        }
    }

    fn config(&mut self) {
        let path = self.folder.path.join(CONFIG_FILE);
        let bytes = match self.disk.read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            Err(error) => return self.config_broken(&path, None, error.to_string()),
        };
        if bytes.len() > layout::MAX_FILE {
            return self.config_broken(&path, None, "the file is too large".to_owned());
        }
        let Ok(text) = String::from_utf8(bytes) else {
            return self.config_broken(&path, None, "the file is not UTF-8 text".to_owned());
        };
        let (config, mistakes) = Config::parse_all(&text);
        for mistake in mistakes {
            if mistake.unknown_key {
                let hint = "it is skipped: correct or remove it";
                let finding = Finding::warning(Kind::ConfigUnknownKey, &path, mistake.what, hint);
                self.add(finding.at_line(mistake.line));
            } else {
                self.config_broken(&path, Some(mistake.line), mistake.what);
            }
        }
        self.unit_files(&config);
        self.folder.config = Some(config);
    }

    fn config_broken(&mut self, path: &Path, line: Option<u64>, what: String) {
        let place = line.map_or(String::new(), |line| format!(":{line}"));
        let refused = format!("{}{place}: {what}", path.display());
        self.folder.config_refused.get_or_insert(refused);
        let hint = "correct it: until then nobody can be judged by this folder";
        let mut finding = Finding::error(Kind::ConfigInvalid, path, what, hint);
        finding.line = line;
        self.add(finding);
    }

    /// Looks for the certificates that the configuration names.
    fn unit_files(&mut self, config: &Config) {
        let roles = config.node_ous.iter().flat_map(NodeOus::units);
        let units = roles.filter_map(|(_, unit)| unit).chain(&config.organizational_units);
        for file in units.filter_map(|unit| unit.certificate.as_deref()) {
            if self.folder.unit_certificates.contains_key(file) {
                continue;
            }
            let found = self.unit_file(file);
            self.folder.unit_certificates.insert(file.to_owned(), found);
        }
    }

    fn unit_file(&mut self, file: &str) -> Option<Found<Certificate>> {
        let relative = Path::new(file);
        // A configuration that came from elsewhere must not make us read elsewhere.
        let inside = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
        if !relative.components().all(inside) {
            return None;
        }
        let path = self.folder.path.join(relative);
        let bytes = self.disk.read(&path).ok().filter(|bytes| bytes.len() <= layout::MAX_FILE)?;
        let item = Certificate::from_pem_or_der(&bytes).ok()?;
        let blocks = pem::decode_all(&bytes).map_or(0, |blocks| blocks.len());
        Some(Found { path, item, text: (blocks == 1).then(|| bytes.into()) })
    }

    /// The files of a folder, as far as the bounds allow. Hidden files and folders inside are
    /// passed over: clusters mount secrets through both.
    fn files(&mut self, place: Place, max: usize) -> Vec<(PathBuf, SecretBytes)> {
        let dir = self.folder.path.join(place.folder());
        let entries = match self.disk.list(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                self.unreadable(&dir, &error.to_string());
                return Vec::new();
            }
        };
        if entries.len() > layout::MAX_FILES {
            let what = format!("{} entries in it", entries.len());
            self.too_much(&dir, &what, &format!("at most {} are read", layout::MAX_FILES));
        }
        let entries = entries.into_iter().filter(|path| !is_hidden(path));
        entries.take(layout::MAX_FILES).filter_map(|path| self.file(path, max)).collect()
    }

    fn file(&mut self, path: PathBuf, max: usize) -> Option<(PathBuf, SecretBytes)> {
        match self.disk.read(&path).map(SecretBytes::new) {
            Ok(bytes) if bytes.len() > max.min(self.left) => {
                self.too_much(&path, &format!("{} bytes", bytes.len()), "it is not read");
                None
            }
            Ok(bytes) => {
                self.left = self.left.saturating_sub(bytes.len());
                Some((path, bytes))
            }
            Err(error) if error.kind() == ErrorKind::IsADirectory => None,
            Err(error) => {
                self.unreadable(&path, &error.to_string());
                None
            }
        }
    }

    /// The objects of a file that are no private keys, and the file as it is, where it is PEM with
    /// one object.
    fn objects(&mut self, path: &Path, bytes: &[u8]) -> (Vec<Vec<u8>>, Option<Bytes>) {
        if !pem::is_pem(bytes) {
            let what = "the file is not PEM";
            let hint = "Fabric reads PEM only: convert it";
            self.add(Finding::warning(Kind::NotReadByFabric, path, what, hint));
            return (vec![bytes.to_vec()], None);
        }
        let blocks = match pem::decode_all(bytes) {
            Ok(blocks) => blocks,
            Err(error) => {
                self.unreadable(path, &error.to_string());
                return (Vec::new(), None);
            }
        };
        let is_key = |block: &pem::Block| block.label().ends_with("PRIVATE KEY");
        if blocks.iter().any(is_key) {
            let what = "a private key is in it";
            let hint = "this folder is handed out: move the key to `keystore` and replace it";
            self.add(Finding::error(Kind::KeyAmongCertificates, path, what, hint));
        }
        let others = blocks.iter().filter(|block| !is_key(block));
        let text = (blocks.len() == 1).then(|| Bytes::copy_from_slice(bytes));
        (others.map(|block| block.der().to_vec()).collect(), text)
    }

    fn unreadable(&mut self, path: &Path, why: &str) {
        let hint = "put a good file in its place, or move it out";
        self.add(Finding::error(Kind::Unreadable, path, why, hint));
    }

    fn too_much(&mut self, path: &Path, what: &str, then: &str) {
        let what = format!("more than an MSP folder has: {what}; {then}");
        self.add(Finding::error(Kind::TooMuch, path, what, "move out what does not belong here"));
    }

    fn add(&mut self, finding: Finding) {
        self.folder.findings.push(finding);
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.'))
}

enum KeyProblem {
    Protected,
    Unreadable(bccsp::Error),
}

fn public_half(providers: &Providers, bytes: &[u8]) -> Result<PublicKey, KeyProblem> {
    let asked = std::cell::Cell::new(false);
    let password = || {
        asked.set(true);
        private_key::no_password()
    };
    let key = private_key::decode(providers, bytes, &password);
    let handle = key.and_then(|key| providers.signing_key(&key));
    match handle {
        Ok(handle) => Ok(*handle.verifying_key().public_key()),
        Err(_) if asked.get() => Err(KeyProblem::Protected),
        Err(error) => Err(KeyProblem::Unreadable(error)),
    }
}
