// SPDX-License-Identifier: Apache-2.0
//! A ledger of the same shape as the one that Fabric wrote, made here in either family: a chaincode
//! approved and committed, three puts, a change of the configuration. Every hash, signature, id and
//! policy in it holds, and a flipped byte is found.

mod network;
mod run;

use bccsp::{Digest, Hash, Providers, Suite};
use block::{Block, Envelope, Proposal, Request, UpdateBatch, sign_payload};
use channel::Channel;
use channel::update::Stamp;
use msp::SigningIdentity;
use network::{member, providers};
use proto::kvrwset::{HashedRwSet, KvWrite, KvWriteHash, KvrwSet};
use proto::protos::{ChaincodeAction, ChaincodeId, Response, TxValidationCode};
use proto::rwset::{CollectionHashedReadWriteSet, NsReadWriteSet, TxReadWriteSet};
use proto::{Bytes, common, prost::Message, prost_types::Timestamp};
use run::Session;

struct Network {
    session: Session,
    providers: std::sync::Arc<Providers>,
    channel: Channel,
    client: SigningIdentity,
    peer: SigningIdentity,
    orderer: SigningIdentity,
    blocks: Vec<Block>,
    /// Of the last block, by the function that was in force for it.
    hash_before: Digest,
    commit_hash: Option<Digest>,
}

impl Network {
    fn new(suite: Suite) -> Self {
        let session = network::channel(suite);
        let providers = providers(suite);
        let genesis = Block::decode(std::fs::read(session.path("ch1.block")).unwrap()).unwrap();
        let channel = Channel::from_block(&providers, &genesis).unwrap();
        Self {
            hash_before: genesis.hash(channel.hash().unwrap()),
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

    fn hash(&self) -> &dyn Hash {
        self.channel.hash().unwrap()
    }

    fn transaction(&self, chaincode: &str, set: &TxReadWriteSet, nonce: &str) -> Bytes {
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
    fn append(&mut self, entries: Vec<Bytes>) {
        let previous = self.blocks.last().unwrap();
        let number = previous.number() + 1;
        let before = self.hash_before.as_ref().to_vec();
        let mut block = Block::new(number, before, entries, self.hash());
        let index = if block.is_config() { number } else { 0 };
        let last_config = Some(common::LastConfig { index });
        let orderer = common::OrdererBlockMetadata { last_config, ..Default::default() };
        block.metadata_mut().set_orderer(&orderer);
        let nonce = format!("block {number}").into();
        block.sign(self.orderer.serialized(), &**self.orderer.key(), &nonce).unwrap();
        let verdicts = vec![TxValidationCode::Valid; block.entries().len()];
        block.metadata_mut().set_filter(&verdicts);
        let mut updates = UpdateBatch::new(number, self.hash());
        for (at, entry) in block.entries().iter().enumerate() {
            let Ok(transaction) = Envelope::open(entry.clone()).unwrap().transaction() else {
                continue;
            };
            updates.add(at as u64, &transaction.action().unwrap().rwset().unwrap());
        }
        let hash =
            updates.commit_hash(block.metadata().filter(), self.commit_hash.as_ref(), self.hash());
        block.metadata_mut().set_commit_hash(&hash);
        self.commit_hash = Some(hash);
        self.hash_before = block.hash(self.hash());
        self.session.file(&format!("{number}.block"), &block.encode());
        self.blocks.push(block);
    }

    /// Changes the configuration: what these administrators agree to, ordered in a block of its own.
    fn change(
        &mut self,
        suite: Suite,
        edit: impl FnOnce(channel::Edit) -> Result<channel::Edit, channel::Error>,
    ) {
        let edited = edit(channel::Edit::of(&self.channel)).unwrap().finish();
        let update = channel::update::compute(self.channel.config(), &edited, "ch1").unwrap();
        let mut update = block::ConfigUpdate::new(channel::wire::config_update(update));
        let admins = [("org1/admin", "Org1MSP"), ("ord/admin", "OrdMSP")];
        let admins = admins.map(|(folder, id)| member(&self.session, suite, folder, id));
        for admin in &admins {
            update.sign(admin.serialized(), &**admin.key(), &"agreed".into()).unwrap();
        }
        let stamp = |nonce: &'static str| Stamp {
            nonce: nonce.into(),
            time: Timestamp { seconds: 1_780_000_001, nanos: 0 },
        };
        let asked =
            channel::update::update_envelope("ch1", &update, &admins[0], stamp("asked")).unwrap();
        let next = self.channel.propose_envelope(&asked).unwrap();
        let envelope = next.envelope(asked, &self.orderer, stamp("ordered")).unwrap();
        self.append(vec![envelope.encode_to_vec().into()]);
        self.channel = next;
    }

    fn inspect(&self, changed: Option<(u64, &[u8])>) -> run::Ran {
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

fn writes(namespace: &str, pairs: &[(&str, &str)]) -> NsReadWriteSet {
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

fn set(ns_rwset: Vec<NsReadWriteSet>) -> TxReadWriteSet {
    TxReadWriteSet { ns_rwset, ..TxReadWriteSet::default() }
}

/// What approving writes: to the organisation's own collection, of which the block has hashes.
fn approval(hash: &dyn Hash) -> TxReadWriteSet {
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

fn ledger(suite: Suite) -> Network {
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

fn check(suite: Suite) {
    let network = ledger(suite);
    let output = network.inspect(None).yes();
    assert!(output.contains("\"wrong\": 0"), "{output}");
    assert!(output.contains("follows from its update"));
    // Bytes all over the block, so that header, transactions, signatures and flags all get their turn.
    let whole = network.blocks[4].encode();
    for at in (0..whole.len()).step_by(97) {
        let mut changed = whole.to_vec();
        changed[at] ^= 1;
        let ran = network.inspect(Some((4, &changed)));
        assert!(ran.is_refusal(), "byte {at} of {}", whole.len());
    }
}

#[test]
fn a_ledger_in_gm_holds_and_a_flipped_byte_is_found() {
    check(Suite::Gm);
}

#[test]
fn a_ledger_in_nist_holds_and_a_flipped_byte_is_found() {
    check(Suite::Nist);
}

/// Blocks 7 and 8 are still under the old function, block 9 is the first under the new one.
#[test]
fn a_ledger_goes_on_under_another_hash_function() {
    let mut network = ledger(Suite::Gm);
    network.change(Suite::Gm, |edit| edit.add_capability(None, channel::HASH_SWITCH));
    let other = Suite::Nist.hash_algorithm();
    network.change(Suite::Gm, |edit| edit.hash_algorithm(other));
    assert_eq!(network.channel.hash_algorithm(), other);
    for (nonce, pair) in [("n9", ("d", "4")), ("n10", ("e", "5"))] {
        let put = set(vec![writes("basic", &[pair])]);
        network.append(vec![network.transaction("basic", &put, nonce)]);
    }
    let output = network.inspect(None).yes();
    assert_eq!(output.matches("follows from its update").count(), 3);
    assert_eq!(output.matches("\"what\": \"link\"").count(), 11);
}
