// SPDX-License-Identifier: Apache-2.0
//! `gateway.Gateway`: the one service that a client application needs. It collects endorsements, hands
//! transactions to orderers, and tells what became of them.
//!
//! ```text
//! Evaluate         one peer
//! Endorse          one peer, then all others that the policies ask for, at once
//! Submit           an orderer, another one when that fails
//! CommitStatus     the ledger, now or when the block comes
//! ChaincodeEvents  the ledger, block by block
//! ```
//!
//! Not here: running chaincodes ([`Endorses`]), how others are reached ([`Dials`]), what endorsements
//! a policy needs and who may ask for what (`peer`).

mod commits;
mod deadline;
mod endorse;
mod evaluate;
mod events;
mod failure;
mod heights;
mod lane;
mod needs;
mod peers;
mod request;
mod service;
mod submit;
#[cfg(test)]
pub(crate) mod tests;

use crate::client::Caller;
use crate::deliver::Chains;
use crate::limits::Limit;
use crate::operations::metrics::fabric::Grpc;
use crate::operations::metrics::{Calls, Stages};
use crate::services::gateway::gateway_server::GatewayServer;
use commits::Commits;
use consensus::Waiting;
use heights::Heights;
use peer::Channels;
use peer::endorse::{Denied, Endorser};
use peers::{Connections, Peer, Peers};
use proto::protos::{ProposalResponse, SignedProposal};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use submit::Orderers;
use sys::Entropy;
use tokio::sync::watch;
use tonic::service::Routes;
use tonic::transport::Channel;
use tower::Layer as _;

pub(crate) use failure::details;

/// Endorses here, running chaincodes.
pub trait Endorses: Send + Sync + 'static {
    /// Looks at a proposal, runs its chaincode and signs what comes out. When the answer is dropped
    /// before it is there, nobody waits for it any more.
    fn process(&self, signed: SignedProposal) -> Waiting<Result<ProposalResponse, Denied>>;

    /// Whether this peer runs a chaincode of a channel. One that does not is not asked: others are.
    fn runs(&self, channel: &str, chaincode: &str) -> bool {
        let _ = (channel, chaincode);
        true
    }
}

/// How peers and orderers are reached.
pub trait Dials: Send + Sync + 'static {
    /// A connection to `host:port`, whose TLS certificate leads to one of these roots (DER); why there
    /// is none, in words.
    fn dial(&self, address: &str, roots: Vec<Vec<u8>>) -> Waiting<Result<Channel, String>>;
}

/// What a gateway waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For all endorsements of a proposal.
    pub endorsement: Duration,
    /// For the answer of an orderer.
    pub broadcast: Duration,
    /// For a connection.
    pub dial: Duration,
    /// How long orderers are asked again that say that they have no leader.
    pub leader: Duration,
}

impl Default for Timeouts {
    /// Fabric's; a leader is waited for as long as an election takes.
    fn default() -> Self {
        Self {
            endorsement: Duration::from_secs(30),
            broadcast: Duration::from_secs(30),
            dial: Duration::from_secs(120),
            leader: Duration::from_secs(10),
        }
    }
}

/// What a gateway is made of.
pub struct Parts {
    /// Endorses on this peer.
    pub executor: Arc<dyn Endorses>,
    /// Judges signed requests.
    pub endorser: Arc<Endorser>,
    /// The channels of this peer: configurations and state.
    pub channels: Arc<dyn Channels>,
    /// The same channels: blocks as they come.
    pub chains: Arc<dyn Chains>,
    /// Reaches other peers, and orderers.
    pub dials: Arc<dyn Dials>,
    /// Draws which orderer is asked first.
    pub entropy: Arc<dyn Entropy>,
    /// This peer, where it asks others how far they are.
    pub caller: Caller,
    /// Host and port of this peer, as others know it.
    pub address: String,
    /// The MSP of this peer.
    pub msp_id: String,
    /// Peers to be asked before the anchor peers of a channel: `host:port`, by MSP.
    pub peers: BTreeMap<String, Vec<String>>,
    /// What is waited for.
    pub timeouts: Timeouts,
    /// What it counts.
    pub stages: Stages,
    /// Ends what waits for blocks when it is true.
    pub stop: watch::Receiver<bool>,
}

/// The service. Clones are the same.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    endorser: Arc<Endorser>,
    channels: Arc<dyn Channels>,
    chains: Arc<dyn Chains>,
    peers: Peers,
    caller: Caller,
    orderers: Orderers,
    commits: Commits,
    timeouts: Timeouts,
    stages: Stages,
    stop: watch::Receiver<bool>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gateway({})", self.0.peers.here.address)
    }
}

impl Gateway {
    /// Puts it together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { executor, endorser, channels, chains, dials, entropy, .. } = parts;
        let timeouts = parts.timeouts;
        let mut drawn = [0; 2];
        // All gateways may begin with the same orderer if it must be so.
        let _ = entropy.fill(&mut drawn);
        let turn = usize::from(u16::from_be_bytes(drawn));
        let connections = || Connections::new(Arc::clone(&dials), timeouts.dial);
        let peers = Peers {
            here: Peer { msp_id: parts.msp_id, address: parts.address },
            executor,
            listed: parts.peers,
            connections: Arc::new(connections()),
            heights: Arc::new(Heights::new(parts.caller.clone())),
        };
        let orderers = Orderers::new(connections(), timeouts.broadcast, timeouts.leader, turn);
        let (commits, stages, stop) = (Commits::default(), parts.stages, parts.stop);
        let caller = parts.caller;
        Self(Arc::new(Inner {
            endorser,
            channels,
            chains,
            peers,
            caller,
            orderers,
            commits,
            timeouts,
            stages,
            stop,
        }))
    }

    /// Serves it beside others: at most so many requests at a time, 0 for any number, and messages of
    /// at most so many bytes. Its calls are counted.
    #[must_use]
    pub fn add_to(self, routes: Routes, most: usize, size: usize, grpc: &Grpc) -> Routes {
        let server = GatewayServer::new(self);
        let server = server.max_decoding_message_size(size).max_encoding_message_size(size);
        let name = "gateway.Gateway";
        let unary = ["Endorse", "Submit", "CommitStatus", "Evaluate"];
        let calls = Calls::new(grpc, name, &unary, &["ChaincodeEvents"]);
        routes.add_service(calls.layer(Limit::new(name, most).layer(server)))
    }
}

/// Bytes of a message of another process, at most, as in Fabric.
const MESSAGE: usize = 100 << 20;
