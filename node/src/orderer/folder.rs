// SPDX-License-Identifier: Apache-2.0
//! The folder of a node, open: `wal/`, one log for all channels, and `channels/`, one folder each.
//! One process has it open at a time.

use super::error::StartError;
use crate::operations::metrics::Stages;
use consensus::raft::Threads;
use consensus::wal::{self, SyncThread, Wal};
use orderer::{Node, Registrar};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use sys::Entropy;

/// What is open.
pub(super) struct Folder {
    pub(super) node: Arc<Node>,
    pub(super) wal: Wal,
    pub(super) worker: Arc<Threads>,
    /// What channels count.
    pub(super) stages: Stages,
    registrar: Mutex<Option<Arc<Registrar>>>,
}

impl Folder {
    /// Opens it. The log of a channel that is not there is removed: it was left when the channel was.
    pub(super) fn open(
        node: Arc<Node>,
        location: &Path,
        wal: &Path,
        threads: usize,
        stages: Stages,
    ) -> Result<Self, StartError> {
        let registrar = Registrar::open(node.clone(), &location.join("channels"))?;
        let worker = Arc::new(Threads::start(threads)?);
        let options = wal::Options { salt: salt(&*node.entropy)?, ..wal::Options::default() };
        let wal = Wal::open(&node.volume, wal, options, Box::new(SyncThread::start()?))?;
        let here: Vec<String> = registrar.list().into_iter().map(|info| info.name).collect();
        for group in wal.groups() {
            if !here.contains(&group) {
                wal.remove(&group, Box::new(|_| ()))?;
            }
        }
        let registrar = Mutex::new(Some(Arc::new(registrar)));
        Ok(Self { node, wal, worker, stages, registrar })
    }

    /// All channels on disk, until the folder is closed.
    pub(super) fn registrar(&self) -> Option<Arc<Registrar>> {
        self.registrar.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes safe what was written, and lets go. Everybody who held something must have stopped.
    pub(super) fn close(&self) {
        drop(self.registrar.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.wal.close();
    }
}

/// A number that nobody outside can guess.
pub(super) fn salt(entropy: &dyn Entropy) -> Result<u32, sys::EntropyFailure> {
    let mut salt = [0; 4];
    entropy.fill(&mut salt)?;
    Ok(u32::from_le_bytes(salt))
}
