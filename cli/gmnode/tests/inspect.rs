// SPDX-License-Identifier: Apache-2.0
//! `gmnode inspect` over the ledger that Fabric wrote, whole and damaged.

mod run;

use run::{Session, fabric};
use serde_json::Value;

fn checks(output: &str) -> Vec<Value> {
    let shown: Value = serde_json::from_str(output).unwrap();
    let files = shown["files"].as_array().unwrap().iter();
    files.flat_map(|file| file["checks"].as_array().unwrap().clone()).collect()
}

fn wrong(output: &str) -> Vec<String> {
    let all = checks(output).into_iter().filter(|check| check["ok"] == false);
    all.map(|check| check["what"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_whole_ledger_holds_under_its_genesis_block() {
    let session = Session::new();
    let genesis = fabric("blocks/orderer/0.block");
    let mut arguments = vec!["inspect".to_owned(), "--trust".to_owned(), genesis];
    arguments.extend((0..=5).map(|number| fabric(&format!("blocks/peer/{number}.block"))));
    arguments.push(fabric("config/config-update-block.block"));
    let output = session.run(&arguments).yes();
    assert_eq!(checks(&output).len(), 75);
    assert!(output.contains("follows from its update"));
    assert!(output.contains("policy /Channel/Orderer/BlockValidation"));
}

#[test]
fn a_block_alone_is_judged_by_what_it_carries() {
    let session = Session::new();
    let output = session.run(&["inspect", &fabric("blocks/peer/3.block")]).yes();
    assert_eq!(wrong(&output), Vec::<String>::new());
    assert!(output.contains("taken to be SHA-256"), "{output}");
    assert!(output.contains("its link is not judged"));
    assert!(output.contains("--trust CONFIG_BLOCK"));
}

/// A byte of the block at this place, counted from the end of a text that is found in it.
fn flipped(bytes: &[u8], after: &[u8], offset: usize) -> Vec<u8> {
    let found = bytes.windows(after.len()).position(|window| window == after).unwrap();
    let mut bytes = bytes.to_vec();
    bytes[found + after.len() + offset] ^= 1;
    bytes
}

#[test]
fn a_flipped_byte_is_found_where_it_is() {
    let session = Session::new();
    let before = fabric("blocks/peer/2.block");
    let bytes = std::fs::read(fabric("blocks/peer/3.block")).unwrap();
    let block = block::Block::decode(bytes.clone()).unwrap();
    let signature = block.signatures().unwrap()[0].signature.clone();
    let commit = block.metadata().commit_hash().unwrap().unwrap();
    let cases: [(&str, Vec<u8>, &[&str]); 5] = [
        ("value", flipped(&bytes, b"put\n\x01a\n\x01", 0), &["data hash"]),
        ("previous", flipped(&bytes, &block.header().previous_hash[..8], 3), &["link"]),
        ("data hash", flipped(&bytes, &block.header().data_hash[..8], 3), &["data hash"]),
        ("signature", flipped(&bytes, &signature[..20], 5), &["signature of an orderer"]),
        ("commit", flipped(&bytes, &commit[..8], 3), &["commit hash"]),
    ];
    for (name, damaged, expected) in cases {
        let file = session.file(name, &damaged);
        let trust = fabric("blocks/orderer/0.block");
        let chain: Vec<String> =
            (0..=1).map(|n| fabric(&format!("blocks/peer/{n}.block"))).collect();
        let arguments = ["inspect", "--trust", &trust, &chain[0], &chain[1], &before, &file];
        let output = session.run(&arguments).no();
        let wrong = wrong(&output);
        for what in expected {
            assert!(wrong.iter().any(|one| one == what), "{name}: {wrong:?}");
        }
    }
}

#[test]
fn every_kind_is_told_apart_and_comes_back_as_the_same_bytes() {
    let session = Session::new();
    for (file, kind) in [
        ("blocks/peer/4.block", "block"),
        ("config/update.envelope", "envelope"),
        ("config/update.config_update", "config-update"),
    ] {
        let output = session.run(&["inspect", &fabric(file)]).yes();
        let shown: Value = serde_json::from_str(&output).unwrap();
        assert_eq!(shown["files"][0]["kind"], kind, "{file}");
        let json = session.file("shown.json", output.as_bytes());
        let back = session.path("back");
        session.run(&["inspect", "--encode", &json, "--out", &back, "--force"]).yes();
        assert_eq!(std::fs::read(&back).unwrap(), std::fs::read(fabric(file)).unwrap(), "{file}");
    }
    let config = session.run(&["inspect", &fabric("config/before.config")]).yes();
    assert!(config.contains("\"kind\": \"config\""));
    let package = session.run(&["inspect", &fabric("basic-ccaas-package.tar.gz")]).yes();
    assert!(
        package
            .contains("basic_1:4c79e95b80d652cd30ea2a8022daec123e4ec7c51f9b236ade65e06c88ae9224")
    );
}

#[test]
fn the_bare_message_is_what_configtxlator_prints() {
    let session = Session::new();
    for name in ["blocks/orderer/0", "blocks/peer/2", "config/config-update-block"] {
        let output = session.run(&["inspect", "--bare", &fabric(&format!("{name}.block"))]).yes();
        let reference = std::fs::read(fabric(&format!("{name}.json"))).unwrap();
        let shown: Value = serde_json::from_str(&output).unwrap();
        assert_eq!(shown, serde_json::from_slice::<Value>(&reference).unwrap(), "{name}");
    }
}

#[test]
fn what_is_nothing_is_refused_in_one_line() {
    let session = Session::new();
    let garbage = session.file("garbage", &[0xff; 64]);
    let empty = session.file("empty", b"");
    let block = std::fs::read(fabric("blocks/peer/3.block")).unwrap();
    let cut = session.file("cut", &block[..block.len() / 2]);
    for (arguments, said) in [
        (vec!["inspect", &garbage], "garbage"),
        (vec!["inspect", &empty], "the file is empty"),
        (vec!["inspect", &cut], "cut"),
        (vec!["inspect", "--type", "block", &garbage], "not a common.Block"),
        (vec!["inspect", "not-there"], "not-there"),
        (vec!["inspect", "--trust", &fabric("blocks/peer/3.block"), &garbage], "config block"),
    ] {
        let said_by = session.run(&arguments).could_not();
        assert!(said_by.contains(said), "{said_by}");
    }
}
