// SPDX-License-Identifier: Apache-2.0
//! A channel whose growth is told: what agreement sees of it, and what delivery sees.

use crate::deliver;
use crate::operations::metrics::{Stage, Stages};
use block::Block;
use channel::Channel;
use consensus::{Admitted, Batch, Chain, Limits, Member, Refusal, SealError};
use orderer::OrdererChannel;
use proto::Bytes;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::watch;

/// A channel, and who waits for its blocks.
pub(super) struct Observed {
    channel: Arc<OrdererChannel>,
    /// None when the channel is closed: then nobody waits for its blocks any more.
    heights: RwLock<Option<watch::Sender<u64>>>,
    trouble: watch::Sender<Option<String>>,
    stages: Stages,
}

impl Observed {
    pub(super) fn new(channel: Arc<OrdererChannel>, stages: Stages) -> Self {
        let heights = RwLock::new(Some(watch::Sender::new(channel.height())));
        Self { channel, heights, trouble: watch::Sender::default(), stages }
    }

    pub(super) fn channel(&self) -> &Arc<OrdererChannel> {
        &self.channel
    }

    /// Tells why no new blocks can be expected, or that they can.
    pub(super) fn set_trouble(&self, why: Option<String>) {
        self.trouble.send_if_modified(|trouble| {
            let is_new = *trouble != why;
            *trouble = why;
            is_new
        });
    }

    /// Ends the wait of all who wait for blocks.
    pub(super) fn close(&self) {
        self.set_trouble(Some("the channel is stopped here".to_owned()));
        drop(self.heights.write().unwrap_or_else(PoisonError::into_inner).take());
    }

    fn tell(&self) {
        let height = self.channel.height();
        if let Some(heights) = &*self.heights.read().unwrap_or_else(PoisonError::into_inner) {
            heights.send_if_modified(|told| std::mem::replace(told, height) != height);
        }
    }
}

impl deliver::Chain for Observed {
    fn heights(&self) -> watch::Receiver<u64> {
        let heights = self.heights.read().unwrap_or_else(PoisonError::into_inner);
        match &*heights {
            Some(heights) => heights.subscribe(),
            None => watch::channel(self.channel.height()).1,
        }
    }

    fn block(&self, number: u64) -> Result<Option<Block>, String> {
        self.channel.block(number).map_err(|error| error.to_string())
    }

    fn configuration(&self) -> Arc<Channel> {
        self.channel.configuration()
    }

    fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.trouble.subscribe()
    }
}

impl Chain for Observed {
    fn channel(&self) -> &str {
        self.channel.channel()
    }

    fn height(&self) -> u64 {
        self.channel.height()
    }

    fn sequence(&self) -> u64 {
        self.channel.sequence()
    }

    fn limits(&self) -> Limits {
        self.channel.limits()
    }

    fn members(&self) -> Vec<Member> {
        self.channel.members()
    }

    fn tip(&self) -> Bytes {
        self.channel.tip()
    }

    fn metadata(&self) -> Bytes {
        self.channel.metadata()
    }

    fn admit(&self, envelope: &Bytes) -> Result<Admitted, Refusal> {
        self.stages.measure(Stage::Admit, || self.channel.admit(envelope))
    }

    fn seal(&self, batch: &Batch, metadata: Bytes) -> Result<Option<Block>, SealError> {
        let sealed = self.stages.measure(Stage::Seal, || self.channel.seal(batch, metadata));
        self.tell();
        sealed
    }

    fn append(&self, block: Block) -> Result<(), SealError> {
        let appended = self.channel.append(block);
        self.tell();
        appended
    }
}
