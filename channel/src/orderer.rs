// SPDX-License-Identifier: Apache-2.0
//! The ordering service of a channel: who orders, how they agree, how blocks are cut.

use crate::values::{Reader, duration};
use crate::{Capabilities, Error, Organization};
use bccsp::Providers;
use pki::Certificate;
use proto::Bytes;
use proto::etcdraft::{self, ConfigMetadata};
use proto::orderer::{
    BatchSize, BatchTimeout, ChannelRestrictions, ConsensusType, consensus_type::State,
};
use proto::prost::Message;
use std::collections::BTreeMap;
use std::time::Duration;

/// The name of Raft among the types of consensus.
pub const RAFT: &str = "etcdraft";
/// The name of a single orderer among the types of consensus.
pub const SOLO: &str = "solo";

/// `KafkaBrokers` and `Orderers` are Fabric's and say nothing to us.
const VALUES: &[&str] = &[
    "ConsensusType",
    "BatchSize",
    "BatchTimeout",
    "KafkaBrokers",
    "ChannelRestrictions",
    "Orderers",
    "Capabilities",
];

/// The `Orderer` group of a channel.
#[derive(Clone, Debug)]
pub struct Orderer {
    capabilities: Capabilities,
    organizations: BTreeMap<String, Organization>,
    consensus_type: String,
    in_maintenance: bool,
    consenters: Vec<Consenter>,
    raft: Option<RaftOptions>,
    batch: Batch,
    max_channels: u64,
}

/// One of the nodes that agree on blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consenter {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Its TLS certificate as a client, PEM.
    pub client_tls_cert: Bytes,
    /// Its TLS certificate as a server, PEM.
    pub server_tls_cert: Bytes,
}

/// How Raft is timed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaftOptions {
    /// The length of a tick.
    pub tick: Duration,
    /// Ticks without a leader before an election.
    pub election_ticks: u32,
    /// Ticks between two signs of life of a leader.
    pub heartbeat_ticks: u32,
    /// Blocks that may be on their way at once.
    pub max_inflight_blocks: u32,
    /// Bytes of log between two snapshots.
    pub snapshot_interval: u32,
}

/// When a block is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Envelopes in a block, at most.
    pub max_messages: u32,
    /// Bytes of one envelope, at most.
    pub absolute_max_bytes: u32,
    /// Bytes in a block above which no further envelope is added.
    pub preferred_max_bytes: u32,
    /// How long an envelope waits for others.
    pub timeout: Duration,
}

impl Orderer {
    /// What every orderer must be able to do.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Organisations that run orderers, by the name of their group.
    #[must_use]
    pub fn organizations(&self) -> &BTreeMap<String, Organization> {
        &self.organizations
    }

    /// How orderers agree: [`RAFT`], [`SOLO`], or a type that only other programs have.
    #[must_use]
    pub fn consensus_type(&self) -> &str {
        &self.consensus_type
    }

    /// Whether only administrators may send envelopes.
    #[must_use]
    pub fn in_maintenance(&self) -> bool {
        self.in_maintenance
    }

    /// The nodes of a Raft channel.
    #[must_use]
    pub fn consenters(&self) -> &[Consenter] {
        &self.consenters
    }

    /// The timing of a Raft channel.
    #[must_use]
    pub fn raft(&self) -> Option<&RaftOptions> {
        self.raft.as_ref()
    }

    /// When a block is cut.
    #[must_use]
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Channels that may exist, 0 for any number.
    #[must_use]
    pub fn max_channels(&self) -> u64 {
        self.max_channels
    }

    pub(crate) fn read(group: &Reader<'_>, providers: &Providers) -> Result<Self, Error> {
        group.allow_values(VALUES)?;
        let kind: ConsensusType = group.required("ConsensusType")?;
        let (consenters, raft) = match kind.r#type.as_str() {
            RAFT => read_raft(group, &kind.metadata)?,
            "" => return Err(group.refuse("ConsensusType", "it has no type: write etcdraft")),
            _ => (Vec::new(), None),
        };
        let state = State::try_from(kind.state);
        let state = state.map_err(|_| group.refuse("ConsensusType", "its state is unknown"))?;
        let restrictions: ChannelRestrictions =
            group.value("ChannelRestrictions")?.unwrap_or_default();
        Ok(Self {
            capabilities: Capabilities::of_orderer(group)?,
            organizations: organizations(group, "Endpoints", providers)?,
            consensus_type: kind.r#type,
            in_maintenance: state == State::Maintenance,
            consenters,
            raft,
            batch: read_batch(group)?,
            max_channels: restrictions.max_count,
        })
    }
}

/// The organisations below a group, by the names of their groups. Each has its MSP and `what`.
pub(crate) fn organizations(
    group: &Reader<'_>,
    what: &str,
    providers: &Providers,
) -> Result<BTreeMap<String, Organization>, Error> {
    let mut all = BTreeMap::new();
    for (name, child) in &group.group().groups {
        let path = format!("{}/{name}", group.path());
        all.insert(name.clone(), Organization::read(&Reader::new(child, &path), what, providers)?);
    }
    Ok(all)
}

fn read_batch(group: &Reader<'_>) -> Result<Batch, Error> {
    let size: BatchSize = group.required("BatchSize")?;
    let refuse = |why: &str| Err(group.refuse("BatchSize", why));
    if size.max_message_count == 0 {
        return refuse("max_message_count is 0: no block could hold an envelope");
    }
    if size.absolute_max_bytes == 0 || size.preferred_max_bytes == 0 {
        return refuse("absolute_max_bytes and preferred_max_bytes are above 0");
    }
    if size.preferred_max_bytes > size.absolute_max_bytes {
        return refuse("preferred_max_bytes is at most absolute_max_bytes");
    }
    let timeout: BatchTimeout = group.required("BatchTimeout")?;
    let read = duration(&timeout.timeout).filter(|timeout| !timeout.is_zero());
    let timeout = read.ok_or_else(|| {
        let found = timeout.timeout.escape_debug();
        group.refuse("BatchTimeout", format!("`{found}` is no duration above 0, such as 2s"))
    })?;
    Ok(Batch {
        max_messages: size.max_message_count,
        absolute_max_bytes: size.absolute_max_bytes,
        preferred_max_bytes: size.preferred_max_bytes,
        timeout,
    })
}

fn read_raft(
    group: &Reader<'_>,
    metadata: &Bytes,
) -> Result<(Vec<Consenter>, Option<RaftOptions>), Error> {
    let refuse = |why: String| group.refuse("ConsensusType", why);
    let metadata = ConfigMetadata::decode(metadata.clone())
        .map_err(|error| refuse(format!("its metadata cannot be read: {error}")))?;
    let options = metadata.options.ok_or_else(|| refuse("it has no Raft options".to_owned()))?;
    let options = read_options(&options).map_err(|why| refuse(why.to_owned()))?;
    let mut consenters = Vec::new();
    for consenter in metadata.consenters {
        let consenter = read_consenter(consenter).map_err(refuse)?;
        let is_same =
            |other: &Consenter| (&other.host, other.port) == (&consenter.host, consenter.port);
        if consenters.iter().any(is_same) {
            let (host, port) = (consenter.host.escape_debug(), consenter.port);
            return Err(refuse(format!("consenter {host}:{port} is listed twice")));
        }
        consenters.push(consenter);
    }
    if consenters.is_empty() {
        return Err(refuse("it lists no consenters".to_owned()));
    }
    Ok((consenters, Some(options)))
}

fn read_options(options: &etcdraft::Options) -> Result<RaftOptions, &'static str> {
    let tick = duration(&options.tick_interval).filter(|tick| !tick.is_zero());
    let counts = [
        options.election_tick,
        options.heartbeat_tick,
        options.max_inflight_blocks,
        options.snapshot_interval_size,
    ];
    if counts.contains(&0) {
        return Err("none of the Raft options may be 0");
    }
    if options.election_tick <= options.heartbeat_tick {
        return Err("election_tick is above heartbeat_tick");
    }
    Ok(RaftOptions {
        tick: tick.ok_or("tick_interval is a duration above 0, such as 500ms")?,
        election_ticks: options.election_tick,
        heartbeat_ticks: options.heartbeat_tick,
        max_inflight_blocks: options.max_inflight_blocks,
        snapshot_interval: options.snapshot_interval_size,
    })
}

fn read_consenter(consenter: etcdraft::Consenter) -> Result<Consenter, String> {
    let etcdraft::Consenter { host, port, client_tls_cert, server_tls_cert } = consenter;
    let shown = host.escape_debug().to_string();
    let port = u16::try_from(port).ok().filter(|port| *port != 0 && !host.is_empty());
    let port = port.ok_or_else(|| format!("consenter `{shown}` has no host and port"))?;
    for (side, pem) in [("client", &client_tls_cert), ("server", &server_tls_cert)] {
        Certificate::from_pem_or_der(pem).map_err(|error| {
            format!(
                "the {side} TLS certificate of consenter {shown}:{port} cannot be read: {error}"
            )
        })?;
    }
    Ok(Consenter { host, port, client_tls_cert, server_tls_cert })
}
