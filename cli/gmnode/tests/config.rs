// SPDX-License-Identifier: Apache-2.0
//! `gmnode genesis` and `gmnode config`: from a `configtx.yaml` to a change that its members signed, in
//! either family.

mod run;

use bccsp::{EngineChoice, Providers, Suite};
use msp::Contents;
use pki::extension::{BasicConstraints, TypedExtension};
use pki::{CertificateBuilder, Name, Time};
use run::{Session, fabric};
use std::path::Path;
use std::sync::Arc;
use sys::{Disk, SystemDisk};

const YAML: &str = "
Profiles:
  Small:
    Orderer:
      OrdererType: solo
      Organizations: [{Name: Ord, ID: OrdMSP, MSPDir: ord/msp, OrdererEndpoints: ['127.0.0.1:7050']}]
    Application:
      Organizations: [{Name: Org1, ID: Org1MSP, MSPDir: org1/msp}]
";

/// An organisation with an administrator, whose key is in `NAME/admin`.
fn organization(session: &Session, suite: Suite, name: &str) {
    let providers = Arc::new(Providers::new(suite, EngineChoice::Auto).unwrap());
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
    let new_key = || providers.default_provider().generate_signing_key().unwrap();
    let (ca_key, key) = (new_key(), new_key());
    let ca_name = Name::parse(&format!("/O={name}/CN=ca")).unwrap();
    let public = ca_key.verifying_key().public_key();
    let ca = CertificateBuilder::new(&ca_name, public, &[1], from, until)
        .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
        .subject_key_id(&providers)
        .unwrap()
        .sign_self(&*ca_key)
        .unwrap();
    let admin = Name::parse(&format!("/O={name}/OU=admin/CN=admin")).unwrap();
    let public = key.verifying_key().public_key();
    let admin = CertificateBuilder::new(&admin, public, &[2], from, until)
        .sign(&ca_name, &*ca_key)
        .unwrap();
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    let folder = session.path(name);
    std::fs::create_dir(&folder).unwrap();
    let whole = Contents::new(vec![ca]).with_node_ous();
    whole.write(&disk, &providers, &Path::new(&folder).join("msp")).unwrap();
    let own = Contents { signer: Some(admin), key: Some(key.export().unwrap()), ..whole };
    own.write(&disk, &providers, &Path::new(&folder).join("admin")).unwrap();
}

fn channel(suite: Suite) -> Session {
    let session = Session::new();
    organization(&session, suite, "ord");
    organization(&session, suite, "org1");
    session.file("configtx.yaml", YAML.as_bytes());
    session.run(&["genesis", "--profile", "Small", "--channel", "ch1", "--out", "ch1.block"]).yes();
    session
}

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
