// SPDX-License-Identifier: Apache-2.0
//! `gmnode bench` on networks of its own: what it prints, and that nothing is left.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod run;

use run::Session;
use serde_json::Value;

fn measured(suite: &str, orderers: &str, seconds: &str) -> (Value, String) {
    let session = Session::new();
    let network = ["--suite", suite, "--orderers", orderers, "--seconds", seconds];
    let what =
        ["--workload", "read-write-100", "--in-flight", "4", "--json", "--html", "page.html"];
    let printed = session.run(&[&["bench"], &network[..], &what[..]].concat()).yes();
    let page = std::fs::read_to_string(session.path("page.html")).unwrap();
    (serde_json::from_str(&printed).unwrap(), page)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn one_orderer_alone() {
    let (report, page) = measured("nist", "1", "2");
    let network = &report["networks"][0];
    assert_eq!((&network["suite"], &network["orderers"]), (&"nist".into(), &1.into()));
    let row = &network["rows"][0];
    assert_eq!((&row["workload"], &row["in_flight"]), (&"read-write 100 B".into(), &4.into()));
    assert!(number(&row["transactions"]) > 0.0, "{row}");
    assert_eq!(row["failures"], Value::Object(Default::default()), "{row}");
    let latency = &row["latency_ms"];
    let order = ["p50", "p90", "p99", "max"].map(|name| number(&latency[name]));
    assert!(order.is_sorted() && order[0] > 0.0, "{latency}");
    let processes = row["processes"].as_array().unwrap();
    let parts: Vec<&str> = processes.iter().map(|one| one["part"].as_str().unwrap()).collect();
    assert_eq!(parts, ["leading-orderer", "gateway-peer", "chaincode", "client"]);
    // An endorsement; a proposal, a status request, a creator, an endorser, and the block's.
    let peer = &processes[1];
    assert!((0.5..2.0).contains(&number(&peer["signed"])), "{peer}");
    assert!((2.5..8.0).contains(&number(&peer["verified"])), "{peer}");
    for stage in ["propose", "chaincode", "endorse", "gateway", "verify", "commit", "status"] {
        assert!(number(&peer["stages_ms"][stage]) > 0.0, "{stage} of {peer}");
    }
    let client = &processes[3];
    // The probe makes as many as it judges together, and that often, however slow the rest is.
    let own = number(&client["signed"]) - number(&client["together"]);
    assert!((2.0..6.0).contains(&own), "three: {client}");
    assert!(page.contains("<svg") && page.contains("read-write 100 B"));
}

#[test]
fn three_by_raft() {
    let (report, _) = measured("gm", "3", "5");
    let row = &report["networks"][0]["rows"][0];
    assert!(number(&row["transactions"]) > 0.0, "{row}");
    let processes = row["processes"].as_array().unwrap();
    let leads = |one: &&Value| one["part"] == "leading-orderer";
    let leader = processes.iter().find(leads).expect("somebody leads");
    for stage in ["admit", "seal"] {
        assert!(number(&leader["stages_ms"][stage]) > 0.0, "{stage} of {leader}");
    }
}

#[test]
fn what_cannot_be_measured_is_refused_at_once() {
    let session = Session::new();
    let refused = |words: &[&str]| session.run(&[&["bench"], words].concat());
    let said = refused(&["--dir", "nowhere"]).could_not();
    assert!(said.contains("network create"), "{said}");
    session.file("page.html", b"mine");
    let said = refused(&["--html", "page.html"]).could_not();
    assert!(said.contains("exists already"), "{said}");
    for wrong in [
        &["--dir", "net", "--suite", "gm"][..],
        &["--in-flight", "0"],
        &["--in-flight", "many"],
        &["--seconds", "0"],
        &["--workload", "nothing"],
        &["--suite", "neither"],
        &["--force"],
    ] {
        assert!(refused(wrong).is_refusal(), "{wrong:?}");
    }
    assert_eq!(std::fs::read(session.path("page.html")).unwrap(), b"mine");
}

#[test]
fn a_network_that_does_not_run_is_no_reason_to_wait() {
    let session = Session::new();
    session.run(&["network", "create", "--dir", "net", "--orderers", "1"]).yes();
    let said = session.run(&["bench", "--dir", "net", "--seconds", "1"]).could_not();
    assert!(said.contains("does not run: `gmnode network up --dir net`"), "{said}");
}
