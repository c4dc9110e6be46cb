// SPDX-License-Identifier: Apache-2.0
//! What a snapshot may stand for.

use super::elements::log_id;
use super::held::Held;
use super::machine::{Machine, engine_snapshot};
use super::messages::{Reach, Snapshot};
use super::ports::{AtOnce, Notes};
use super::record::{Record, Sealed};
use super::types::{Entry, Membership, Peer, Proposal};
use crate::sim::SimRuntime;
use crate::{Admitted, Batch, Chain, Limits, Member, Refusal, SealError, Waiting};
use block::Block;
use futures_util::stream;
use openraft::storage::RaftStateMachine;
use openraft::{AsyncRuntime, EntryPayload, RaftSnapshotBuilder};
use proto::Bytes;
use proto::prost::Message as _;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A chain of one block, which says that; it takes no other.
#[derive(Default)]
struct Fixed {
    metadata: Bytes,
}

impl Fixed {
    fn refusal() -> SealError {
        let (channel, why) = ("channel".to_owned(), "it takes none".to_owned());
        SealError { channel, number: 1, why }
    }
}

impl Chain for Fixed {
    fn channel(&self) -> &str {
        "channel"
    }

    fn height(&self) -> u64 {
        1
    }

    fn sequence(&self) -> u64 {
        0
    }

    fn limits(&self) -> Limits {
        let timeout = Duration::ZERO;
        Limits { max_messages: 1, absolute_max_bytes: 1, preferred_max_bytes: 1, timeout }
    }

    fn members(&self) -> Vec<Member> {
        Vec::new()
    }

    fn tip(&self) -> Bytes {
        Bytes::new()
    }

    fn metadata(&self) -> Bytes {
        self.metadata.clone()
    }

    fn admit(&self, _: &Bytes) -> Result<Admitted, Refusal> {
        Err(Refusal::Unavailable("it takes none".to_owned()))
    }

    fn seal(&self, _: &Batch, _: Bytes) -> Result<Option<Block>, SealError> {
        Err(Self::refusal())
    }

    fn append(&self, _: Block) -> Result<(), SealError> {
        Err(Self::refusal())
    }
}

#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, Bytes>>);

impl Notes for Memory {
    fn note(&self, key: &str) -> io::Result<Option<Bytes>> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    fn set_note(&self, key: &str, value: Bytes) -> Waiting<io::Result<()>> {
        self.0.lock().unwrap().insert(key.to_owned(), value);
        Box::pin(async { Ok(()) })
    }
}

fn machine_on(chain: Fixed, notes: &Arc<Memory>) -> Machine<SimRuntime> {
    let record = Record::load(Arc::new(chain), Arc::new(AtOnce), notes.clone()).unwrap();
    Machine::new(Arc::new(record), Held::new().0).unwrap()
}

fn machine() -> Machine<SimRuntime> {
    machine_on(Fixed::default(), &Arc::default())
}

async fn apply(
    machine: &mut Machine<SimRuntime>,
    index: u64,
    payload: EntryPayload<Proposal, u64, Peer>,
) {
    let entry = Entry { log_id: log_id(1, index), payload };
    machine.apply(stream::iter([Ok((entry, None))])).await.unwrap();
}

fn voters(ids: &[u64]) -> Membership {
    let peer =
        |id: &u64| (*id, Peer::from(Member { key: Bytes::new(), host: String::new(), port: 0 }));
    let peers: BTreeMap<u64, Peer> = ids.iter().map(peer).collect();
    Membership::new(vec![ids.iter().copied().collect()], peers).unwrap()
}

fn upto(index: u64) -> Snapshot {
    let reach = Reach { height: 1, tip: Bytes::new(), next_id: 1 };
    Snapshot { last: Some(log_id(1, index)), reach, ..Snapshot::default() }
}

async fn install(machine: &mut Machine<SimRuntime>, index: u64) {
    let snapshot = engine_snapshot::<SimRuntime>(upto(index));
    machine.install_snapshot(&snapshot.meta, snapshot.snapshot).await.unwrap();
}

fn noted(machine: &Machine<SimRuntime>) -> Option<u64> {
    machine.record.noted_snapshot().unwrap()?.last.map(|last| last.index)
}

#[test]
fn none_is_made_while_the_chain_is_ahead_of_the_engine() {
    SimRuntime::new(1).block_on(async {
        let mut machine = machine();
        assert_eq!(machine.applied_state().await.unwrap().0, None);
        // As blocks do that are pulled for a snapshot.
        machine.record.pass(log_id(1, 7)).await;
        assert!(machine.try_create_snapshot_builder(false).await.is_none());
        install(&mut machine, 9).await;
        assert!(machine.try_create_snapshot_builder(false).await.is_some());
        assert_eq!(noted(&machine), Some(9));
    });
}

#[test]
fn one_that_took_long_does_not_take_the_place_of_a_later_one() {
    SimRuntime::new(1).block_on(async {
        let mut machine = machine();
        install(&mut machine, 5).await;
        let mut builder = machine.try_create_snapshot_builder(false).await.unwrap();
        install(&mut machine, 9).await;
        builder.build_snapshot().await.unwrap();
        assert_eq!(noted(&machine), Some(9));
    });
}

#[test]
fn after_a_crash_the_log_says_who_votes_however_far_the_chain_is() {
    SimRuntime::new(1).block_on(async {
        let notes = Arc::new(Memory::default());
        let mut machine = machine_on(Fixed::default(), &notes);
        apply(&mut machine, 3, EntryPayload::Membership(voters(&[1, 2]))).await;
        machine.try_create_snapshot_builder(false).await.unwrap().build_snapshot().await.unwrap();
        drop(machine);
        // Blocks were pulled, and the snapshot that they were for was not installed.
        let metadata = Sealed { raft_index: 9, raft_term: 1, ..Sealed::default() }.encode_to_vec();
        let mut machine = machine_on(Fixed { metadata: metadata.into() }, &notes);
        let (applied, membership) = machine.applied_state().await.unwrap();
        assert_eq!((applied, membership.membership()), (Some(log_id(1, 3)), &voters(&[1, 2])));
        assert!(machine.try_create_snapshot_builder(false).await.is_none());
        apply(&mut machine, 8, EntryPayload::Membership(voters(&[1, 2, 3]))).await;
        apply(&mut machine, 9, EntryPayload::Blank).await;
        let mut builder = machine.try_create_snapshot_builder(false).await.unwrap();
        let snapshot = builder.build_snapshot().await.unwrap();
        assert_eq!(snapshot.meta.last_log_id, Some(log_id(1, 9)));
        assert_eq!(snapshot.meta.last_membership.membership(), &voters(&[1, 2, 3]));
    });
}
