// SPDX-License-Identifier: Apache-2.0
//! Organisations of a channel, their definitions, and signatures of their members.
#![allow(dead_code)] // every test file uses its part

use super::{Identity, OnDisk, Org};
use bccsp::{Context, Providers, Suite};
use gmca_msp::{Contents, Definition, Manager, PolicyTree, SerializedIdentity, SignaturePolicy};
use pki::Certificate;
use proto::{Bytes, SignedData};
use std::sync::Arc;

/// The definition that a folder with these contents makes.
pub(crate) fn definition(providers: &Arc<Providers>, id: &str, contents: &Contents) -> Definition {
    let folder = OnDisk::write(providers, contents).read();
    folder.definition(providers, id).unwrap()
}

pub(crate) fn define(org: &Org, id: &str) -> Definition {
    definition(&org.providers, id, &org.contents())
}

/// `NistOrg` and `GmOrg`, each in its family.
pub(crate) struct Pair {
    pub(crate) nist: Org,
    pub(crate) gm: Org,
    pub(crate) manager: Manager,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let nist = Org::new(Suite::Nist, Suite::Nist);
        let gm = Org::new(Suite::Gm, Suite::Gm);
        let both = [define(&nist, "NistOrg"), define(&gm, "GmOrg")];
        let manager = Manager::new(&nist.providers, both).unwrap();
        Self { nist, gm, manager }
    }
}

pub(crate) fn serialized(id: &str, certificate: &Certificate) -> Bytes {
    SerializedIdentity::new(id, certificate).encode()
}

/// A message of two parts, signed.
pub(crate) fn signed(id: &str, identity: &Identity) -> SignedData {
    let parts: [&[u8]; 2] = [b"what was ", b"agreed"];
    let signature = identity.key.sign(Context::Fabric, &parts).unwrap();
    SignedData {
        identity: serialized(id, &identity.certificate),
        message: parts.iter().map(|part| Bytes::copy_from_slice(part)).collect(),
        signature: signature.into_vec().into(),
    }
}

/// The same with a signature of something else.
pub(crate) fn forged(id: &str, identity: &Identity) -> SignedData {
    let mut data = signed(id, identity);
    data.message.pop();
    data
}

pub(crate) fn policy(text: &str) -> SignaturePolicy {
    SignaturePolicy::parse(text).unwrap()
}

/// A group with one signature policy, `P`.
pub(crate) fn group(name: &str, text: &str) -> PolicyTree {
    PolicyTree::new(name).with_policy("P", policy(text))
}
