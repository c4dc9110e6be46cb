// SPDX-License-Identifier: Apache-2.0
//! What a snapshot may stand for.

use super::elements::log_id;
use super::held::Held;
use super::machine::{Machine, engine_snapshot};
use super::messages::{Reach, Snapshot};
use super::ports::{AtOnce, Notes};
use super::record::Record;
use crate::sim::SimRuntime;
use crate::{Admitted, Batch, Chain, Limits, Member, Refusal, SealError, Waiting};
use block::Block;
use openraft::storage::RaftStateMachine;
use openraft::{AsyncRuntime, RaftSnapshotBuilder};
use proto::Bytes;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A chain that has its genesis block only, and takes no other.
struct Genesis;

impl Genesis {
    fn refusal() -> SealError {
        let (channel, why) = ("channel".to_owned(), "it takes none".to_owned());
        SealError { channel, number: 1, why }
    }
}

impl Chain for Genesis {
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
        Bytes::new()
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

fn machine() -> Machine<SimRuntime> {
    let notes = Arc::new(Memory::default());
    let record = Record::load(Arc::new(Genesis), Arc::new(AtOnce), notes).unwrap();
    Machine { record: Arc::new(record), held: Held::new().0, applied: None }
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
