// SPDX-License-Identifier: Apache-2.0
//! A channel from nothing, in either family or both: an orderer, two member organisations with a peer
//! and a client each, transactions, blocks.
//!
//! **Nothing here is secret.** Not here: anything that a program would use.

// These are tests, even if they stand in the library.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod draft;
mod genesis;
mod organization;

pub use draft::{Draft, reference, signatures};
pub use organization::Organization;

use crate::{Node, Outcome, PeerChannel};
use bccsp::{Digest, EngineChoice, Providers, Suite};
use block::{Block, ConfigUpdate, Proposal, Request, sign_payload};
use channel::update::{Stamp, compute, update_envelope};
use channel::{Channel, wire};
use proto::Bytes;
use proto::common::{self, Config, LastConfig, OrdererBlockMetadata};
use proto::prost::Message;
use proto::prost_types::Timestamp;
use proto::protos::{ChaincodeAction, ChaincodeEvent, ChaincodeId, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use sys::Volume;
use sys::sim::MemoryDisk;

/// Everybody who has to do with a channel.
#[derive(Debug)]
pub struct Kit {
    /// What everything is made and judged with.
    pub providers: Arc<Providers>,
    /// Who orders.
    pub orderers: Organization,
    /// `Org1MSP` and `Org2MSP`.
    pub members: Vec<Organization>,
    nonces: AtomicU64,
}

impl Kit {
    /// With keys of one family.
    ///
    /// # Panics
    /// When there is no provider of that family.
    #[must_use]
    pub fn new(suite: Suite) -> Self {
        Self::with(suite, [suite, suite, suite])
    }

    /// A channel of that family's hash function, with keys of these families: of the orderer and of both
    /// members.
    ///
    /// # Panics
    /// When there are no such providers.
    #[must_use]
    pub fn with(suite: Suite, [orderer, first, second]: [Suite; 3]) -> Self {
        let providers = Arc::new(Providers::new(suite, EngineChoice::Auto).unwrap());
        let new = |suite, id, node| Organization::new(&providers, suite, id, node);
        let members = vec![new(first, "Org1MSP", "peer"), new(second, "Org2MSP", "peer")];
        let orderers = new(orderer, "OrdererMSP", "orderer");
        Self { providers, orderers, members, nonces: AtomicU64::new(0) }
    }

    /// A peer's node on that disk.
    #[must_use]
    pub fn node(&self, disk: &MemoryDisk) -> Node {
        let volume: Arc<dyn Volume> = Arc::new(disk.clone());
        let options = ledger::Options::default();
        Node { volume, providers: Arc::clone(&self.providers), options }
    }

    /// Bytes that this kit never gave before.
    #[must_use]
    pub fn nonce(&self) -> Bytes {
        let mut nonce = [0; 24];
        let number = self.nonces.fetch_add(1, Ordering::Relaxed);
        nonce[..8].copy_from_slice(&number.to_be_bytes());
        Bytes::copy_from_slice(&nonce)
    }

    /// A signed envelope, endorsed under the hash function of the channel.
    ///
    /// # Panics
    /// When a key does not sign.
    #[must_use]
    pub fn transaction(&self, channel: &Channel, draft: &Draft) -> common::Envelope {
        let client = &self.members[draft.client].client;
        let request = Request {
            channel: channel.id(),
            chaincode: &draft.chaincode,
            args: vec!["call".into()],
            creator: client.serialized().clone(),
            nonce: self.nonce(),
            timestamp: now(),
            ..Request::default()
        };
        let proposal = Proposal::new(request, &self.providers).unwrap();
        let event = draft.event.as_ref().map(|of| ChaincodeEvent {
            chaincode_id: of.clone(),
            event_name: "event".to_owned(),
            ..ChaincodeEvent::default()
        });
        let name = draft.chaincode.clone();
        let version = draft.version.clone();
        let result = ChaincodeAction {
            results: draft.results(),
            events: event.map(|event| event.encode_to_vec().into()).unwrap_or_default(),
            response: Some(Response { status: 200, ..Response::default() }),
            chaincode_id: Some(ChaincodeId { name, version, ..ChaincodeId::default() }),
        };
        let endorse = |organization: &usize| {
            let peer = &self.members[*organization].node;
            let hash = channel.hash().unwrap();
            proposal.endorse(&result, hash, peer.serialized(), &**peer.key()).unwrap()
        };
        let responses: Vec<_> = draft.endorsers.iter().map(endorse).collect();
        sign_payload(proposal.assemble(&responses).unwrap(), &**client.key()).unwrap()
    }

    /// An envelope of type `CONFIG` as an orderer puts it into a block, signed by all administrators.
    ///
    /// # Panics
    /// When the channel may not be changed to that.
    #[must_use]
    pub fn config(&self, channel: &Channel, wanted: &Config) -> Bytes {
        let update = compute(channel.config(), wanted, channel.id()).unwrap();
        let mut update = ConfigUpdate::new(wire::config_update(update));
        for organization in self.members.iter().chain([&self.orderers]) {
            let admin = &organization.admin;
            update.sign(admin.serialized(), &**admin.key(), &self.nonce()).unwrap();
        }
        let stamp = || Stamp { nonce: self.nonce(), time: now() };
        let sender = &self.members[0].admin;
        let update = update_envelope(channel.id(), &update, sender, stamp()).unwrap();
        let next = channel.propose_envelope(&update).unwrap();
        let envelope = next.envelope(update, &self.orderers.node, stamp()).unwrap();
        envelope.encode_to_vec().into()
    }

    /// A block as the orderer makes it, behind one of hash `previous`.
    ///
    /// # Panics
    /// When it does not sign.
    #[must_use]
    pub fn block(
        &self,
        channel: &Channel,
        (number, previous, last_config): (u64, &Digest, u64),
        entries: Vec<Bytes>,
    ) -> Block {
        let previous = Bytes::copy_from_slice(previous.as_ref());
        let mut block = Block::new(number, previous, entries, channel.hash().unwrap());
        let index = if block.is_config() { number } else { last_config };
        let said = OrdererBlockMetadata {
            last_config: Some(LastConfig { index }),
            ..OrdererBlockMetadata::default()
        };
        block.metadata_mut().set_orderer(&said);
        let orderer = &self.orderers.node;
        block.sign(orderer.serialized(), &**orderer.key(), &self.nonce()).unwrap();
        block
    }

    /// The next block of a channel with these envelopes.
    ///
    /// # Panics
    /// When the channel has no blocks.
    #[must_use]
    pub fn next(&self, channel: &PeerChannel, envelopes: &[common::Envelope]) -> Block {
        let entries = envelopes.iter().map(|one| one.encode_to_vec().into()).collect();
        self.next_of(channel, entries)
    }

    /// The same with serialized envelopes.
    ///
    /// # Panics
    /// When the channel has no blocks.
    #[must_use]
    pub fn next_of(&self, channel: &PeerChannel, entries: Vec<Bytes>) -> Block {
        let last_config = channel.ledger().blocks().last_config().unwrap();
        let after = (channel.height(), &channel.tip_hash().unwrap(), last_config);
        self.block(&channel.config(), after, entries)
    }

    /// Orders these drafts as one block, and commits it.
    ///
    /// # Panics
    /// When the channel does not take it.
    pub fn commit(&self, channel: &PeerChannel, drafts: &[Draft]) -> Outcome {
        let config = channel.config();
        let all: Vec<_> = drafts.iter().map(|draft| self.transaction(&config, draft)).collect();
        let block = self.next(channel, &all);
        channel.commit(channel.verify(block).unwrap()).unwrap()
    }
}

/// When everything happens.
#[must_use]
pub fn now() -> Timestamp {
    // 2030-01-01
    Timestamp { seconds: 1_893_456_000, nanos: 0 }
}
