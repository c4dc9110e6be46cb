// SPDX-License-Identifier: Apache-2.0
//! The chaincode is agreed upon, as administrators do it. Each organisation has a process of its
//! own, and so a package of its own.

use super::programs::Programs;
use super::topology::{Node, Topology};
use crate::evidence::CHAINCODE;
use anyhow::{Result, bail};
use std::time::Duration;

/// Packs, installs and approves it for each organisation, and commits it: the id of each package.
pub(super) fn deploy(programs: &Programs, topology: &Topology) -> Result<Vec<String>> {
    let channel = &topology.channel;
    let mut ids = Vec::new();
    for node in topology.peers() {
        let package = node.folder.join("asset.tar.gz").display().to_string();
        let address = node.chaincode_address();
        let words = ["chaincode", "package", "asset_1", &address, "--out", &package];
        let id = programs.must(&words)?.trim().to_owned();
        programs.must(&at(node, &["chaincode", "install", &package], &[]))?;
        let words = ["chaincode", "approve", "--channel", channel, "--name", CHAINCODE];
        let words = [&words[..], &["--package-id", &id]].concat();
        programs.must(&at(node, &words, &[]))?;
        ids.push(id);
    }
    let peers: Vec<&Node> = topology.peers().collect();
    let words = ["chaincode", "commit", "--channel", channel, "--name", CHAINCODE];
    // Until all have the last approval they do not come to the same result.
    for _ in 0..40 {
        let said = programs.gmnode(&at(peers[0], &words, &peers[1..]))?;
        if said.code == Some(0) {
            return Ok(ids);
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    bail!("{}", programs.gmnode(&at(peers[0], &words, &peers[1..]))?.complaint)
}

/// A command of a peer's administrator to that peer, and to others.
pub(super) fn at(node: &Node, words: &[&str], others: &[&Node]) -> Vec<String> {
    let mut all: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    for peer in std::iter::once(&node).chain(others) {
        all.extend(["--peer".to_owned(), peer.address()]);
        all.extend(["--tls-ca".to_owned(), peer.tls_root().display().to_string()]);
    }
    all.extend(["--msp".to_owned(), node.user("admin").join("msp").display().to_string()]);
    all.extend(["--mspid".to_owned(), node.msp_id()]);
    all
}
