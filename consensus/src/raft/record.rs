// SPDX-License-Identifier: Apache-2.0
//! What was applied: the chain with what the engine has to know of it. All that writes to the
//! chain, in order, goes through here.
//!
//! What is applied stands in the chain itself: each block says which entry it was, and so block and
//! mark are one write. Beside it are two notes, the last membership and the last snapshot.

use super::elements::{Stored, log_id};
use super::fields::{Malformed, Reader, Writer};
use super::inner::lock;
use super::messages::{Reach, Snapshot};
use super::ports::{Notes, Worker};
use super::recover::Standing;
use super::types::{LogId, Outcome, Proposal, Types};
use crate::Chain;
use block::Block;
use openraft::AsyncRuntime;
use openraft::async_runtime::{Mutex as _, OneshotSender as _};
use openraft::type_config::TypeConfigExt as _;
use openraft::type_config::alias::MutexOf;
use proto::Bytes;
use proto::prost::Message as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const MEMBERSHIP: &str = "membership";
const SNAPSHOT: &str = "snapshot";

/// What a block says for agreement: Fabric's `etcdraft.BlockMetadata`, and the term of the entry,
/// which Fabric does not write and its readers pass over.
#[derive(Clone, PartialEq, Eq, proto::prost::Message)]
#[prost(prost_path = "proto::prost")]
pub(crate) struct Sealed {
    /// Ids of the voters.
    #[prost(uint64, repeated, tag = "1")]
    pub(crate) consenter_ids: Vec<u64>,
    /// The next id that a node will get.
    #[prost(uint64, tag = "2")]
    pub(crate) next_consenter_id: u64,
    /// Index of the entry that became the block.
    #[prost(uint64, tag = "3")]
    pub(crate) raft_index: u64,
    /// Term of that entry.
    #[prost(uint64, tag = "1000")]
    pub(crate) raft_term: u64,
}

impl Sealed {
    fn id(&self) -> LogId {
        log_id(self.raft_term, self.raft_index)
    }
}

/// What was applied.
pub(crate) struct Record<Rt: AsyncRuntime> {
    pub(crate) chain: Arc<dyn Chain>,
    worker: Arc<dyn Worker>,
    notes: Arc<dyn Notes>,
    at: MutexOf<Types<Rt>, At>,
    /// Bytes of the batches that were sealed since the last snapshot.
    bytes: AtomicU64,
    next_id: AtomicU64,
    /// The last membership that was applied, for those who must not wait for a block.
    membership: Mutex<Stored>,
}

/// Where the chain is.
#[derive(Clone, Debug, Default)]
struct At {
    applied: Option<LogId>,
    membership: Stored,
    next_id: u64,
}

impl<Rt: AsyncRuntime> Record<Rt> {
    /// Reads it from the chain and the notes.
    pub(crate) fn load(
        chain: Arc<dyn Chain>,
        worker: Arc<dyn Worker>,
        notes: Arc<dyn Notes>,
    ) -> io::Result<Self> {
        let at = At::load(sealed_by(&*chain)?, &*notes)?;
        let membership = Mutex::new(at.membership.clone());
        let (bytes, next_id) = (AtomicU64::new(0), AtomicU64::new(at.next_id));
        let at = Types::<Rt>::mutex(at);
        Ok(Self { chain, worker, notes, at, bytes, next_id, membership })
    }

    /// The last membership that was applied.
    pub(crate) fn membership(&self) -> Stored {
        lock(&self.membership).clone()
    }

    fn tell(&self, at: &At) {
        *lock(&self.membership) = at.membership.clone();
        self.next_id.store(at.next_id, Ordering::Relaxed);
    }

    /// The next id that a node will get: all ids below it are or were somebody's.
    pub(crate) fn next_id(&self) -> u64 {
        self.next_id.load(Ordering::Relaxed)
    }

    /// Bytes of the batches that were sealed since the last snapshot.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Seals a block of a batch that was agreed on, unless the chain is past it.
    pub(crate) async fn seal(&self, id: LogId, proposal: &Proposal) -> io::Result<Outcome> {
        let mut at = self.at.lock().await;
        if at.applied.is_some_and(|applied| applied.index >= id.index) {
            return Ok(Outcome::Nothing);
        }
        let metadata = at.metadata(id);
        let (chain, batch) = (self.chain.clone(), proposal.clone());
        let block = self.blocking(move || chain.seal(batch.batch(), metadata)).await?;
        at.applied = Some(id);
        let size = u64::try_from(proposal.encoded().len()).unwrap_or(u64::MAX);
        self.bytes.fetch_add(size, Ordering::Relaxed);
        let number = |block: Block| block.header().number;
        Ok(block.map_or(Outcome::Stale, |block| Outcome::Sealed { block: number(block) }))
    }

    /// Takes a block that another node sealed, if it is the next one.
    pub(crate) async fn append(&self, number: u64, block: Block) -> io::Result<()> {
        let mut at = self.at.lock().await;
        if self.chain.height() != number {
            return Ok(());
        }
        let chain = self.chain.clone();
        self.blocking(move || chain.append(block)).await?;
        at.applied = at.applied.max(sealed_by(&*self.chain)?);
        Ok(())
    }

    /// Notes a membership that was agreed on.
    pub(crate) async fn enroll(&self, stored: Stored) -> io::Result<()> {
        let mut at = self.at.lock().await;
        if stored.log_id() <= at.membership.log_id() {
            return Ok(());
        }
        let highest = stored.membership().nodes().map(|(id, _)| *id).max().unwrap_or(0);
        let next_id = at.next_id.max(highest.saturating_add(1));
        self.note_membership(&stored, next_id).await?;
        (at.membership, at.next_id) = (stored, next_id);
        self.tell(&at);
        Ok(())
    }

    /// Goes past an entry that is no batch.
    pub(crate) async fn pass(&self, id: LogId) {
        let mut at = self.at.lock().await;
        at.applied = at.applied.max(Some(id));
    }

    /// How far the chain goes, and the last entry that it stands for.
    pub(crate) async fn reach(&self) -> (Option<LogId>, Reach) {
        let at = self.at.lock().await;
        let (height, tip) = (self.chain.height(), self.chain.tip());
        (at.applied, Reach { height, tip, next_id: at.next_id })
    }

    async fn note_snapshot(&self, snapshot: &Snapshot) -> io::Result<()> {
        note_snapshot(&*self.notes, snapshot).await?;
        self.bytes.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Notes a snapshot that took a while to make, unless a later one was installed meanwhile: the
    /// log no longer has what is between.
    pub(crate) async fn keep_snapshot(&self, snapshot: &Snapshot) -> io::Result<()> {
        let _at = self.at.lock().await;
        let noted = self.noted_snapshot()?.and_then(|noted| noted.last);
        if noted < snapshot.last { self.note_snapshot(snapshot).await } else { Ok(()) }
    }

    /// The last snapshot that was noted.
    pub(crate) fn noted_snapshot(&self) -> io::Result<Option<Snapshot>> {
        read(&*self.notes, SNAPSHOT, Snapshot::read)
    }

    /// Goes on behind a snapshot whose blocks are there.
    pub(crate) async fn install(&self, snapshot: &Snapshot) -> io::Result<()> {
        let mut at = self.at.lock().await;
        self.check(&snapshot.reach)?;
        let membership = newer(at.membership.clone(), snapshot.membership.clone());
        let next_id = at.next_id.max(snapshot.reach.next_id);
        self.note_membership(&membership, next_id).await?;
        self.note_snapshot(snapshot).await?;
        (at.membership, at.next_id) = (membership, next_id);
        at.applied = at.applied.max(snapshot.last);
        self.tell(&at);
        Ok(())
    }

    /// Whether the chain goes that far, and there to the same block.
    pub(crate) fn check(&self, reach: &Reach) -> io::Result<()> {
        let (height, channel) = (self.chain.height(), self.chain.channel());
        if height < reach.height {
            let missing = reach.height;
            let why = format!("channel {channel}: {height} blocks are here, {missing} are needed");
            return Err(io::Error::other(why));
        }
        if height == reach.height && self.chain.tip() != reach.tip {
            let last = height.saturating_sub(1);
            let why = format!("channel {channel}: block {last} is another one on other nodes");
            return Err(io::Error::other(why));
        }
        Ok(())
    }

    async fn note_membership(&self, stored: &Stored, next_id: u64) -> io::Result<()> {
        let mut out = Writer::default();
        let value = out.byte(VERSION).stored(stored).number(next_id).finish();
        self.notes.set_note(MEMBERSHIP, value).await
    }

    async fn blocking<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> io::Result<T>
    where
        T: Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
    {
        let (done, result) = Types::<Rt>::oneshot();
        self.worker.run(Box::new(move || {
            let _ = done.send(work());
        }));
        let result = result.await.map_err(|_| io::Error::other("the worker is gone"))?;
        result.map_err(io::Error::other)
    }
}

impl At {
    /// By the entry that the last block was, and the notes.
    fn load(sealed: Option<LogId>, notes: &dyn Notes) -> io::Result<Self> {
        let snapshot = read(notes, SNAPSHOT, Snapshot::read)?.unwrap_or_default();
        let (membership, next_id) =
            read(notes, MEMBERSHIP, |from| Ok((from.stored()?, from.number()?)))?
                .unwrap_or_default();
        Ok(Self {
            applied: sealed.max(snapshot.last),
            membership: newer(membership, snapshot.membership),
            next_id: next_id.max(snapshot.reach.next_id).max(1),
        })
    }

    fn metadata(&self, id: LogId) -> Bytes {
        let voters = self.membership.membership().voter_ids().collect::<Vec<_>>();
        Sealed {
            consenter_ids: voters,
            next_consenter_id: self.next_id,
            raft_index: id.index,
            raft_term: id.leader_id.term,
        }
        .encode_to_vec()
        .into()
    }
}

fn sealed_by(chain: &dyn Chain) -> io::Result<Option<LogId>> {
    sealed(chain.channel(), chain.height(), chain.metadata())
}

/// The entry that the last block was; `None` for the genesis block.
fn sealed(channel: &str, height: u64, metadata: Bytes) -> io::Result<Option<LogId>> {
    if metadata.is_empty() {
        return Ok(None);
    }
    let sealed = Sealed::decode(metadata).map_err(|_| {
        let last = height.saturating_sub(1);
        let why = format!("block {last} of channel {channel}: not sealed by Raft");
        io::Error::new(io::ErrorKind::InvalidData, why)
    })?;
    Ok(Some(sealed.id()))
}

/// The snapshot that stands for all of a chain, with the last membership that is known.
pub(crate) fn snapshot_of(standing: &Standing, notes: &dyn Notes) -> io::Result<Snapshot> {
    let Standing { channel, height, tip, metadata, .. } = standing;
    let sealed = sealed(channel, *height, metadata.clone())?;
    let At { applied, membership, next_id } = At::load(sealed, notes)?;
    let reach = Reach { height: *height, tip: tip.clone(), next_id };
    Ok(Snapshot { last: applied, membership, reach })
}

/// Notes a snapshot; what the log has before it may go then.
pub(crate) async fn note_snapshot(notes: &dyn Notes, snapshot: &Snapshot) -> io::Result<()> {
    let mut out = Writer::default();
    let value = snapshot.write(out.byte(VERSION)).finish();
    notes.set_note(SNAPSHOT, value).await
}

fn newer(a: Stored, b: Stored) -> Stored {
    if a.log_id() < b.log_id() { b } else { a }
}

/// The version of notes.
pub(crate) const VERSION: u8 = 1;

/// Reads a note: its version, and then these fields.
pub(crate) fn note_fields<T>(
    bytes: &Bytes,
    value: impl FnOnce(&mut Reader) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    let mut from = Reader::new(bytes);
    if from.byte()? != VERSION {
        return Err(Malformed::Wrong(
            "it has a version that this program does not know; update it",
        ));
    }
    let value = value(&mut from)?;
    from.end()?;
    Ok(value)
}

pub(crate) fn read<T>(
    notes: &dyn Notes,
    key: &str,
    value: impl FnOnce(&mut Reader) -> Result<T, Malformed>,
) -> io::Result<Option<T>> {
    let Some(bytes) = notes.note(key)? else { return Ok(None) };
    note_fields(&bytes, value).map(Some).map_err(|why| {
        let why = format!("note `{key}` beside the log: {why}");
        io::Error::new(io::ErrorKind::InvalidData, why)
    })
}
