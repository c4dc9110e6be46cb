// SPDX-License-Identifier: Apache-2.0
//! The private values of an organisation's approvals, found by their hash.
//!
//! The block and the state hold hashes alone. What a peer approved itself it keeps here, and every
//! value is as good as its hash says, so nothing has to be kept in step with the chain.

use bccsp::Digest;
use proto::Bytes;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use sys::{Access, Disk};

/// Keeps values by their hash.
pub trait Values: Debug + Send + Sync {
    /// Keeps a value with this hash.
    ///
    /// # Errors
    /// Why not, as one line.
    fn keep(&self, hash: &Digest, value: &Bytes) -> Result<(), String>;

    /// The value with this hash, if it is here.
    fn find(&self, hash: &[u8]) -> Option<Bytes>;
}

/// Values in memory.
#[derive(Debug, Default)]
pub struct MemoryValues(Mutex<BTreeMap<Vec<u8>, Bytes>>);

impl MemoryValues {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Values for MemoryValues {
    fn keep(&self, hash: &Digest, value: &Bytes) -> Result<(), String> {
        self.lock().insert(hash.as_ref().to_vec(), value.clone());
        Ok(())
    }

    fn find(&self, hash: &[u8]) -> Option<Bytes> {
        self.lock().get(hash).cloned()
    }
}

/// Values in a folder, a file each, and in memory. Administrators alone make them, and they are few.
#[derive(Debug)]
pub struct ValueFolder {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    memory: MemoryValues,
}

impl ValueFolder {
    /// Opens a folder, which is made when it is not there.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path) -> std::io::Result<Self> {
        disk.create_dir(dir, Access::Private)?;
        let memory = MemoryValues::default();
        for path in disk.list(dir)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(hash) = ledger::blocks::transaction_key(&name) {
                memory.lock().insert(hash.to_vec(), disk.read(&path)?.into());
            }
        }
        Ok(Self { disk, dir: dir.to_path_buf(), memory })
    }
}

impl Values for ValueFolder {
    fn keep(&self, hash: &Digest, value: &Bytes) -> Result<(), String> {
        if self.memory.find(hash.as_ref()).is_some() {
            return Ok(());
        }
        let path = self.dir.join(hash.to_string());
        let kept = self.disk.replace(&path, value, Access::Private);
        kept.map_err(|error| format!("{}: {error}", path.display()))?;
        self.memory.keep(hash, value)
    }

    fn find(&self, hash: &[u8]) -> Option<Bytes> {
        self.memory.find(hash)
    }
}
