// SPDX-License-Identifier: Apache-2.0
//! A channel from nothing, in either family: organisations, nodes, clients, and the updates that
//! tests and simulations ask for. The same seed gives the same bytes, key by key.
//!
//! **Nothing here is secret.** Not here: anything that a program would use.

// These are tests, even if they stand in the library.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod client;
mod genesis;
mod organization;
mod updates;

pub use client::Client;
pub use genesis::Genesis;

use crate::Node;
use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use block::Block;
use channel::Consenter;
use consensus::Member;
use ledger::{blocks, ids, log};
use msp::SigningIdentity;
use organization::{Organization, time};
use pki::Certificate;
use proto::Bytes;
use std::sync::Arc;
use sys::sim::SeededEntropy;
use sys::{Clock, Entropy, Timestamp, Volume};

/// Everybody who has to do with a channel: an organisation that orders, with its nodes, and one
/// that uses it.
#[derive(Debug)]
pub struct Kit {
    providers: Arc<Providers>,
    entropy: Arc<dyn Entropy>,
    orderers: Organization,
    members: Organization,
    seats: Vec<Seat>,
    peer: Arc<SigningIdentity>,
}

/// What a node is.
#[derive(Debug)]
struct Seat {
    host: String,
    tls_key: Arc<dyn SigningKey>,
    tls_certificate: Certificate,
    identity: SigningIdentity,
}

/// Where all nodes listen, each on its own host.
const PORT: u16 = 7050;

impl Kit {
    /// That many nodes, which may agree on channels, with keys of one family.
    ///
    /// # Panics
    /// When there is no provider of that family.
    #[must_use]
    pub fn new(suite: Suite, nodes: usize, seed: u64) -> Self {
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
        // Fast engines bring their own randomness.
        let providers = Providers::with_entropy(suite, EngineChoice::Portable, &entropy);
        Self::with(Arc::new(providers.unwrap()), entropy, nodes)
    }

    /// The same with these providers, such as fast ones, whose bytes are others every time.
    ///
    /// # Panics
    /// When the providers make no keys.
    #[must_use]
    pub fn with(providers: Arc<Providers>, entropy: Arc<dyn Entropy>, nodes: usize) -> Self {
        let orderers = Organization::new(&providers, "OrdererMSP");
        let members = Organization::new(&providers, "Org1MSP");
        let seats = (0..nodes).map(|index| seat(&orderers, index)).collect();
        let peer = Arc::new(members.member("peer", "peer0", organization::until()));
        Self { providers, entropy, orderers, members, seats, peer }
    }

    /// A moment at which all certificates are valid that are not told to end: for clocks.
    #[must_use]
    pub fn now() -> Timestamp {
        time("2030-01-01").timestamp()
    }

    /// What everything is made and judged with.
    #[must_use]
    pub fn providers(&self) -> &Arc<Providers> {
        &self.providers
    }

    /// A node on that disk, with that clock and entropy.
    ///
    /// # Panics
    /// When there is no such node.
    #[must_use]
    pub fn node(
        &self,
        index: usize,
        volume: Arc<dyn Volume>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Arc<Node> {
        let seat = &self.seats[index];
        Arc::new(Node {
            volume,
            clock,
            entropy,
            identity: seat.identity.clone(),
            key: self.member(index).key,
            providers: Providers::clone(&self.providers),
            options: OPTIONS,
        })
    }

    /// How agreement knows a node.
    ///
    /// # Panics
    /// When there is no such node.
    #[must_use]
    pub fn member(&self, index: usize) -> Member {
        let seat = &self.seats[index];
        let key = Bytes::copy_from_slice(seat.tls_certificate.public_key_info().as_der());
        Member { host: seat.host.clone(), port: PORT, key }
    }

    /// How a configuration lists a node.
    ///
    /// # Panics
    /// When there is no such node.
    #[must_use]
    pub fn consenter(&self, index: usize) -> Consenter {
        let seat = &self.seats[index];
        consenter(&seat.host, &seat.tls_certificate)
    }

    /// The first block of a channel on which the first `consenters` nodes agree; a channel with a
    /// single orderer for 0. Under the hash function of the family.
    #[must_use]
    pub fn genesis(&self, channel: &str, consenters: usize) -> Block {
        Genesis::new(self, consenters).block(channel)
    }

    /// A client of the organisation that uses the channel.
    #[must_use]
    pub fn client(&self, name: &str) -> Client {
        self.client_until(name, organization::until().timestamp())
    }

    /// One whose certificate ends then.
    #[must_use]
    pub fn client_until(&self, name: &str, ends: Timestamp) -> Client {
        Client::new(self, self.members.member("client", name, pki::Time::new(ends)))
    }

    /// The administrator of the organisation that uses the channel.
    #[must_use]
    pub fn admin(&self) -> &SigningIdentity {
        &self.members.admin
    }

    /// A peer of the organisation that uses the channel.
    #[must_use]
    pub fn peer(&self) -> &SigningIdentity {
        &self.peer
    }

    /// A node as one who sends envelopes.
    ///
    /// # Panics
    /// When there is no such node.
    #[must_use]
    pub fn orderer_client(&self, index: usize) -> Client {
        Client::new(self, self.seats[index].identity.clone())
    }

    /// One of an organisation that is in no channel.
    #[must_use]
    pub fn stranger(&self, name: &str) -> Client {
        let organization = Organization::new(&self.providers, "OtherMSP");
        Client::new(self, organization.member("client", name, organization::until()))
    }
}

fn seat(orderers: &Organization, index: usize) -> Seat {
    let host = format!("orderer{index}.example.com");
    let tls_key = orderers.new_key();
    let tls_certificate =
        orderers.certify(&*tls_key, &format!("/CN={host}"), organization::until());
    let name = format!("orderer{index}");
    let identity = orderers.member("orderer", &name, organization::until());
    Seat { host, tls_key, tls_certificate, identity }
}

fn consenter(host: &str, certificate: &Certificate) -> Consenter {
    let pem = Bytes::from(certificate.to_pem());
    Consenter {
        host: host.to_owned(),
        port: PORT,
        client_tls_cert: pem.clone(),
        server_tls_cert: pem,
    }
}

/// Small files, so that much happens.
const OPTIONS: blocks::Options = blocks::Options {
    log: log::Options { segment_size: 256 << 10, salt: 5 },
    ids: ids::Options { memory_entries: 100, filter_bytes: 4096 },
};
