// SPDX-License-Identifier: Apache-2.0
//! Looks at a machine's part in a channel, and says what is new.

use crate::machine::{Machine, Part};
use crate::runtime;
use crate::view::{Ballot, BatchView, BlockView, EntryView, Place, View};
use bccsp::{HashAlgorithm, Providers};
use block::{Block, canonical};
use channel::Channel;
use consensus::raft::Probe;
use consensus::{Batch, BatchKind, Chain as _};
use proto::Bytes;
use proto::prost::Message as _;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What was seen of a part when it was last looked at.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    life: u64,
    last: Option<Place>,
    height: u64,
    probe: Option<Probe>,
    /// What blocks are judged by: the configuration behind the last one.
    judge: Option<Judge>,
}

/// What the next block must be like.
#[derive(Clone, Debug)]
struct Judge {
    channel: Arc<Channel>,
    /// The hash of the last block, under the function in force for it.
    tip: [u8; 32],
}

impl Cursor {
    /// What a part shows now, if that is anything new.
    pub fn look(&mut self, machine: &Machine, part: &Part, providers: &Providers) -> Option<View> {
        if self.life != machine.life {
            *self = Self { life: machine.life, ..Self::default() };
        }
        let probe = part.engine.probe();
        let info = part.group.info().ok()?;
        // Whose log it is shows when the engine runs: then all of it is looked at.
        let last = info.last.filter(|_| probe.is_some());
        let last = last.map(|last| Place { term: last.term, index: last.index });
        let height = part.channel.height();
        if (&probe, last, height) == (&self.probe, self.last, self.height) {
            return None;
        }
        let entries = self.entries(part, last, info.purged.map(|purged| purged.index));
        let blocks = (self.height..height).filter_map(|number| self.block(part, number, providers));
        let blocks = blocks.collect();
        (self.last, self.height, self.probe) = (last, height, probe.clone());
        let mut view = View {
            node: machine.node,
            life: machine.life,
            disk: machine.disks,
            time: runtime::now(),
            last,
            entries,
            blocks,
            height,
            ..View::default()
        };
        if let Some(probe) = probe {
            show(&mut view, &probe);
        }
        Some(view)
    }

    /// Entries behind the last one that is still as it was.
    fn entries(&self, part: &Part, last: Option<Place>, purged: Option<u64>) -> Vec<EntryView> {
        let Some(last) = last else { return Vec::new() };
        let first = purged.map_or(0, |purged| purged + 1);
        let from = match self.last {
            None => first,
            Some(seen) if self.last == Some(last) => seen.index + 1,
            Some(seen) => {
                let still = part.group.read(seen.index, seen.index + 1, u64::MAX).ok();
                let still = still.and_then(|entries| entries.first().map(|entry| entry.term));
                // Else some of what was seen is gone: all that is there is looked at again.
                if still == Some(seen.term) { seen.index + 1 } else { first }
            }
        };
        let read = part.group.read(from.max(first), last.index + 1, u64::MAX).unwrap_or_default();
        read.iter().map(entry).collect()
    }

    fn block(&mut self, part: &Part, number: u64, providers: &Providers) -> Option<BlockView> {
        let block = part.channel.block(number).ok()??;
        let (view, judge) = judge(self.judge.as_ref(), &block, providers);
        self.judge = judge;
        Some(view)
    }
}

fn show(view: &mut View, probe: &Probe) {
    let place = |place: Option<(u64, u64)>| place.map(|(term, index)| Place { term, index });
    view.id = probe.id;
    view.vote = Ballot { term: probe.vote.0, of: probe.vote.1, won: probe.vote.2 };
    view.leads = probe.leads.then_some(probe.vote.0);
    view.end = probe.last;
    view.committed = place(probe.committed);
    view.applied = place(probe.applied);
    view.snapshot = place(probe.snapshot);
    view.purged = place(probe.purged);
    view.voters = probe.voters.iter().map(|ids| ids.iter().copied().collect()).collect();
}

fn entry(entry: &consensus::wal::Entry) -> EntryView {
    let digest = digest(&[&[entry.kind], &entry.body]);
    let batch = (entry.kind == BATCH).then(|| Batch::decode(&entry.body).ok()).flatten();
    let batch = batch.map(|batch| BatchView {
        config: batch.kind() == BatchKind::Config,
        sequence: batch.sequence(),
    });
    EntryView { place: Place { term: entry.term, index: entry.index }, digest, batch }
}

/// The kind of an entry that is a batch.
const BATCH: u8 = 1;

/// Says what a block is and what is wrong with it, and what the next one is judged by.
fn judge(
    judge: Option<&Judge>,
    block: &Block,
    providers: &Providers,
) -> (BlockView, Option<Judge>) {
    let header = block.header();
    // A block that changes the configuration is under the one that it changes; the first one is
    // under its own.
    let brought = block.is_config().then(|| Channel::from_block(providers, block).ok()).flatten();
    let brought = brought.map(Arc::new);
    let channel = judge.map(|judge| Arc::clone(&judge.channel)).or(brought.clone());
    let hash = channel.as_ref().and_then(|channel| hash(providers, channel.hash_algorithm()));
    let own = hash.map(|hash| *block.hash(hash).as_bytes()).unwrap_or_default();
    let fault = match (hash, &channel) {
        (Some(hash), _) => fault(block, hash, judge),
        _ => Some("nobody can say under which configuration it is".to_owned()),
    };
    let view = BlockView {
        number: header.number,
        hash: own,
        previous: fixed(&header.previous_hash),
        data: fixed(&header.data_hash),
        envelopes: block.entries().iter().map(envelope).collect(),
        fault,
        config: block.is_config(),
        sequence: channel.as_ref().map_or(0, |channel| channel.sequence()),
        index: raft_index(block),
    };
    let next = brought.or(channel);
    (view, next.map(|channel| Judge { channel, tip: own }))
}

fn hash(providers: &Providers, algorithm: HashAlgorithm) -> Option<&dyn bccsp::Hash> {
    providers.hash(algorithm).ok()
}

fn fault(block: &Block, hash: &dyn bccsp::Hash, judge: Option<&Judge>) -> Option<String> {
    let checked = block.check(hash).and_then(|()| block.check_canonical());
    if let Err(error) = checked {
        return Some(error.to_string());
    }
    let tip = judge.map(|judge| judge.tip);
    let follows = tip.is_none_or(|tip| fixed(&block.header().previous_hash) == tip);
    (!follows).then(|| "it does not follow the block before it".to_owned())
}

fn fixed(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}

/// An envelope is known by its payload, whatever form it travels in.
#[must_use]
pub fn envelope(entry: &Bytes) -> u64 {
    match canonical::envelope(entry) {
        Ok((payload, _)) => digest(&[payload]),
        Err(_) => {
            let envelope = proto::common::Envelope::decode(entry.clone()).unwrap_or_default();
            digest(&[&envelope.payload])
        }
    }
}

/// The log index that a block says it was made of; 0 for the first block.
fn raft_index(block: &Block) -> u64 {
    let metadata = block.metadata().orderer().ok();
    let consenter = metadata.map(|metadata| metadata.consenter_metadata).unwrap_or_default();
    let decoded = proto::etcdraft::BlockMetadata::decode(consenter);
    decoded.map(|metadata| metadata.raft_index).unwrap_or(0)
}

/// FNV-1a: for comparing, not for trust.
fn digest(parts: &[&[u8]]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.iter());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Ids of those who vote, of all groups together.
#[must_use]
pub fn voters(view: &View) -> BTreeSet<u64> {
    view.voters.iter().flatten().copied().collect()
}
