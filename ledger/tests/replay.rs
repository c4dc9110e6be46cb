// SPDX-License-Identifier: Apache-2.0
//! Many blocks of another chain applied to a state that is behind, on all cores: the state is that
//! of one block after the other, and the first block that is not what it was is named.

use bccsp::{Digest, EngineChoice, Hash, HashAlgorithm, Providers, Suite};
use block::{Namespace, ReadWriteSet};
use gmca_ledger::blocks::{Stored, StoredBlock};
use gmca_ledger::state::{Options, State};
use gmca_ledger::{ChainBlock, Error, StateTransaction, commit_hash, mvcc, replay_blocks};
use proto::Bytes;
use proto::kvrwset::{KvWrite, KvrwSet};
use proto::protos::TxValidationCode;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::MemoryDisk;

const BLOCKS: u64 = 400;

/// A block with two transactions; the second one does not count.
#[derive(Clone, Debug)]
struct Toy {
    number: u64,
    codes: Vec<u8>,
    commit_hash: Option<Digest>,
    readable: bool,
}

impl StoredBlock for Toy {
    fn number(&self) -> u64 {
        self.number
    }

    fn previous_hash(&self) -> &[u8] {
        &[]
    }

    fn encode(&self, _: &mut Vec<u8>) {}

    fn decode(_: Bytes) -> Result<Self, String> {
        Err("it is never stored".into())
    }

    fn transaction_ids(&self) -> Vec<(u32, [u8; 32])> {
        Vec::new()
    }

    fn is_config(&self) -> bool {
        false
    }
}

impl ChainBlock for Toy {
    fn hash_algorithm(&self) -> Result<HashAlgorithm, String> {
        Err("it has no configuration".into())
    }

    fn hash(&self, hash: &dyn Hash) -> Digest {
        hash.digest(&[&self.number.to_be_bytes()])
    }

    fn check(&self, _: &dyn Hash) -> Result<(), String> {
        Ok(())
    }

    fn transaction_count(&self) -> usize {
        2
    }

    fn transaction(&self, place: usize) -> Result<StateTransaction, String> {
        if !self.readable || place > 0 {
            return Err("it is torn".into());
        }
        // Every core is slow at times, so that blocks are ready in another order.
        let rounds = if self.number.is_multiple_of(7) { 20_000 } else { 1 };
        let value = (0..rounds).fold(self.number, |value, _| std::hint::black_box(value ^ 1));
        let write = |key: String, is_delete| KvWrite {
            key,
            is_delete,
            value: Bytes::from(format!("{}-{value}", self.number)),
        };
        let writes = vec![
            write(format!("k{}", self.number % 13), false),
            write(format!("k{}", self.number % 5), self.number.is_multiple_of(3)),
        ];
        let public = KvrwSet { writes, ..KvrwSet::default() };
        let set = Namespace { name: "ns".into(), public, collections: Vec::new() };
        let set = Some(ReadWriteSet { namespaces: vec![set] });
        Ok(StateTransaction { id: String::new(), set })
    }

    fn codes(&self) -> &[u8] {
        &self.codes
    }

    fn commit_hash(&self) -> Result<Option<Digest>, String> {
        Ok(self.commit_hash)
    }

    fn seal(&mut self, _: &[TxValidationCode], _: Option<&Digest>) {}
}

fn open() -> State {
    let disk: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 28));
    let options = Options { cache_size: 1 << 20, run_bytes: 1 << 14, ..Options::default() };
    State::open(&disk, Path::new("c"), options).unwrap()
}

fn with_hash<T>(check: impl FnOnce(&dyn Hash) -> T) -> T {
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto).unwrap();
    check(providers.default_provider().hash().unwrap())
}

/// The blocks, and the state that they leave when they are applied one by one.
fn chain(hash: &dyn Hash) -> (Vec<Toy>, State) {
    let state = open();
    let blocks = (0..BLOCKS).map(|number| {
        let mut block = Toy { number, codes: vec![0, 11], commit_hash: None, readable: true };
        let set = block.transaction(0).unwrap().set;
        let transactions = [(true, set.as_ref()), (false, None)];
        let updates = mvcc::replay(&state.snapshot().unwrap(), hash, number, transactions).unwrap();
        let before = state.tip().commit_hash;
        block.commit_hash =
            (number > 0).then(|| commit_hash(hash, &block.codes, &updates, before.as_ref()));
        state.commit(&updates, block.commit_hash, ChainBlock::hash(&block, hash)).unwrap();
        block
    });
    (blocks.collect(), state)
}

fn replayed(hash: &dyn Hash, blocks: &[Toy], state: &State) -> (Result<(), Error>, Vec<u64>) {
    let mut heights = Vec::new();
    let mut next = 0;
    let mut hash_of = |stored: &Stored<Toy>| {
        assert_eq!(stored.block.number, next, "asked in order");
        next += 1;
        Ok(hash)
    };
    let stored = blocks.iter().cloned().map(|block| {
        if block.number == u64::MAX {
            return Err(Error::Refused("there are no more".into()));
        }
        let hash = ChainBlock::hash(&block, hash);
        Ok(Stored { block, hash, last_config: None })
    });
    let done = replay_blocks(stored, state, &mut hash_of, &mut |height| heights.push(height));
    (done, heights)
}

#[test]
fn many_at_a_time_leave_what_one_after_the_other_leaves() {
    with_hash(|hash| {
        let (blocks, one_by_one) = chain(hash);
        let state = open();
        let (done, heights) = replayed(hash, &blocks, &state);
        done.unwrap();
        assert_eq!(state.tip(), one_by_one.tip());
        assert!(heights.len() > 3 && heights.is_sorted(), "{heights:?}");
        assert_eq!(heights.last(), Some(&BLOCKS));
        let (there, here) = (one_by_one.snapshot().unwrap(), state.snapshot().unwrap());
        for key in (0..13).map(|number| format!("k{number}")) {
            assert_eq!(here.get("ns", &key).unwrap(), there.get("ns", &key).unwrap());
            let history = |snapshot: &gmca_ledger::state::Snapshot| {
                snapshot.history("ns", &key).unwrap().map(Result::unwrap).collect::<Vec<_>>()
            };
            assert!(history(&here).len() > 20);
            assert_eq!(history(&here), history(&there));
        }
    });
}

/// That a chain with block 300 changed is refused with that text, and nothing of it is taken in.
fn refused(change: impl FnOnce(&mut Toy), expected: &str) {
    with_hash(|hash| {
        let (mut blocks, _) = chain(hash);
        change(&mut blocks[300]);
        let state = open();
        let (done, heights) = replayed(hash, &blocks, &state);
        let error = done.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!((1..=300).contains(&state.height()), "{}", state.height());
        assert_eq!(heights.last(), Some(&state.height()));
        // What was taken in is good, and the chain goes on from there.
        let (blocks, whole) = chain(hash);
        let rest = &blocks[usize::try_from(state.height()).unwrap()..];
        let stored = rest.iter().cloned().map(|block| {
            let hash = ChainBlock::hash(&block, hash);
            Ok(Stored { block, hash, last_config: None })
        });
        replay_blocks(stored, &state, &mut |_| Ok(hash), &mut |_| {}).unwrap();
        assert_eq!(state.tip(), whole.tip());
    });
}

#[test]
fn another_commit_hash_is_refused() {
    let other = Some(Digest::new([9; 32]));
    refused(|block| block.commit_hash = other, "block 300 is stored with the commit hash 0909");
    refused(|block| block.commit_hash = None, "block 300 is stored with the commit hash none");
}

#[test]
fn other_verdicts_are_refused() {
    refused(|block| block.codes = vec![11, 11], "block 300 is stored with the commit hash");
    refused(|block| block.codes = vec![0], "block 300 is stored without the verdicts");
}

#[test]
fn a_transaction_that_cannot_be_read_is_named() {
    refused(|block| block.readable = false, "block 300, transaction 0 counts, but: it is torn");
}

#[test]
fn what_the_source_says_is_said() {
    refused(|block| block.number = u64::MAX, "there are no more");
}
