// SPDX-License-Identifier: Apache-2.0
//! The channels of a peer, each of which follows its orderers.

use super::dial::SourceDial;
use super::follow::Follower;
use super::numbers::Numbers;
use crate::config::BlockSource;
use crate::pull::Puller;
use ::peer::{Channels, Import, PeerChannel, Registrar, View};
use bccsp::Digest;
use block::Block;
use msp::SigningIdentity;
use proto::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use sys::{Clock, Entropy};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What following needs.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) identity: Arc<SigningIdentity>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) dialing: super::dial::Dialing,
    /// Where blocks come from.
    pub(super) from: Arc<BlockSource>,
    pub(super) numbers: Numbers,
    /// The hash of the TLS certificate that the peer shows.
    pub(super) binding: Option<Bytes>,
}

/// The channels of a peer.
pub(super) struct PeerChannels {
    registrar: Arc<Registrar>,
    means: Means,
    runtime: Handle,
    stop: watch::Sender<bool>,
    following: Mutex<BTreeMap<String, JoinHandle<()>>>,
    /// For what goes on when a call has returned.
    this: Weak<Self>,
}

impl fmt::Debug for PeerChannels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PeerChannels").field(&self.registrar.list()).finish()
    }
}

impl PeerChannels {
    /// Has all channels of a registrar follow their orderers.
    pub(super) fn start(registrar: Arc<Registrar>, means: Means) -> Arc<Self> {
        let (stop, _) = watch::channel(false);
        let (runtime, following) = (Handle::current(), Mutex::default());
        let this = Arc::new_cyclic(|this| {
            let this = this.clone();
            Self { registrar, means, runtime, stop, following, this }
        });
        for channel in this.registrar.channels() {
            this.follow(channel);
        }
        this
    }

    pub(super) fn registrar(&self) -> &Arc<Registrar> {
        &self.registrar
    }

    fn follow(&self, channel: Arc<PeerChannel>) {
        let name = channel.id().to_owned();
        let task = self.runtime.spawn(follow(channel, self.means.clone(), self.stop.subscribe()));
        let mut following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        following.insert(name, task);
    }

    /// Takes a snapshot in, and has its channel follow.
    fn take_in(&self, import: &Import) {
        let channel = import.name();
        match self.registrar.take_in(import) {
            Ok(joined) => {
                let height = joined.height();
                tracing::info!(channel, height, "a channel was joined with a snapshot");
                self.follow(joined);
            }
            Err(error) => {
                tracing::error!(channel, %error, "a channel was not joined with a snapshot");
            }
        }
    }

    /// Stops following, when what was begun is committed, and makes all channels quick to open.
    pub(super) async fn stop(&self) {
        self.stop.send_replace(true);
        let following = {
            let mut following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *following)
        };
        for task in following.into_values() {
            let _ = task.await;
        }
        let registrar = Arc::clone(&self.registrar);
        let flushed = tokio::task::spawn_blocking(move || {
            registrar.channels().iter().try_for_each(|channel| channel.flush())
        });
        if let Ok(Err(error)) = flushed.await {
            tracing::error!(%error, "a channel was not flushed: it will take longer to open");
        }
    }
}

impl Channels for PeerChannels {
    fn view(&self, id: &str) -> Option<View> {
        self.registrar.view(id)
    }

    fn names(&self) -> Vec<String> {
        self.registrar.names()
    }

    fn join(&self, block: Block) -> Result<(), String> {
        let channel = self.registrar.join(&block).map_err(|error| error.to_string())?;
        self.follow(channel);
        Ok(())
    }

    fn join_snapshot(&self, dir: &Path, state_hash: Option<&Digest>) -> Result<(), String> {
        let import = self.registrar.import(dir, state_hash).map_err(|error| error.to_string())?;
        let this = self.this.upgrade().ok_or("the peer stops")?;
        // The import is let go behind it: who then asks for the channel finds it.
        drop(self.runtime.spawn_blocking(move || this.take_in(&import)));
        Ok(())
    }

    fn joining(&self) -> Option<PathBuf> {
        self.registrar.importing()
    }
}

/// Until the peer stops, or the channel takes no more blocks.
async fn follow(channel: Arc<PeerChannel>, means: Means, mut stop: watch::Receiver<bool>) {
    let name = channel.id().to_owned();
    let puller = Puller {
        channel: name.clone(),
        identity: means.identity,
        clock: means.clock,
        entropy: means.entropy,
        dial: Arc::new(SourceDial::new(
            Arc::clone(&channel),
            Arc::clone(&means.from),
            means.dialing,
        )),
        binding: means.binding,
        patience: PATIENCE,
        pause: PAUSE,
        silence: SILENCE,
    };
    let follower = Follower::start(channel, means.from, means.numbers);
    tokio::select! {
        why = puller.run(&follower) => {
            tracing::error!(channel = name, why, "the channel takes no more blocks");
        }
        _ = stop.wait_for(|stop| *stop) => {}
    }
    follower.stop().await;
}

/// For a connection and the first answer of an orderer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Before an orderer that failed is asked again, the first time.
const PAUSE: Duration = Duration::from_millis(100);
/// Of a peer that gives blocks, before an orderer is asked whether there is another one.
const SILENCE: Duration = Duration::from_secs(30);
