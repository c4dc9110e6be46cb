// SPDX-License-Identifier: Apache-2.0
//! A whole network as processes: started, a chaincode agreed upon and called, the leader killed, stopped.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod run;

use chaincode::{Mode, Options, Server, asset};
use run::{Ran, Session};
use serde_json::Value;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// A network that is stopped with the test.
struct Network {
    session: Session,
    ports: Vec<u16>,
    /// The first orderer's, for clients and for administrators.
    orderer: [String; 2],
}

impl Network {
    fn up(suite: &str, orderers: &str) -> Self {
        let session = Session::new();
        session
            .run(&["network", "create", "--dir", "net", "--suite", suite, "--orderers", orderers])
            .yes();
        let text = std::fs::read_to_string(session.path("net/network.json")).unwrap();
        let topology: Value = serde_json::from_str(&text).unwrap();
        let port = |member: &Value| u16::try_from(member["nodes"][0]["port"].as_u64().unwrap());
        let members = topology["members"].as_array().unwrap();
        let ports = members.iter().map(|member| port(member).unwrap()).collect();
        let orderer = ["port", "admin_port"]
            .map(|name| format!("127.0.0.1:{}", topology["orderers"]["nodes"][0][name]));
        let network = Self { session, ports, orderer };
        let said = network.run(&["network", "up", "--dir", "net"]).yes();
        assert_eq!(
            said.matches("1 blocks").count(),
            2 + orderers.parse::<usize>().unwrap(),
            "{said}"
        );
        network
    }

    fn run(&self, words: &[&str]) -> Ran {
        self.session.run(words)
    }

    /// A command of somebody of an organisation, to the peers of some.
    fn call(&self, (user, organization): (&str, usize), peers: &[usize], words: &[&str]) -> Ran {
        let mut all: Vec<String> = Vec::new();
        let (before, after) = match words.iter().position(|word| *word == "--") {
            None => (words, &[][..]),
            Some(at) => words.split_at(at),
        };
        all.extend(before.iter().map(|word| (*word).to_owned()));
        for peer in peers {
            all.extend(["--peer".to_owned(), format!("127.0.0.1:{}", self.ports[peer - 1])]);
            all.extend(["--tls-ca".to_owned(), format!("net/Org{peer}/nodes/peer1/tls/ca.crt")]);
        }
        let msp = format!("net/Org{organization}/users/{user}/msp");
        all.extend(["--msp".to_owned(), msp]);
        all.extend(["--mspid".to_owned(), format!("Org{organization}MSP")]);
        all.extend(after.iter().map(|word| (*word).to_owned()));
        self.session.run(&all)
    }

    /// A command to the administrators' port of the first orderer.
    fn osn(&self, words: &[&str]) -> Ran {
        let tls = "net/Orderer/users/admin/tls";
        let [ca, certificate, key] =
            ["ca.crt", "client.crt", "client.key"].map(|file| format!("{tls}/{file}"));
        let at = ["--orderer", &self.orderer[1], "--ca-file", &ca];
        let shown = ["--client-cert", &certificate, "--client-key", &key];
        self.run(&[&["osn"], words, &at[..], &shown[..]].concat())
    }

    fn status(&self) -> Ran {
        self.run(&["network", "status", "--dir", "net"])
    }

    /// Waits until all that run have the same blocks: endorsers that are not as far come to other
    /// results.
    fn settle(&self) {
        for _ in 0..100 {
            let said = self.status().yes();
            let heights = said.lines().filter_map(|line| line.strip_suffix(" blocks"));
            let mut heights: Vec<&str> =
                heights.filter_map(|line| line.rsplit(' ').next()).collect();
            heights.dedup();
            if heights.len() == 1 {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("they do not come together: {}", self.status().yes());
    }

    /// What a peer answers, as soon as it has the block.
    fn read(&self, peer: usize, id: &str) -> String {
        let words = ["chaincode", "query", "--channel", "ch1", "--name", "asset", "--", "read", id];
        for _ in 0..100 {
            let asked = self.call(("client", peer), &[peer], &words);
            if !asked.is_refusal() {
                return asked.yes();
            }
            sleep(Duration::from_millis(100));
        }
        self.call(("client", peer), &[peer], &words).yes()
    }

    fn create(&self, id: &str) -> Ran {
        let words = ["chaincode", "invoke", "--channel", "ch1", "--name", "asset", "--"];
        let words: Vec<&str> =
            words.into_iter().chain(["create", id, "blue", "5", "Ann", "1"]).collect();
        self.call(("client", 1), &[1, 2], &words)
    }

    /// Packs, installs, approves and commits the sample; it is served as long as the test.
    fn deploy(&self) {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let words = ["chaincode", "package", "asset_1", &address, "--out", "asset.tar.gz"];
        let id = self.run(&words).yes().trim().to_owned();
        serve(&id, &address);
        let definition = ["--channel", "ch1", "--name", "asset", "--version", "1.0"];
        for organization in [1, 2] {
            let admin = ("admin", organization);
            let installed =
                self.call(admin, &[organization], &["chaincode", "install", "asset.tar.gz"]);
            assert_eq!(installed.yes().trim(), id);
            let refused = self.call(
                ("client", organization),
                &[organization],
                &["chaincode", "install", "asset.tar.gz"],
            );
            assert!(refused.could_not().contains("access denied"));
            let words: Vec<&str> =
                [&["chaincode", "approve"], &definition[..], &["--package-id", &id]].concat();
            self.call(admin, &[organization], &words).yes();
            let check = [&["chaincode", "check"], &definition[..]].concat();
            let checked = self.call(admin, &[organization], &check);
            self.settle();
            let said = if organization == 1 { checked.no() } else { checked.yes() };
            assert!(said.contains("Org1MSP: approved"), "{said}");
        }
        let commit = [&["chaincode", "commit"], &definition[..]].concat();
        self.call(("admin", 1), &[1, 2], &commit).yes();
        self.settle();
        let list = ["chaincode", "list", "--channel", "ch1"];
        let said = self.call(("client", 1), &[1], &list).yes();
        assert_eq!(said.trim(), "asset: version 1.0, sequence 1");
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.run(&["network", "down", "--dir", "net"]);
    }
}

/// The sample as a service, until the test ends.
fn serve(id: &str, address: &str) {
    let options = Options {
        chaincode_id: id.to_owned(),
        mode: Mode::Service { address: address.to_owned() },
        tls: None,
        peer_msp_id: None,
    };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::bind(asset::asset(), options).await.unwrap();
            server.run(std::future::pending()).await.unwrap();
        });
    });
}

/// The process that leads.
fn leader(status: &str) -> Option<&str> {
    let line = status.lines().find(|line| line.contains(", leads"))?;
    line.split("process ").nth(1)?.split(',').next()
}

fn used(network: &Network) {
    network.deploy();
    network.create("a1").yes();
    assert!(network.read(1, "a1").contains("\"Owner\":\"Ann\""));
    network.settle();
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
