// SPDX-License-Identifier: Apache-2.0
//! The blocks of a real Fabric network, as its orderer sent them: verified, judged and committed, they
//! come to the verdicts and commit hashes that its peer came to.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

use bccsp::{EngineChoice, Providers, Suite};
use block::Block;
use gmca_peer::lifecycle::Definition;
use gmca_peer::{Node, PeerChannel};
use proto::protos::TxValidationCode as Code;
use std::path::Path;
use std::sync::Arc;
use sys::sim::MemoryDisk;

fn block(name: &str) -> Block {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/data/fabric");
    Block::decode(std::fs::read(format!("{folder}/{name}")).unwrap()).unwrap()
}

#[test]
fn a_real_chain_comes_to_what_its_peer_came_to() {
    let providers = Arc::new(Providers::new(Suite::Nist, EngineChoice::Auto).unwrap());
    let volume = Arc::new(MemoryDisk::new(1 << 30));
    let node = Node { volume, providers, options: ledger::Options::default() };
    let genesis = block("blocks/orderer/0.block");
    let channel = PeerChannel::create(&node, Path::new("mych"), &genesis).unwrap();
    for number in 1..=5 {
        let verified = channel.verify(block(&format!("blocks/orderer/{number}.block"))).unwrap();
        let outcome = channel.commit(verified).unwrap();
        let theirs = block(&format!("blocks/peer/{number}.block"));
        assert_eq!(outcome.codes, [Code::Valid], "{:?}", outcome.verdicts);
        assert_eq!(outcome.block.metadata().filter(), theirs.metadata().filter());
        let ours = outcome.block.metadata().commit_hash().unwrap();
        assert_eq!(ours, theirs.metadata().commit_hash().unwrap(), "block {number}");
    }
    // The update of an anchor peer, derived again.
    let update = block("config/config-update-block.block");
    assert_eq!(update.number(), 6);
    let outcome = channel.commit(channel.verify(update).unwrap()).unwrap();
    assert_eq!(outcome.codes, [Code::Valid]);
    let organizations = outcome.config.unwrap();
    let mut organizations = organizations.application().organizations().values();
    assert!(organizations.any(|one| !one.anchor_peers().is_empty()));
    let state = channel.snapshot().unwrap();
    let definition = Definition::read(&state, "basic").unwrap().unwrap();
    assert_eq!((definition.sequence, definition.version.as_str()), (1, "1"));
    assert_eq!(definition.validation_plugin, "vscc");
    assert_eq!(Definition::read(&state, "other").unwrap(), None);
}
