// SPDX-License-Identifier: Apache-2.0
//! The channels of a peer, each of which follows its orderers.

use super::dial::OrdererDial;
use super::follow::Follower;
use crate::pull::Puller;
use ::peer::{Channels, PeerChannel, Registrar, View};
use block::Block;
use msp::SigningIdentity;
use proto::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
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
        let this = Arc::new(Self { registrar, means, runtime, stop, following });
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
}

/// Until the peer stops, or the channel takes no more blocks.
async fn follow(channel: Arc<PeerChannel>, means: Means, mut stop: watch::Receiver<bool>) {
    let name = channel.id().to_owned();
    let puller = Puller {
        channel: name.clone(),
        identity: means.identity,
        clock: means.clock,
        entropy: means.entropy,
        dial: Arc::new(OrdererDial::new(Arc::clone(&channel), means.dialing)),
        binding: means.binding,
        patience: PATIENCE,
        pause: PAUSE,
    };
    let follower = Follower::start(channel);
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
