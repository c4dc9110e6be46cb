// SPDX-License-Identifier: Apache-2.0
//! The MSP folders of a real Fabric network, where they are at hand.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod support;

use gmca_msp::{Kind, MspFolder, Place, Role, Severity};
use pki::Certificate;
use std::path::{Path, PathBuf};
use sys::SystemDisk;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors");

/// The organisations, or nothing and a word about it.
fn organisations() -> Option<PathBuf> {
    let path = Path::new(VECTORS).join("fabric/msp/org");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: the MSP folders of a real Fabric network are not at hand");
    None
}

fn read(path: &Path) -> MspFolder {
    MspFolder::read(&SystemDisk, &support::providers(), path).unwrap()
}

#[test]
fn members_and_admins_of_a_real_organisation() {
    let Some(path) = organisations() else { return };
    let org = path.join("peerOrganizations/org1.test");
    let msp = read(&org.join("msp")).msp(&support::providers()).unwrap();
    for (folder, role) in [
        ("peers/peer0.org1.test/msp", Role::Peer),
        ("users/Admin@org1.test/msp", Role::Admin),
        ("users/User1@org1.test/msp", Role::Client),
    ] {
        let signer = read(&org.join(folder)).signer().unwrap().item.clone();
        let verdict = msp.is_member(&signer).unwrap();
        let gmca_msp::Verdict::Yes(member) = verdict else { panic!("{folder}: {verdict}") };
        assert_eq!(member.role(), Some(role), "{folder}");
        assert_eq!(msp.is_admin(&signer).unwrap().is_yes(), role == Role::Admin, "{folder}");
    }
}

#[test]
fn the_other_organisation_and_tls_are_not_members() {
    let Some(path) = organisations() else { return };
    let org = path.join("peerOrganizations/org1.test");
    let msp = read(&org.join("msp")).msp(&support::providers()).unwrap();
    let orderer = path.join("ordererOrganizations/ord.test/orderers/o1.ord.test/msp");
    let orderer = read(&orderer).signer().unwrap().item.clone();
    assert!(!msp.is_member(&orderer).unwrap().is_yes());
    let tls = std::fs::read(org.join("peers/peer0.org1.test/tls/server.crt")).unwrap();
    let tls = Certificate::from_pem_or_der(&tls).unwrap();
    assert!(!msp.is_member(&tls).unwrap().is_yes());
}

/// The vectors come without private keys; nothing else is wrong while they are valid.
#[test]
fn real_folders_have_no_findings() {
    let Some(path) = organisations() else { return };
    let folders = [
        "peerOrganizations/org1.test/msp",
        "peerOrganizations/org1.test/peers/peer0.org1.test/msp",
        "peerOrganizations/org1.test/users/User1@org1.test/msp",
        "ordererOrganizations/ord.test/msp",
        "ordererOrganizations/ord.test/orderers/o1.ord.test/msp",
    ];
    for name in folders {
        let folder = read(&path.join(name));
        let ca = folder.certificates(Place::CaCerts)[0].item.not_before().timestamp();
        let mut findings = folder.check(&support::providers(), ca).unwrap();
        let no_key =
            |f: &gmca_msp::Finding| (f.kind, f.severity) == (Kind::NoKey, Severity::Warning);
        findings.retain(|finding| !no_key(finding) || folder.signer().is_none());
        assert_eq!(findings, [], "{name}");
        assert!(folder.config().unwrap().node_ous.as_ref().unwrap().enable);
    }
}
