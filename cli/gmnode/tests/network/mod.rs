// SPDX-License-Identifier: Apache-2.0
//! Two organisations of either family and a channel of theirs, as files in a session.
#![allow(dead_code)] // each test file takes its part
#![allow(unreachable_pub)] // the module has several users

pub mod chain;

use super::run::Session;
use bccsp::{EngineChoice, Providers, Suite};
use msp::{Contents, SigningIdentity};
use pki::extension::{BasicConstraints, TypedExtension};
use pki::{CertificateBuilder, Name, Time};
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

pub fn providers(suite: Suite) -> Arc<Providers> {
    Arc::new(Providers::new(suite, EngineChoice::Auto).unwrap())
}

/// An organisation with a member of each role, whose MSP folder with key is `NAME/ROLE`.
fn organization(session: &Session, suite: Suite, name: &str) {
    let providers = providers(suite);
    let (from, until) = (Time::parse("2026-01-01").unwrap(), Time::parse("2036-01-01").unwrap());
    let new_key = || providers.default_provider().generate_signing_key().unwrap();
    let ca_key = new_key();
    let ca_name = Name::parse(&format!("/O={name}/CN=ca")).unwrap();
    let public = ca_key.verifying_key().public_key();
    let ca = CertificateBuilder::new(&ca_name, public, &[1], from, until)
        .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
        .subject_key_id(&providers)
        .unwrap()
        .sign_self(&*ca_key)
        .unwrap();
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    let folder = session.path(name);
    std::fs::create_dir(&folder).unwrap();
    let whole = || Contents::new(vec![ca.clone()]).with_node_ous();
    whole().write(&disk, &providers, &Path::new(&folder).join("msp")).unwrap();
    for (serial, role) in [(2, "admin"), (3, "client"), (4, "peer"), (5, "orderer")] {
        let key = new_key();
        let subject = Name::parse(&format!("/O={name}/OU={role}/CN={role}")).unwrap();
        let public = key.verifying_key().public_key();
        let certificate = CertificateBuilder::new(&subject, public, &[serial], from, until)
            .sign(&ca_name, &*ca_key)
            .unwrap();
        let key = Some(key.export().unwrap());
        let own = Contents { signer: Some(certificate), key, ..whole() };
        own.write(&disk, &providers, &Path::new(&folder).join(role)).unwrap();
    }
}

/// A member of an organisation.
pub fn member(session: &Session, suite: Suite, folder: &str, msp_id: &str) -> SigningIdentity {
    let folder = session.path(folder);
    SigningIdentity::from_folder(&SystemDisk, &providers(suite), Path::new(&folder), msp_id)
        .unwrap()
}

/// The genesis block of `ch1` in `ch1.block`, with the folders of its organisations.
pub fn channel(suite: Suite) -> Session {
    let session = Session::new();
    organization(&session, suite, "ord");
    organization(&session, suite, "org1");
    session.file("configtx.yaml", YAML.as_bytes());
    session.run(&["genesis", "--profile", "Small", "--channel", "ch1", "--out", "ch1.block"]).yes();
    session
}
