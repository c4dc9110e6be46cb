// SPDX-License-Identifier: Apache-2.0
//! Blocks that a ledger takes: transactions with a read/write set, two endorsements and as many
//! bytes as usual; nobody looks at the signatures. Not here: what is measured (`main.rs`).

use bccsp::{Digest, Hash};
use block::{Block, Version};
use proto::Bytes;
use proto::common::{
    ChannelHeader, Config, ConfigEnvelope, ConfigGroup, ConfigValue, Envelope, HashingAlgorithm,
    Header, HeaderType, Payload, SignatureHeader,
};
use proto::kvrwset::{KvRead, KvWrite, KvrwSet};
use proto::prost::Message;
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, Endorsement,
    ProposalResponsePayload, Response, Transaction, TransactionAction,
};
use proto::rwset::{NsReadWriteSet, TxReadWriteSet};
use std::collections::HashSet;

pub(crate) const TRANSACTIONS: usize = 500;
pub(crate) const NAMESPACE: &str = "basic";
/// A certificate in PEM with the name of its organisation.
const IDENTITY: usize = 850;

/// Keys with the versions they have, and the end of the chain.
pub(crate) struct World<'h> {
    hash: &'h dyn Hash,
    versions: Vec<Version>,
    previous: Option<Digest>,
    height: u64,
    dice: u64,
}

impl<'h> World<'h> {
    pub(crate) fn new(hash: &'h dyn Hash, keys: usize) -> Self {
        let versions = vec![Version { block: 0, transaction: 0 }; keys];
        Self { hash, versions, previous: None, height: 0, dice: 1 }
    }

    /// The block that says how the chain hashes.
    pub(crate) fn first(&mut self) -> Block {
        let named = HashingAlgorithm { name: self.hash.algorithm().fabric_name().into() };
        let value = ConfigValue { value: named.encode_to_vec().into(), ..Default::default() };
        let mut group = ConfigGroup::default();
        group.values.insert("HashingAlgorithm".into(), value);
        let config = Config { channel_group: Some(group), ..Config::default() };
        let config = ConfigEnvelope { config: Some(config), last_update: None };
        let data = config.encode_to_vec().into();
        self.block(vec![envelope(HeaderType::Config, String::new(), data)])
    }

    /// Blocks of one transaction each, which write all keys.
    pub(crate) fn fill(&mut self) -> impl Iterator<Item = Block> {
        const CHUNK: usize = 20_000;
        let chunks = self.versions.len().div_ceil(CHUNK);
        (0..chunks).map(|chunk| {
            let numbers = chunk * CHUNK..self.versions.len().min((chunk + 1) * CHUNK);
            let writes = numbers.clone().map(write).collect();
            let version = Version { block: self.height, transaction: 0 };
            self.versions[numbers].fill(version);
            let entry = self.transaction(0, &KvrwSet { writes, ..KvrwSet::default() });
            self.block(vec![entry])
        })
    }

    /// Transactions of one read and one write that do not meet each other.
    pub(crate) fn next(&mut self) -> Block {
        let (mut used, mut entries) = (HashSet::new(), Vec::new());
        while entries.len() < TRANSACTIONS {
            let number = self.below(self.versions.len());
            if !used.insert(number) {
                continue;
            }
            let Version { block: block_num, transaction: tx_num } = self.versions[number];
            let version = Some(proto::kvrwset::Version { block_num, tx_num });
            let reads = vec![KvRead { key: key(number), version }];
            let writes = vec![write(number)];
            let place = entries.len() as u64;
            self.versions[number] = Version { block: self.height, transaction: place };
            entries.push(self.transaction(place, &KvrwSet { reads, writes, ..KvrwSet::default() }));
        }
        self.block(entries)
    }

    /// The key to begin a range at.
    pub(crate) fn start(&mut self) -> String {
        key(self.below(self.versions.len()))
    }

    fn block(&mut self, entries: Vec<Bytes>) -> Block {
        let previous = self.previous.map(|hash| hash.as_ref().to_vec()).unwrap_or_default();
        let block = Block::new(self.height, previous, entries, self.hash);
        self.previous = Some(block.hash(self.hash));
        self.height += 1;
        block
    }

    fn transaction(&self, place: u64, set: &KvrwSet) -> Bytes {
        let id = self.hash.digest(&[&self.height.to_be_bytes(), &place.to_be_bytes()]);
        envelope(HeaderType::EndorserTransaction, id.to_string(), endorsed(set))
    }

    fn below(&mut self, end: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice % end as u64) as usize
    }
}

fn key(number: usize) -> String {
    // Spread, as keys of users are.
    format!("asset-{:016x}", (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn write(number: usize) -> KvWrite {
    KvWrite { key: key(number), is_delete: false, value: vec![b'v'; 100].into() }
}

fn endorsed(set: &KvrwSet) -> Bytes {
    let namespace = NsReadWriteSet {
        namespace: NAMESPACE.into(),
        rwset: set.encode_to_vec().into(),
        collection_hashed_rwset: Vec::new(),
    };
    let set = TxReadWriteSet { data_model: 0, ns_rwset: vec![namespace] };
    let action = ChaincodeAction {
        results: set.encode_to_vec().into(),
        response: Some(Response { status: 200, ..Response::default() }),
        ..ChaincodeAction::default()
    };
    let response = ProposalResponsePayload {
        proposal_hash: vec![7; 32].into(),
        extension: action.encode_to_vec().into(),
    };
    let endorsement =
        Endorsement { endorser: vec![b'e'; IDENTITY].into(), signature: vec![7; 71].into() };
    let payload = ChaincodeActionPayload {
        chaincode_proposal_payload: vec![b'p'; 200].into(),
        action: Some(ChaincodeEndorsedAction {
            proposal_response_payload: response.encode_to_vec().into(),
            endorsements: vec![endorsement; 2],
        }),
    };
    let action =
        TransactionAction { header: signature_header(), payload: payload.encode_to_vec().into() };
    Transaction { actions: vec![action] }.encode_to_vec().into()
}

fn signature_header() -> Bytes {
    let header =
        SignatureHeader { creator: vec![b'c'; IDENTITY].into(), nonce: vec![7; 24].into() };
    header.encode_to_vec().into()
}

fn envelope(kind: HeaderType, tx_id: String, data: Bytes) -> Bytes {
    let channel = ChannelHeader {
        r#type: kind as i32,
        channel_id: "channel".into(),
        tx_id,
        ..ChannelHeader::default()
    };
    let header = Header {
        channel_header: channel.encode_to_vec().into(),
        signature_header: signature_header(),
    };
    let payload = Payload { header: Some(header), data }.encode_to_vec().into();
    Envelope { payload, signature: vec![7; 71].into() }.encode_to_vec().into()
}
