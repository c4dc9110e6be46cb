// SPDX-License-Identifier: Apache-2.0
//! `gmnode network create`.

mod run;

use run::Session;

#[test]
fn a_network_stands_in_a_folder_whole_or_not_at_all() {
    let session = Session::new();
    let made =
        session.run(&["network", "create", "--dir", "net", "--suite", "nist", "--peers", "2"]);
    let out = made.yes();
    assert!(out.contains("net/ch1.block: channel ch1"), "{out}");
    assert!(out.contains("net/Org2: Org2 with peer1, peer2"), "{out}");
    for file in ["ch1.block", "configtx.yaml", "Orderer/nodes/orderer3/orderer.yaml"] {
        assert!(std::fs::exists(session.path(&format!("net/{file}"))).unwrap(), "{file}");
    }
    let again = session.run(&["network", "create", "--dir", "net"]);
    assert!(again.could_not().contains("net"), "it is not overwritten");
}

#[test]
fn its_block_holds() {
    let session = Session::new();
    session.run(&["network", "create", "--dir", "net", "--orderers", "1"]).yes();
    let shown = session.run(&["config", "show", "net/ch1.block"]).yes();
    assert!(shown.contains("OrdererMSP") && shown.contains("Org2MSP"), "{shown}");
}
