// SPDX-License-Identifier: Apache-2.0
//! `gmnode genesis` and `gmnode config`: from a `configtx.yaml` to a change that its members signed, in
//! either family.

mod network;
mod run;

use bccsp::Suite;
use network::channel;
use run::{Session, fabric};
use std::path::Path;

fn check_family(suite: Suite, hash: &str) {
    let session = channel(suite);
    let shown = session.run(&["config", "show", "ch1.block"]).yes();
    assert!(shown.contains(&format!("hash          {hash}")), "{shown}");
    assert!(shown.contains("/Channel/Application/Org1/Admins: OR('Org1MSP.admin')"), "{shown}");
    session.run(&["inspect", "--trust", "ch1.block", "ch1.block"]).yes();

    session.run(&["config", "set", "ch1.block", "--max-messages", "7", "--out", "u.pb"]).yes();
    let refused = session.run(&["config", "check", "ch1.block", "u.pb"]).no();
    assert!(refused.contains("[Value] /Channel/Orderer/BatchSize"), "{refused}");
    assert!(refused.contains("/Channel/Orderer/Admins"), "{refused}");
    // Of the other organisation, which has no say here.
    session.run(&["config", "sign", "u.pb", "--msp", "org1/admin", "--mspid", "Org1MSP"]).yes();
    session.run(&["config", "check", "ch1.block", "u.pb"]).no();
    session.run(&["config", "sign", "u.pb", "--msp", "ord/admin", "--mspid", "OrdMSP"]).yes();
    let accepted = session.run(&["config", "check", "ch1.block", "u.pb"]).yes();
    assert!(accepted.contains("from sequence 0 to 1"), "{accepted}");
    assert!(accepted.contains("changed  [Value] /Channel/Orderer/BatchSize"), "{accepted}");
    let judged = session.run(&["inspect", "--trust", "ch1.block", "u.pb"]).yes();
    assert!(judged.contains("accepted by the channel"), "{judged}");
}

#[test]
fn a_change_of_a_gm_channel_is_made_signed_and_accepted() {
    check_family(Suite::Gm, "SM3");
}

#[test]
fn a_change_of_a_nist_channel_is_made_signed_and_accepted() {
    check_family(Suite::Nist, "SHA256");
}

#[test]
fn the_difference_of_two_configurations_is_the_update_of_configtxlator() {
    let session = Session::new();
    let (from, to) = (fabric("blocks/orderer/0.block"), fabric("config/after.config"));
    let output = session.run(&["config", "diff", &from, &to]).no();
    assert_eq!(output, "changed  [Value] /Channel/Application/Org1/AnchorPeers\n");
    session.run(&["config", "diff", &from, &to, "--out", "u.pb"]).yes();
    let written = std::fs::read(session.path("u.pb")).unwrap();
    assert_eq!(written, std::fs::read(fabric("config/update.envelope")).unwrap());
    session.run(&["config", "diff", &from, &fabric("config/before.config")]).yes();
}

#[test]
fn edits_that_make_no_sense_are_refused_and_leave_nothing() {
    let session = channel(Suite::Gm);
    let refused: [(&[&str], &str); 9] = [
        (&["--remove-org", "Nobody"], "no organisation `Nobody`"),
        (&["--remove-org", "Org1"], "the only organisation"),
        (&["--endpoint", "Org1=h:1"], "Orderer has no organisation `Org1`"),
        (&["--endpoint", "h:1"], "write ORG=HOST:PORT"),
        (&["--hash", "MD5"], "unknown"),
        (&["--max-messages", "0"], "max_message_count"),
        (&["--remove-consenter", "h:1"], "etcdraft"),
        (&["--policy", "/Channel/Nowhere/X=ANY Readers"], "no group `Nowhere`"),
        (&[], "change nothing"),
    ];
    for (edit, said) in refused {
        let mut arguments = vec!["config", "set", "ch1.block"];
        arguments.extend_from_slice(edit);
        arguments.extend_from_slice(&["--out", "u.pb"]);
        let complaint = session.run(&arguments).could_not();
        assert!(complaint.contains(said), "{complaint}");
        assert!(!Path::new(&session.path("u.pb")).exists());
    }
    let again = ["genesis", "--profile", "Small", "--channel", "ch1", "--out", "ch1.block"];
    assert!(session.run(&again).could_not().contains("--force"));
}

#[test]
fn another_family_is_switched_to_under_the_capability_only() {
    let session = channel(Suite::Gm);
    session.run(&["config", "set", "ch1.block", "--hash", "SHA256", "--out", "u.pb"]).yes();
    for org in ["ord", "org1"] {
        let id = if org == "ord" { "OrdMSP" } else { "Org1MSP" };
        let msp = format!("{org}/admin");
        session.run(&["config", "sign", "u.pb", "--msp", &msp, "--mspid", id]).yes();
    }
    let refused = session.run(&["config", "check", "ch1.block", "u.pb"]).no();
    assert!(refused.contains("GMCA_HASH_SWITCH"), "{refused}");
}
