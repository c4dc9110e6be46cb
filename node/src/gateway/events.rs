// SPDX-License-Identifier: Apache-2.0
//! Events of one chaincode, block by block, for as long as a client listens.
//!
//! Not here: which events of a block those are (`peer`).

use super::failure::Failure;
use crate::deliver::Chain;
use block::{Block, Envelope};
use peer::assemble::{chaincode_events, check_chaincode_events};
use peer::endorse::Endorser;
use proto::gateway::{
    ChaincodeEventsRequest, ChaincodeEventsResponse, SignedChaincodeEventsRequest,
};
use proto::orderer::SeekPosition;
use proto::orderer::seek_position::Type;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tonic::{Code, Status};

/// A client that listens.
pub(super) struct Listening {
    pub(super) endorser: Arc<Endorser>,
    pub(super) chain: Arc<dyn Chain>,
    /// As it was signed, to be judged again when the configuration changes.
    pub(super) signed: SignedChaincodeEventsRequest,
    pub(super) request: ChaincodeEventsRequest,
    /// The configuration under which it was judged.
    pub(super) sequence: u64,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) out: mpsc::Sender<Result<ChaincodeEventsResponse, Status>>,
}

/// The number of the first block that somebody wants.
pub(super) fn first(position: Option<&SeekPosition>, height: u64) -> Result<u64, Failure> {
    match position.and_then(|position| position.r#type.as_ref()) {
        None | Some(Type::NextCommit(_)) => Ok(height),
        Some(Type::Specified(at)) => Ok(at.number),
        Some(Type::Oldest(_) | Type::Newest(_)) => {
            let why = "invalid start position type: a block number or the next commit is needed";
            Err(Failure::malformed(why))
        }
    }
}

impl Listening {
    /// Sends events from block `next` on, until somebody has enough.
    pub(super) async fn run(mut self, next: u64) {
        if let Err(Some(failure)) = self.send(next).await {
            let _ = self.out.send(Err(failure.into())).await;
        }
    }

    /// Never ends well; without a reason when the client is gone.
    async fn send(&mut self, mut next: u64) -> Result<(), Option<Failure>> {
        let mut behind = After(self.request.after_transaction_id.clone());
        loop {
            self.wait(next).await?;
            self.check_again()?;
            let (chain, chaincode) = (Arc::clone(&self.chain), self.request.chaincode_id.clone());
            let read = spawn_blocking(move || {
                let block = chain.block(next)?;
                let block =
                    block.ok_or_else(|| format!("block {next} is not on this peer any more"))?;
                let mut events = chaincode_events(&block, &chaincode);
                let skipped = behind.pass(&block);
                match skipped {
                    None => events.clear(),
                    Some(skipped) => events.retain(|event| !skipped.contains(&event.tx_id)),
                }
                Ok::<_, String>((events, behind))
            });
            let read = read.await.unwrap_or_else(|error| Err(error.to_string()));
            let (events, after) = read.map_err(|why| Failure::new(Code::Aborted, why))?;
            behind = after;
            if !events.is_empty() {
                let response = ChaincodeEventsResponse { events, block_number: next };
                self.out.send(Ok(response)).await.map_err(|_| None)?;
            }
            next = next.saturating_add(1);
        }
    }

    /// Until there is a block of that number.
    async fn wait(&mut self, number: u64) -> Result<(), Option<Failure>> {
        let (mut heights, mut trouble) = (self.chain.heights(), self.chain.trouble());
        let gone = |why: &str| Err(Some(Failure::new(Code::Unavailable, why)));
        tokio::select! {
            biased;
            () = self.out.closed() => Err(None),
            _ = self.stop.wait_for(|stop| *stop) => gone("the peer stops"),
            grown = heights.wait_for(|height| *height > number) => match grown {
                Ok(_) => Ok(()),
                Err(_) => gone("the channel is closed here"),
            },
            why = trouble.wait_for(Option::is_some) => {
                gone(why.ok().and_then(|why| why.clone()).as_deref().unwrap_or("the channel is closed here"))
            }
        }
    }

    /// Whoever listens may have been removed meanwhile.
    fn check_again(&mut self) -> Result<(), Failure> {
        let sequence = self.chain.configuration().sequence();
        if sequence != self.sequence {
            check_chaincode_events(&self.endorser, &self.signed)?;
            self.sequence = sequence;
        }
        Ok(())
    }
}

/// A transaction behind which events are wanted; none when its name is empty.
struct After(String);

impl After {
    /// Which transactions of a block are not wanted; `None` for all of them.
    fn pass(&mut self, block: &Block) -> Option<BTreeSet<String>> {
        let mut skipped = BTreeSet::new();
        if self.0.is_empty() {
            return Some(skipped);
        }
        for entry in block.entries() {
            let Ok(envelope) = Envelope::open(entry.clone()) else { continue };
            let id = envelope.headers().channel_header().tx_id.clone();
            let is_it = id == self.0;
            skipped.insert(id);
            if is_it {
                self.0.clear();
                return Some(skipped);
            }
        }
        None
    }
}
