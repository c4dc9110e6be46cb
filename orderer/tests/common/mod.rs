// SPDX-License-Identifier: Apache-2.0
//! A channel on a disk in memory, and a judge of its blocks that shares no code with it.
#![allow(dead_code)] // each test file takes its part
#![allow(unreachable_pub)] // the module of helpers has several users

use bccsp::Suite;
use block::Block;
use channel::Channel;
use consensus::{Admitted, Batch, Chain, Kind, Refusal};
use gmca_orderer::testing::{Genesis, Kit};
use gmca_orderer::{Node, OrdererChannel};
use proto::Bytes;
use std::path::Path;
use std::sync::Arc;
use sys::sim::{MemoryDisk, SeededEntropy, SetClock};

pub const CHANNEL: &str = "ch1";
pub const DIR: &str = "orderer/ch1";

/// One node with one channel.
pub struct Here {
    pub kit: Kit,
    pub disk: MemoryDisk,
    pub clock: Arc<SetClock>,
    pub node: Arc<Node>,
    pub channel: Arc<OrdererChannel>,
}

impl Here {
    pub fn new(suite: Suite, consenters: usize) -> Self {
        Self::with(suite, consenters, |_| {})
    }

    pub fn with(suite: Suite, consenters: usize, change: impl FnOnce(&mut Genesis<'_>)) -> Self {
        let kit = Kit::new(suite, 5, 1);
        let mut genesis = Genesis::new(&kit, consenters);
        change(&mut genesis);
        let block = genesis.block(CHANNEL);
        let disk = MemoryDisk::recording(1 << 30);
        let (node, clock) = node(&kit, 0, &disk);
        let channel = OrdererChannel::join(&node, Path::new(DIR), &block).unwrap();
        Self { kit, disk, clock, node, channel: Arc::new(channel) }
    }

    /// Admits and seals an envelope, alone in its block.
    pub fn order(&self, envelope: &Bytes) -> Block {
        seal(&self.channel, &batch(self.channel.admit(envelope).unwrap()))
    }

    pub fn refused(&self, envelope: &Bytes) -> Refusal {
        self.channel.admit(envelope).unwrap_err()
    }

    /// Closes the channel and opens it again.
    pub fn reopen(self) -> Self {
        let Self { kit, disk, channel, .. } = self;
        drop(channel);
        let (node, clock) = node(&kit, 0, &disk);
        let channel = Arc::new(OrdererChannel::open(&node, Path::new(DIR)).unwrap());
        Self { kit, disk, clock, node, channel }
    }

    /// Everything that a stranger to this crate would verify.
    pub fn check_chain(&self) {
        check_chain(&self.kit, &self.channel);
    }
}

pub fn node(kit: &Kit, index: usize, disk: &MemoryDisk) -> (Arc<Node>, Arc<SetClock>) {
    let clock = Arc::new(SetClock::new(Kit::now()));
    let entropy = Arc::new(SeededEntropy::new(100 + index as u64));
    (kit.node(index, Arc::new(disk.clone()), clock.clone(), entropy), clock)
}

pub fn batch(admitted: Admitted) -> Batch {
    match admitted.kind {
        Kind::Normal => Batch::normal(admitted.sequence, vec![admitted.envelope]),
        Kind::Config { .. } => Batch::config(admitted.sequence, admitted.envelope),
    }
}

pub fn seal(channel: &OrdererChannel, batch: &Batch) -> Block {
    channel.seal(batch, "consenter".into()).unwrap().expect("not stale")
}

/// Links, hashes under the function in force, trees, signatures, configurations.
pub fn check_chain(kit: &Kit, channel: &OrdererChannel) {
    let block = |number| channel.block(number).unwrap().unwrap();
    let mut previous = block(0);
    let mut in_force = Channel::from_block(kit.providers(), &previous).unwrap();
    previous.check(in_force.hash().unwrap()).unwrap();
    let mut hash_of_previous = in_force.hash_algorithm();
    let mut last_config = 0;
    for number in 1..channel.height() {
        let block = block(number);
        let hash = in_force.hash().unwrap();
        let linked = kit.providers().hash(hash_of_previous).unwrap();
        block.check_link(previous.header(), linked).unwrap();
        block.check(hash).unwrap();
        in_force.check_tree(&block).unwrap();
        let decision = in_force.check_block_signatures(&block).unwrap();
        assert!(decision.is_satisfied(), "block {number}: {decision}");
        hash_of_previous = in_force.hash_algorithm();
        if block.is_config() {
            last_config = number;
            let envelope = block::Envelope::open(block.entries()[0].clone()).unwrap();
            in_force = in_force.validate(&envelope.config().unwrap()).unwrap();
        }
        assert_eq!(block.metadata().last_config().unwrap(), last_config);
        previous = block;
    }
}
