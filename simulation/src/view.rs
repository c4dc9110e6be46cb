// SPDX-License-Identifier: Apache-2.0
//! What can be seen of a node's part in a channel from outside, as plain data.

use crate::runtime::NodeId;
use std::collections::BTreeSet;

/// A hash, of either family.
pub type Hash = [u8; 32];

/// A place in a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The term of the leader that wrote the entry.
    pub term: u64,
    /// Its number in the log.
    pub index: u64,
}

/// Whom a node voted for, as it stands on its disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ballot {
    /// The term.
    pub term: u64,
    /// The Raft id that got the vote.
    pub of: u64,
    /// Whether the vote was won.
    pub won: bool,
}

/// An entry of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryView {
    /// Where it stands.
    pub place: Place,
    /// A digest of what it says.
    pub digest: u64,
    /// The batch in it, if there is one.
    pub batch: Option<BatchView>,
}

/// What a batch says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchView {
    /// Whether it changes the configuration.
    pub config: bool,
    /// Sequence of the configuration under which it was admitted.
    pub sequence: u64,
}

/// A block on a node's disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockView {
    /// Its number.
    pub number: u64,
    /// The hash of its header.
    pub hash: Hash,
    /// What it says is the hash of the header before.
    pub previous: Hash,
    /// Its data hash, as its header says.
    pub data: Hash,
    /// A digest of each envelope in it.
    pub envelopes: Vec<u64>,
    /// What is wrong with it by itself: a data hash that is not that of its data under the hash
    /// function in force, an envelope not in canonical form, a signature that is not its orderer's.
    pub fault: Option<String>,
    /// Whether it holds a configuration.
    pub config: bool,
    /// Sequence of the configuration in force before it.
    pub sequence: u64,
    /// The log index that it was made of.
    pub index: u64,
}

/// What a node says of one channel, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The machine.
    pub node: NodeId,
    /// How often the machine was started.
    pub life: u64,
    /// How often its disk was replaced by an empty one.
    pub disk: u64,
    /// When this was seen, in nanoseconds.
    pub time: u64,
    /// Whether it stood still shortly before, without its noticing.
    pub stalled: bool,
    /// Its Raft id.
    pub id: u64,
    /// Its vote.
    pub vote: Ballot,
    /// Whether it leads, and in which term.
    pub leads: Option<u64>,
    /// The last entry of its log.
    pub last: Option<Place>,
    /// The index of the last entry, as its engine has it: behind a snapshot there need be none.
    pub end: Option<u64>,
    /// The last entry that it knows as committed.
    pub committed: Option<Place>,
    /// The last entry that it applied.
    pub applied: Option<Place>,
    /// The last entry that its snapshot stands for.
    pub snapshot: Option<Place>,
    /// The last entry that it dropped from its log.
    pub purged: Option<Place>,
    /// Who votes: one group, or two while the membership changes.
    pub voters: Vec<BTreeSet<u64>>,
    /// Entries that are new or other than when it was last looked at, in order.
    pub entries: Vec<EntryView>,
    /// Blocks that are new since it was last looked at, in order.
    pub blocks: Vec<BlockView>,
    /// The number of its next block.
    pub height: u64,
}
