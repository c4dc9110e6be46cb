// SPDX-License-Identifier: Apache-2.0
//! The engine's own tests of stores, on our log store. Its half about logs and votes is about our
//! code. Its half about applying and snapshots is about the stub below: our snapshots hand over a
//! height and let blocks be pulled, for which the tests have no source.

use futures_util::{Stream, TryStreamExt};
use gmca_consensus::raft::{Entry, LogId, LogStore, Outcome, Types};
use gmca_consensus::wal::{Options, SyncAtOnce, SyncThread, Syncer, Wal};
use openraft::entry::RaftEntry;
use openraft::storage::{EntryResponder, RaftSnapshotBuilder, RaftStateMachine};
use openraft::testing::log::{StoreBuilder, Suite};
use openraft::type_config::alias::{SnapshotMetaOf, SnapshotOf, StoredMembershipOf};
use openraft::{OptionalSend, StorageError};
use openraft_rt::AsyncRuntime;
use openraft_rt_tokio::TokioRuntime;
use std::io;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::MemoryDisk;

type T = Types<TokioRuntime>;
type Snapshot = SnapshotOf<T, ()>;

/// A state machine that remembers what it was told and does nothing.
#[derive(Clone, Default)]
struct Stub {
    applied: Option<LogId>,
    membership: StoredMembershipOf<T>,
    snapshot: Option<SnapshotMetaOf<T>>,
}

impl Stub {
    fn take(&mut self, entry: &Entry) {
        self.applied = Some(entry.log_id());
        if let Some(membership) = entry.get_membership() {
            self.membership = StoredMembershipOf::<T>::new(Some(entry.log_id()), membership);
        }
    }

    fn meta(&self) -> SnapshotMetaOf<T> {
        SnapshotMetaOf::<T> { last_log_id: self.applied, last_membership: self.membership.clone() }
    }
}

impl RaftSnapshotBuilder<T> for Stub {
    type SnapshotData = ();

    async fn build_snapshot(&mut self) -> io::Result<Snapshot> {
        Ok(Snapshot { meta: self.meta(), snapshot: () })
    }
}

impl RaftStateMachine<T> for Stub {
    type SnapshotData = ();
    type SnapshotBuilder = Self;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, StoredMembershipOf<T>)> {
        Ok((self.applied, self.membership.clone()))
    }

    async fn apply<S>(&mut self, mut entries: S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<EntryResponder<T>>> + Unpin + OptionalSend,
    {
        while let Some((entry, responder)) = entries.try_next().await? {
            self.take(&entry);
            responder.into_iter().for_each(|responder| responder.send(Outcome::Nothing));
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> Self {
        self.snapshot = Some(self.meta());
        self.clone()
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMetaOf<T>, (): ()) -> io::Result<()> {
        self.applied = meta.last_log_id;
        self.membership = meta.last_membership.clone();
        self.snapshot = Some(meta.clone());
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<Snapshot>> {
        Ok(self.snapshot.clone().map(|meta| Snapshot { meta, snapshot: () }))
    }
}

/// Each store on a disk of its own, with little memory for entries.
struct Builder(fn() -> Box<dyn Syncer>);

impl StoreBuilder<T, LogStore<TokioRuntime>, Stub, Wal> for Builder {
    async fn build(&self) -> Result<(Wal, LogStore<TokioRuntime>, Stub), StorageError<T>> {
        let volume: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 24));
        let options = Options { segment_size: 1000, cached_bytes: 100, ..Options::default() };
        let wal = Wal::open(&volume, Path::new("wal"), options, (self.0)()).unwrap();
        let store = LogStore::new(wal.group("channel").unwrap());
        Ok((wal, store, Stub::default()))
    }
}

fn passes(syncer: fn() -> Box<dyn Syncer>) {
    let suite = Suite::<T, LogStore<TokioRuntime>, Stub, Builder, Wal>::test_all(Builder(syncer));
    TokioRuntime::run(suite).unwrap();
}

#[test]
fn the_engines_tests_pass_when_syncs_are_done_at_once() {
    passes(|| Box::new(SyncAtOnce));
}

#[test]
fn the_engines_tests_pass_when_a_thread_syncs() {
    passes(|| Box::new(SyncThread::start().unwrap()));
}
