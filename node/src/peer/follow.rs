// SPDX-License-Identifier: Apache-2.0
//! A channel that follows its orderers: block N + 1 is verified while block N is committed.

use super::numbers::Numbers;
use crate::config::BlockSource;
use crate::operations::metrics::{Stage, Stages};
use crate::pull::{NotTaken, Takes};
use block::Block;
use consensus::Waiting;
use peer::{Error, PeerChannel, Verified};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Blocks that are verified and wait to be committed, at most.
const AHEAD: usize = 4;

/// Takes in the blocks of one channel.
#[derive(Debug)]
pub(super) struct Follower {
    channel: Arc<PeerChannel>,
    /// The number of the block that is to be verified next.
    next: Arc<AtomicU64>,
    from: Arc<BlockSource>,
    stages: Stages,
    verified: mpsc::Sender<Verified>,
    committing: JoinHandle<()>,
}

impl Follower {
    /// Starts to commit what will be taken in.
    #[must_use]
    pub(super) fn start(
        channel: Arc<PeerChannel>,
        from: Arc<BlockSource>,
        numbers: Numbers,
    ) -> Self {
        let (verified, queue) = mpsc::channel(AHEAD);
        let next = Arc::new(AtomicU64::new(channel.height()));
        let stages = numbers.stages.clone();
        let committing = spawn_blocking({
            let channel = Arc::clone(&channel);
            move || commit(&channel, queue, &numbers)
        });
        Self { channel, next, from, stages, verified, committing }
    }

    /// Waits until what was taken in is committed, and ends.
    pub(super) async fn stop(self) {
        let Self { verified, committing, .. } = self;
        drop(verified);
        let _ = committing.await;
    }
}

/// Commits one block after the other, until there are no more or one cannot be kept.
fn commit(channel: &PeerChannel, mut queue: mpsc::Receiver<Verified>, numbers: &Numbers) {
    while let Some(verified) = queue.blocking_recv() {
        let number = verified.number();
        match numbers.commit(channel, verified) {
            Ok(done) => {
                let transactions = done.codes.len();
                tracing::info!(channel = channel.id(), number, transactions, "committed a block");
            }
            Err(error) => {
                tracing::error!(channel = channel.id(), number, %error, "cannot go on");
                return;
            }
        }
    }
}

impl Follower {
    fn orderers(&self) -> Vec<String> {
        let config = self.channel.config();
        config.orderer_endpoints().into_iter().map(str::to_owned).collect()
    }
}

impl Takes for Follower {
    fn height(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }

    /// The peers that were named, else the orderers.
    fn sources(&self) -> Vec<String> {
        match self.from.peers.as_slice() {
            [] => self.orderers(),
            peers => peers.to_vec(),
        }
    }

    fn others(&self) -> Vec<String> {
        match self.from.orderers && !self.from.peers.is_empty() {
            true => self.orderers(),
            false => Vec::new(),
        }
    }

    fn take(&self, block: Block) -> Waiting<Result<(), NotTaken>> {
        let (channel, next) = (Arc::clone(&self.channel), Arc::clone(&self.next));
        let (queue, stages) = (self.verified.clone(), self.stages.clone());
        Box::pin(async move {
            let judge = Arc::clone(&channel);
            let verify = move || stages.measure(Stage::Verify, || judge.verify(block));
            let verified = spawn_blocking(verify).await;
            let verified = verified.map_err(|error| NotTaken::Stopped(error.to_string()))?;
            let verified = verified.map_err(|error| match error {
                Error::Refused { .. } => NotTaken::Refused(error.to_string()),
                error => NotTaken::Stopped(error.to_string()),
            })?;
            let number = verified.number();
            if queue.send(verified).await.is_err() {
                let why = channel.stopped().unwrap_or_else(|| "the peer stops".to_owned());
                return Err(NotTaken::Stopped(why));
            }
            next.store(number.saturating_add(1), Ordering::Release);
            Ok(())
        })
    }
}
