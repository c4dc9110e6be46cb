// SPDX-License-Identifier: Apache-2.0
//! `gmnode ledger prove` and `check-proof` on a ledger of either family, before and after its
//! orderers state transaction trees.

mod network;
mod run;

use bccsp::{Hash, Providers, Suite};
use block::{Block, Proposal, Request, sign_payload};
use channel::update::Stamp;
use channel::{Channel, TRANSACTION_TREE};
use ledger::blocks::{BlockStore, Options};
use msp::SigningIdentity;
use network::{member, providers};
use proto::protos::{ChaincodeAction, Response};
use proto::{Bytes, common, prost::Message, prost_types::Timestamp};
use run::Session;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use sys::{SystemDisk, Volume};

struct Made {
    suite: Suite,
    session: Session,
    providers: Arc<Providers>,
    channel: Channel,
    client: SigningIdentity,
    orderer: SigningIdentity,
    last: Block,
    /// By the function that was in force for it.
    last_hash: Bytes,
    last_config: u64,
    ids: Vec<Vec<String>>,
}

impl Made {
    /// A ledger with the genesis block, in folder `ledger`, and blocks in files of their own.
    fn new(suite: Suite) -> Self {
        let session = network::channel(suite);
        let providers = providers(suite);
        let last = Block::decode(std::fs::read(session.path("ch1.block")).unwrap()).unwrap();
        let channel = Channel::from_block(&providers, &last).unwrap();
        let mut made = Self {
            suite,
            client: member(&session, suite, "org1/client", "Org1MSP"),
            orderer: member(&session, suite, "ord/orderer", "OrdMSP"),
            last: last.clone(),
            last_hash: Bytes::new(),
            last_config: 0,
            ids: Vec::new(),
            channel,
            providers,
            session,
        };
        made.store(last);
        made
    }

    /// Block 1 with three transactions, block 2 with one, block 3 that asks for trees, block 4 with
    /// five transactions.
    fn whole(suite: Suite) -> Self {
        let mut made = Self::new(suite);
        made.append(3);
        made.append(1);
        made.ask_for_trees();
        made.append(5);
        made
    }

    fn hash(&self) -> &dyn Hash {
        self.channel.hash().unwrap()
    }

    fn transaction(&self, nonce: String) -> (String, Bytes) {
        let request = Request {
            channel: "ch1",
            chaincode: "basic",
            args: vec!["put".into()],
            creator: self.client.serialized().clone(),
            nonce: nonce.into(),
            timestamp: Timestamp { seconds: 1_780_000_000, nanos: 0 },
            ..Request::default()
        };
        let proposal = Proposal::new(request, &self.providers).unwrap();
        let response = Some(Response { status: 200, ..Response::default() });
        let result = ChaincodeAction { response, ..ChaincodeAction::default() };
        let (endorser, key) = (self.client.serialized(), self.client.key());
        let response = proposal.endorse(&result, self.hash(), endorser, &**key).unwrap();
        let payload = proposal.assemble(&[response]).unwrap();
        let envelope = sign_payload(payload, &**self.client.key()).unwrap();
        (proposal.transaction_id().to_owned(), envelope.encode_to_vec().into())
    }

    fn append(&mut self, count: usize) {
        let number = self.last.number() + 1;
        let made = (0..count).map(|place| self.transaction(format!("{number} {place}")));
        let (ids, entries) = made.unzip();
        let block = self.order(entries, self.last_config);
        self.store(block);
        self.ids.push(ids);
    }

    fn order(&self, entries: Vec<Bytes>, last_config: u64) -> Block {
        let number = self.last.number() + 1;
        let mut block = Block::new(number, self.last_hash.clone(), entries, self.hash());
        let asked = self.channel.capabilities().has(TRANSACTION_TREE);
        let orderer = common::OrdererBlockMetadata {
            last_config: Some(common::LastConfig { index: last_config }),
            transaction_tree: asked.then(|| block.tree(self.hash())),
            ..Default::default()
        };
        block.metadata_mut().set_orderer(&orderer);
        self.sign(&mut block, &self.orderer);
        block
    }

    fn sign(&self, block: &mut Block, signer: &SigningIdentity) {
        let nonce = format!("block {}", block.number()).into();
        block.sign(signer.serialized(), &**signer.key(), &nonce).unwrap();
    }

    fn store(&mut self, block: Block) {
        let hash = block.hash(self.hash());
        let store = self.open();
        store.append(&block, &hash).unwrap();
        store.sync().unwrap();
        self.session.file(&format!("{}.block", block.number()), &block.encode());
        self.last_hash = Bytes::copy_from_slice(hash.as_ref());
        self.last = block;
    }

    fn open(&self) -> BlockStore<Block> {
        let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
        let dir = self.session.path("ledger");
        BlockStore::open(&volume, Path::new(&dir), Options::default(), 0).unwrap()
    }

    /// An update that the program makes and the administrators sign, in a block of its own.
    fn ask_for_trees(&mut self) {
        let block = format!("{}.block", self.last_config);
        let ask = ["config", "set", &block, "--add-capability", TRANSACTION_TREE, "--out", "u.pb"];
        self.session.run(&ask).yes();
        self.session
            .run(&"config sign u.pb --msp ord/admin --mspid OrdMSP".split(' ').collect::<Vec<_>>())
            .yes();
        self.session
            .run(
                &"config sign u.pb --msp org1/admin --mspid Org1MSP --submit"
                    .split(' ')
                    .collect::<Vec<_>>(),
            )
            .yes();
        let update = std::fs::read(self.session.path("u.pb")).unwrap();
        self.change(&common::Envelope::decode(&*update).unwrap());
        self.ids.push(Vec::new());
    }

    fn change(&mut self, asked: &common::Envelope) {
        let next = self.channel.propose_envelope(asked).unwrap();
        let time = Timestamp { seconds: 1_780_000_001, nanos: 0 };
        let stamp = Stamp { nonce: "ordered".into(), time };
        let envelope = next.envelope(asked.clone(), &self.orderer, stamp).unwrap();
        let number = self.last.number() + 1;
        let block = self.order(vec![envelope.encode_to_vec().into()], number);
        self.store(block);
        self.channel = next;
        self.last_config = number;
    }

    fn prove(&self, transaction: &str) -> Vec<u8> {
        let run = ["ledger", "prove", "ledger", transaction, "--out", "p", "--force"];
        self.session.run(&run).yes();
        std::fs::read(self.session.path("p")).unwrap()
    }

    fn check(&self, proof: &[u8], trust: &str) -> run::Ran {
        self.session.file("q", proof);
        self.session.run(&["ledger", "check-proof", "q", "--trust", trust])
    }
}

#[test]
fn every_transaction_is_proven_in_both_families() {
    for suite in Suite::ALL {
        let made = Made::whole(suite);
        for (number, ids) in (1..).zip(&made.ids) {
            let trust = if number == 4 { "3.block" } else { "ch1.block" };
            for (place, id) in ids.iter().enumerate() {
                let proof = made.prove(id);
                assert_eq!(proof, made.prove(&format!("{number}:{place}")));
                let shown = made.check(&proof, trust).yes();
                let count = ids.len();
                assert!(
                    shown.contains(&format!("proven: transaction {id} was ordered")),
                    "{shown}"
                );
                let at = format!("channel ch1, block {number}, place {place} of {count}\n");
                assert!(shown.contains(&at), "{shown}");
                assert!(
                    shown.contains("signed by CN=orderer,OU=orderer,O=ord of OrdMSP"),
                    "{shown}"
                );
                assert!(shown.contains("not proven: that it is valid"), "{shown}");
            }
        }
        let config = made.prove("3:0");
        let shown = made.check(&config, "ch1.block").yes();
        assert!(shown.contains("proven: a change of the configuration was ordered"), "{shown}");
    }
}

/// Who may order and how is hashed depends on the configuration, so it must be the one in force.
#[test]
fn the_configuration_in_force_is_asked_for() {
    let made = Made::whole(Suite::Gm);
    let under = |proof: &[u8], trust: &str, said: &str| {
        let said_by = made.check(proof, trust).could_not();
        assert!(said_by.contains(said), "{said_by}");
    };
    under(&made.prove("4:1"), "ch1.block", "block 4 was made under the configuration in block 3");
    under(&made.prove("1:1"), "3.block", "block 1 was made under the configuration in block 0");
    under(&made.prove("3:0"), "3.block", "block 3 was made under the configuration of sequence 0");
    under(&made.prove("1:1"), "1.block", "a config block is needed");
}

/// A block is hashed by the function of its own configuration, which the ledger does not name.
#[test]
fn a_ledger_goes_on_under_another_hash_function() {
    let mut made = Made::new(Suite::Nist);
    made.append(2);
    let other = Suite::Gm.hash_algorithm();
    for step in 0..2 {
        let edit = channel::Edit::of(&made.channel);
        let edit = match step {
            0 => edit.add_capability(None, channel::HASH_SWITCH).unwrap(),
            _ => edit.hash_algorithm(other).unwrap(),
        };
        let update = channel::update::compute(made.channel.config(), &edit.finish(), "ch1");
        let update = channel::wire::config_update(update.unwrap());
        let mut update = block::ConfigUpdate::new(update);
        let admins = [("org1/admin", "Org1MSP"), ("ord/admin", "OrdMSP")];
        let admins = admins.map(|(folder, id)| member(&made.session, made.suite, folder, id));
        for admin in &admins {
            update.sign(admin.serialized(), &**admin.key(), &"agreed".into()).unwrap();
        }
        let time = Timestamp { seconds: 1_780_000_001, nanos: 0 };
        let stamp = Stamp { nonce: "asked".into(), time };
        let asked = channel::update::update_envelope("ch1", &update, &admins[0], stamp).unwrap();
        made.change(&asked);
    }
    made.append(2);
    made.check(&made.prove("1:1"), "ch1.block").yes();
    // Block 3 brings the new function, and is still hashed with the old one.
    assert!(made.check(&made.prove("3:0"), "2.block").yes().contains("(SHA256)"));
    assert!(made.check(&made.prove("4:1"), "3.block").yes().contains("(SM3)"));
}

/// One byte changed: refused, or what is printed is true as well.
#[test]
fn a_changed_byte_proves_nothing_that_is_not_so() {
    for suite in Suite::ALL {
        let made = Made::whole(suite);
        for (number, trust, step) in [(1, "ch1.block", 67), (4, "3.block", 31)] {
            let places = 0..made.ids[number - 1].len();
            let truth: Vec<String> = places
                .map(|place| made.check(&made.prove(&format!("{number}:{place}")), trust).yes())
                .collect();
            let whole = made.prove(&format!("{number}:1"));
            let mut refused = 0;
            for at in (0..whole.len()).step_by(step) {
                let mut changed = whole.clone();
                changed[at] ^= 1;
                let ran = made.check(&changed, trust);
                if ran.is_refusal() {
                    refused += 1;
                } else {
                    assert!(truth.contains(&ran.yes()), "byte {at} of {}", whole.len());
                }
            }
            let tried = whole.len().div_ceil(step);
            assert!(refused * 10 >= tried * 9, "{refused} of {tried}");
        }
    }
}

#[test]
fn who_may_not_order_proves_nothing() {
    let made = Made::whole(Suite::Gm);
    let (proof, stranger) = (made.prove("1:0"), Made::new(Suite::Gm));
    let other = stranger.session.path("ch1.block");
    let shown = made.check(&proof, &other).no();
    assert!(
        shown.starts_with("not proven: block 1: policy /Channel/Orderer/BlockValidation"),
        "{shown}"
    );
    // A client who signs a block of its own.
    let mut block = made.order(vec![made.transaction("mine".to_owned()).1], 3);
    let orderer = block.metadata().orderer().unwrap();
    block.metadata_mut().set_orderer(&orderer);
    made.sign(&mut block, &made.client);
    let forge = |block: &Block| block::Proof::new(block, 0, made.hash(), &made.providers).unwrap();
    let shown = made.check(&forge(&block).encode(), "3.block").no();
    assert!(shown.contains("policy /Channel/Orderer/BlockValidation is not satisfied"), "{shown}");
    // An orderer who leaves the tree out.
    let without = common::OrdererBlockMetadata { transaction_tree: None, ..orderer };
    block.metadata_mut().set_orderer(&without);
    made.sign(&mut block, &made.orderer);
    let shown = made.check(&forge(&block).encode(), "3.block").no();
    assert!(shown.contains("GMCA_TRANSACTION_TREE asks for"), "{shown}");
}

#[test]
fn a_proof_for_another_channel_proves_nothing_here() {
    let made = Made::whole(Suite::Gm);
    let again = ["genesis", "--profile", "Small", "--channel", "ch2", "--out", "ch2.block"];
    made.session.run(&again).yes();
    let shown = made.check(&made.prove("1:2"), "ch2.block").no();
    assert!(shown.contains("it is of channel `ch1`, this is `ch2`"), "{shown}");
}

#[test]
fn what_cannot_be_proven_is_said_in_one_line() {
    let made = Made::whole(Suite::Gm);
    let refused = |dir: &str, transaction: &str, said: &str| {
        let run = ["ledger", "prove", dir, transaction, "--out", "not-made"];
        let said_by = made.session.run(&run).could_not();
        assert!(said_by.contains(said), "{said_by}");
        assert!(!Path::new(&made.session.path("not-made")).exists());
    };
    refused("ledger", &"ab".repeat(32), "no transaction abab");
    refused("ledger", "ABC", "`ABC` is no transaction id");
    refused("ledger", "1:x", "block and place are two numbers");
    refused("ledger", "9:0", "block 9 is not here; the ledger has blocks 0 to 4");
    refused("ledger", "1:3", "no transaction at that place");
    refused("ledger", "0:0", "nobody signs block 0");
    refused("org1", "1:0", "there is no ledger here");
    refused("nowhere", "1:0", "there is no ledger here");
    assert!(!Path::new(&made.session.path("nowhere")).exists());
    let open = made.open();
    refused("ledger", "1:0", "in use");
    drop(open);
    let mut proof = made.prove("1:0");
    let whole = ["ledger", "prove", "ledger", "1:0", "--out", "p"];
    assert!(made.session.run(&whole).could_not().contains("--force"));
    assert_eq!(proof[..2], [8, 1]);
    proof[1] = 2;
    assert!(made.check(&proof, "ch1.block").could_not().contains("proof of version 2"));
    assert!(made.check(b"no proof", "ch1.block").could_not().contains("malformed proof"));
}

/// `gmnode inspect` on a block whose orderers state a tree, a wrong one, or none.
#[test]
fn inspect_judges_the_tree() {
    let made = Made::whole(Suite::Nist);
    let tree = |block: &Block, trust: Option<&str>| {
        let file = made.session.file("one.block", &block.encode());
        let mut run = vec!["inspect", &file];
        run.extend(trust.iter().flat_map(|trust| ["--trust", *trust]));
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gmnode"));
        let output = command.args(&run).current_dir(made.session.path("")).output().unwrap();
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = shown["files"][0]["checks"].as_array().unwrap().clone();
        let found = checks.into_iter().find(|check| check["what"] == "transaction tree");
        found.map(|check| (check["ok"] == true, check["why"].to_string()))
    };
    let mut block = made.last.clone();
    let null = "null".to_owned();
    assert_eq!(tree(&block, None), Some((true, null.clone())));
    assert_eq!(tree(&block, Some("3.block")), Some((true, null)));
    let orderer = block.metadata().orderer().unwrap();
    let mut wrong = orderer.clone();
    wrong.transaction_tree.as_mut().unwrap().count = 4;
    block.metadata_mut().set_orderer(&wrong);
    for trust in [None, Some("3.block")] {
        let (ok, why) = tree(&block, trust).unwrap();
        assert!(!ok && why.contains("over 4 is stated"), "{why}");
    }
    let without = common::OrdererBlockMetadata { transaction_tree: None, ..orderer };
    block.metadata_mut().set_orderer(&without);
    assert_eq!(tree(&block, None), None);
    let (ok, why) = tree(&block, Some("3.block")).unwrap();
    assert!(!ok && why.contains("nothing is stated"), "{why}");
    assert!(made.channel.check_tree(&block).is_err());
    made.channel.check_tree(&made.last).unwrap();
}
