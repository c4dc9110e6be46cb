// SPDX-License-Identifier: Apache-2.0
//! The engine's log store, on a group of the write-ahead log.
//!
//! Not here: how the log is kept (`wal`), and its bytes (`encoding`).

use super::encoding::{self, Encoding};
use super::types::{Entry, LogId, Types, Vote};
use crate::wal::{self, Completion, Group, Position};
use openraft::storage::{IOFlushed, LogState, RaftLogStorage};
use openraft::{OptionalSend, RaftLogReader};
use openraft_rt::{AsyncRuntime, Oneshot, OneshotSender};
use proto::Bytes;
use std::fmt::Debug;
use std::io;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

/// Bytes of entries that are read at once for another node, at most, unless one entry has more.
pub const READ_AT_ONCE: u64 = 8 << 20;

/// The log of one group, for the engine. Clones are the same one.
pub struct LogStore<Rt> {
    group: Group,
    runtime: PhantomData<fn() -> Rt>,
}

impl<Rt> Clone for LogStore<Rt> {
    fn clone(&self) -> Self {
        Self { group: self.group.clone(), runtime: PhantomData }
    }
}

impl<Rt> Debug for LogStore<Rt> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LogStore").field(&self.group.name()).finish()
    }
}

impl<Rt: AsyncRuntime> LogStore<Rt> {
    /// On a group of the log.
    #[must_use]
    pub fn new(group: Group) -> Self {
        Self { group, runtime: PhantomData }
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// The vote that was saved last.
    ///
    /// # Errors
    /// When the group is gone, or the bytes are no vote.
    pub fn vote(&self) -> io::Result<Option<Vote>> {
        let vote = self.group.info()?.vote;
        vote.map(|vote| Vote::decode(&vote)).transpose().map_err(io::Error::other)
    }

    /// Keeps something small under a key beside the log; `None` takes it away. It is safe when
    /// this returns.
    ///
    /// # Errors
    /// What the log says.
    pub async fn note(&self, key: &str, value: Option<Bytes>) -> io::Result<()> {
        self.until_safe(|done| self.group.note(key, value, done)).await
    }

    /// Runs something that writes, and waits until it is safe.
    async fn until_safe(
        &self,
        write: impl FnOnce(Completion) -> Result<(), wal::Error> + OptionalSend,
    ) -> io::Result<()> {
        let (sender, receiver) = <Rt::Oneshot as Oneshot>::channel::<Result<(), wal::Error>>();
        // Who no longer waits need not be told.
        write(Box::new(move |result| drop(sender.send(result))))?;
        let told = receiver.await;
        told.map_err(|_| io::Error::other("nobody says whether the log is safe"))??;
        Ok(())
    }

    fn read(&self, from: u64, to: u64, max_bytes: u64) -> io::Result<Vec<Entry>> {
        let entry = |entry: wal::Entry| {
            let log_id = LogId::new_term_index(entry.term, entry.index);
            encoding::entry(log_id, entry.kind, entry.body).map_err(io::Error::other)
        };
        self.group.read(from, to, max_bytes)?.into_iter().map(entry).collect()
    }
}

fn position(log_id: LogId) -> Position {
    Position { index: log_id.index, term: log_id.leader_id.term }
}

fn log_id(Position { index, term }: Position) -> LogId {
    LogId::new_term_index(term, index)
}

impl<Rt: AsyncRuntime> RaftLogReader<Types<Rt>> for LogStore<Rt> {
    async fn try_get_log_entries<RB>(&mut self, range: RB) -> io::Result<Vec<Entry>>
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        let from = match range.start_bound() {
            Bound::Included(from) => *from,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(last) => last.saturating_add(1),
            Bound::Excluded(to) => *to,
            Bound::Unbounded => u64::MAX,
        };
        self.read(from, to, u64::MAX)
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        self.vote()
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        self.read(start, end, READ_AT_ONCE)
    }
}

impl<Rt: AsyncRuntime> RaftLogStorage<Types<Rt>> for LogStore<Rt> {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> io::Result<LogState<Types<Rt>>> {
        let info = self.group.info()?;
        let (last_purged_log_id, last_log_id) = (info.purged.map(log_id), info.last.map(log_id));
        Ok(LogState { last_purged_log_id, last_log_id })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        let vote = vote.encode();
        self.until_safe(|done| self.group.save_vote(vote, done)).await
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        Ok(self.group.save_committed(committed.map(position))?)
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        Ok(self.group.info()?.committed.map(log_id))
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Types<Rt>>) -> io::Result<()>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entry = |Entry { log_id, payload }: Entry| {
            let (Position { index, term }, kind) = (position(log_id), encoding::kind(&payload));
            wal::Entry { index, term, kind, body: encoding::body(&payload) }
        };
        let done =
            |result: Result<(), wal::Error>| callback.io_completed(result.map_err(Into::into));
        Ok(self.group.append(entries.into_iter().map(entry).collect(), Box::new(done))?)
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let info = self.group.info()?;
        let purged = info.purged.map_or(0, |purged| purged.index.saturating_add(1));
        let from = last.map_or(purged, |last| last.index.saturating_add(1));
        Ok(self.group.truncate(from)?)
    }

    async fn purge(&mut self, log_id: LogId) -> io::Result<()> {
        Ok(self.group.purge(position(log_id))?)
    }
}
