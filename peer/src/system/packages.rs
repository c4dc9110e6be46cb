// SPDX-License-Identifier: Apache-2.0
//! Chaincode packages that are installed on a peer.
//!
//! Not here: what a package must be (`package`), and running what is in it.

use bccsp::Providers;
use package::Package;
use proto::Bytes;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use sys::{Access, Disk};

/// A package that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its id: label, colon, hash.
    pub id: String,
    /// Its label.
    pub label: String,
}

/// Keeps packages.
pub trait Packages: Debug + Send + Sync {
    /// Keeps a package, which was checked and has this id. One that is there already stays.
    ///
    /// # Errors
    /// Why not, as one line.
    fn install(&self, package: &Package, bytes: &Bytes) -> Result<(), String>;

    /// All packages, by id.
    fn list(&self) -> Vec<Installed>;

    /// The file of a package; `None` when it is not installed.
    ///
    /// # Errors
    /// Why it cannot be read, as one line.
    fn file(&self, id: &str) -> Result<Option<Bytes>, String>;
}

/// Packages in memory.
#[derive(Debug, Default)]
pub struct MemoryPackages(Mutex<BTreeMap<String, (String, Bytes)>>);

impl Packages for MemoryPackages {
    fn install(&self, package: &Package, bytes: &Bytes) -> Result<(), String> {
        let value = (package.label().to_owned(), bytes.clone());
        self.lock().entry(package.id().to_owned()).or_insert(value);
        Ok(())
    }

    fn list(&self) -> Vec<Installed> {
        let installed = |(id, (label, _)): (&String, &(String, Bytes))| Installed {
            id: id.clone(),
            label: label.clone(),
        };
        self.lock().iter().map(installed).collect()
    }

    fn file(&self, id: &str) -> Result<Option<Bytes>, String> {
        Ok(self.lock().get(id).map(|(_, bytes)| bytes.clone()))
    }
}

impl MemoryPackages {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (String, Bytes)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Packages in a folder, a file each. The list is in memory.
#[derive(Debug)]
pub struct PackageFolder {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    list: RwLock<BTreeMap<String, String>>,
}

impl PackageFolder {
    /// Opens a folder, which is made when it is not there. Files in it that are no packages are
    /// passed over and named.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(
        disk: Arc<dyn Disk>,
        providers: &Providers,
        dir: &Path,
    ) -> std::io::Result<(Self, Vec<PathBuf>)> {
        disk.create_dir(dir, Access::Private)?;
        let (mut list, mut others) = (BTreeMap::new(), Vec::new());
        for path in disk.list(dir)? {
            match disk.read(&path).map(|bytes| Package::read(&bytes, providers))? {
                Ok(package) if path == file(dir, package.id()) => {
                    list.insert(package.id().to_owned(), package.label().to_owned());
                }
                _ => others.push(path),
            }
        }
        Ok((Self { disk, dir: dir.to_path_buf(), list: RwLock::new(list) }, others))
    }
}

impl Packages for PackageFolder {
    fn install(&self, package: &Package, bytes: &Bytes) -> Result<(), String> {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        if list.contains_key(package.id()) {
            return Ok(());
        }
        let path = file(&self.dir, package.id());
        let kept = self.disk.replace(&path, bytes, Access::Private);
        kept.map_err(|error| format!("{}: {error}", path.display()))?;
        list.insert(package.id().to_owned(), package.label().to_owned());
        Ok(())
    }

    fn list(&self) -> Vec<Installed> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let installed =
            |(id, label): (&String, &String)| Installed { id: id.clone(), label: label.clone() };
        list.iter().map(installed).collect()
    }

    fn file(&self, id: &str) -> Result<Option<Bytes>, String> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        // Only ids that are known become names of files.
        if !list.contains_key(id) {
            return Ok(None);
        }
        let path = file(&self.dir, id);
        let bytes =
            self.disk.read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Some(bytes.into()))
    }
}

/// A label has letters, digits and `._+-`; the colon becomes a point.
fn file(dir: &Path, id: &str) -> PathBuf {
    dir.join(format!("{}.tar.gz", id.replace(':', ".")))
}
