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
    /// Where all of its processes are, and are reached.
    pub(crate) host: String,
    /// The name of its channel, or of the first one: all members are in it, and chaincodes are
    /// deployed there.
    pub(crate) channel: String,
    /// Further ones.
    pub(crate) further: Vec<Further>,
    /// The organisation that orders.
    pub(crate) orderers: Organization,
    /// Those that use the channel.
    pub(crate) members: Vec<Organization>,
    /// Chaincodes that run with the network, as processes of this program.
    pub(crate) chaincodes: Vec<Service>,
    /// What its channels begin with.
    pub(crate) terms: Terms,
}

/// A channel beside the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Further {
    /// Its name.
    pub(crate) name: String,
    /// The organisations in it.
    pub(crate) members: Vec<String>,
}

/// How blocks are cut and leaders missed, in the words of `configtx.yaml`. What is left out is as there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Terms {
    /// When a block is cut at the latest, such as `2s`.
    pub(crate) batch_timeout: Option<String>,
    /// Transactions in a block at most.
    pub(crate) max_messages: Option<u32>,
    /// Bytes of a block at most.
    pub(crate) max_bytes: Option<u32>,
    /// Bytes after which a block is cut.
    pub(crate) preferred_bytes: Option<u32>,
    /// A tick of those that order together, such as `100ms`.
    pub(crate) tick: Option<String>,
    /// Ticks after which a silent leader is missed.
    pub(crate) election_ticks: Option<u32>,
    /// Ticks after which a leader gives a sign of life.
    pub(crate) heartbeat_ticks: Option<u32>,
}

/// A chaincode that runs as a service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// Its name, such as `asset`; also that of its folder.
    pub(crate) name: String,
    /// Where peers reach it.
    pub(crate) port: u16,
}

/// An organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organization {
    /// Its name, such as `Org1`; also that of its folder.
    pub(crate) name: String,
    /// Its processes.
    pub(crate) nodes: Vec<Node>,
}

/// A process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// Where processes are that nobody has said a place for: on this machine, and reachable from nowhere
/// else.
pub(crate) const HOST: &str = "127.0.0.1";

impl Plan {
    /// `orderers` nodes that order, and an organisation for each number of `peers`, on ports that
    /// `port` gives out.
    pub(crate) fn new(
        dir: &Path,
        suite: Suite,
        channel: &str,
        (orderers, peers): (usize, &[usize]),
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
        let members = (1..)
            .zip(peers)
            .map(|(n, peers)| {
                Ok(Organization { name: format!("Org{n}"), nodes: nodes("peer", *peers)? })
            })
            .collect::<std::io::Result<_>>()?;
        Ok(Self {
            dir: dir.to_owned(),
            suite,
            host: HOST.to_owned(),
            channel: channel.to_owned(),
            further: Vec::new(),
            orderers: ordering,
            members,
            chaincodes: Vec::new(),
            terms: Terms::default(),
        })
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

    /// The folder of a chaincode: its package, its configuration and its log.
    pub(crate) fn chaincode(&self, name: &str) -> PathBuf {
        self.dir.join("chaincode").join(name)
    }

    /// The first block of a channel.
    pub(crate) fn genesis(&self, channel: &str) -> PathBuf {
        self.dir.join(format!("{channel}.block"))
    }

    /// The names of its channels.
    pub(crate) fn channels(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.channel.as_str()).chain(self.further.iter().map(|one| &*one.name))
    }

    /// Those that are in a channel.
    pub(crate) fn members_of(&self, channel: &str) -> Vec<&Organization> {
        let further = self.further.iter().find(|one| one.name == channel);
        let is_in = |name: &String| further.is_none_or(|one| one.members.contains(name));
        self.members.iter().filter(|member| is_in(&member.name)).collect()
    }

    /// `host:port` of a process.
    pub(crate) fn endpoint(&self, port: u16) -> String {
        format!("{}:{port}", self.host)
    }
}

impl Organization {
    /// The id of its membership, such as `Org1MSP`.
    pub(crate) fn msp_id(&self) -> String {
        format!("{}MSP", self.name)
    }
}
