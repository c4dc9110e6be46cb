// SPDX-License-Identifier: Apache-2.0
//! A chain of ours, of the shape of Fabric's: three transactions a block, in either family.

use super::providers;
use bccsp::{Digest, Providers, SigningKey, Suite};
use gmca_block::{Block, Envelope, Proposal, Request, UpdateBatch, payload, sign_payload};
use pki::{CertificateBuilder, Name, Time};
use proto::Bytes;
use proto::common::{self, HeaderType, OrdererBlockMetadata};
use proto::kvrwset::{HashedRwSet, KvWrite, KvWriteHash, KvrwSet};
use proto::msp::SerializedIdentity;
use proto::prost::Message;
use proto::prost_types::Timestamp;
use proto::protos::{ChaincodeAction, ChaincodeEvent, Response, TxValidationCode};
use proto::rwset::{CollectionHashedReadWriteSet, NsReadWriteSet, TxReadWriteSet};
use std::sync::Arc;

/// Somebody with a key and a certificate.
pub struct Member {
    pub identity: Bytes,
    pub key: Arc<dyn SigningKey>,
}

impl Member {
    pub fn new(providers: &Providers, name: &str) -> Self {
        let key = providers.default_provider().generate_signing_key().unwrap();
        let subject = Name::parse(&format!("/CN={name}")).unwrap();
        let (from, until) =
            (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
        let public = *key.verifying_key().public_key();
        let certificate =
            CertificateBuilder::new(&subject, &public, &[1], from, until).sign_self(&*key).unwrap();
        let id_bytes = certificate.to_pem().into_bytes().into();
        let identity = SerializedIdentity { mspid: "Org1MSP".to_owned(), id_bytes };
        Self { identity: identity.encode_to_vec().into(), key }
    }
}

/// Blocks of one family, and those who made them.
pub struct Chain {
    pub providers: Providers,
    pub client: Member,
    pub peers: [Member; 2],
    pub orderers: [Member; 2],
    pub blocks: Vec<Block>,
    commit_hash: Option<Digest>,
}

impl Chain {
    /// A genesis block and `blocks` more.
    pub fn new(suite: Suite, blocks: u64) -> Self {
        let providers = providers(suite);
        let member = |name| Member::new(&providers, name);
        let mut chain = Self {
            client: member("client"),
            peers: [member("peer0"), member("peer1")],
            orderers: [member("orderer0"), member("orderer1")],
            blocks: Vec::new(),
            commit_hash: None,
            providers,
        };
        let hash = chain.providers.default_provider().hash().unwrap();
        let genesis = Block::genesis(genesis_entry(), hash);
        chain.blocks.push(genesis);
        for number in 1..=blocks {
            chain.add(number);
        }
        chain
    }

    fn add(&mut self, number: u64) {
        let hash = self.providers.default_provider().hash().unwrap();
        let entries: Vec<Bytes> = (0..3).map(|n| self.transaction(number, n)).collect();
        let previous = Bytes::copy_from_slice(self.blocks.last().unwrap().hash(hash).as_ref());
        let mut block = Block::new(number, previous, entries, hash);
        let last_config = Some(common::LastConfig { index: 0 });
        let consenter_metadata = "a place in the log".into();
        let orderer =
            OrdererBlockMetadata { last_config, consenter_metadata, transaction_tree: None };
        block.metadata_mut().set_orderer(&orderer);
        for orderer in &self.orderers {
            block.sign(&orderer.identity, &*orderer.key, &"nonce".into()).unwrap();
        }
        let verdicts =
            [TxValidationCode::Valid, TxValidationCode::MvccReadConflict, TxValidationCode::Valid];
        block.metadata_mut().set_filter(&verdicts);
        let mut batch = UpdateBatch::new(number, hash);
        for place in [0, 2] {
            let envelope = Envelope::open(block.entries()[place].clone()).unwrap();
            let rwset = envelope.transaction().unwrap().action().unwrap().rwset().unwrap();
            batch.add(place as u64, &rwset);
        }
        let commit = batch.commit_hash(block.metadata().filter(), self.commit_hash.as_ref(), hash);
        block.metadata_mut().set_commit_hash(&commit);
        self.commit_hash = Some(commit);
        self.blocks.push(block);
    }

    /// A proposal of the client.
    pub fn proposal(&self, nonce: &str) -> Proposal {
        let request = Request {
            channel: "ch1",
            chaincode: "basic",
            args: vec!["put".into(), "key".into(), "value".into()],
            creator: self.client.identity.clone(),
            nonce: Bytes::copy_from_slice(nonce.as_bytes()),
            timestamp: Timestamp { seconds: 1_780_000_000, nanos: 0 },
            transient: [("secret".to_owned(), "not for the block".into())].into(),
            ..Request::default()
        };
        Proposal::new(request, &self.providers).unwrap()
    }

    /// What comes out of it.
    pub fn result(&self, proposal: &Proposal, key: &str) -> ChaincodeAction {
        let event = ChaincodeEvent {
            chaincode_id: "basic".to_owned(),
            tx_id: proposal.transaction_id().to_owned(),
            event_name: "put".to_owned(),
            payload: "event".into(),
        };
        ChaincodeAction {
            results: rwset(key).encode_to_vec().into(),
            events: event.encode_to_vec().into(),
            response: Some(Response { status: 200, ..Response::default() }),
            chaincode_id: Some(proposal.chaincode().unwrap()),
        }
    }

    fn transaction(&self, block: u64, place: u64) -> Bytes {
        let hash = self.providers.default_provider().hash().unwrap();
        let proposal = self.proposal(&format!("nonce {block} {place}"));
        let result = self.result(&proposal, &format!("key {place}"));
        let endorse =
            |peer: &Member| proposal.endorse(&result, hash, &peer.identity, &*peer.key).unwrap();
        let payload = proposal.assemble(&[endorse(&self.peers[0]), endorse(&self.peers[1])]);
        let envelope = sign_payload(payload.unwrap(), &*self.client.key).unwrap();
        envelope.encode_to_vec().into()
    }
}

/// An unsigned envelope of type CONFIG, as a genesis block has it.
pub fn genesis_entry() -> Bytes {
    let channel_header = common::ChannelHeader {
        r#type: HeaderType::Config as i32,
        version: 1,
        channel_id: "ch1".to_owned(),
        ..Default::default()
    };
    let signer = common::SignatureHeader { creator: Bytes::new(), nonce: "nonce".into() };
    let config = common::Config { sequence: 0, channel_group: Some(Default::default()) };
    let data = common::ConfigEnvelope { config: Some(config), last_update: None };
    let payload = payload(&channel_header, &signer, data.encode_to_vec().into());
    common::Envelope { payload, signature: Bytes::new() }.encode_to_vec().into()
}

fn rwset(key: &str) -> TxReadWriteSet {
    let write = |key: &str, value: &'static str| KvWrite {
        key: key.to_owned(),
        is_delete: value.is_empty(),
        value: value.into(),
    };
    let public =
        KvrwSet { writes: vec![write(key, "value"), write("zz old", "")], ..KvrwSet::default() };
    let hashed = KvWriteHash {
        key_hash: vec![7; 32].into(),
        value_hash: vec![9; 32].into(),
        ..KvWriteHash::default()
    };
    let hashed = HashedRwSet { hashed_writes: vec![hashed], ..HashedRwSet::default() };
    let collection = CollectionHashedReadWriteSet {
        collection_name: "private".to_owned(),
        hashed_rwset: hashed.encode_to_vec().into(),
        pvt_rwset_hash: vec![8; 32].into(),
    };
    let namespace = NsReadWriteSet {
        namespace: "basic".to_owned(),
        rwset: public.encode_to_vec().into(),
        collection_hashed_rwset: vec![collection],
    };
    TxReadWriteSet { ns_rwset: vec![namespace], ..TxReadWriteSet::default() }
}
