// SPDX-License-Identifier: Apache-2.0
//! A whole network as processes: started, a chaincode agreed upon and called, the leader killed, stopped.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod net;
mod run;

use net::{Network, leader, serve};
use run::Ran;
use std::process::Command;

fn used(network: &Network) {
    network.deploy();
    network.create("a1").yes();
    assert!(network.read(1, "a1").contains("\"Owner\":\"Ann\""));
    let twice = network.create("a1").no();
    assert!(twice.contains("refused with status"), "{twice}");
    let fetch = ["channel", "fetch", "ch1", "newest", "--out", "last.block", "--force"];
    network.call(("client", 1), &[1], &fetch).yes();
    network.run(&["inspect", "last.block"]).yes();
    let info = network.call(("client", 2), &[2], &["channel", "info", "ch1"]).yes();
    assert!(info.contains("blocks     5"), "{info}");
}

/// Of two that change the same thing at once, one is told that it did not count.
fn contended(network: &Network) {
    let update = |color: &str| {
        let words = ["chaincode", "invoke", "--channel", "ch1", "--name", "asset", "--"];
        let call = ["update", "a1", color, "5", "Ann", "1"];
        network.call(("client", 1), &[1, 2], &[&words[..], &call[..]].concat())
    };
    // They share a block when both come before it is cut.
    for _ in 0..5 {
        network.settle();
        let (red, green) = std::thread::scope(|scope| {
            let red = scope.spawn(|| update("red"));
            let green = scope.spawn(|| update("green"));
            (red.join().unwrap(), green.join().unwrap())
        });
        if let Some(lost) = [red, green].into_iter().find(Ran::is_refusal) {
            lost.no();
            return;
        }
    }
    panic!("they never met");
}

/// The configuration is changed, and who orders it is asked.
fn administered(network: &Network) {
    let admin = ["--msp", "net/Orderer/users/admin/msp", "--mspid", "OrdererMSP"];
    let set = ["config", "set", "net/ch1.block", "--max-messages", "77", "--out", "update.pb"];
    network.run(&set).yes();
    let orderer = &network.orderer[0];
    let ca = "net/Orderer/nodes/orderer1/tls/ca.crt";
    let at = ["--orderer", orderer, "--orderer-tls-ca", ca];
    let client = ["--msp", "net/Org1/users/client/msp", "--mspid", "Org1MSP"];
    let refused =
        network.run(&[&["channel", "update", "update.pb"], &at[..], &client[..]].concat());
    let refused = refused.could_not();
    assert!(refused.contains("the orderer did not take it"), "{refused}");
    network.run(&[&["channel", "update", "update.pb"], &at[..], &admin[..]].concat()).yes();
    let fetch = ["channel", "fetch", "ch1", "config", "--out", "config.block"];
    network.run(&[&fetch[..], &at[..], &admin[..]].concat()).yes();
    let shown = network.run(&["config", "show", "config.block"]).yes();
    assert!(shown.contains("77 envelopes"), "{shown}");
    network.settle();
    let fetch = ["channel", "fetch", "ch1", "config", "--out", "of-peer.block"];
    network.call(("client", 1), &[1], &fetch).yes();
    network.run(&["config", "diff", "config.block", "of-peer.block"]).yes();
    assert_eq!(network.call(("admin", 2), &[2], &["channel", "list"]).yes(), "ch1\n");
    assert_eq!(network.osn(&["list"]).yes(), "ch1\n");
    let shown = network.osn(&["list", "--channel", "ch1"]).yes();
    assert_eq!(shown, "ch1: consenter, active, 6 blocks\n");
    network.osn(&["list", "--channel", "ch2"]).no();
    network.osn(&["remove", "ch2"]).no();
    let again = network.osn(&["join", "net/ch1.block"]).could_not();
    assert!(again.contains("405"), "{again}");
}

#[test]
fn one_orderer_and_two_peers() {
    let network = Network::up("nist", "1");
    used(&network);
    administered(&network);
    contended(&network);
    network.run(&["network", "down", "--dir", "net"]).yes();
    assert_eq!(network.status().no().matches("does not run").count(), 3);
    network.run(&["network", "up", "--dir", "net"]).yes();
    assert!(network.read(2, "a1").contains("\"ID\":\"a1\""), "it is still there");
}

/// The id in the line that a service is started with.
fn started_with(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("CHAINCODE_ID=")).unwrap();
    line.split(' ').next().unwrap().to_owned()
}

#[test]
fn a_chaincode_of_the_users() {
    let network = Network::up("gm", "1");
    let up =
        |chaincode: &str| network.run(&["network", "up", "--dir", "net", "--chaincode", chaincode]);
    let addresses = [(); 2].map(|()| {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        format!("127.0.0.1:{port}")
    });
    let [one, other] = addresses.each_ref().map(|address| format!("mine={address}"));
    let id = started_with(&up(&one).yes());
    serve(&id, &addresses[0]);
    let invoke = |id: &str| {
        let words = ["chaincode", "invoke", "--channel", "ch1", "--name", "mine", "--"];
        let call = ["create", id, "blue", "5", "Ann", "1"];
        network.call(("client", 1), &[1, 2], &[&words[..], &call[..]].concat())
    };
    invoke("m1").yes();
    // A second time nothing is done, and no block is made.
    network.settle();
    let before = network.status().yes();
    assert_eq!(started_with(&up(&one).yes()), id);
    network.settle();
    assert_eq!(network.status().yes(), before);
    // The service moves: the definition stays.
    let moved = started_with(&up(&other).yes());
    assert_ne!(moved, id);
    serve(&moved, &addresses[1]);
    invoke("m2").yes();
    let list = network.call(("client", 1), &[1], &["chaincode", "list", "--channel", "ch1"]).yes();
    assert_eq!(list.trim(), "mine: version 1.0, sequence 1");
    for wrong in ["mine", "mine=", "mine=host", "mine=host:0", "=127.0.0.1:1", "my cc=127.0.0.1:1"]
    {
        assert!(up(wrong).complained().contains("wanted"), "{wrong}");
    }
}

#[test]
fn three_orderers_lose_their_leader() {
    let network = Network::up("gm", "3");
    used(&network);
    let status = network.status().yes();
    let leader = leader(&status).expect("somebody leads");
    assert!(Command::new("kill").args(["-KILL", leader]).status().unwrap().success());
    network.create("a2").yes();
    assert!(network.read(2, "a2").contains("\"ID\":\"a2\""));
    assert!(network.status().no().contains("does not run"));
    network.run(&["network", "up", "--dir", "net"]).yes();
    network.status().yes();
    let stopped = network.run(&["network", "down", "--dir", "net"]).yes();
    assert_eq!(stopped.trim(), "5 processes stopped");
}
