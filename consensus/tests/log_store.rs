// SPDX-License-Identifier: Apache-2.0
//! The log store beyond what the engine's own tests ask: when a vote is answered, how much is read
//! at once, and what is there after it was opened again.

use gmca_consensus::raft::{Entry, LogId, LogStore, Membership, Proposal, READ_AT_ONCE, Vote};
use gmca_consensus::wal::{Options, SyncAtOnce, Syncer, Wal, Work};
use gmca_consensus::{Batch, Member};
use openraft::storage::{IOFlushed, RaftLogStorage};
use openraft::{EntryPayload, RaftLogReader};
use openraft_rt::AsyncRuntime;
use openraft_rt_tokio::TokioRuntime;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use sys::Volume;
use sys::sim::MemoryDisk;

type Store = LogStore<TokioRuntime>;

#[derive(Clone, Debug, Default)]
struct Later(Arc<Mutex<Option<Work>>>);

impl Syncer for Later {
    fn wake(&self, work: Work) {
        *self.0.lock().unwrap() = Some(work);
    }

    fn stop(&self) {}
}

fn open(disk: &MemoryDisk, syncer: impl Syncer) -> Wal {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let options = Options { cached_bytes: 1 << 20, ..Options::default() };
    Wal::open(&volume, Path::new("wal"), options, Box::new(syncer)).unwrap()
}

fn store(wal: &Wal) -> Store {
    LogStore::new(wal.group("channel").unwrap())
}

fn entry(index: u64, payload: EntryPayload<Proposal, u64, gmca_consensus::raft::Peer>) -> Entry {
    Entry { log_id: LogId::new_term_index(2, index), payload }
}

fn batch(index: u64, size: usize) -> Entry {
    let batch = Batch::normal(1, vec![vec![7; size].into()]);
    entry(index, EntryPayload::Normal(batch.into()))
}

fn all_kinds() -> Vec<Entry> {
    let member = Member { host: "orderer1".into(), port: 7050, key: "key".into() };
    let nodes = BTreeMap::from([(1, member.into())]);
    let membership = Membership::new(vec![[1].into()], nodes).unwrap();
    vec![
        entry(0, EntryPayload::Membership(membership)),
        entry(1, EntryPayload::Blank),
        batch(2, 10),
        entry(3, EntryPayload::Normal(Batch::config(1, "config".into()).into())),
    ]
}

#[test]
fn a_vote_is_not_answered_before_it_is_safe() {
    let (disk, later) = (MemoryDisk::new(1 << 24), Later::default());
    let wal = open(&disk, later.clone());
    let mut store = store(&wal);
    let vote = Vote::new(3, 1);
    let mut saving = pin!(store.save_vote(&vote));
    let mut context = Context::from_waker(Waker::noop());
    assert!(saving.as_mut().poll(&mut context).is_pending());
    // A power failure now would lose it.
    assert!(saving.as_mut().poll(&mut context).is_pending());
    later.0.lock().unwrap().take().unwrap().run();
    assert!(matches!(saving.poll(&mut context), Poll::Ready(Ok(()))));
}

#[test]
fn a_vote_that_does_not_reach_the_disk_is_refused() {
    let disk = MemoryDisk::new(1 << 24);
    let wal = open(&disk, SyncAtOnce);
    let mut store = store(&wal);
    disk.fail_sync_after(0);
    let saved = TokioRuntime::run(async move { store.save_vote(&Vote::new(3, 1)).await });
    assert!(saved.unwrap_err().to_string().contains("did not sync"));
}

#[test]
fn eight_mebibytes_are_read_at_once_and_one_entry_whatever_its_size() {
    let wal = open(&MemoryDisk::new(1 << 27), SyncAtOnce);
    let mut store = store(&wal);
    TokioRuntime::run(async move {
        let large = READ_AT_ONCE as usize / 3 - 100;
        let sizes = [large, large, large, 10, READ_AT_ONCE as usize + 1, 10];
        let entries: Vec<_> = (0..).zip(sizes).map(|(index, size)| batch(index, size)).collect();
        store.append(entries.clone(), IOFlushed::noop()).await.unwrap();
        let read = async |store: &mut Store, from, to| {
            let read = store.limited_get_log_entries(from, to).await.unwrap();
            assert_eq!(read, entries[from as usize..from as usize + read.len()]);
            read.len()
        };
        assert_eq!(read(&mut store, 0, 6).await, 4);
        assert_eq!(read(&mut store, 0, 2).await, 2);
        assert_eq!(read(&mut store, 3, 6).await, 1);
        assert_eq!(read(&mut store, 4, 6).await, 1);
        assert_eq!(read(&mut store, 5, 6).await, 1);
        assert_eq!(store.try_get_log_entries(0..6).await.unwrap(), entries);
        assert_eq!(store.try_get_log_entries(4..=5).await.unwrap(), entries[4..]);
        assert_eq!(store.try_get_log_entries(..).await.unwrap(), entries);
    });
}

#[test]
fn after_it_was_opened_again_all_is_as_it_was() {
    let disk = MemoryDisk::new(1 << 24);
    let wal = open(&disk, SyncAtOnce);
    let mut before = store(&wal);
    let (vote, committed) = (Vote::new_committed(4, 7), Some(LogId::new_term_index(2, 1)));
    TokioRuntime::run(async move {
        before.save_vote(&vote).await.unwrap();
        before.append(all_kinds(), IOFlushed::noop()).await.unwrap();
        before.save_committed(committed).await.unwrap();
        before.note("id", Some("7".into())).await.unwrap();
    });
    drop(wal);
    let wal = open(&disk, SyncAtOnce);
    let mut after = store(&wal);
    TokioRuntime::run(async move {
        assert_eq!(after.read_vote().await.unwrap(), Some(vote));
        assert_eq!(after.try_get_log_entries(0..9).await.unwrap(), all_kinds());
        assert_eq!(after.read_committed().await.unwrap(), committed);
        assert_eq!(after.group().read_note("id").unwrap(), Some("7".into()));
        after.truncate_after(None).await.unwrap();
        let state = after.get_log_state().await.unwrap();
        assert_eq!((state.last_log_id, state.last_purged_log_id), (None, None));
    });
}
