// SPDX-License-Identifier: Apache-2.0
//! An organisation: a CA, an administrator, members, its MSP.

use bccsp::{Providers, SigningKey};
use msp::{Contents, Definition, MspFolder, SigningIdentity};
use pki::extension::{BasicConstraints, KeyUsage, ReasonCode, TypedExtension};
use pki::{Certificate, CertificateBuilder, Crl, CrlBuilder, Name, RevokedEntry, Time};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use sys::Disk;
use sys::sim::MemoryDisk;

#[derive(Debug)]
pub(super) struct Organization {
    pub(super) id: String,
    pub(super) admin: SigningIdentity,
    providers: Arc<Providers>,
    ca: Certificate,
    key: Arc<dyn SigningKey>,
    serial: AtomicU32,
}

impl Organization {
    pub(super) fn new(providers: &Arc<Providers>, id: &str) -> Self {
        let key = providers.default_provider().generate_signing_key().unwrap();
        let ca = builder(providers, &*key, &format!("/O={id}/CN=ca"), &[1], until())
            .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
            .extension((KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN).extension(true))
            .sign_self(&*key)
            .unwrap();
        let admin_key = providers.default_provider().generate_signing_key().unwrap();
        let serial = AtomicU32::new(FIRST_SERIAL);
        let name = format!("/O={id}/OU=admin/CN=admin");
        let certificate = issue(providers, (&ca, &*key), &*admin_key, &name, &serial, until());
        let admin = SigningIdentity::new(providers, id, certificate, admin_key).unwrap();
        Self { id: id.to_owned(), admin, providers: Arc::clone(providers), ca, key, serial }
    }

    pub(super) fn new_key(&self) -> Arc<dyn SigningKey> {
        self.providers.default_provider().generate_signing_key().unwrap()
    }

    /// A certificate with a number that no other has.
    pub(super) fn certify(&self, key: &dyn SigningKey, name: &str, ends: Time) -> Certificate {
        issue(&self.providers, (&self.ca, &*self.key), key, name, &self.serial, ends)
    }

    pub(super) fn member(&self, unit: &str, name: &str, ends: Time) -> SigningIdentity {
        let key = self.new_key();
        let name = format!("/O={}/OU={unit}/CN={name}", self.id);
        let certificate = self.certify(&*key, &name, ends);
        SigningIdentity::new(&self.providers, &self.id, certificate, key).unwrap()
    }

    /// Its MSP, with roles by organizational unit.
    pub(super) fn definition(&self, crls: Vec<Crl>) -> Definition {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
        let mut contents = Contents::new(vec![self.ca.clone()]).with_node_ous();
        contents.crls = crls;
        contents.write(&disk, &self.providers, Path::new("m")).unwrap();
        let folder = MspFolder::read(&*disk, &self.providers, Path::new("m")).unwrap();
        folder.definition(&self.providers, &self.id).unwrap()
    }

    /// A list of these serial numbers.
    pub(super) fn crl(&self, number: u64, serials: &[Vec<u8>]) -> Crl {
        let list = CrlBuilder::new(&self.providers, &self.ca, number, from(), until()).unwrap();
        let entry = |serial: &Vec<u8>| RevokedEntry {
            serial: serial.clone(),
            date: from(),
            reason: ReasonCode::KeyCompromise,
            invalidity: None,
        };
        let list = serials.iter().map(entry).fold(list, CrlBuilder::revoke);
        list.sign(&*self.key).unwrap()
    }
}

fn issue(
    providers: &Providers,
    (ca, ca_key): (&Certificate, &dyn SigningKey),
    key: &dyn SigningKey,
    name: &str,
    serial: &AtomicU32,
    ends: Time,
) -> Certificate {
    let serial = serial.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    builder(providers, key, name, &serial, ends)
        .authority_key_id(providers, ca)
        .unwrap()
        .sign(ca.subject(), ca_key)
        .unwrap()
}

fn builder(
    providers: &Providers,
    key: &dyn SigningKey,
    name: &str,
    serial: &[u8],
    ends: Time,
) -> CertificateBuilder {
    let name = Name::parse(name).unwrap();
    let public = key.verifying_key().public_key();
    CertificateBuilder::new(&name, public, serial, from(), ends).subject_key_id(providers).unwrap()
}

pub(super) fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

fn from() -> Time {
    time("2026-01-01")
}

pub(super) fn until() -> Time {
    time("2036-01-01")
}

/// Four bytes of which the first is positive and not zero.
const FIRST_SERIAL: u32 = 0x0100_0000;
