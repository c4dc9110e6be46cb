// SPDX-License-Identifier: Apache-2.0
//! A network that runs, as its administrators see it.

use super::plan::{Node, Organization, Plan};
use super::process::{Kind, Process};
use crate::commands::channel::{channels_of, join_peer};
use crate::dial;
use anyhow::{Context as _, Result};
use block::Block;
use node::client::{
    Caller, ChannelInfo, ClientError, EndorserClient, EventsClient, GatewayClient, Network,
    OrdererClient, ParticipationClient, Target, Web,
};
use std::path::PathBuf;
use tokio::net::TcpStream;

/// A process that is called.
pub(crate) enum Live {
    /// An orderer: its administrators' port, and its operations.
    Orderer(ParticipationClient, Web),
    /// A peer, and its administrator.
    Peer(Box<EndorserClient>, Box<Caller>),
    /// A chaincode: where it listens.
    Chaincode(String),
}

impl Live {
    /// The way to a process.
    pub(crate) fn of(plan: &Plan, process: &Process) -> Result<Self> {
        Ok(match &process.kind {
            Kind::Orderer(organization, node) => {
                let admin = plan.user(organization, "admin");
                let shown = Some((admin.join("tls/client.crt"), admin.join("tls/client.key")));
                let roots = [tls_root(plan, organization, node)];
                let admin = dial::target(&plan.endpoint(node.admin_port), &roots, shown)?;
                let operations = dial::target(&plan.endpoint(node.operations_port), &[], None)?;
                Self::Orderer(ParticipationClient::new(admin), Web::new(operations))
            }
            Kind::Peer(organization, node) => {
                let admin = caller(plan, organization, "admin")?;
                Self::Peer(Box::new(endorser(plan, organization, node)?), Box::new(admin))
            }
            Kind::Chaincode(service) => Self::Chaincode(plan.endpoint(service.port)),
        })
    }

    /// Whether it answers, and if not, why.
    pub(crate) async fn check(&self) -> Result<()> {
        match self {
            Self::Orderer(_, operations) => {
                let answer = operations.get("/healthz").await?;
                let why = || String::from_utf8_lossy(&answer.body).into_owned();
                anyhow::ensure!(answer.status == 200, "{}", why());
            }
            Self::Peer(peer, admin) => drop(channels_of(admin, peer).await?),
            Self::Chaincode(address) => drop(TcpStream::connect(address).await?),
        }
        Ok(())
    }

    /// Joins a channel, if it has not.
    pub(crate) async fn join(&self, channel: &str, block: &Block) -> Result<()> {
        match self {
            Self::Orderer(admin, _) => match admin.info(channel).await {
                Ok(_) => Ok(()),
                Err(ClientError::Web { status: 404, .. }) => {
                    admin.join(&block.encode()).await?;
                    Ok(())
                }
                Err(error) => Err(error.into()),
            },
            Self::Peer(peer, admin) => {
                let channels = channels_of(admin, peer).await?;
                match channels.iter().any(|name| name == channel) {
                    true => Ok(()),
                    false => join_peer(admin, peer, block).await,
                }
            }
            Self::Chaincode(_) => Ok(()),
        }
    }

    /// How it stands in a channel, if it keeps its ledger.
    pub(crate) async fn standing(&self, channel: &str) -> Result<Standing> {
        match self {
            Self::Orderer(admin, operations) => {
                let ChannelInfo { relation, status, height, .. } = admin.info(channel).await?;
                let metrics = operations.get("/metrics").await?;
                let text = String::from_utf8_lossy(&metrics.body).into_owned();
                let leads = leads(&text, channel);
                Ok(Standing { what: format!("{relation}, {status}"), height, leads })
            }
            Self::Peer(peer, admin) => {
                let height = peer.chain_info(admin, channel).await?.height;
                Ok(Standing { what: "peer".to_owned(), height, leads: false })
            }
            Self::Chaincode(address) => anyhow::bail!("{address} is a chaincode, in no channel"),
        }
    }
}

/// How a process stands in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// What it is there, in words.
    pub(crate) what: String,
    /// How many blocks it has.
    pub(crate) height: u64,
    /// Whether it leads those that order.
    pub(crate) leads: bool,
}

/// Whether an orderer's numbers say that it leads.
fn leads(metrics: &str, channel: &str) -> bool {
    let name = format!("consensus_etcdraft_is_leader{{channel=\"{channel}\"}} ");
    metrics.lines().any(|line| line.strip_prefix(&name).is_some_and(|value| value.trim() == "1"))
}

/// Who issues the TLS certificates of a process.
pub(crate) fn tls_root(plan: &Plan, organization: &Organization, node: &Node) -> PathBuf {
    plan.node(organization, node).join("tls/ca.crt")
}

/// Somebody of an organisation.
pub(crate) fn caller(plan: &Plan, organization: &Organization, user: &str) -> Result<Caller> {
    dial::caller(&plan.user(organization, user).join("msp"), &organization.msp_id())
}

/// A peer that endorses.
pub(crate) fn endorser(
    plan: &Plan,
    organization: &Organization,
    node: &Node,
) -> Result<EndorserClient> {
    let target = client_target(plan, organization, node)?;
    Ok(EndorserClient::new(&target.address, target.channel()))
}

/// The gateway of a peer.
pub(crate) fn gateway(
    plan: &Plan,
    organization: &Organization,
    node: &Node,
) -> Result<GatewayClient> {
    let target = client_target(plan, organization, node)?;
    Ok(GatewayClient::new(&target.address, target.channel()))
}

fn client_target(plan: &Plan, organization: &Organization, node: &Node) -> Result<Target> {
    dial::target(&plan.endpoint(node.port), &[tls_root(plan, organization, node)], None)
}

/// Transactions that these peers endorse; the first says what became of each.
pub(crate) fn network(plan: &Plan, peers: &[(&Organization, &Node)]) -> Result<Network> {
    let (organization, node) = peers.first().context("a peer is needed")?;
    let events = EventsClient::new(client_target(plan, organization, node)?.channel());
    let endorsers = peers.iter().map(|(organization, node)| endorser(plan, organization, node));
    let orderer = |node: &Node| {
        let target = client_target(plan, &plan.orderers, node)?;
        anyhow::Ok(OrdererClient::new(target.channel()))
    };
    Ok(Network {
        endorsers: endorsers.collect::<Result<_>>()?,
        orderers: plan.orderers.nodes.iter().map(orderer).collect::<Result<_>>()?,
        events,
    })
}

#[cfg(test)]
mod tests {
    use super::leads;

    #[test]
    fn the_leader_is_told_by_its_numbers() {
        let text = "# TYPE consensus_etcdraft_is_leader gauge\n\
                    consensus_etcdraft_is_leader{channel=\"ch1\"} 1\n\
                    consensus_etcdraft_is_leader{channel=\"ch2\"} 0\n";
        assert!(leads(text, "ch1"));
        assert!(!leads(text, "ch2"));
        assert!(!leads(text, "ch"));
    }
}
