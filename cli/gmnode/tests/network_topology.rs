// SPDX-License-Identifier: Apache-2.0
//! `gmnode network up --topology`: a network as its user describes it, and files that are refused.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod run;

use run::Session;

const EXAMPLE: &str = include_str!("../../../deploy/topology.yaml");

/// Stops the network when the test ends, however that is.
struct Stop<'a>(&'a Session);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        let _ = self.0.run(&["network", "down", "--dir", "net"]);
    }
}

#[test]
fn the_example_is_a_network_of_two_channels() {
    let session = Session::new();
    // Whatever listens on the machine of the test, some ports are free.
    let text = EXAMPLE.replace("first_port:", "# first_port:");
    let text = text.replace("max_messages: 500", "max_messages: 77");
    let file = session.file("topology.yaml", text.as_bytes());
    let up = ["network", "up", "--dir", "net", "--topology", &file];
    let stop = Stop(&session);
    let said = session.run(&up).yes();
    assert_eq!(said.matches("ch1: ").count(), 3 + 3, "three orderers, three peers: {said}");
    assert_eq!(said.matches("pair: ").count(), 3 + 2, "{said}");
    let shown = session.run(&["config", "show", "net/pair.block"]).yes();
    assert!(shown.contains("Org1MSP") && !shown.contains("Org2MSP"), "{shown}");
    assert!(shown.contains("77"), "{shown}");
    session.run(&up).yes();
    session.file("topology.yaml", text.replace("peers: 2", "peers: 3").as_bytes());
    let other = session.run(&up).could_not();
    assert!(other.contains("net: not made from") && other.contains("--dir"), "{other}");
    drop(stop);
}

#[test]
fn a_file_that_is_refused_leaves_nothing() {
    let session = Session::new();
    let file = session.file("topology.yaml", EXAMPLE.replace("orderers:", "ordrers:").as_bytes());
    let refused = session.run(&["network", "up", "--dir", "net", "--topology", &file]).could_not();
    assert!(refused.contains("topology.yaml") && refused.contains("ordrers"), "{refused}");
    assert_eq!(refused.trim_end().lines().count(), 1, "{refused}");
    assert!(!std::fs::exists(session.path("net")).unwrap());
}

#[test]
fn what_a_network_is_has_no_keys_that_nobody_knows() {
    let session = Session::new();
    session.run(&["network", "create", "--dir", "net", "--orderers", "1"]).yes();
    let path = "net/network.json";
    let text = std::fs::read_to_string(session.path(path)).unwrap();
    for (known, unknown) in
        [("\"suite\"", "\"family\": 1, \"suite\""), ("\"port\"", "\"prot\": 1, \"port\"")]
    {
        session.file(path, text.replace(known, unknown).as_bytes());
        let refused = session.run(&["network", "status", "--dir", "net"]).could_not();
        let name = unknown.split('"').nth(1).unwrap();
        assert!(refused.contains("network.json") && refused.contains(name), "{refused}");
    }
}
