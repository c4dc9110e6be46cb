// SPDX-License-Identifier: Apache-2.0
//! `gmnode inspect` over several blocks: what is held against what, with gaps and a change of the
//! hash function between them.

mod run;

use bccsp::{Context, EngineChoice, HashAlgorithm, Providers, Suite};
use block::Block;
use proto::Bytes;
use proto::common::{ChannelHeader, HeaderType, SignatureHeader};
use run::{Session, fabric};
use serde_json::Value;

fn inspect(files: &[String]) -> (Value, Vec<String>) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gmnode"));
    let output = command.arg("inspect").args(files).output().unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = shown["files"].as_array().unwrap().iter();
    let wrong = checks
        .flat_map(|file| file["checks"].as_array().unwrap())
        .filter(|check| check["ok"] == false)
        .map(|check| {
            format!("{} {}", check["what"].as_str().unwrap(), check["at"].as_str().unwrap())
        })
        .collect();
    (shown, wrong)
}

fn peer_blocks(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|number| fabric(&format!("blocks/peer/{number}.block"))).collect()
}

#[test]
fn blocks_with_a_gap_between_them_are_not_held_against_each_other() {
    for numbers in [&[1, 3][..], &[5, 4, 3], &[0, 2, 5], &[3, 3]] {
        let (shown, wrong) = inspect(&peer_blocks(numbers));
        assert_eq!(wrong, Vec::<String>::new(), "{numbers:?}");
        let last = shown["files"].as_array().unwrap().last().unwrap();
        let notes = last["notes"].to_string();
        assert!(notes.contains("its link is not judged"), "{numbers:?}: {notes}");
        assert!(notes.contains("the commit hash before block"), "{numbers:?}: {notes}");
    }
}

#[test]
fn a_block_of_another_chain_does_not_link() {
    let session = Session::new();
    let mut other = Block::decode(std::fs::read(&peer_blocks(&[4])[0]).unwrap()).unwrap();
    let sha = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
    let hash = sha.hash(HashAlgorithm::FABRIC_CLIENT).unwrap();
    let entries = other.entries().to_vec();
    let metadata = other.metadata().clone();
    other = Block::new(4, [7; 32].to_vec(), entries, hash);
    *other.metadata_mut() = metadata;
    let file = session.file("other.block", &other.encode());
    let (_, wrong) = inspect(&[peer_blocks(&[3]), vec![file]].concat());
    // The orderer signed another header.
    assert_eq!(wrong, ["link block 4", "signature of an orderer block 4"]);
}

/// A block of the given number behind `previous`, under one hash function, linked by another.
fn block(number: u64, previous: Bytes, suite: Suite) -> Block {
    let providers = Providers::new(suite, EngineChoice::Auto).unwrap();
    let hash = providers.hash(suite.hash_algorithm()).unwrap();
    let header = ChannelHeader { r#type: HeaderType::Message.into(), ..ChannelHeader::default() };
    let payload = block::payload(&header, &SignatureHeader::default(), Bytes::from_static(b"x"));
    let key = providers.default_provider().generate_signing_key().unwrap();
    let signature = key.sign(Context::Fabric, &[&payload]).unwrap().into_vec();
    let envelope = proto::common::Envelope { payload, signature: signature.into() };
    let entry = proto::prost::Message::encode_to_vec(&envelope).into();
    Block::new(number, previous, vec![entry], hash)
}

#[test]
fn a_link_is_hashed_with_the_function_of_the_block_before() {
    let session = Session::new();
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto).unwrap();
    for (old, new) in [(Suite::Gm, Suite::Nist), (Suite::Nist, Suite::Gm)] {
        let first = block(7, Bytes::from_static(&[1; 32]), old);
        let link = |suite: Suite| {
            let hash = providers.hash(suite.hash_algorithm()).unwrap();
            Bytes::copy_from_slice(first.hash(hash).as_ref())
        };
        let before = session.file("7", &first.encode());
        for (suite, holds) in [(old, true), (new, false)] {
            let next = session.file("8", &block(8, link(suite), new).encode());
            let (_, wrong) = inspect(&[before.clone(), next]);
            assert_eq!(!wrong.contains(&"link block 8".to_owned()), holds, "{wrong:?}");
        }
    }
}
