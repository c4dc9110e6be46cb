// SPDX-License-Identifier: Apache-2.0
//! Who is in a network, where each process listens, and where its files are.

use bccsp::Suite;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A network, before any of it is there.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The folder that all of it is in.
    pub(crate) dir: PathBuf,
    /// The family of its identities and blocks. TLS is P-256 in both: no client of today speaks
    /// TLS with SM2.
    pub(crate) suite: Suite,
    /// The channel's name.
    pub(crate) channel: String,
    /// The organisation that orders.
    pub(crate) orderers: Organization,
    /// Those that use the channel.
    pub(crate) members: Vec<Organization>,
}

/// An organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Organization {
    /// Its name, such as `Org1`; also that of its folder.
    pub(crate) name: String,
    /// Its processes.
    pub(crate) nodes: Vec<Node>,
}

/// A process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Node {
    /// Its name, such as `orderer1`.
    pub(crate) name: String,
    /// Where clients reach it.
    pub(crate) port: u16,
    /// Where its administrators reach it, if they have a port of their own.
    pub(crate) admin_port: u16,
    /// Where whoever watches over it asks for health and metrics.
    pub(crate) operations_port: u16,
}

/// All processes of a plan are on this machine, and reachable from nowhere else.
pub(crate) const HOST: &str = "127.0.0.1";

impl Plan {
    /// `orderers` nodes that order, and `members` organisations with `peers` peers each, on ports
    /// that `port` gives out.
    pub(crate) fn new(
        dir: &Path,
        suite: Suite,
        channel: &str,
        (orderers, members, peers): (usize, usize, usize),
        mut port: impl FnMut() -> std::io::Result<u16>,
    ) -> std::io::Result<Self> {
        let mut nodes = |kind: &str, count: usize| {
            (1..=count)
                .map(|n| {
                    let [port, admin_port, operations_port] = [port()?, port()?, port()?];
                    Ok(Node { name: format!("{kind}{n}"), port, admin_port, operations_port })
                })
                .collect::<std::io::Result<Vec<_>>>()
        };
        let ordering =
            Organization { name: "Orderer".to_owned(), nodes: nodes("orderer", orderers)? };
        let members = (1..=members)
            .map(|n| Ok(Organization { name: format!("Org{n}"), nodes: nodes("peer", peers)? }))
            .collect::<std::io::Result<_>>()?;
        let (dir, channel) = (dir.to_owned(), channel.to_owned());
        Ok(Self { dir, suite, channel, orderers: ordering, members })
    }

    /// All organisations, the one that orders first.
    pub(crate) fn organizations(&self) -> impl Iterator<Item = &Organization> {
        std::iter::once(&self.orderers).chain(&self.members)
    }

    /// The folder of an organisation.
    pub(crate) fn home(&self, organization: &Organization) -> PathBuf {
        self.dir.join(&organization.name)
    }

    /// The folder of a process: `msp`, `tls`, its configuration and its data.
    pub(crate) fn node(&self, organization: &Organization, node: &Node) -> PathBuf {
        self.home(organization).join("nodes").join(&node.name)
    }

    /// The folder of a person: `msp`.
    pub(crate) fn user(&self, organization: &Organization, name: &str) -> PathBuf {
        self.home(organization).join("users").join(name)
    }

    /// The channel's first block.
    pub(crate) fn genesis(&self) -> PathBuf {
        self.dir.join(format!("{}.block", self.channel))
    }
}

impl Organization {
    /// The id of its membership, such as `Org1MSP`.
    pub(crate) fn msp_id(&self) -> String {
        format!("{}MSP", self.name)
    }
}
