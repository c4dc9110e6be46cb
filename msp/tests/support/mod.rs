// SPDX-License-Identifier: Apache-2.0
//! A small PKI in either family, made anew for each test, and folders of it on a disk in memory.
#![allow(dead_code)] // every test file uses its part

pub(crate) mod channel;

use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use gmca_msp::{Contents, Finding, Kind, MspFolder};
use pki::extension::{BasicConstraints, Extension, KeyUsage, ReasonCode, TypedExtension};
use pki::{Certificate, CertificateBuilder, Crl, CrlBuilder, Name, RevokedEntry, Time};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::sim::MemoryDisk;
use sys::{Access, Disk, Timestamp};

/// A time at which everything below is valid.
pub(crate) fn now() -> Timestamp {
    time("2026-06-01").timestamp()
}

pub(crate) fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

pub(crate) fn providers() -> Arc<Providers> {
    Arc::new(Providers::new(Suite::Gm, EngineChoice::Auto).unwrap())
}

/// A certificate and its key.
pub(crate) struct Identity {
    pub(crate) certificate: Certificate,
    pub(crate) key: Arc<dyn SigningKey>,
}

/// What a certificate says, where it differs from the usual.
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) serial: u8,
    pub(crate) from: Time,
    pub(crate) until: Time,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) key_id: bool,
}

pub(crate) fn plan(name: &str, serial: u8) -> Plan {
    let (from, until) = (time("2026-01-01"), time("2036-01-01"));
    let name = name.to_owned();
    Plan { name, serial, from, until, extensions: Vec::new(), key_id: true }
}

pub(crate) fn ca_plan(name: &str, serial: u8) -> Plan {
    let ca = BasicConstraints { ca: true, path_len: None }.extension(true);
    let usage = (KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN).extension(true);
    Plan { extensions: vec![ca, usage], ..plan(name, serial) }
}

/// Certifies a fresh key of a family, signed by `issuer` or by itself.
pub(crate) fn make(
    providers: &Providers,
    suite: Suite,
    plan: Plan,
    issuer: Option<&Identity>,
) -> Identity {
    let key = providers.get(suite).unwrap().generate_signing_key().unwrap();
    let name = Name::parse(&plan.name).unwrap();
    let public = key.verifying_key().public_key();
    let serial = [plan.serial];
    let mut builder = CertificateBuilder::new(&name, public, &serial, plan.from, plan.until);
    for extension in plan.extensions {
        builder = builder.extension(extension);
    }
    if plan.key_id {
        builder = builder.subject_key_id(providers).unwrap();
    }
    let certificate = match issuer {
        None => builder.sign_self(&*key).unwrap(),
        Some(issuer) => {
            let builder = builder.authority_key_id(providers, &issuer.certificate).unwrap();
            builder.sign(issuer.certificate.subject(), &*issuer.key).unwrap()
        }
    };
    Identity { certificate, key }
}

pub(crate) fn root(providers: &Providers, suite: Suite, name: &str) -> Identity {
    make(providers, suite, ca_plan(name, 1), None)
}

pub(crate) fn crl(
    providers: &Providers,
    ca: &Identity,
    revoked: &[&Certificate],
    next: &str,
) -> Crl {
    let mut builder =
        CrlBuilder::new(providers, &ca.certificate, 1, time("2026-02-01"), time(next)).unwrap();
    for certificate in revoked {
        builder = builder.revoke(RevokedEntry {
            serial: certificate.serial().to_vec(),
            date: time("2026-02-01"),
            reason: ReasonCode::KeyCompromise,
            invalidity: None,
        });
    }
    builder.sign(&*ca.key).unwrap()
}

/// An organisation: a root, an intermediate CA, a peer with its key and an admin.
pub(crate) struct Org {
    pub(crate) providers: Arc<Providers>,
    pub(crate) root: Identity,
    pub(crate) intermediate: Identity,
    pub(crate) peer: Identity,
    pub(crate) admin: Identity,
}

impl Org {
    /// The families of the CAs and of the members.
    pub(crate) fn new(cas: Suite, members: Suite) -> Self {
        let providers = providers();
        let root = root(&providers, cas, "/O=Org1/CN=ca.org1");
        let plan_of_ca = ca_plan("/O=Org1/CN=ica.org1", 2);
        let intermediate = make(&providers, cas, plan_of_ca, Some(&root));
        let peer = plan("/O=Org1/OU=peer/CN=peer0.org1", 3);
        let peer = make(&providers, members, peer, Some(&intermediate));
        let admin = plan("/O=Org1/OU=admin/CN=Admin@org1", 4);
        let admin = make(&providers, members, admin, Some(&intermediate));
        Self { providers, root, intermediate, peer, admin }
    }

    /// Another member of it.
    pub(crate) fn member(&self, name: &str, serial: u8) -> Identity {
        let suite = self.peer.key.verifying_key().public_key().algorithm().suite();
        make(&self.providers, suite, plan(name, serial), Some(&self.intermediate))
    }

    /// What goes into the peer's folder.
    pub(crate) fn contents(&self) -> Contents {
        Contents {
            intermediates: vec![self.intermediate.certificate.clone()],
            admins: vec![self.admin.certificate.clone()],
            signer: Some(self.peer.certificate.clone()),
            key: Some(self.peer.key.export().unwrap()),
            crls: vec![crl(&self.providers, &self.root, &[], "2036-01-01")],
            ..Contents::new(vec![self.root.certificate.clone()])
        }
        .with_node_ous()
    }

    /// The peer's folder, written on a disk in memory.
    pub(crate) fn folder(&self) -> OnDisk {
        OnDisk::write(&self.providers, &self.contents())
    }
}

/// An MSP folder called `msp` on a disk in memory.
pub(crate) struct OnDisk {
    pub(crate) providers: Arc<Providers>,
    pub(crate) disk: Arc<dyn Disk>,
}

impl OnDisk {
    pub(crate) fn write(providers: &Arc<Providers>, contents: &Contents) -> Self {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(64 << 20));
        contents.write(&disk, providers, Path::new("msp")).unwrap();
        Self { providers: Arc::clone(providers), disk }
    }

    /// Writes or replaces a file.
    pub(crate) fn put(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        self.disk.replace(&path(name), text.as_ref(), Access::Private).unwrap();
        self
    }

    pub(crate) fn remove(&self, name: &str) -> &Self {
        self.disk.remove(&path(name)).unwrap();
        self
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.disk.read(&path(name)).unwrap()).unwrap()
    }

    pub(crate) fn read(&self) -> MspFolder {
        MspFolder::read(&*self.disk, &self.providers, Path::new("msp")).unwrap()
    }

    pub(crate) fn check(&self) -> Vec<Finding> {
        self.check_at(now())
    }

    pub(crate) fn check_at(&self, time: Timestamp) -> Vec<Finding> {
        self.read().check(&self.providers, time).unwrap()
    }
}

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new("msp").join(name)
}

pub(crate) fn kinds(findings: &[Finding]) -> Vec<Kind> {
    findings.iter().map(|finding| finding.kind).collect()
}
