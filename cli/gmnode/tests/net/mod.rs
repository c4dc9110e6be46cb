// SPDX-License-Identifier: Apache-2.0
//! A network of processes that is stopped with the test, and the sample chaincode on it.
#![allow(dead_code)] // each test file takes its part
#![allow(unreachable_pub)] // the module has several users

use crate::run::{Ran, Session};
use chaincode::{Mode, Options, Server, asset};
use serde_json::Value;
use std::thread::sleep;
use std::time::Duration;

/// A network that is stopped with the test.
pub struct Network {
    pub session: Session,
    pub ports: Vec<u16>,
    /// The first orderer's, for clients and for administrators.
    pub orderer: [String; 2],
}

impl Network {
    /// One that does not run yet.
    pub fn made(suite: &str, orderers: &str) -> Self {
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
        Self { session, ports, orderer }
    }

    /// Starts all that does not run.
    pub fn start(&self) -> String {
        self.run(&["network", "up", "--dir", "net"]).yes()
    }

    pub fn up(suite: &str, orderers: &str) -> Self {
        let network = Self::made(suite, orderers);
        let said = network.start();
        assert_eq!(
            said.matches("1 blocks").count(),
            2 + orderers.parse::<usize>().unwrap(),
            "{said}"
        );
        network
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        self.session.run(words)
    }

    /// A command of somebody of an organisation, to the peers of some.
    pub fn call(
        &self,
        (user, organization): (&str, usize),
        peers: &[usize],
        words: &[&str],
    ) -> Ran {
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
    pub fn osn(&self, words: &[&str]) -> Ran {
        self.osn_at(&self.orderer[1], words)
    }

    /// The same of the orderer with that number.
    pub fn osn_of(&self, number: usize, words: &[&str]) -> Ran {
        let port = &self.topology()["orderers"]["nodes"][number - 1]["admin_port"];
        self.osn_at(&format!("127.0.0.1:{port}"), words)
    }

    pub fn topology(&self) -> Value {
        let text = std::fs::read_to_string(self.session.path("net/network.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn osn_at(&self, admin: &str, words: &[&str]) -> Ran {
        let tls = "net/Orderer/users/admin/tls";
        let [ca, certificate, key] =
            ["ca.crt", "client.crt", "client.key"].map(|file| format!("{tls}/{file}"));
        let at = ["--orderer", admin, "--ca-file", &ca];
        let shown = ["--client-cert", &certificate, "--client-key", &key];
        self.run(&[&["osn"], words, &at[..], &shown[..]].concat())
    }

    pub fn status(&self) -> Ran {
        self.run(&["network", "status", "--dir", "net"])
    }

    /// Waits until all that run have the same blocks.
    pub fn settle(&self) {
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
    pub fn read(&self, peer: usize, id: &str) -> String {
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

    pub fn create(&self, id: &str) -> Ran {
        let words = ["chaincode", "invoke", "--channel", "ch1", "--name", "asset", "--"];
        let words: Vec<&str> =
            words.into_iter().chain(["create", id, "blue", "5", "Ann", "1"]).collect();
        self.call(("client", 1), &[1, 2], &words)
    }

    /// Packs, installs, approves and commits the sample; it is served as long as the test.
    pub fn deploy(&self) {
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
            let said = if organization == 1 { checked.no() } else { checked.yes() };
            assert!(said.contains("Org1MSP: approved"), "{said}");
        }
        let commit = [&["chaincode", "commit"], &definition[..]].concat();
        // The second peer may not have the first approval yet, nor the first the second.
        self.call(("admin", 1), &[1, 2], &commit).yes();
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
pub fn serve(id: &str, address: &str) {
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
pub fn leader(status: &str) -> Option<&str> {
    let line = status.lines().find(|line| line.contains(", leads"))?;
    line.split("process ").nth(1)?.split(',').next()
}
