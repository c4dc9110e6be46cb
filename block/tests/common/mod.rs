// SPDX-License-Identifier: Apache-2.0
//! The ledger that Fabric wrote, and what tests do with blocks of any origin.
#![allow(dead_code, unreachable_pub)] // each test file takes its part

pub mod made;

use bccsp::{Context, EngineChoice, Providers, Suite};
use gmca_block::{Block, Envelope};
use pki::Certificate;
use proto::SignedData;
use proto::msp::SerializedIdentity;
use proto::prost::Message;

/// A file's name and its bytes.
pub type File = (&'static str, &'static [u8]);

macro_rules! block {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../../vectors/data/fabric/", $name)))
    };
}

/// As the orderer delivers them.
pub const ORDERER: &[File] = &[
    block!("blocks/orderer/0.block"),
    block!("blocks/orderer/1.block"),
    block!("blocks/orderer/2.block"),
    block!("blocks/orderer/3.block"),
    block!("blocks/orderer/4.block"),
    block!("blocks/orderer/5.block"),
];

/// As the peer delivers them.
pub const PEER: &[File] = &[
    block!("blocks/peer/0.block"),
    block!("blocks/peer/1.block"),
    block!("blocks/peer/2.block"),
    block!("blocks/peer/3.block"),
    block!("blocks/peer/4.block"),
    block!("blocks/peer/5.block"),
];

/// Block 6: a change of the configuration.
pub const UPDATE: File = block!("config/config-update-block.block");

/// All of them.
pub const ALL: &[File] = &[
    ORDERER[0], ORDERER[1], ORDERER[2], ORDERER[3], ORDERER[4], ORDERER[5], PEER[0], PEER[1],
    PEER[2], PEER[3], PEER[4], PEER[5], UPDATE,
];

pub fn providers(suite: Suite) -> Providers {
    Providers::new(suite, EngineChoice::Auto).unwrap()
}

pub fn nist() -> Providers {
    providers(Suite::Nist)
}

pub fn envelopes(block: &Block) -> Vec<Envelope> {
    block.entries().iter().map(|entry| Envelope::open(entry.clone()).unwrap()).collect()
}

/// The signatures of a block: orderers', creators', endorsers', those below a config update.
pub fn all_signatures(block: &Block) -> Vec<SignedData> {
    let mut all = block.signatures().unwrap();
    for envelope in envelopes(block) {
        if !envelope.headers().creator().is_empty() {
            all.push(envelope.signed_data());
        }
        if let Ok(transaction) = envelope.transaction() {
            all.extend(transaction.action().unwrap().endorsements());
        }
        let asked = envelope.config().ok().and_then(|config| config.last_update);
        if let Some(asked) = asked {
            let asked = Envelope::from_message(asked).unwrap();
            all.push(asked.signed_data());
            all.extend(asked.config_update().unwrap().signatures().unwrap());
        }
    }
    all
}

/// Judges a signature by the key in the certificate that it carries.
pub fn verify(providers: &Providers, signed: &SignedData) -> Result<(), String> {
    let identity =
        SerializedIdentity::decode(signed.identity.clone()).map_err(|e| e.to_string())?;
    let certificate =
        Certificate::from_pem_or_der(&identity.id_bytes).map_err(|e| e.to_string())?;
    let key = certificate.public_key(providers).map_err(|e| e.to_string())?;
    let key = providers.verifying_key(&key).map_err(|e| e.to_string())?;
    let message: Vec<&[u8]> = signed.message.iter().map(|part| &part[..]).collect();
    key.verify(Context::Fabric, &message, &signed.signature).map_err(|e| e.to_string())
}
