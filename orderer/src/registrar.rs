// SPDX-License-Identifier: Apache-2.0
//! All channels of a node, by name, each in a folder of its own.
//!
//! ```text
//! lock               held while the registrar is there
//! CHANNEL/           an `OrdererChannel`
//! .CHANNEL.joining   a channel that was being joined; cleaned up
//! .CHANNEL.removed   one that was being removed; cleaned up
//! ```

use crate::join::JOINING;
use crate::{Error, Info, Node, OrdererChannel, Relation, Status};
use block::Block;
use channel::{Channel, check_id};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use sys::{Access, VolumeLock};

/// The channels of a node.
#[derive(Debug)]
pub struct Registrar {
    node: Arc<Node>,
    dir: PathBuf,
    channels: RwLock<BTreeMap<String, Entry>>,
    _lock: Box<dyn VolumeLock>,
}

#[derive(Debug)]
enum Entry {
    Open(Arc<OrdererChannel>),
    /// It is on disk, and could not be opened.
    Failed(String),
}

impl Registrar {
    /// Opens all channels in a folder, which is made when it is not there. Channels that were
    /// half joined or half removed are cleaned up. One that cannot be opened is listed as failed, and
    /// does not keep the others from their work.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the folder holds something else, or another process has it; what the
    /// disk says.
    pub fn open(node: Arc<Node>, dir: &Path) -> Result<Self, Error> {
        node.volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let path = dir.join(LOCK);
        let lock = node.volume.lock(&path).map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => {
                Error::damaged(dir, "in use by another process; stop that one first")
            }
            _ => Error::at(&path)(error),
        })?;
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
        let (channels, dir) = (RwLock::new(channels), dir.to_path_buf());
        Ok(Self { node, dir, channels, _lock: lock })
    }

    /// Joins the channel of a config block; see [`OrdererChannel::join`].
    ///
    /// # Errors
    /// As there.
    pub fn join(&self, block: &Block) -> Result<Arc<OrdererChannel>, Error> {
        // Held, so that of two who join the same channel one is told that it is there.
        let mut channels = self.write();
        let bad = |error: channel::Error| Error::BadBlock(error.to_string());
        let name = Channel::from_block(&self.node.providers, block).map_err(bad)?.id().to_owned();
        if channels.contains_key(&name) {
            return Err(Error::Exists(name));
        }
        let joined = Arc::new(OrdererChannel::join(&self.node, &self.dir.join(&name), block)?);
        channels.insert(name, Entry::Open(Arc::clone(&joined)));
        Ok(joined)
    }

    /// The channel of that name.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Damaged`] when it could not be opened.
    pub fn get(&self, name: &str) -> Result<Arc<OrdererChannel>, Error> {
        match self.read().get(name) {
            Some(Entry::Open(channel)) => Ok(Arc::clone(channel)),
            Some(Entry::Failed(why)) => Err(Error::damaged(&self.dir.join(name), why.clone())),
            None => Err(Error::NotFound(name.to_owned())),
        }
    }

    /// All channels that could be opened, by name.
    #[must_use]
    pub fn channels(&self) -> Vec<Arc<OrdererChannel>> {
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
        self.read().iter().map(|(name, entry)| info(name, entry)).collect()
    }

    /// How a channel stands.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn info(&self, name: &str) -> Result<Info, Error> {
        let channels = self.read();
        let (name, entry) =
            channels.get_key_value(name).ok_or_else(|| Error::NotFound(name.to_owned()))?;
        Ok(info(name, entry))
    }

    /// Removes a channel with all its blocks. Whoever agrees on it is stopped first; a channel that
    /// somebody still holds refuses everything from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`], or what the disk says.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let mut channels = self.write();
        let Some(entry) = channels.get(name) else {
            return Err(Error::NotFound(name.to_owned()));
        };
        if let Entry::Open(channel) = entry {
            channel.retire("the channel was removed from this node");
        }
        let (path, removed) = (self.dir.join(name), self.dir.join(format!(".{name}{REMOVED}")));
        // With its name the channel is gone, whatever of it is still there.
        self.node.volume.rename(&path, &removed).map_err(Error::at(&path))?;
        channels.remove(name);
        self.node.volume.remove_dir(&removed).map_err(Error::at(&removed))
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Entry>> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Entry>> {
        self.channels.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(node: &Arc<Node>, path: &Path, name: &str) -> Entry {
    match OrdererChannel::open(node, path) {
        Ok(channel) if channel.name == name => Entry::Open(Arc::new(channel)),
        Ok(channel) => Entry::Failed(format!("its blocks are those of channel {}", channel.name)),
        Err(error) => Entry::Failed(error.to_string()),
    }
}

fn info(name: &str, entry: &Entry) -> Info {
    match entry {
        Entry::Open(channel) => channel.info(),
        Entry::Failed(why) => Info {
            name: name.to_owned(),
            height: 0,
            status: Status::Failed,
            relation: Relation::Other,
            why: Some(why.clone()),
        },
    }
}

const LOCK: &str = "lock";
const REMOVED: &str = ".removed";
