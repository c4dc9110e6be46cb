// SPDX-License-Identifier: Apache-2.0
//! The blocks of a real Fabric network, from an empty state: versions, values, history and commit
//! hashes are what its peer made of them.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

use bccsp::{Digest, EngineChoice, Hash, HashAlgorithm, Providers, Suite};
use block::{ReadWriteSet, Version};
use gmca_ledger::Error;
use gmca_ledger::commit_hash;
use gmca_ledger::mvcc::{self, Candidate, Judged, KnownIds};
use gmca_ledger::state::{Change, Options, Space, State, WrittenValues};
use proto::Bytes;
use proto::common::{Block, ChannelHeader, Envelope, Metadata, Payload};
use proto::prost::Message;
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ProposalResponsePayload, Transaction, TxValidationCode,
};
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::MemoryDisk;

const TRANSACTIONS_FILTER: usize = 2;
const COMMIT_HASH: usize = 4;

fn block(name: &str) -> Block {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/data/fabric");
    Block::decode(Bytes::from(std::fs::read(format!("{folder}/{name}")).unwrap())).unwrap()
}

fn blocks() -> Vec<Block> {
    let mut all: Vec<Block> =
        (0..=5).map(|number| block(&format!("blocks/peer/{number}.block"))).collect();
    all.push(block("config/config-update-block.block"));
    all
}

/// The id and the read/write set of each transaction; no set for a config transaction.
fn transactions(block: &Block) -> Vec<(String, Option<ReadWriteSet>)> {
    let open = |entry: &Bytes| {
        let envelope = Envelope::decode(entry.clone()).unwrap();
        let payload = Payload::decode(envelope.payload).unwrap();
        let header = ChannelHeader::decode(payload.header.unwrap().channel_header).unwrap();
        (header.tx_id, (header.r#type == 3).then(|| set(payload.data)))
    };
    block.data.as_ref().unwrap().data.iter().map(open).collect()
}

fn set(data: Bytes) -> ReadWriteSet {
    let transaction = Transaction::decode(data).unwrap();
    let action = ChaincodeActionPayload::decode(transaction.actions[0].payload.clone()).unwrap();
    let response = action.action.unwrap().proposal_response_payload;
    let response = ProposalResponsePayload::decode(response).unwrap();
    let action = ChaincodeAction::decode(response.extension).unwrap();
    ReadWriteSet::decode(&action.results).unwrap()
}

fn version(block: u64, transaction: u64) -> Version {
    Version { block, transaction }
}

struct NoIds;

impl KnownIds for NoIds {
    fn has_id(&self, _: &str) -> Result<bool, Error> {
        Ok(false)
    }
}

fn judge(state: &State, hash: &dyn Hash, number: u64, block: &Block) -> Judged {
    let transactions = transactions(block);
    let candidates: Vec<_> = transactions
        .iter()
        .map(|(id, set)| Candidate { id, code: TxValidationCode::Valid, set: set.as_ref() })
        .collect();
    mvcc::validate(&state.snapshot().unwrap(), &NoIds, hash, number, &candidates).unwrap()
}

fn metadata(block: &Block, slot: usize) -> Bytes {
    block.metadata.as_ref().unwrap().metadata.get(slot).cloned().unwrap_or_default()
}

fn replayed(check: impl Fn(&State, &[Block])) {
    let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
    let hash = providers.hash(HashAlgorithm::FABRIC_CLIENT).unwrap();
    let disk: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 26));
    let options = Options { cache_size: 1 << 20, durable_blocks: 2, ..Options::default() };
    let state = State::open(&disk, Path::new("c"), options).unwrap();
    let blocks = blocks();
    for (number, block) in (0u64..).zip(&blocks) {
        let judged = judge(&state, hash, number, block);
        let filter: Vec<u8> =
            judged.codes.iter().map(|code| u8::try_from(*code as i32).unwrap()).collect();
        assert_eq!(filter, metadata(block, TRANSACTIONS_FILTER), "block {number}");
        let previous = state.tip().commit_hash;
        // Block 0 has no commit hash.
        let made =
            (number > 0).then(|| commit_hash(hash, &filter, &judged.updates, previous.as_ref()));
        let theirs = Metadata::decode(metadata(block, COMMIT_HASH)).unwrap().value;
        let ours = made.as_ref().map(Digest::as_ref).unwrap_or_default();
        assert_eq!(ours, theirs, "block {number}");
        state.commit(&judged.updates, made, Digest::new([0; 32])).unwrap();
    }
    check(&state, &blocks);
}

#[test]
fn commit_hashes_versions_and_values_are_the_peers() {
    replayed(|state, _| {
        let now = state.snapshot().unwrap();
        assert_eq!((now.height(), state.height()), (7, 7));
        for (key, value, block) in [("a", "1", 3), ("b", "2", 4), ("c", "3", 5)] {
            let entry = now.get("basic", key).unwrap().unwrap();
            assert!(entry.metadata().is_empty());
            assert_eq!((entry.version, entry.value), (version(block, 0), value.into()));
        }
        let rows: Vec<_> =
            now.range("basic", "", "").unwrap().map(|row| row.unwrap().key).collect();
        assert_eq!(rows, ["a", "b", "c"]);
        let sequence = now.get("_lifecycle", "namespaces/fields/basic/Sequence").unwrap().unwrap();
        assert_eq!(sequence.version, version(2, 0));
        assert_eq!(now.get("basic", "d").unwrap(), None);
    });
}

#[test]
fn approvals_are_hashes_of_a_collection() {
    replayed(|state, blocks| {
        let now = state.snapshot().unwrap();
        let (_, set) = transactions(&blocks[1]).remove(0);
        let lifecycle = set.unwrap().namespaces.into_iter().find(|set| set.name == "_lifecycle");
        let collection = lifecycle.unwrap().collections.remove(0);
        assert!(!collection.hashed.hashed_writes.is_empty());
        for write in &collection.hashed.hashed_writes {
            let entry =
                now.hashed("_lifecycle", &collection.name, &write.key_hash).unwrap().unwrap();
            assert_eq!((entry.version, entry.value), (version(1, 0), write.value_hash.clone()));
        }
        let elsewhere = Space::public("_lifecycle");
        let key = &collection.hashed.hashed_writes[0].key_hash;
        assert_eq!(now.entry(elsewhere, key).unwrap(), None);
    });
}

struct FromBlocks<'a>(&'a [Block]);

impl WrittenValues for FromBlocks<'_> {
    fn written(&self, version: Version, namespace: &str, key: &str) -> Result<Bytes, Error> {
        let block = &self.0[usize::try_from(version.block).unwrap()];
        let (_, set) = transactions(block).remove(usize::try_from(version.transaction).unwrap());
        let set = set.unwrap().namespaces.into_iter().find(|set| set.name == namespace).unwrap();
        Ok(set.public.writes.into_iter().find(|write| write.key == key).unwrap().value)
    }
}

#[test]
fn history_comes_with_values_from_the_blocks() {
    replayed(|state, blocks| {
        let now = state.snapshot().unwrap();
        let source = FromBlocks(blocks);
        let history: Vec<_> =
            now.history_values("basic", "b", &source).unwrap().map(Result::unwrap).collect();
        let change = Change { version: version(4, 0), is_delete: false };
        assert_eq!(history, [(change, Some("2".into()))]);
        assert_eq!(now.history("basic", "nothing").unwrap().count(), 0);
    });
}
