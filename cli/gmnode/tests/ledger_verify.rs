// SPDX-License-Identifier: Apache-2.0
//! `gmnode ledger verify` over ledgers of both families and the one that Fabric wrote, whole and
//! with something wrong in them.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod network;
mod run;

use bccsp::{Digest, Suite};
use block::Block;
use channel::{Channel, HASH_SWITCH};
use ledger::blocks::{BlockStore, Options, Start};
use network::chain::{Network, ledger, set, writes};
use network::providers;
use proto::common;
use proto::protos::TxValidationCode;
use run::{Session, fabric};
use std::path::Path;
use std::sync::Arc;
use sys::{SystemDisk, Volume};

/// Small segments, so that there are several.
fn options() -> Options {
    let mut options = Options::default();
    options.log.segment_size = 32 << 10;
    options
}

/// Stores blocks with these hashes in the folder `data` of a session.
fn store(session: &Session, blocks: &[Block], hashes: &[Digest]) {
    let (dir, volume) = (session.path("data"), Arc::new(SystemDisk) as Arc<dyn Volume>);
    let _ = std::fs::remove_dir_all(&dir);
    let _turn = run::turn();
    let store = BlockStore::<Block>::open(&volume, Path::new(&dir), options(), 0).unwrap();
    for (block, hash) in blocks.iter().zip(hashes) {
        store.append(block, hash).unwrap();
    }
    store.flush().unwrap();
}

/// Blocks of Fabric's peer, with their hashes.
fn real() -> (Vec<Block>, Vec<Digest>) {
    let mut names: Vec<String> =
        (0..=5).map(|number| format!("blocks/peer/{number}.block")).collect();
    names.push("config/config-update-block.block".to_owned());
    let read = |name: &String| Block::decode(std::fs::read(fabric(name)).unwrap()).unwrap();
    let blocks: Vec<Block> = names.iter().map(read).collect();
    let providers = providers(Suite::Nist);
    let channel = Channel::from_block(&providers, &blocks[0]).unwrap();
    let hashes = blocks.iter().map(|block| block.hash(channel.hash().unwrap())).collect();
    (blocks, hashes)
}

#[test]
fn the_ledger_of_fabric_holds() {
    let session = Session::new();
    let (blocks, hashes) = real();
    store(&session, &blocks, &hashes);
    let output = session.run(&["ledger", "verify", "data"]).yes();
    let lines: Vec<&str> = output.lines().filter(|line| !line.starts_with("note: ")).collect();
    assert!(lines[0].starts_with("ok: channel "), "{output}");
    assert!(lines[0].contains(", 7 blocks (0 to 6), 7 transactions, "), "{output}");
    assert!(lines[1].starts_with("trusted because it is there: block 0, hash "), "{output}");
    let genesis = fabric("blocks/orderer/0.block");
    let output = session.run(&["ledger", "verify", "data", "--trust", &genesis]).yes();
    assert!(output.contains(&format!("trusted: block 0, as in {genesis}")), "{output}");
    // A later block pins those before it.
    let later = fabric("config/config-update-block.block");
    session.run(&["ledger", "verify", "data", "--trust", &later]).yes();
}

#[test]
fn a_trusted_block_that_is_not_in_the_ledger_is_found() {
    let session = network::channel(Suite::Nist);
    let (blocks, hashes) = real();
    store(&session, &blocks, &hashes);
    let output = session.run(&["ledger", "verify", "data", "--trust", "ch1.block"]).no();
    assert!(output.contains("block 0: trusted block: it is not the block that --trust names"));
    store(&session, &blocks[..3], &hashes[..3]);
    let later = fabric("config/config-update-block.block");
    let output = session.run(&["ledger", "verify", "data", "--trust", &later]).no();
    assert!(output.contains("block 6: it is trusted, and could not be found here"), "{output}");
}

/// With two changes of the configuration behind, the second to another hash function.
fn switched(suite: Suite) -> Network {
    let mut network = ledger(suite);
    network.change(suite, |edit| edit.add_capability(None, HASH_SWITCH));
    let other = if suite == Suite::Gm { Suite::Nist } else { Suite::Gm };
    network.change(suite, |edit| edit.hash_algorithm(other.hash_algorithm()));
    for (nonce, pair) in [("n9", ("d", "4")), ("n10", ("e", "5"))] {
        let put = set(vec![writes("basic", &[pair])]);
        let entry = network.transaction("basic", &put, nonce);
        network.append(vec![entry]);
    }
    network
}

#[test]
fn a_ledger_of_either_family_holds_over_a_change_of_the_hash_function() {
    for suite in Suite::ALL {
        let network = switched(suite);
        store(&network.session, &network.blocks, &network.hashes);
        let output = network.session.run(&["ledger", "verify", "data", "--trust", "ch1.block"]);
        let output = output.yes();
        // Each block but block 0 by an orderer, 7 transactions by creator and endorser, 3 updates by
        // two administrators, the client and the orderer.
        let expected = "ok: channel ch1, 11 blocks (0 to 10), 11 transactions, 36 signatures";
        assert!(output.contains(expected), "{output}");
    }
}

/// A ledger with block 4 replaced, everything else as it was. Links are over the header, which is
/// not touched.
fn with_block(network: &Network, change: impl FnOnce(&mut common::Block)) -> String {
    let mut blocks = network.blocks.clone();
    let mut message = common::Block::from(blocks[4].clone());
    change(&mut message);
    blocks[4] = Block::try_from(message).unwrap();
    store(&network.session, &blocks, &network.hashes);
    network.session.run(&["ledger", "verify", "data", "--trust", "ch1.block"]).no()
}

/// Flips the last byte of the first place where these bytes stand.
fn flip(bytes: &mut proto::Bytes, part: &[u8]) {
    let mut changed = bytes.to_vec();
    let at = changed.windows(part.len()).position(|window| window == part).unwrap();
    changed[at + part.len() - 1] ^= 1;
    *bytes = changed.into();
}

fn entry(block: &mut common::Block) -> &mut proto::Bytes {
    &mut block.data.as_mut().unwrap().data[0]
}

#[test]
fn broken_signatures_are_named_with_block_and_transaction() {
    for suite in Suite::ALL {
        let network = ledger(suite);
        let signature = network.blocks[4].signatures().unwrap()[0].signature.clone();
        let output = with_block(&network, |block| {
            flip(&mut block.metadata.as_mut().unwrap().metadata[0], &signature);
        });
        assert!(output.contains("block 4: signature of an orderer: "), "{output}");
        assert!(output.contains("block 4: policy /Channel/Orderer/BlockValidation: "), "{output}");
        assert!(output.contains("2 things are wrong: channel ch1"), "{output}");

        let envelope = block::Envelope::open(network.blocks[4].entries()[0].clone()).unwrap();
        let creator = envelope.signed_data().signature;
        let output = with_block(&network, |block| flip(entry(block), &creator));
        assert!(output.contains("block 4: data hash of block 4"), "{output}");
        assert!(output.contains("block 4: transaction 0: signature of the creator: "), "{output}");
        assert!(!output.contains("endorser"), "{output}");

        let transaction = envelope.transaction().unwrap();
        let endorser = transaction.action().unwrap().endorsements()[0].signature.clone();
        let output = with_block(&network, |block| flip(entry(block), &endorser));
        let expected = "block 4: transaction 0: signature of an endorser: signature 1 of CN=peer";
        assert!(output.contains(expected), "{output}");
    }
}

/// A transaction that counts for nothing may be so because a signature in it is wrong.
#[test]
fn what_is_wrong_with_an_invalid_transaction_is_no_finding() {
    let mut forged = ledger(Suite::Nist);
    let put = set(vec![writes("basic", &[("f", "6")])]);
    let mut bytes = forged.transaction("basic", &put, "n7");
    let envelope = block::Envelope::open(bytes.clone()).unwrap();
    flip(&mut bytes, &envelope.signed_data().signature);
    forged.append_judged(vec![bytes.clone()], TxValidationCode::BadCreatorSignature);
    store(&forged.session, &forged.blocks, &forged.hashes);
    forged.session.run(&["ledger", "verify", "data"]).yes();
    forged.append(vec![bytes]);
    store(&forged.session, &forged.blocks, &forged.hashes);
    let output = forged.session.run(&["ledger", "verify", "data"]).no();
    assert!(output.contains("block 8: transaction 0: signature of the creator: "), "{output}");
}

#[test]
fn what_a_transaction_states_is_computed_again() {
    let network = ledger(Suite::Gm);
    let output = with_block(&network, |block| flip(entry(block), b"n4"));
    assert!(output.contains("block 4: transaction 0: transaction id: "), "{output}");
    let output = with_block(&network, |block| flip(entry(block), b"put"));
    assert!(output.contains("block 4: transaction 0: proposal hash: "), "{output}");
    let output = with_block(&network, |block| {
        block.metadata.as_mut().unwrap().metadata[2] = vec![11].into();
    });
    assert!(output.contains("block 4: commit hash: "), "{output}");
}

#[test]
fn a_configuration_must_follow_from_the_one_before() {
    let mut network = ledger(Suite::Nist);
    // Nobody is asked: the configuration of block 6 with another update around it.
    network.change_unsigned(|edit| edit.anchor_peers("Org1", &[("10.0.0.1".to_owned(), 1)]));
    store(&network.session, &network.blocks, &network.hashes);
    let output = network.session.run(&["ledger", "verify", "data"]).no();
    let expected = "block 7: follows from its update: the update is refused";
    assert!(output.contains(expected), "{output}");
}

#[test]
fn a_flipped_byte_on_the_disk_is_named_with_its_file_and_the_rest_is_verified() {
    let network = ledger(Suite::Nist);
    store(&network.session, &network.blocks, &network.hashes);
    let first = Path::new(&network.session.path("data/blocks")).join(format!("{:020}.seg", 0));
    let good = std::fs::read(&first).unwrap();
    // In block 0, in the last one that is in this file, and in the header of a record.
    for (at, expected) in [(500, "block 0: "), (good.len() - 1, "block "), (40, "data/blocks/000")]
    {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        std::fs::write(&first, bytes).unwrap();
        let output = network.session.run(&["ledger", "verify", "data"]).no();
        assert!(output.contains("00000000.seg: damaged at byte "), "{output}");
        assert!(output.starts_with(expected), "{output}");
        assert!(output.contains("1 thing is wrong"), "{output}");
        assert!(at == 40 || output.contains("6 blocks (0 to 6), 6 transactions, "), "{output}");
    }
    std::fs::write(&first, good).unwrap();
    network.session.run(&["ledger", "verify", "data"]).yes();
}

#[test]
fn a_ledger_that_begins_later_needs_the_configuration_that_is_in_force_there() {
    let network = ledger(Suite::Gm);
    let begin = |first: usize| {
        let (dir, _turn) = (network.session.path("data"), run::turn());
        let _ = std::fs::remove_dir_all(&dir);
        let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
        let start = Start {
            number: first as u64,
            previous_hash: network.hashes[first - 1],
            last_config: Some(0),
        };
        let mut ids = std::iter::empty();
        let dir = Path::new(&dir);
        let store =
            BlockStore::<Block>::begin_at(&volume, dir, options(), &start, &mut ids).unwrap();
        for (block, hash) in network.blocks.iter().zip(&network.hashes).skip(first) {
            store.append(block, hash).unwrap();
        }
        store.flush().unwrap();
    };
    begin(2);
    let said = network.session.run(&["ledger", "verify", "data"]).could_not();
    assert!(said.contains("name config block 0, in force there, with --trust"), "{said}");
    let output = network.session.run(&["ledger", "verify", "data", "--trust", "ch1.block"]).yes();
    assert!(output.contains("5 blocks (2 to 6), 5 transactions"), "{output}");
    assert!(output.contains("note: the commit hash before block 2 is not at hand"), "{output}");
    // It begins with a change of the configuration, which is there.
    begin(6);
    let output = network.session.run(&["ledger", "verify", "data"]).yes();
    assert!(output.contains("trusted because it is there: block 6"), "{output}");
    network.session.run(&["ledger", "verify", "data", "--trust", "ch1.block"]).yes();
}

#[test]
fn where_it_cannot_be_verified_the_status_is_two() {
    let network = ledger(Suite::Nist);
    let session = &network.session;
    let said = session.run(&["ledger", "verify", "nowhere"]).could_not();
    assert!(said.contains("there is no ledger here"), "{said}");
    store(session, &network.blocks, &network.hashes);
    let said = session.run(&["ledger", "verify", "data", "--trust", "3.block"]).could_not();
    assert!(said.contains("a config block is needed"), "{said}");
    let first = Path::new(&session.path("data")).join(format!("blocks/{:020}.seg", 0));
    let mut bytes = std::fs::read(&first).unwrap();
    bytes[8] = 9;
    std::fs::write(&first, bytes).unwrap();
    let said = session.run(&["ledger", "verify", "data"]).could_not();
    assert!(said.contains("format version 9"), "{said}");
    store(session, &network.blocks, &network.hashes);
    let (dir, volume) = (session.path("data"), Arc::new(SystemDisk) as Arc<dyn Volume>);
    let held = BlockStore::<Block>::open(&volume, Path::new(&dir), options(), 0).unwrap();
    let said = session.run(&["ledger", "verify", "data"]).could_not();
    assert!(said.contains("in use by another process"), "{said}");
    drop(held);
}

/// Some thousand transactions, and how long it takes beside their signatures alone: run it with
/// `--release -- --ignored --nocapture measure`.
#[test]
#[ignore = "takes a minute"]
fn measure() {
    for suite in Suite::ALL {
        let mut network = ledger(suite);
        let put = |block: u32, place: u32| {
            let nonce = format!("{block}:{place}");
            network.transaction("basic", &set(vec![writes("basic", &[(&nonce, "1")])]), &nonce)
        };
        let all: Vec<Vec<_>> =
            (0..20).map(|block| (0..500).map(|place| put(block, place)).collect()).collect();
        all.into_iter().for_each(|entries| network.append(entries));
        store(&network.session, &network.blocks, &network.hashes);
        let signed = network.blocks[8].signatures().unwrap();
        let signed: Vec<_> = (0..2000).flat_map(|_| signed.clone()).collect();
        let before = processor_seconds();
        assert_eq!(network.channel.msps().verify(&signed).valid().len(), 1);
        let one = (processor_seconds().0 - before.0) * 1e6 / signed.len() as f64;
        let (before, begun) = (processor_seconds(), std::time::Instant::now());
        let output = network.session.run(&["ledger", "verify", "data"]).yes();
        let (took, busy) = (begun.elapsed().as_secs_f64(), processor_seconds().1 - before.1);
        println!("{}", output.lines().next().unwrap());
        let each = busy * 1e6 / 10_000.0;
        println!("{suite}: {took:.2} s, {busy:.2} s of all cores: {each:.1} us a transaction");
        println!("{suite}: {one:.1} us a signature alone, of which a transaction has two");
    }
}

/// Of this process, and of those it has waited for. In a second of Linux there are a hundred ticks.
fn processor_seconds() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(')').next().unwrap().split_whitespace().skip(11);
    let ticks: Vec<f64> = fields.take(4).map(|field| field.parse().unwrap()).collect();
    ((ticks[0] + ticks[1]) / 100.0, (ticks[2] + ticks[3]) / 100.0)
}
