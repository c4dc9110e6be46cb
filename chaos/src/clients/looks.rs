// SPDX-License-Identifier: Apache-2.0
//! How the nodes stand: who leads, and how many blocks each has.

use super::{at_peers, target};
use crate::network::Topology;
use anyhow::{Context as _, Result};
use node::client::{Call, Caller, EndorserClient, ParticipationClient, Web};
use proto::common::BlockchainInfo;
use proto::prost::Message as _;
use std::fmt;
use std::time::Duration;
use tokio::time::timeout;

/// The ways to look.
pub(crate) struct Looks {
    channel: String,
    /// Administrators' port and operations of each that orders.
    orderers: Vec<(ParticipationClient, Web)>,
    peers: Vec<(Caller, EndorserClient)>,
}

impl fmt::Debug for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Looks")
    }
}

impl Looks {
    pub(crate) fn new(topology: &Topology) -> Result<Self> {
        let orderers = topology.orderers().map(|node| {
            let tls = node.user("admin").join("tls");
            let shown = Some((tls.join("client.crt"), tls.join("client.key")));
            let admin = target(node.admin_address(), Some(node.tls_root()), shown)?;
            let operations = target(node.operations_address(), None, None)?;
            Ok((ParticipationClient::new(admin), Web::new(operations)))
        });
        let orderers = orderers.collect::<Result<_>>()?;
        let peers = at_peers(topology, "admin")?.into_iter().map(|(caller, target)| {
            (caller, EndorserClient::new(&target.address, target.channel()))
        });
        Ok(Self { channel: topology.channel.clone(), orderers, peers: peers.collect() })
    }

    /// The number of the one that says it leads: of several, which a cut may make, the first.
    pub(crate) async fn leader(&self) -> Option<usize> {
        let line = format!("consensus_etcdraft_is_leader{{channel=\"{}\"}} 1", self.channel);
        for (number, (_, operations)) in self.orderers.iter().enumerate() {
            let answer = timeout(GLANCE, operations.get("/metrics")).await;
            if let Ok(Ok(answer)) = answer
                && String::from_utf8_lossy(&answer.body).lines().any(|one| one == line)
            {
                return Some(number);
            }
        }
        None
    }

    /// How many blocks each node has, in the order of the topology.
    pub(crate) async fn heights(&self) -> Vec<Result<u64>> {
        let mut heights = Vec::new();
        for (admin, _) in &self.orderers {
            let asked = timeout(PATIENCE, admin.info(&self.channel)).await;
            let asked = asked.context("it does not answer").and_then(|info| Ok(info?.height));
            heights.push(asked);
        }
        for number in 0..self.peers.len() {
            heights.push(self.peer_height(number).await);
        }
        heights
    }

    pub(crate) async fn peer_height(&self, number: usize) -> Result<u64> {
        let (caller, peer) = self.peers.get(number).context("no such peer")?;
        let call = Call::new(&self.channel, "qscc", ["GetChainInfo", &self.channel]);
        let answer = timeout(PATIENCE, peer.query(caller, &call)).await;
        let answer = answer.context("it does not answer")??;
        Ok(BlockchainInfo::decode(answer)?.height)
    }
}

/// For one that may be stopped just now.
const GLANCE: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(5);
