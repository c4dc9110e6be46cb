// SPDX-License-Identifier: Apache-2.0
//! Who still has a hand on the log or the chain: a node has stopped when nobody has, and only then
//! can another be started on them.

use super::record::Record;
use super::types::{Entry, LogId, Types, Vote};
use crate::plant::{self, Plant};
use futures_util::Stream;
use openraft::async_runtime::OneshotSender as _;
use openraft::storage::{IOFlushed, LeaderBoundedStreamResult, RaftLogStorage};
use openraft::type_config::TypeConfigExt as _;
use openraft::type_config::alias::{LeaderIdOf, OneshotReceiverOf, OneshotSenderOf};
use openraft::{AsyncRuntime, EntryPayload, LogState, OptionalSend, RaftLogReader};
use std::fmt::Debug;
use std::io;
use std::ops::{RangeBounds, RangeInclusive};
use std::sync::{Arc, Mutex, PoisonError};

/// A hand on the log or the chain. Clones are further hands.
pub(crate) struct Held<Rt: AsyncRuntime>(Arc<Last<Rt>>);

impl<Rt: AsyncRuntime> Clone for Held<Rt> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Says so when it is dropped.
struct Last<Rt: AsyncRuntime>(Mutex<Option<OneshotSenderOf<Types<Rt>, ()>>>);

impl<Rt: AsyncRuntime> Drop for Last<Rt> {
    fn drop(&mut self) {
        if let Some(gone) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = gone.send(());
        }
    }
}

impl<Rt: AsyncRuntime> Held<Rt> {
    /// The first hand, and what ends when the last one is gone.
    pub(crate) fn new() -> (Self, OneshotReceiverOf<Types<Rt>, ()>) {
        let (gone, free) = Types::<Rt>::oneshot();
        (Self(Arc::new(Last(Mutex::new(Some(gone))))), free)
    }
}

/// A log store, or a reader of it, with a hand on it.
pub(crate) struct Kept<S, Rt: AsyncRuntime> {
    pub(crate) store: S,
    pub(crate) record: Arc<Record<Rt>>,
    pub(crate) held: Held<Rt>,
}

impl<S, Rt> RaftLogReader<Types<Rt>> for Kept<S, Rt>
where
    S: RaftLogReader<Types<Rt>>,
    Rt: AsyncRuntime,
{
    async fn try_get_log_entries<RB>(&mut self, range: RB) -> io::Result<Vec<Entry>>
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        self.store.try_get_log_entries(range).await
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        self.store.read_vote().await
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        self.store.limited_get_log_entries(start, end).await
    }

    async fn leader_bounded_stream<RB>(
        &mut self,
        leader: LeaderIdOf<Types<Rt>>,
        range: RB,
    ) -> impl Stream<Item = LeaderBoundedStreamResult<Types<Rt>>> + OptionalSend
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        self.store.leader_bounded_stream(leader, range).await
    }

    async fn entries_stream<RB>(
        &mut self,
        range: RB,
    ) -> impl Stream<Item = io::Result<Entry>> + OptionalSend
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        self.store.entries_stream(range).await
    }

    async fn get_key_log_ids(&mut self, range: RangeInclusive<LogId>) -> io::Result<Vec<LogId>> {
        self.store.get_key_log_ids(range).await
    }
}

impl<S, Rt> RaftLogStorage<Types<Rt>> for Kept<S, Rt>
where
    S: RaftLogStorage<Types<Rt>>,
    Rt: AsyncRuntime,
{
    type LogReader = Kept<S::LogReader, Rt>;

    async fn get_log_state(&mut self) -> io::Result<LogState<Types<Rt>>> {
        self.store.get_log_state().await
    }

    async fn get_log_reader(&mut self) -> Self::LogReader {
        let store = self.store.get_log_reader().await;
        Kept { store, record: self.record.clone(), held: self.held.clone() }
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        self.store.save_vote(vote).await
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        self.store.save_committed(committed).await
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        self.store.read_committed().await
    }

    async fn append<I>(&mut self, entries: I, done: IOFlushed<Types<Rt>>) -> io::Result<()>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        if !plant::is(Plant::SealedBeforeCommit) {
            return self.store.append(entries, done).await;
        }
        let entries: Vec<_> = entries.into_iter().collect();
        for entry in &entries {
            if let EntryPayload::Normal(proposal) = &entry.payload {
                self.record.seal(entry.log_id, proposal).await?;
            }
        }
        self.store.append(entries, done).await
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        self.store.truncate_after(last).await
    }

    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        self.store.purge(upto).await
    }
}
