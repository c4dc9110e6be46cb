// SPDX-License-Identifier: Apache-2.0
//! What administrators ask of nodes that run, and do to folders of those that do not: explanations,
//! leaving and joining with a snapshot, mutual TLS, leaders that hand over.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod net;
mod run;

use net::{Network, leader};
use run::Ran;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A process of the program, ended with the test.
struct Running(Child);

impl Running {
    /// Started in the folder of a process, whose configuration these variables change; it listens when
    /// this returns.
    fn start(network: &Network, folder: &str, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gmnode"));
        command.args(words).current_dir(network.session.path(folder)).stdin(Stdio::null());
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = {
            let _turn = run::turn();
            command.spawn().unwrap()
        };
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("clients"), "{folder} did not start: {line}");
        Self(child)
    }

    /// Asked to stop; exit status 0.
    fn stop(mut self) {
        signal("-TERM", &self.0.id().to_string());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn signal(name: &str, process: &str) {
    assert!(Command::new("kill").args([name, process]).status().unwrap().success());
}

/// The id in what `chaincode invoke` remarks.
fn id_of(ran: &Ran) -> String {
    let said = ran.remarks();
    let id = said.split("transaction ").nth(1).and_then(|rest| rest.split(':').next());
    id.unwrap_or_else(|| panic!("no id in {said}")).to_owned()
}

fn update(network: &Network, peers: &[usize], color: &str) -> Ran {
    let words = ["chaincode", "invoke", "--channel", "ch1", "--name", "asset", "--"];
    let call = ["update", "a1", color, "5", "Ann", "1"];
    network.call(("client", 1), peers, &[&words[..], &call[..]].concat())
}

/// A transaction that lost against another, and that other one.
fn lost(network: &Network) -> (String, String) {
    for _ in 0..5 {
        network.settle();
        let (red, green) = std::thread::scope(|scope| {
            let red = scope.spawn(|| update(network, &[1, 2], "red"));
            let green = scope.spawn(|| update(network, &[1, 2], "green"));
            (red.join().unwrap(), green.join().unwrap())
        });
        let (lost, won) = if red.is_refusal() { (red, green) } else { (green, red) };
        if lost.is_refusal() && lost.remarks().contains("MVCC_READ_CONFLICT") {
            return (id_of(&lost), id_of(&won));
        }
    }
    panic!("they never met");
}

const LEDGER: &str = "net/Org1/nodes/peer1/data/channels/ch1";

fn explained(network: &Network) {
    let explain = |id: &str, more: &[&str]| {
        let words = ["tx", "explain", id, "--channel", "ch1"];
        network.call(("client", 2), &[2], &[&words[..], more].concat())
    };
    let good = network.create("a1");
    good.yes();
    network.settle();
    let said = explain(&id_of(&good), &[]).yes();
    assert!(said.contains("VALID: it counts"), "{said}");
    assert!(said.contains("\nendorsed by  CN=peer1,OU=peer,O=Org1 of Org1MSP\n"), "{said}");
    let (lost, won) = lost(network);
    network.settle();
    let said = explain(&lost, &[]).no();
    let why = "why: key `a1` of `asset` was read at version (";
    assert!(said.contains("MVCC_READ_CONFLICT: it does not count"), "{said}");
    assert!(said.contains(why) && said.contains(&won), "{said}");
    assert!(said.lines().count() < 24, "one screen: {said}");
    let json: Value = serde_json::from_str(&explain(&lost, &["--json"]).no()).unwrap();
    assert_eq!(json["reasons"][0]["read"]["changedBy"], won.as_str());
    assert_eq!((&json["valid"], &json["txId"]), (&Value::from(false), &lost.as_str().into()));
    let few = update(network, &[1], "blue");
    few.no();
    network.settle();
    let said = explain(&id_of(&few), &[]).no();
    assert!(said.contains("the endorsement policy of namespace asset is not met"), "{said}");
    assert!(said.contains("missing    'Org2MSP."), "{said}");
    let none = explain(&"0".repeat(64), &[]).could_not();
    assert!(none.contains("there is no transaction 0000"), "{none}");
    let alone = network.run(&["tx", "explain", &lost, "--peer", "127.0.0.1:1"]);
    assert!(alone.remarks().contains("--channel"), "{}", alone.remarks());
    let busy = network.run(&["tx", "explain", &lost, "--ledger", LEDGER]).could_not();
    assert!(busy.contains("in use"), "{busy}");
    network.run(&["network", "down", "--dir", "net"]).yes();
    // In the folder of the peer, which has forgotten what it once knew.
    let said = network.run(&["tx", "explain", &lost, "--ledger", LEDGER]).no();
    assert!(said.contains(why) && said.contains(&won), "{said}");
    let said = network.run(&["tx", "explain", &id_of(&few), "--ledger", LEDGER]).no();
    assert!(said.contains("missing    'Org2MSP.") && said.contains("note: "), "{said}");
    let said = network.run(&["tx", "explain", "0:0", "--ledger", LEDGER]).yes();
    assert!(said.contains("VALID: it counts, in block 0 of channel ch1 at place 0"), "{said}");
    let none = network.run(&["tx", "explain", "99:0", "--ledger", LEDGER]).could_not();
    assert!(none.contains("is not in the ledger"), "{none}");
    let orderer = "net/Orderer/nodes/orderer1/data/channels/ch1";
    let none = network.run(&["tx", "explain", &lost, "--ledger", orderer]).could_not();
    assert!(none.contains("as orderers keep them"), "{none}");
}

/// Of a network that does not run, the second peer leaves, and comes back with a snapshot of the
/// first, over mutual TLS.
fn left_and_joined(network: &Network) {
    let export = network.run(&["ledger", "export", LEDGER, "--out", "snap"]).yes();
    let line = |what: &str| {
        let found = export.lines().find_map(|line| line.strip_prefix(what));
        found.and_then(|rest| rest.split_whitespace().next()).unwrap().to_owned()
    };
    let (height, state_hash) = (line("height"), line("state hash"));
    let folder = "net/Org2/nodes/peer1";
    let leave = ["channel", "leave", "ch1", "--dir", "net/Org2/nodes/peer1/data"];
    assert!(network.run(&leave).yes().contains("channel ch1: left"));
    assert!(network.run(&leave).no().contains("ch1 is not here"));
    let outside = ["channel", "leave", "../chaincodes", "--dir", "net/Org2/nodes/peer1/data"];
    network.run(&outside).no();
    let nowhere = network.run(&["channel", "leave", "ch1", "--dir", "net"]).could_not();
    assert!(nowhere.contains("no channels of a peer"), "{nowhere}");
    let orderer = ["channel", "leave", "ch1", "--dir", "net/Orderer/nodes/orderer1/data"];
    let orderer = network.run(&orderer).could_not();
    assert!(orderer.contains("as orderers keep them"), "{orderer}");

    let root = network.session.path("net/Org2/nodes/peer1/tls/ca.crt");
    let mutual = [
        ("CORE_PEER_TLS_CLIENTAUTHREQUIRED", "true"),
        ("CORE_PEER_TLS_CLIENTROOTCAS_FILES", root.as_str()),
    ];
    let peer = Running::start(network, folder, &["peer", "start"], &mutual);
    let shown = [
        "--tls-client-cert",
        "net/Org2/users/admin/tls/client.crt",
        "--tls-client-key",
        "net/Org2/users/admin/tls/client.key",
    ];
    let ask = |words: &[&str]| network.call(("admin", 2), &[2], words);
    ask(&["channel", "list"]).could_not();
    assert_eq!(ask(&[&["channel", "list"], &shown[..]].concat()).yes(), "");
    let running = network.run(&leave).could_not();
    assert!(running.contains("in use"), "{running}");
    let snapshot = network.session.path("snap");
    let join = ["channel", "join", "--snapshot", &snapshot, "--state-hash"];
    let wrong = ask(&[&join[..], &[&"0".repeat(64)], &shown[..]].concat()).could_not();
    assert!(wrong.contains(&format!("its state hash is {state_hash}")), "{wrong}");
    let nowhere = ["channel", "join", "--snapshot", "/nowhere"];
    ask(&[&nowhere[..], &shown[..]].concat()).could_not();
    let join = [&join[..], &[&state_hash], &shown[..]].concat();
    assert_eq!(ask(&join).yes().trim(), "channel ch1: joined with the snapshot");
    assert!(ask(&join).could_not().contains("channel ch1 is here already"));
    let info = ask(&[&["channel", "info", "ch1"], &shown[..]].concat()).yes();
    assert!(info.contains(&format!("blocks     {height}")), "{info}");
    peer.stop();
    // An orderer with mutual TLS gives blocks to who says which certificate it shows.
    let root = network.session.path("net/Orderer/nodes/orderer1/tls/ca.crt");
    let mutual = [
        ("ORDERER_GENERAL_TLS_CLIENTAUTHREQUIRED", "true"),
        ("ORDERER_GENERAL_TLS_CLIENTROOTCAS", root.as_str()),
    ];
    let folder = "net/Orderer/nodes/orderer1";
    let orderer = Running::start(network, folder, &["orderer", "start"], &mutual);
    let address = &network.orderer[0];
    let fetch =
        ["channel", "fetch", "ch1", "newest", "--out", "newest.block", "--orderer", address];
    let admin = ["--msp", "net/Orderer/users/admin/msp", "--mspid", "OrdererMSP"];
    let fetch = [&fetch[..], &["--orderer-tls-ca", &root], &admin[..]].concat();
    network.run(&fetch).could_not();
    let [certificate, key] =
        ["client.crt", "client.key"].map(|file| format!("net/Orderer/users/admin/tls/{file}"));
    let shown = ["--tls-client-cert", certificate.as_str(), "--tls-client-key", key.as_str()];
    network.run(&[&fetch[..], &shown[..]].concat()).yes();
    orderer.stop();
}

#[test]
fn explained_left_and_joined_with_a_snapshot() {
    let network = Network::made("nist", "1");
    // The second peer has its blocks from the first, and from nobody else.
    let path = network.session.path("net/Org2/nodes/peer1/core.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let first = network.ports[0];
    let source = format!("blockSource:\n  peers: [\"127.0.0.1:{first}\"]\n  orderers: false\n");
    std::fs::write(&path, text + &source).unwrap();
    network.start();
    network.deploy();
    explained(&network);
    left_and_joined(&network);
    network.start();
    network.create("a2").yes();
    assert!(network.read(2, "a2").contains("\"ID\":\"a2\""));
    assert!(network.read(2, "a1").contains("\"ID\":\"a1\""));
    network.settle();
    let export = |organization: u8| {
        let ledger = format!("net/Org{organization}/nodes/peer1/data/channels/ch1");
        let out = format!("snap{organization}");
        network.run(&["ledger", "export", &ledger, "--out", &out]).yes()
    };
    network.run(&["network", "down", "--dir", "net"]).yes();
    assert_eq!(export(1), export(2), "height, last hash, state hash");
}

/// The number of the orderer that leads.
fn leading(network: &Network) -> usize {
    let said = network.status().yes();
    let line = said.lines().find(|line| line.contains(", leads"));
    let line = line.unwrap_or_else(|| panic!("nobody leads: {said}"));
    (1..=3).find(|number| line.contains(&format!("orderer{number}"))).unwrap()
}

#[test]
fn a_leader_hands_over() {
    let network = Network::up("gm", "3");
    let first = leading(&network);
    let said = network.osn_of(first, &["transfer", "ch1"]).yes();
    let second = leading(&network);
    assert_ne!(first, second, "{said}");
    let port = &network.topology()["orderers"]["nodes"][second - 1]["port"];
    assert_eq!(said.trim(), format!("ch1: led by 127.0.0.1:{port}"));
    let not_ours = network.osn_of(first, &["transfer", "ch1"]).no();
    assert!(not_ours.contains("does not lead channel ch1"), "{not_ours}");
    assert!(network.osn_of(second, &["transfer", "ch1", "--show"]).yes().contains("this node"));
    network.osn_of(first, &["transfer", "ch1", "--show"]).no();
    let none = network.osn_of(first, &["transfer", "ch2"]).could_not();
    assert!(none.contains("404"), "{none}");
    let said = network.osn_of(second, &["drain"]).yes();
    assert!(said.starts_with("it takes no envelopes\nch1: led by "), "{said}");
    let third = leading(&network);
    assert_ne!(second, third);
    assert!(network.osn_of(second, &["drain", "--undo"]).yes().starts_with("it takes envelopes"));
    // When a leader that is told to stop is gone, another one leads: nobody waits for an election.
    let process = leader(&network.status().yes()).unwrap().to_owned();
    signal("-TERM", &process);
    while std::path::Path::new(&format!("/proc/{process}/stat")).exists() && !is_zombie(&process) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let said = network.status().no();
    assert!(said.contains(", leads") && said.contains("does not run"), "{said}");
}

/// Gone, and nobody has asked how it ended.
fn is_zombie(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}
