// SPDX-License-Identifier: Apache-2.0
//! A network that runs, as its administrators see it.

use super::plan::{Organization, Plan};
use super::process::Process;
use crate::commands::channel::{chain_info, channels_of, join_peer};
use crate::dial;
use anyhow::Result;
use block::Block;
use node::client::{Caller, ChannelInfo, ClientError, EndorserClient, ParticipationClient, Web};
use std::path::PathBuf;

use super::material::endpoint;

/// A process that is called.
pub(crate) enum Live {
    /// An orderer: its administrators' port, and its operations.
    Orderer(ParticipationClient, Web),
    /// A peer, and its administrator.
    Peer(EndorserClient, Box<Caller>),
}

impl Live {
    /// The way to a process.
    pub(crate) fn of(plan: &Plan, process: &Process) -> Result<Self> {
        let Process { organization, node, .. } = process;
        let admin = plan.user(organization, "admin");
        let roots = vec![process.folder.join("tls/ca.crt")];
        if process.orders {
            let shown = Some((admin.join("tls/client.crt"), admin.join("tls/client.key")));
            let admin = dial::target(&endpoint(node.admin_port), &roots, shown)?;
            let operations = dial::target(&endpoint(node.operations_port), &[], None)?;
            return Ok(Self::Orderer(ParticipationClient::new(admin), Web::new(operations)));
        }
        let caller = dial::caller(&admin.join("msp"), &organization.msp_id())?;
        let peer = dial::endorser(&endpoint(node.port), &roots)?;
        Ok(Self::Peer(peer, Box::new(caller)))
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
        }
    }

    /// How it stands in a channel.
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
                let height = chain_info(admin, peer, channel).await?.height;
                Ok(Standing { what: "peer".to_owned(), height, leads: false })
            }
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

/// The TLS roots of all peers.
pub(crate) fn peer_roots(plan: &Plan) -> Vec<PathBuf> {
    let first = |organization: &Organization| {
        let node = organization.nodes.first()?;
        Some(plan.node(organization, node).join("tls/ca.crt"))
    };
    plan.members.iter().filter_map(first).collect()
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
