// SPDX-License-Identifier: Apache-2.0
//! Blocks of other nodes, pulled many at a time and handed out one by one.

use super::link::Links;
use block::Block;
use consensus::raft::{BlockSource, Unreachable};
use consensus::{Member, Waiting};
use proto::common;
use proto::gmca::BlocksRequest;
use proto::prost::Message as _;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tonic::Streaming;

/// Pulls the blocks of one channel.
pub(crate) struct Puller {
    channel: String,
    links: Arc<Links>,
    /// What is being pulled: the next block is likely to be asked for next.
    running: Arc<Mutex<Option<Running>>>,
}

struct Running {
    from: Member,
    next: u64,
    blocks: Streaming<common::Block>,
}

impl Puller {
    pub(crate) fn new(channel: String, links: Arc<Links>) -> Self {
        Self { channel, links, running: Arc::default() }
    }
}

impl BlockSource for Puller {
    fn block(&self, from: &Member, number: u64) -> Waiting<Result<Block, Unreachable>> {
        let (channel, links, from) = (self.channel.clone(), Arc::clone(&self.links), from.clone());
        let running = Arc::clone(&self.running);
        Box::pin(async move {
            let mut running = running.lock().await;
            let goes_on = running.as_ref().is_some_and(|it| it.from == from && it.next == number);
            let mut pulled = None;
            if goes_on && let Some(it) = running.as_mut() {
                // What ends, ends after some blocks; what fails is tried again below.
                pulled = next(&links, it).await.ok().flatten();
            }
            if pulled.is_none() {
                *running = None;
                let mut it = begin(&links, channel, from, number).await?;
                pulled = next(&links, &mut it).await?;
                *running = Some(it);
            }
            let message = pulled.ok_or_else(|| Unreachable("it lacks the block".to_owned()))?;
            // Once more from bytes: a block keeps the bytes that it travelled in.
            Block::decode(message.encode_to_vec()).map_err(|error| Unreachable(error.to_string()))
        })
    }
}

async fn begin(
    links: &Arc<Links>,
    channel: String,
    from: Member,
    first: u64,
) -> Result<Running, Unreachable> {
    let link = links.to(&from)?;
    let mut client = link.client.clone();
    let call = client.blocks(BlocksRequest { channel, first, count: AT_ONCE });
    match timeout(links.times().pull, call).await {
        Ok(Ok(answer)) => {
            link.worked();
            Ok(Running { from, next: first, blocks: answer.into_inner() })
        }
        Ok(Err(status)) => Err(link.failed(&status)),
        Err(_) => Err(Unreachable("it did not answer in time".to_owned())),
    }
}

async fn next(
    links: &Arc<Links>,
    running: &mut Running,
) -> Result<Option<common::Block>, Unreachable> {
    match timeout(links.times().pull, running.blocks.message()).await {
        Ok(Ok(block)) => {
            running.next = running.next.saturating_add(1);
            Ok(block)
        }
        Ok(Err(status)) => Err(Unreachable(status.message().to_owned())),
        Err(_) => Err(Unreachable("a block did not come in time".to_owned())),
    }
}

/// Blocks in one stream; the next ones are asked for again.
const AT_ONCE: u64 = 500;
