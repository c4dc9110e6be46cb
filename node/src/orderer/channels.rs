// SPDX-License-Identifier: Apache-2.0
//! All channels of a node that runs: listed, joined and removed while it does.

use super::error::ChannelError;
use super::folder::Folder;
use super::running::{Running, check_tls};
use crate::broadcast::Consenters;
use crate::cluster::{Links, Peers, Seat};
use crate::deliver;
use crate::disk_space::DiskSpace;
use block::Block;
use channel::Channel;
use consensus::Consenter;
use orderer::{Info, OrdererChannel, Relation, Status};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The channels of a node.
pub struct OrdererChannels {
    folder: Arc<Folder>,
    links: Arc<Links>,
    running: RwLock<BTreeMap<String, Running>>,
    /// Channels that do not run, and why.
    refused: RwLock<BTreeMap<String, String>>,
    space: Arc<DiskSpace>,
    /// Why no envelopes are taken.
    closed: RwLock<Option<String>>,
    /// Held by whoever joins or removes.
    changing: tokio::sync::Mutex<IsOpen>,
}

/// Whether channels still come and go.
struct IsOpen(bool);

/// How a channel stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelInfo {
    /// Its height, whether blocks come in, whether this node agrees on them.
    pub info: Info,
    /// Whether this node leads the agreement on it.
    pub leads: bool,
    /// How many nodes vote, if several could.
    pub consenters: Option<usize>,
}

impl OrdererChannels {
    /// Starts all channels that are in the folder.
    pub(super) fn start(folder: Arc<Folder>, links: Arc<Links>, space: Arc<DiskSpace>) -> Self {
        let (mut running, mut refused) = (BTreeMap::new(), BTreeMap::new());
        let registrar = folder.registrar();
        for info in registrar.iter().flat_map(|registrar| registrar.list()) {
            let name = info.name;
            let opened = registrar.as_ref().map(|registrar| registrar.get(&name));
            let Some(Ok(channel)) = opened else {
                tracing::error!(channel = name, why = info.why, "a channel could not be opened");
                continue;
            };
            match Running::start(&folder, &links, channel) {
                Ok(started) => drop(running.insert(name, started)),
                Err(error) => {
                    tracing::error!(channel = name, %error, "a channel could not be started");
                    refused.insert(name, error.to_string());
                }
            }
        }
        Self {
            folder,
            links,
            running: RwLock::new(running),
            refused: RwLock::new(refused),
            space,
            closed: RwLock::default(),
            changing: tokio::sync::Mutex::new(IsOpen(true)),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Running>> {
        self.running.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Running>> {
        self.running.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, name: &str) -> Option<Running> {
        self.read().get(name).cloned()
    }

    /// How all channels stand, by name.
    #[must_use]
    pub fn list(&self) -> Vec<ChannelInfo> {
        let all = self.folder.registrar().map(|registrar| registrar.list()).unwrap_or_default();
        all.into_iter().map(|info| self.with_running(info)).collect()
    }

    /// How a channel stands.
    ///
    /// # Errors
    /// [`ChannelError::Channel`] when it is not here.
    pub fn info(&self, name: &str) -> Result<ChannelInfo, ChannelError> {
        let registrar = self.folder.registrar().ok_or(ChannelError::Stopping)?;
        Ok(self.with_running(registrar.info(name)?))
    }

    fn with_running(&self, mut info: Info) -> ChannelInfo {
        let refused = self.refused.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = refused.get(&info.name) {
            info.status = Status::Failed;
            info.why = Some(why.clone());
        }
        let raft = self.get(&info.name).and_then(|running| running.raft().cloned());
        if raft.is_some() && !self.links.has_tls() {
            // It takes part under the key of the only consenter.
            info.relation = Relation::Consenter;
        }
        let status = raft.map(|raft| raft.status());
        let consenters = status.as_ref().map(|status| status.voters.len());
        ChannelInfo { info, leads: status.is_some_and(|status| status.leads), consenters }
    }

    /// A block of a channel that is here.
    ///
    /// # Errors
    /// [`ChannelError::Channel`] when the channel is not here, or the block cannot be read.
    pub async fn block(&self, name: &str, number: u64) -> Result<Option<Block>, ChannelError> {
        let registrar = self.folder.registrar().ok_or(ChannelError::Stopping)?;
        let channel = registrar.get(name)?;
        let read = tokio::task::spawn_blocking(move || channel.block(number)).await;
        Ok(read.map_err(|_| ChannelError::Stopping)??)
    }

    /// The configuration in force of a channel that is here.
    ///
    /// # Errors
    /// [`ChannelError::Channel`] when it is not here.
    pub fn configuration(&self, name: &str) -> Result<Arc<Channel>, ChannelError> {
        let registrar = self.folder.registrar().ok_or(ChannelError::Stopping)?;
        Ok(registrar.get(name)?.configuration())
    }

    /// Joins the channel of a config block. It is over when envelopes are taken, or after some
    /// seconds: other nodes may have to join first.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub async fn join(&self, block: Block) -> Result<ChannelInfo, ChannelError> {
        let started = self.join_now(block).await?;
        let name = started.chain.channel().info().name;
        let end = Instant::now() + UNTIL_LED;
        while started.consenter.ready().is_err() && Instant::now() < end {
            sleep(PAUSE).await;
        }
        self.info(&name)
    }

    async fn join_now(&self, block: Block) -> Result<Running, ChannelError> {
        let open = self.changing.lock().await;
        let registrar = self.folder.registrar().filter(|_| open.0).ok_or(ChannelError::Stopping)?;
        if let Ok(channel) = Channel::from_block(&self.folder.node.providers, &block) {
            check_tls(&self.links, &channel)?;
        }
        let joined: Result<Arc<OrdererChannel>, _> =
            tokio::task::spawn_blocking(move || registrar.join(&block))
                .await
                .map_err(|_| ChannelError::Stopping)?;
        let channel = joined?;
        let name = channel.info().name;
        let started = Running::start(&self.folder, &self.links, channel)?;
        self.write().insert(name.clone(), started.clone());
        tracing::info!(channel = name, "a channel was joined");
        Ok(started)
    }

    /// Removes a channel with all its blocks.
    ///
    /// # Errors
    /// [`ChannelError::Channel`] when it is not here, or what the disk says.
    pub async fn remove(&self, name: &str) -> Result<(), ChannelError> {
        let open = self.changing.lock().await;
        let registrar = self.folder.registrar().filter(|_| open.0).ok_or(ChannelError::Stopping)?;
        registrar.info(name)?;
        let running = self.write().remove(name);
        if let Some(running) = running {
            running.stop().await;
        }
        self.refused.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        let (folder, name) = (Arc::clone(&self.folder), name.to_owned());
        let removed = tokio::task::spawn_blocking(move || {
            registrar.remove(&name)?;
            // A log that is left is removed at the next start.
            if folder.wal.groups().contains(&name) {
                folder.wal.remove(&name, Box::new(|_| ()))?;
            }
            tracing::info!(channel = name, "a channel was removed");
            Ok(())
        });
        removed.await.map_err(|_| ChannelError::Stopping)?
    }

    /// Says why no envelopes are taken from now on; with `None` they are taken again.
    pub fn close(&self, why: Option<String>) {
        *self.closed.write().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Hands over leadership where this node has it, and stops all channels.
    pub(super) async fn stop(&self) {
        self.changing.lock().await.0 = false;
        self.close(Some("the node stops".to_owned()));
        let running = std::mem::take(&mut *self.write());
        let stopping = running.into_values().map(Running::stop);
        futures_util::future::join_all(stopping).await;
    }
}

impl Consenters for OrdererChannels {
    fn consenter(&self, channel: &str) -> Option<Arc<dyn Consenter>> {
        self.read().get(channel).map(|running| Arc::clone(&running.consenter))
    }

    fn closed(&self) -> Option<String> {
        let closed = self.closed.read().unwrap_or_else(PoisonError::into_inner).clone();
        closed.or_else(|| self.space.check().err().map(|error| error.to_string()))
    }
}

impl deliver::Chains for OrdererChannels {
    fn chain(&self, channel: &str) -> Option<Arc<dyn deliver::Chain>> {
        let running = self.read();
        let chain: Arc<dyn deliver::Chain> = running.get(channel)?.chain.clone();
        Some(chain)
    }
}

impl Peers for OrdererChannels {
    fn seat(&self, channel: &str) -> Option<Arc<dyn Seat>> {
        self.read().get(channel)?.seat()
    }
}

const UNTIL_LED: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(10);
