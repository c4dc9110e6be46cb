// SPDX-License-Identifier: Apache-2.0
//! One channel that runs on a node: its chain, and who agrees on the next block.

use super::error::ChannelError;
use super::folder::Folder;
use super::observed::Observed;
use crate::cluster::{Links, Puller, Seat, Times, Way};
use block::Block;
use channel::{Channel, SOLO};
use consensus::raft::{LogStore, Parts, Raft, RaftOptions};
use consensus::{Chain as _, Consenter, Solo, Tokio, Waiting};
use orderer::{Node, OrdererChannel};
use proto::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// A channel that runs.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) chain: Arc<Observed>,
    pub(super) consenter: Arc<dyn Consenter>,
    /// None where one node orders alone without a log.
    raft: Option<Arc<Raft<Tokio>>>,
    watching: Option<Arc<Watching>>,
}

/// Ends with the last handle.
struct Watching(JoinHandle<()>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Running {
    /// Lets agreement on a channel begin.
    pub(super) fn start(
        folder: &Folder,
        links: &Arc<Links>,
        channel: Arc<OrdererChannel>,
    ) -> Result<Self, ChannelError> {
        let name = channel.channel().to_owned();
        let configuration = channel.configuration();
        let chain = Arc::new(Observed::new(channel, folder.stages.clone()));
        if configuration.orderer().consensus_type() == SOLO {
            let consenter = Arc::new(Solo::<Tokio>::start(chain.clone()));
            return Ok(Self { chain, consenter, raft: None, watching: None });
        }
        check_tls(links, &configuration)?;
        let parts = Parts {
            chain: chain.clone(),
            store: LogStore::new(folder.wal.group(&name)?),
            transport: Arc::new(Way { channel: name.clone(), links: Arc::clone(links) }),
            source: Arc::new(Puller::new(name, Arc::clone(links))),
            worker: folder.worker.clone(),
            entropy: folder.node.entropy.clone(),
            key: own_key(links, &folder.node, &configuration),
        };
        let options = options(&configuration, links.times());
        let raft = Arc::new(Raft::<Tokio>::start(parts, options)?);
        let watching = tokio::spawn(watch(chain.clone(), raft.clone()));
        let watching = Some(Arc::new(Watching(watching)));
        Ok(Self { chain, consenter: raft.clone(), raft: Some(raft), watching })
    }

    /// Gives back what it held.
    pub(super) async fn stop(mut self) {
        self.watching = None;
        self.consenter.stop().await;
        self.chain.close();
    }

    /// What agreement says of itself, in a few words.
    pub(super) fn raft(&self) -> Option<&Arc<Raft<Tokio>>> {
        self.raft.as_ref()
    }

    /// The channel as other nodes see it, if there are such.
    pub(super) fn seat(&self) -> Option<Arc<dyn Seat>> {
        let raft = self.raft.clone()?;
        Some(Arc::new(At { chain: self.chain.clone(), raft }))
    }
}

struct At {
    chain: Arc<Observed>,
    raft: Arc<Raft<Tokio>>,
}

impl Seat for At {
    fn configuration(&self) -> Arc<Channel> {
        self.chain.channel().configuration()
    }

    fn serve(&self, from: Bytes, message: Bytes) -> Waiting<Bytes> {
        self.raft.serve(from, message)
    }

    fn block(&self, number: u64) -> Result<Option<Block>, String> {
        self.chain.channel().block(number).map_err(|error| error.to_string())
    }
}

/// Whether the channel can be agreed on by a node with these links.
pub(super) fn check_tls(links: &Links, channel: &Channel) -> Result<(), ChannelError> {
    if links.has_tls() || channel.orderer().consenters().len() < 2 {
        return Ok(());
    }
    Err(ChannelError::NoTls(channel.id().to_owned()))
}

/// Without TLS nobody can show a key, and nobody asks: the only consenter is this node.
fn own_key(links: &Links, node: &Node, channel: &Channel) -> Bytes {
    match orderer::members(channel).as_slice() {
        [only] if !links.has_tls() => only.key.clone(),
        _ => node.key.clone(),
    }
}

fn options(channel: &Channel, times: Times) -> RaftOptions {
    let usual =
        RaftOptions { patience: times.call.saturating_sub(MARGIN), ..RaftOptions::default() };
    let Some(raft) = channel.orderer().raft() else { return usual };
    RaftOptions {
        heartbeat: raft.tick.saturating_mul(raft.heartbeat_ticks),
        election: raft.tick.saturating_mul(raft.election_ticks),
        inflight: usize::try_from(raft.max_inflight_blocks).unwrap_or(1).max(1),
        snapshot_interval: raft.snapshot_interval.into(),
        ..usual
    }
}

/// Those who pull blocks leave a node that has lost the others. In a channel of two, that would keep
/// a second node from coming in.
async fn watch(chain: Arc<Observed>, raft: Arc<Raft<Tokio>>) {
    loop {
        let has_several = chain.members().len() > 2;
        let why = raft.ready().err().filter(|_| has_several).map(|why| why.to_string());
        chain.set_trouble(why);
        tokio::time::sleep(LOOK).await;
    }
}

const LOOK: Duration = Duration::from_millis(200);
/// An answer is sent that much before the caller stops waiting.
const MARGIN: Duration = Duration::from_secs(1);
