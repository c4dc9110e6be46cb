// SPDX-License-Identifier: Apache-2.0
//! An organisation: a CA, an administrator, a peer, a client, its MSP.

use bccsp::{Providers, SigningKey, Suite};
use msp::{Contents, Definition, MspFolder, SigningIdentity};
use pki::extension::{BasicConstraints, KeyUsage, ReasonCode, TypedExtension};
use pki::{Certificate, CertificateBuilder, Crl, CrlBuilder, Name, RevokedEntry, Time};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use sys::Disk;
use sys::sim::MemoryDisk;

/// Somebody who takes part in a channel.
#[derive(Debug)]
pub struct Organization {
    /// The name of its MSP, and of its group.
    pub id: String,
    /// Its administrator.
    pub admin: SigningIdentity,
    /// Its peer; of who orders, its orderer.
    pub node: SigningIdentity,
    /// Its client.
    pub client: SigningIdentity,
    maker: Maker,
}

/// Makes keys and certificates of one family.
#[derive(Debug)]
struct Maker {
    suite: Suite,
    providers: Arc<Providers>,
    ca: Certificate,
    key: Arc<dyn SigningKey>,
    serial: AtomicU32,
}

impl Organization {
    pub(super) fn new(providers: &Arc<Providers>, suite: Suite, id: &str, node: &str) -> Self {
        let key = providers.get(suite).unwrap().generate_signing_key().unwrap();
        let ca = builder(providers, &*key, &format!("/O={id}/CN=ca"), &[1])
            .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
            .extension((KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN).extension(true))
            .sign_self(&*key)
            .unwrap();
        let serial = AtomicU32::new(FIRST_SERIAL);
        let maker = Maker { suite, providers: Arc::clone(providers), ca, key, serial };
        let [admin, node, client] =
            ["admin", node, "client"].map(|unit| maker.member(id, unit, unit));
        Self { id: id.to_owned(), admin, node, client, maker }
    }

    /// One member more, in that organizational unit: `client`, `peer`, `admin`, `orderer`.
    #[must_use]
    pub fn member(&self, unit: &str, name: &str) -> SigningIdentity {
        self.maker.member(&self.id, unit, name)
    }

    /// The same whose certificate ends then.
    #[must_use]
    pub fn member_until(&self, unit: &str, name: &str, ends: Time) -> SigningIdentity {
        self.maker.member_until(&self.id, unit, name, ends)
    }

    /// Its MSP, with roles by organizational unit. These members are revoked.
    ///
    /// # Panics
    /// When no MSP would be like that.
    #[must_use]
    pub fn definition(&self, revoked: &[&SigningIdentity]) -> Definition {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
        let mut contents = Contents::new(vec![self.maker.ca.clone()]).with_node_ous();
        if !revoked.is_empty() {
            contents.crls = vec![self.maker.crl(revoked)];
        }
        let (providers, dir) = (&self.maker.providers, Path::new("m"));
        contents.write(&disk, providers, dir).unwrap();
        let folder = MspFolder::read(&*disk, providers, dir).unwrap();
        folder.definition(providers, &self.id).unwrap()
    }
}

impl Maker {
    fn member(&self, id: &str, unit: &str, name: &str) -> SigningIdentity {
        self.member_until(id, unit, name, until())
    }

    fn member_until(&self, id: &str, unit: &str, name: &str, ends: Time) -> SigningIdentity {
        let key = self.providers.get(self.suite).unwrap().generate_signing_key().unwrap();
        let name = format!("/O={id}/OU={unit}/CN={name}");
        let serial = self.serial.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let certificate = builder_until(&self.providers, &*key, &name, &serial, ends)
            .authority_key_id(&self.providers, &self.ca)
            .unwrap()
            .sign(self.ca.subject(), &*self.key)
            .unwrap();
        SigningIdentity::new(&self.providers, id, certificate, key).unwrap()
    }

    fn crl(&self, revoked: &[&SigningIdentity]) -> Crl {
        let list = CrlBuilder::new(&self.providers, &self.ca, 1, from(), until()).unwrap();
        let entry = |one: &&SigningIdentity| RevokedEntry {
            serial: one.certificate().serial().to_vec(),
            date: from(),
            reason: ReasonCode::KeyCompromise,
            invalidity: None,
        };
        revoked.iter().map(entry).fold(list, CrlBuilder::revoke).sign(&*self.key).unwrap()
    }
}

fn builder(
    providers: &Providers,
    key: &dyn SigningKey,
    name: &str,
    serial: &[u8],
) -> CertificateBuilder {
    builder_until(providers, key, name, serial, until())
}

fn builder_until(
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

fn from() -> Time {
    Time::parse("2026-01-01").unwrap()
}

fn until() -> Time {
    Time::parse("2036-01-01").unwrap()
}

/// Four bytes of which the first is positive and not zero.
const FIRST_SERIAL: u32 = 0x0100_0000;
