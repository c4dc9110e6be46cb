// SPDX-License-Identifier: Apache-2.0
//! A ledger of the same shape as the one that Fabric wrote, made in either family: a chaincode
//! approved and committed, three puts, a change of the configuration.
#![allow(dead_code)] // each test file takes its part
#![allow(unreachable_pub)] // the module has several users

use super::{channel as new_channel, member, providers};
use crate::run::{Ran, Session};
use bccsp::{Digest, Hash, Providers, Suite};
use block::{Block, Envelope, Proposal, Request, UpdateBatch, sign_payload};
use channel::Channel;
use channel::update::Stamp;
use msp::SigningIdentity;
use proto::kvrwset::{HashedRwSet, KvWrite, KvWriteHash, KvrwSet};
use proto::protos::{ChaincodeAction, ChaincodeId, Response, TxValidationCode};
use proto::rwset::{CollectionHashedReadWriteSet, NsReadWriteSet, TxReadWriteSet};
use proto::{Bytes, common, prost::Message, prost_types::Timestamp};
use std::sync::Arc;

pub struct Network {
    pub session: Session,
    pub providers: Arc<Providers>,
    pub channel: Channel,
    pub client: SigningIdentity,
    pub peer: SigningIdentity,
    pub orderer: SigningIdentity,
    pub blocks: Vec<Block>,
    /// Of each block, by the function that was in force for it.
    pub hashes: Vec<Digest>,
    commit_hash: Option<Digest>,
}

impl Network {
    pub fn new(suite: Suite) -> Self {
        let session = new_channel(suite);
        let providers = providers(suite);
        let genesis = Block::decode(std::fs::read(session.path("ch1.block")).unwrap()).unwrap();
        let channel = Channel::from_block(&providers, &genesis).unwrap();
        Self {
            hashes: vec![genesis.hash(channel.hash().unwrap())],
            channel,
            client: member(&session, suite, "org1/client", "Org1MSP"),
            peer: member(&session, suite, "org1/peer", "Org1MSP"),
            orderer: member(&session, suite, "ord/orderer", "OrdMSP"),
            blocks: vec![genesis],
            commit_hash: None,
            providers,
            session,
        }
    }

    pub fn hash(&self) -> &dyn Hash {
        self.channel.hash().unwrap()
    }

    pub fn transaction(&self, chaincode: &str, set: &TxReadWriteSet, nonce: &str) -> Bytes {
        let request = Request {
            channel: "ch1",
            chaincode,
            args: vec!["put".into()],
            creator: self.client.serialized().clone(),
            nonce: nonce.to_owned().into(),
            timestamp: Timestamp { seconds: 1_780_000_000, nanos: 0 },
            ..Request::default()
        };
        let proposal = Proposal::new(request, &self.providers).unwrap();
        let result = ChaincodeAction {
            results: set.encode_to_vec().into(),
            response: Some(Response { status: 200, ..Response::default() }),
            chaincode_id: Some(ChaincodeId { name: chaincode.to_owned(), ..Default::default() }),
            ..ChaincodeAction::default()
        };
        let (endorser, key) = (self.peer.serialized(), self.peer.key());
        let response = proposal.endorse(&result, self.hash(), endorser, &**key).unwrap();
        let payload = proposal.assemble(&[response]).unwrap();
        sign_payload(payload, &**self.client.key()).unwrap().encode_to_vec().into()
    }

    /// Orders and commits these envelopes as the next block.
    pub fn append(&mut self, entries: Vec<Bytes>) {
        self.append_judged(entries, TxValidationCode::Valid);
    }

    /// The same with that verdict on each.
    pub fn append_judged(&mut self, entries: Vec<Bytes>, verdict: TxValidationCode) {
        let previous = self.blocks.last().unwrap();
        let number = previous.number() + 1;
        let before = self.hashes.last().unwrap().as_ref().to_vec();
        let mut block = Block::new(number, before, entries, self.hash());
        let index = if block.is_config() { number } else { 0 };
        let last_config = Some(common::LastConfig { index });
        let orderer = common::OrdererBlockMetadata { last_config, ..Default::default() };
        block.metadata_mut().set_orderer(&orderer);
        let nonce = format!("block {number}").into();
        block.sign(self.orderer.serialized(), &**self.orderer.key(), &nonce).unwrap();
        let verdicts = vec![verdict; block.entries().len()];
        block.metadata_mut().set_filter(&verdicts);
        let mut updates = UpdateBatch::new(number, self.hash());
        for (at, entry) in block.entries().iter().enumerate() {
            if verdict != TxValidationCode::Valid {
                continue;
            }
            let Ok(transaction) = Envelope::open(entry.clone()).unwrap().transaction() else {
                continue;
            };
            updates.add(at as u64, &transaction.action().unwrap().rwset().unwrap());
        }
        let hash =
            updates.commit_hash(block.metadata().filter(), self.commit_hash.as_ref(), self.hash());
        block.metadata_mut().set_commit_hash(&hash);
        self.commit_hash = Some(hash);
        self.hashes.push(block.hash(self.hash()));
        self.session.file(&format!("{number}.block"), &block.encode());
        self.blocks.push(block);
    }

    /// Changes the configuration: what these administrators agree to, ordered in a block of its own.
    pub fn change(
        &mut self,
        suite: Suite,
        edit: impl FnOnce(channel::Edit) -> Result<channel::Edit, channel::Error>,
    ) {
        let edited = edit(channel::Edit::of(&self.channel)).unwrap().finish();
        let mut update = self.update(&edited);
        let admins = [("org1/admin", "Org1MSP"), ("ord/admin", "OrdMSP")];
        let admins = admins.map(|(folder, id)| member(&self.session, suite, folder, id));
        for admin in &admins {
            update.sign(admin.serialized(), &**admin.key(), &"agreed".into()).unwrap();
        }
        let asked =
            channel::update::update_envelope("ch1", &update, &admins[0], stamp("asked")).unwrap();
        let next = self.channel.propose_envelope(&asked).unwrap();
        self.order(next, asked);
    }

    /// The same although nobody has agreed to it.
    pub fn change_unsigned(
        &mut self,
        edit: impl FnOnce(channel::Edit) -> Result<channel::Edit, channel::Error>,
    ) {
        let mut edited = edit(channel::Edit::of(&self.channel)).unwrap().finish();
        let update = self.update(&edited);
        let asked =
            channel::update::update_envelope("ch1", &update, &self.client, stamp("asked")).unwrap();
        edited.sequence = self.channel.sequence() + 1;
        let next = Channel::new(&self.providers, "ch1", edited).unwrap();
        self.order(next, asked);
    }

    fn update(&self, edited: &common::Config) -> block::ConfigUpdate {
        let update = channel::update::compute(self.channel.config(), edited, "ch1").unwrap();
        block::ConfigUpdate::new(channel::wire::config_update(update))
    }

    fn order(&mut self, next: Channel, asked: common::Envelope) {
        let envelope = next.envelope(asked, &self.orderer, stamp("ordered")).unwrap();
        self.append(vec![envelope.encode_to_vec().into()]);
        self.channel = next;
    }

    pub fn inspect(&self, changed: Option<(u64, &[u8])>) -> Ran {
        let mut arguments = "inspect --trust ch1.block ch1.block".to_owned();
        for block in &self.blocks[1..] {
            let number = block.number();
            let name = match changed {
                Some((at, bytes)) if at == number => {
                    self.session.file("changed.block", bytes);
                    "changed.block".to_owned()
                }
                _ => format!("{number}.block"),
            };
            arguments = format!("{arguments} {name}");
        }
        self.session.run(&arguments.split(' ').collect::<Vec<_>>())
    }
}

fn stamp(nonce: &'static str) -> Stamp {
    Stamp { nonce: nonce.into(), time: Timestamp { seconds: 1_780_000_001, nanos: 0 } }
}

pub fn writes(namespace: &str, pairs: &[(&str, &str)]) -> NsReadWriteSet {
    let write = |(key, value): &(&str, &str)| KvWrite {
        key: (*key).to_owned(),
        value: (*value).to_owned().into(),
        is_delete: false,
    };
    let set = KvrwSet { writes: pairs.iter().map(write).collect(), ..KvrwSet::default() };
    NsReadWriteSet {
        namespace: namespace.to_owned(),
        rwset: set.encode_to_vec().into(),
        ..NsReadWriteSet::default()
    }
}

pub fn set(ns_rwset: Vec<NsReadWriteSet>) -> TxReadWriteSet {
    TxReadWriteSet { ns_rwset, ..TxReadWriteSet::default() }
}

/// What approving writes: to the organisation's own collection, of which the block has hashes.
pub fn approval(hash: &dyn Hash) -> TxReadWriteSet {
    let digest = |text: &[u8]| Bytes::copy_from_slice(hash.digest(&[text]).as_ref());
    let write = KvWriteHash {
        key_hash: digest(b"namespaces/fields/basic#1/Sequence"),
        value_hash: digest(b"1"),
        ..KvWriteHash::default()
    };
    let hashed = HashedRwSet { hashed_writes: vec![write], ..HashedRwSet::default() };
    let collection = CollectionHashedReadWriteSet {
        collection_name: "_implicit_org_Org1MSP".to_owned(),
        hashed_rwset: hashed.encode_to_vec().into(),
        pvt_rwset_hash: digest(b"private"),
    };
    let mut namespace = writes("_lifecycle", &[]);
    namespace.collection_hashed_rwset = vec![collection];
    set(vec![namespace])
}

pub fn ledger(suite: Suite) -> Network {
    let mut network = Network::new(suite);
    let approved = approval(network.hash());
    network.append(vec![network.transaction("_lifecycle", &approved, "n1")]);
    let committed = set(vec![writes("_lifecycle", &[("namespaces/fields/basic/Sequence", "1")])]);
    network.append(vec![network.transaction("_lifecycle", &committed, "n2")]);
    for (nonce, pair) in [("n3", ("a", "1")), ("n4", ("b", "2")), ("n5", ("c", "3"))] {
        let put = set(vec![writes("basic", &[pair])]);
        network.append(vec![network.transaction("basic", &put, nonce)]);
    }
    // As block 6 of Fabric's ledger.
    network.change(suite, |edit| edit.anchor_peers("Org1", &[("127.0.0.1".to_owned(), 17059)]));
    network
}
