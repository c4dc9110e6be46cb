// SPDX-License-Identifier: Apache-2.0
//! What the engine's type parameters are here.
//!
//! Not here: their bytes (`encoding`).

use crate::{Batch, BatchKind, Member, NotABatch};
use openraft::impls::leader_id_std::LeaderId;
use openraft::impls::{InlineBatch, OneshotResponder};
use openraft::{AnyError, EntryPayload, OptionalSend, RaftTypeConfig};
use openraft_rt::AsyncRuntime;
use proto::Bytes;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The engine's types, on any runtime.
pub struct Types<Rt>(PhantomData<fn() -> Rt>);

/// One leader in a term: its term says who it is.
type Leader = LeaderId<u64, u64>;
type Committed = <Leader as openraft::vote::RaftLeaderId>::Committed;
type Payload = EntryPayload<Proposal, u64, Peer>;

/// Who may lead, or leads.
pub type Vote = openraft::impls::Vote<Leader>;
/// Which entry of the log.
pub type LogId = openraft::impls::LogId<Committed>;
/// An entry of the log.
pub type Entry = openraft::impls::Entry<Committed, Payload>;
/// Who votes, and who only listens.
pub type Membership = openraft::Membership<u64, Peer>;

impl<Rt: AsyncRuntime> RaftTypeConfig for Types<Rt> {
    type D = Proposal;
    type R = Outcome;
    type NodeId = u64;
    type Node = Peer;
    type Term = u64;
    type LeaderId = Leader;
    type Vote = Vote;
    type Payload = Payload;
    type Entry = Entry;
    type AsyncRuntime = Rt;
    type Responder<T>
        = OneshotResponder<Self, T>
    where
        T: OptionalSend + 'static;
    type Batch<T>
        = InlineBatch<T>
    where
        T: OptionalSend + 'static;
    type ErrorSource = AnyError;
}

// Not derived: what the engine asks of this type it need not ask of the runtime.
impl<Rt> Copy for Types<Rt> {}
impl<Rt> Clone for Types<Rt> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Rt> Default for Types<Rt> {
    fn default() -> Self {
        Self(PhantomData)
    }
}
impl<Rt> fmt::Debug for Types<Rt> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Types")
    }
}
impl<Rt> PartialEq for Types<Rt> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl<Rt> Eq for Types<Rt> {}
impl<Rt> PartialOrd for Types<Rt> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<Rt> Ord for Types<Rt> {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

/// A batch that is to be agreed on, with its bytes: they are made once, and go as they are to the
/// log and to every other node. Clones share it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    batch: Batch,
    encoded: Bytes,
}

impl Proposal {
    /// Of a batch.
    #[must_use]
    pub fn new(batch: Batch) -> Self {
        let encoded = batch.encode();
        Self(Arc::new(Inner { batch, encoded }))
    }

    /// Reads what [`encoded`](Self::encoded) gave; all shares these bytes.
    ///
    /// # Errors
    /// [`NotABatch`].
    pub fn decode(encoded: Bytes) -> Result<Self, NotABatch> {
        let batch = Batch::decode(&encoded)?;
        Ok(Self(Arc::new(Inner { batch, encoded })))
    }

    /// The batch.
    #[must_use]
    pub fn batch(&self) -> &Batch {
        &self.0.batch
    }

    /// The batch's bytes, as [`Batch::encode`] makes them.
    #[must_use]
    pub fn encoded(&self) -> &Bytes {
        &self.0.encoded
    }
}

impl From<Batch> for Proposal {
    fn from(batch: Batch) -> Self {
        Self::new(batch)
    }
}

/// In a few words: envelopes may be large, and the engine prints entries.
impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (batch, size) = (self.batch(), self.encoded().len());
        let what = match batch.kind() {
            BatchKind::Normal => "transactions",
            BatchKind::Config => "configuration",
        };
        let (number, sequence) = (batch.envelopes().len(), batch.sequence());
        write!(f, "{what}: {number} in {size} bytes, under configuration {sequence}")
    }
}

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What an entry became when it was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A block.
    Sealed {
        /// Its number.
        block: u64,
    },
    /// No block: it was admitted under another configuration than the one in force. Its envelopes
    /// are to be judged again.
    Stale,
    /// No block: it changed the membership, or nothing.
    Nothing,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sealed { block } => write!(f, "block {block}"),
            Self::Stale => f.write_str("stale"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

/// Another node, as the membership of a group knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where it is, and the key that it is known by.
    pub member: Member,
}

impl From<Member> for Peer {
    fn from(member: Member) -> Self {
        Self { member }
    }
}

impl Default for Peer {
    /// Nowhere, without a key. The engine's tests of stores ask for one.
    fn default() -> Self {
        Self { member: Member { host: String::new(), port: 0, key: Bytes::new() } }
    }
}
