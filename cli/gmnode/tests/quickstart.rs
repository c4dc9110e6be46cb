// SPDX-License-Identifier: Apache-2.0
//! `gmnode quickstart`, with few transactions: what it says, what it leaves, what it refuses.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod run;

use run::{Ran, Session};
use serde_json::Value;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A network that is stopped with the test.
struct Kept<'a>(&'a Session);

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        let _ = self.0.run(&["network", "down", "--dir", "net"]);
    }
}

fn quickstart(session: &Session, words: &[&str]) -> Ran {
    session.run(&[&["quickstart", "--dir", "net", "--transactions", "24"], words].concat())
}

/// What a result says when all is as it should be.
fn is_whole(result: &Value, suite: &str, ledgers: usize) {
    assert_eq!((&result["ok"], &result["suite"]), (&true.into(), &suite.into()), "{result}");
    assert_eq!((&result["submitted"], &result["committed"]), (&24.into(), &24.into()));
    assert_eq!((&result["equal"], &result["lost"]), (&true.into(), &Value::Array(Vec::new())));
    let verdicts = result["verdicts"].as_object().unwrap();
    assert!(verdicts.len() == ledgers && verdicts.values().all(|one| one == "ok"), "{result}");
    let heights = result["heights"].as_object().unwrap();
    let mut heights: Vec<u64> = heights.values().map(|one| one.as_u64().unwrap()).collect();
    heights.dedup();
    // The first block, two approvals, a definition, and what was sent.
    assert!(matches!(heights[..], [height] if height > 5), "{result}");
    assert!(result["seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn sm2_with_a_leader_that_is_killed() {
    let session = Session::new();
    let ran = quickstart(&session, &["--json"]);
    let result: Value = serde_json::from_str(&ran.yes()).unwrap();
    is_whole(&result, "gm", 5);
    let killed = &result["killed_leader"];
    assert_ne!(killed["name"], killed["next"], "{result}");
    assert!(killed["name"].as_str().unwrap().starts_with("Orderer orderer"), "{result}");
    assert_eq!(result["running"], false);
    let status = session.run(&["network", "status", "--dir", "net"]).no();
    assert_eq!(status.matches("does not run").count(), 6, "{status}");
    // Anybody can ask again.
    let ledger = "net/Org2/nodes/peer1/data/channels/ch1";
    session.run(&["ledger", "verify", ledger, "--trust", "net/ch1.block"]).yes();
    refuses_what_is_there(&session);
}

fn refuses_what_is_there(session: &Session) {
    let before = std::fs::read(session.path("net/network.json")).unwrap();
    let refused = quickstart(session, &[]).complained();
    assert!(refused.contains("net: exists and is not empty"), "{refused}");
    assert!(refused.contains("--dir"), "{refused}");
    assert_eq!(std::fs::read(session.path("net/network.json")).unwrap(), before);
}

#[test]
fn p_256_on_one_screen_and_left_running() {
    let session = Session::new();
    let kept = Kept(&session);
    let words = ["--suite", "nist", "--orderers", "1", "--peers", "3", "--keep"];
    let screen = quickstart(&session, &words).yes();
    assert!(screen.contains("24 submitted through the gateways, 24 committed, 0 lost"), "{screen}");
    assert!(screen.contains("none was killed"), "{screen}");
    assert!(screen.contains("compared      equal"), "{screen}");
    assert!(screen.lines().count() < 30, "one screen: {screen}");
    let status = session.run(&["network", "status", "--dir", "net"]).yes();
    assert!(status.contains("chaincode asset") && status.contains("Org1 peer2"), "{status}");
    // What it says to type works as it stands there.
    let query = screen.split_once(" chaincode query").unwrap().1;
    let query = query.split_once(" -- read asset1").unwrap().0.replace("\\\n", " ");
    let words: Vec<&str> = query.split_whitespace().collect();
    let words = [&["chaincode", "query"], &words[..], &["--", "read", "asset1"]].concat();
    assert!(session.run(&words).yes().contains("\"Owner\":\"Zhang\""));
    client_env(&session);
    session.run(&["network", "down", "--dir", "net"]).yes();
    // And it comes again, with its chaincode.
    session.run(&["network", "up", "--dir", "net"]).yes();
    assert!(session.run(&words).yes().contains("\"Owner\":\"Zhang\""));
    drop(kept);
}

fn client_env(session: &Session) {
    let env = std::fs::read_to_string(session.path("net/client/client.env")).unwrap();
    let value = |name: &str| {
        let line = env.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("{name} in {env}")).to_owned()
    };
    for file in ["TLS_CA", "CERT", "KEY"] {
        assert!(std::fs::read_to_string(value(file)).unwrap().contains("-----BEGIN"), "{file}");
    }
    let known = ["MSPID", "CHANNEL", "CC", "SUITE"].map(value);
    assert_eq!(known, ["Org1MSP", "ch1", "asset", "nist"]);
    assert!(value("PEER").starts_with("localhost:"));
    for file in ["package.json", "gateway.mjs", "app.mjs"] {
        assert!(std::fs::exists(session.path(&format!("net/client/{file}"))).unwrap(), "{file}");
    }
}

#[test]
fn whoever_interrupts_it_is_told_what_is_left() {
    let session = Session::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gmnode"));
    command.args(["quickstart", "--dir", "net", "--transactions", "100000"]);
    command.current_dir(session.path("")).stdin(Stdio::null());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _kept = Kept(&session);
    let pid = session.path("net/Org2/nodes/peer1/pid");
    for _ in 0..600 {
        if std::fs::exists(&pid).unwrap() {
            break;
        }
        sleep(Duration::from_millis(100));
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("interrupted") && said.contains("net/ stays"), "{said}");
    let status = session.run(&["network", "status", "--dir", "net"]).no();
    assert_eq!(status.matches("does not run").count(), 6, "{status}");
}

#[test]
fn wrong_numbers_are_refused() {
    let session = Session::new();
    for words in
        [&["--orderers", "0"][..], &["--peers", "1"], &["--transactions", "0"], &["--suite", "rsa"]]
    {
        let said = session.run(&[&["quickstart"], words].concat()).complained();
        assert!(said.contains("error"), "{said}");
        assert!(!std::fs::exists(session.path("network")).unwrap());
    }
}

#[test]
fn a_chaincode_without_a_name_is_not_served() {
    let session = Session::new();
    let said = session.run(&["chaincode", "serve", "asset"]).could_not();
    assert!(said.contains("CHAINCODE_ID"), "{said}");
    let file = session.file("asset.env", b"# where\nCHAINCODE_ID=asset_1:00\n");
    let said = session.run(&["chaincode", "serve", "asset", "--env-file", &file]).could_not();
    assert!(said.contains("CHAINCODE_SERVER_ADDRESS"), "{said}");
    let said = session.run(&["chaincode", "serve", "other"]).complained();
    assert!(said.contains("asset"), "{said}");
}
