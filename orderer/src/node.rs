// SPDX-License-Identifier: Apache-2.0
//! What all channels of one node share: who it is, and its clock, entropy and disk.

use bccsp::Providers;
use ledger::blocks;
use msp::SigningIdentity;
use proto::Bytes;
use std::sync::Arc;
use sys::{Clock, Entropy, EntropyFailure, Volume};

/// A node that orders.
#[derive(Clone, Debug)]
pub struct Node {
    /// The disk.
    pub volume: Arc<dyn Volume>,
    /// Tells which certificates have ended. No block depends on it but by what is admitted.
    pub clock: Arc<dyn Clock>,
    /// Where nonces come from.
    pub entropy: Arc<dyn Entropy>,
    /// Whom blocks are signed by.
    pub identity: SigningIdentity,
    /// What it is known by among those who agree: the `SubjectPublicKeyInfo` (DER) of its TLS
    /// certificate as a server. Empty for a node that never agrees on anything.
    pub key: Bytes,
    /// Both families, or those that were compiled in.
    pub providers: Providers,
    /// How blocks are stored.
    pub options: blocks::Options,
}

impl Node {
    /// Bytes that were never used before.
    pub(crate) fn nonce(&self) -> Result<Bytes, EntropyFailure> {
        let mut nonce = [0; NONCE];
        self.entropy.fill(&mut nonce)?;
        Ok(Bytes::copy_from_slice(&nonce))
    }
}

/// By custom of all clients.
const NONCE: usize = 24;
