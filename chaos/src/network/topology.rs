// SPDX-License-Identifier: Apache-2.0
//! Who is in the network, as `gmnode network create` wrote it down in `network.json`.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// Every process of a network.
#[derive(Clone, Debug)]
pub(crate) struct Topology {
    pub(crate) dir: PathBuf,
    pub(crate) channel: String,
    /// Those that order, and then the peers.
    pub(crate) nodes: Vec<Node>,
}

/// A process of `gmnode`.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) organization: String,
    pub(crate) name: String,
    pub(crate) orders: bool,
    /// Where it is reached: all are on one machine, unless they have network namespaces.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Of a peer it is free, and its chaincode listens there.
    pub(crate) admin_port: u16,
    pub(crate) operations_port: u16,
    pub(crate) folder: PathBuf,
}

#[derive(Deserialize)]
struct Written {
    channel: String,
    orderers: Organization,
    members: Vec<Organization>,
}

#[derive(Deserialize)]
struct Organization {
    name: String,
    nodes: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    port: u16,
    admin_port: u16,
    operations_port: u16,
}

/// Where all processes are when they have no namespaces of their own.
pub(crate) const LOOPBACK: &str = "127.0.0.1";

impl Topology {
    /// Reads it from the folder of a network, which must be absolute.
    pub(crate) fn read(dir: &Path) -> Result<Self> {
        let path = dir.join("network.json");
        let text = fs::read(&path).with_context(|| path.display().to_string())?;
        let written: Written = serde_json::from_slice(&text).context("network.json")?;
        let mut nodes = Vec::new();
        for (orders, organization) in std::iter::once((true, written.orderers))
            .chain(written.members.into_iter().map(|member| (false, member)))
        {
            for node in organization.nodes {
                nodes.push(Node {
                    folder: dir.join(&organization.name).join("nodes").join(&node.name),
                    organization: organization.name.clone(),
                    name: node.name,
                    orders,
                    host: LOOPBACK.to_owned(),
                    port: node.port,
                    admin_port: node.admin_port,
                    operations_port: node.operations_port,
                });
            }
        }
        Ok(Self { dir: dir.to_owned(), channel: written.channel, nodes })
    }

    pub(crate) fn orderers(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.orders)
    }

    pub(crate) fn peers(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !node.orders)
    }

    /// The first block.
    pub(crate) fn genesis(&self) -> PathBuf {
        self.dir.join(format!("{}.block", self.channel))
    }
}

impl Node {
    /// Such as `Org1 peer1`.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.organization, self.name)
    }

    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(crate) fn admin_address(&self) -> String {
        format!("{}:{}", self.host, self.admin_port)
    }

    pub(crate) fn operations_address(&self) -> String {
        format!("{}:{}", self.host, self.operations_port)
    }

    /// Where its chaincode listens, for itself alone.
    pub(crate) fn chaincode_address(&self) -> String {
        format!("{LOOPBACK}:{}", self.admin_port)
    }

    /// The root of its TLS certificate.
    pub(crate) fn tls_root(&self) -> PathBuf {
        self.folder.join("tls/ca.crt")
    }

    /// The folder of a person of its organisation.
    pub(crate) fn user(&self, name: &str) -> PathBuf {
        let home = self.folder.parent().and_then(Path::parent);
        home.unwrap_or(&self.folder).join("users").join(name)
    }

    pub(crate) fn msp_id(&self) -> String {
        format!("{}MSP", self.organization)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join(if self.orders { "orderer.yaml" } else { "core.yaml" })
    }

    /// The ledger of a channel.
    pub(crate) fn ledger(&self, channel: &str) -> PathBuf {
        self.folder.join("data/channels").join(channel)
    }
}
