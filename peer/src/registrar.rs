// SPDX-License-Identifier: Apache-2.0
//! All channels of a peer, by name, each in a folder of its own.
//!
//! ```text
//! lock               held while the registrar is there
//! CHANNEL/           a `PeerChannel`
//! .CHANNEL.joining   a channel that was being joined; cleaned up
//! .CHANNEL.removed   one that was being left; cleaned up
//! ```

use crate::channel::{JOINING, channel_of};
use crate::{Error, Node, PeerChannel};
use ::channel::{Channel, check_id};
use bccsp::Digest;
use block::Block;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use sys::{Access, Volume, VolumeLock};

/// The channels of a peer.
#[derive(Debug)]
pub struct Registrar {
    node: Arc<Node>,
    dir: PathBuf,
    channels: RwLock<BTreeMap<String, Entry>>,
    /// The snapshot that a channel is being joined with.
    importing: Arc<Mutex<Option<PathBuf>>>,
    _lock: Box<dyn VolumeLock>,
}

#[derive(Debug)]
enum Entry {
    Open(Arc<PeerChannel>),
    /// It is on disk, and could not be opened.
    Failed(String),
}

/// How a channel stands on this peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its name.
    pub name: String,
    /// Number of the next block; 0 where it is not known.
    pub height: u64,
    /// Why it takes no more blocks.
    pub failed: Option<String>,
}

impl Registrar {
    /// Opens all channels in a folder, which is made when it is not there. Channels that were half
    /// joined or half left are cleaned up. One that cannot be opened is listed as failed, and does not
    /// keep the others from their work.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the folder holds something else, or another process has it; what the
    /// disk says.
    pub fn open(node: Arc<Node>, dir: &Path) -> Result<Self, Error> {
        node.volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let lock = lock(&*node.volume, dir)?;
        let mut channels = BTreeMap::new();
        for path in node.volume.list(dir).map_err(Error::at(dir))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name == LOCK {
                continue;
            }
            if name.starts_with('.') && (name.ends_with(JOINING) || name.ends_with(REMOVED)) {
                node.volume.remove_dir(&path).map_err(Error::at(&path))?;
                continue;
            }
            check_id(&name).map_err(|_| Error::damaged(&path, "it is no channel's folder"))?;
            channels.insert(name.clone(), open(&node, &path, &name));
        }
        let (dir, channels) = (dir.to_path_buf(), RwLock::new(channels));
        Ok(Self { node, dir, channels, importing: Arc::default(), _lock: lock })
    }

    /// What its channels are kept on and judged with.
    #[must_use]
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Joins the channel of a genesis block; see [`PeerChannel::create`].
    ///
    /// # Errors
    /// As there.
    pub fn join(&self, block: &Block) -> Result<Arc<PeerChannel>, Error> {
        let channel = Channel::from_block(&self.node.providers, block);
        let channel = channel.map_err(|error| Error::BadBlock(error.to_string()))?;
        let name = channel.id().to_owned();
        let mut channels = self.write();
        if channels.contains_key(&name) {
            return Err(Error::Exists(name));
        }
        let joined = Arc::new(PeerChannel::create(&self.node, &self.dir.join(&name), block)?);
        channels.insert(name, Entry::Open(Arc::clone(&joined)));
        Ok(joined)
    }

    /// Looks whether a channel can be joined with the snapshot in a folder, and keeps others from being
    /// joined with one meanwhile. [`take_in`](Self::take_in) does it, which may take its time.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::Busy`] while another snapshot is taken in; as
    /// [`PeerChannel::create_from`].
    pub fn import(&self, snapshot: &Path, state_hash: Option<&Digest>) -> Result<Import, Error> {
        let name = channel_of(&self.node, snapshot, state_hash)?;
        if self.read().contains_key(&name) {
            return Err(Error::Exists(name));
        }
        let mut importing = self.importing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = &*importing {
            return Err(Error::Busy(other.clone()));
        }
        *importing = Some(snapshot.to_path_buf());
        let (importing, snapshot) = (Arc::clone(&self.importing), snapshot.to_path_buf());
        Ok(Import { importing, name, snapshot, state_hash: state_hash.cloned() })
    }

    /// Takes a snapshot in, and joins its channel.
    ///
    /// # Errors
    /// As [`PeerChannel::create_from`].
    pub fn take_in(&self, import: &Import) -> Result<Arc<PeerChannel>, Error> {
        let Import { name, snapshot, state_hash, .. } = import;
        let path = self.dir.join(name);
        let made = PeerChannel::create_from(&self.node, &path, snapshot, state_hash.as_ref())?;
        let joined = Arc::new(made);
        self.write().insert(name.clone(), Entry::Open(Arc::clone(&joined)));
        Ok(joined)
    }

    /// The snapshot that a channel is being joined with, if there is one.
    #[must_use]
    pub fn importing(&self) -> Option<PathBuf> {
        self.importing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leaves a channel of a peer that does not run, which need not be opened for that.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the folder is none of channels, or of an orderer, or a peer has it;
    /// [`Error::NotFound`]; what the disk says.
    pub fn leave_stopped(volume: &dyn Volume, dir: &Path, name: &str) -> Result<(), Error> {
        if !volume.exists(&dir.join(LOCK)) {
            return Err(Error::damaged(dir, "there are no channels of a peer here"));
        }
        let _lock = lock(volume, dir)?;
        // A name that is none of a channel may be the way into another folder.
        let is_channel = name != LOCK && check_id(name).is_ok();
        if !is_channel || !volume.exists(&dir.join(name)) {
            return Err(Error::NotFound(name.to_owned()));
        }
        let path = dir.join(name);
        if ledger::is_there(volume, &path) && !ledger::has_state(volume, &path) {
            return Err(Error::damaged(&path, "there are blocks alone, as orderers keep them"));
        }
        remove(volume, dir, name, || ())
    }

    /// The channel of that name.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Damaged`] when it could not be opened.
    pub fn get(&self, name: &str) -> Result<Arc<PeerChannel>, Error> {
        match self.read().get(name) {
            Some(Entry::Open(channel)) => Ok(Arc::clone(channel)),
            Some(Entry::Failed(why)) => Err(Error::damaged(&self.dir.join(name), why.clone())),
            None => Err(Error::NotFound(name.to_owned())),
        }
    }

    /// All channels that could be opened, by name.
    #[must_use]
    pub fn channels(&self) -> Vec<Arc<PeerChannel>> {
        let channels = self.read();
        let open = channels.values().filter_map(|entry| match entry {
            Entry::Open(channel) => Some(Arc::clone(channel)),
            Entry::Failed(_) => None,
        });
        open.collect()
    }

    /// How all channels stand, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Info> {
        let info = |(name, entry): (&String, &Entry)| match entry {
            Entry::Open(channel) => {
                Info { name: name.clone(), height: channel.height(), failed: channel.stopped() }
            }
            Entry::Failed(why) => Info { name: name.clone(), height: 0, failed: Some(why.clone()) },
        };
        self.read().iter().map(info).collect()
    }

    /// Leaves a channel, with all that is on disk of it. One that somebody still holds takes no more
    /// blocks.
    ///
    /// # Errors
    /// [`Error::NotFound`], or what the disk says.
    pub fn leave(&self, name: &str) -> Result<(), Error> {
        let mut channels = self.write();
        let Some(entry) = channels.get(name) else {
            return Err(Error::NotFound(name.to_owned()));
        };
        if let Entry::Open(channel) = entry {
            channel.retire("the peer has left the channel");
        }
        remove(&*self.node.volume, &self.dir, name, || drop(channels.remove(name)))
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Entry>> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Entry>> {
        self.channels.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A channel that is to be joined with a snapshot.
#[derive(Debug)]
pub struct Import {
    importing: Arc<Mutex<Option<PathBuf>>>,
    name: String,
    snapshot: PathBuf,
    state_hash: Option<Digest>,
}

impl Import {
    /// The name of the channel.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        *self.importing.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn lock(volume: &dyn Volume, dir: &Path) -> Result<Box<dyn VolumeLock>, Error> {
    let path = dir.join(LOCK);
    volume.lock(&path).map_err(|error| match error.kind() {
        ErrorKind::WouldBlock => {
            Error::damaged(dir, "in use by another process; stop that one first")
        }
        _ => Error::at(&path)(error),
    })
}

/// Removes a channel's folder. With its name the channel is gone, whatever of it is still there.
fn remove(volume: &dyn Volume, dir: &Path, name: &str, gone: impl FnOnce()) -> Result<(), Error> {
    let (path, removed) = (dir.join(name), dir.join(format!(".{name}{REMOVED}")));
    volume.rename(&path, &removed).map_err(Error::at(&path))?;
    gone();
    volume.remove_dir(&removed).map_err(Error::at(&removed))
}

fn open(node: &Node, path: &Path, name: &str) -> Entry {
    match PeerChannel::open(node, path) {
        Ok(channel) if channel.id() == name => Entry::Open(Arc::new(channel)),
        Ok(channel) => Entry::Failed(format!("its blocks are those of channel {}", channel.id())),
        Err(error) => Entry::Failed(error.to_string()),
    }
}

const LOCK: &str = "lock";
const REMOVED: &str = ".removed";
