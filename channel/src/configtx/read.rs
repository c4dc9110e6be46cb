// SPDX-License-Identifier: Apache-2.0
//! From the tree of the file to its profiles.
//!
//! Not here: what is filled in where a profile is silent (`complete`).

use super::Error;
use super::error::Quoted;
use super::node::{Item, Node, parse};
use super::organization::{Folder, organizations};
use super::profile::{Application, BATCH, Consenter, Orderer, Raft, Written};
use super::section::{Section, bad, entries, flag, number, port, size, text, time};
use crate::Batch;
use crate::build::Policies;
use bccsp::{HashAlgorithm, Suite};
use msp::{MetaPolicy, Policy, SignaturePolicy};
use std::collections::BTreeMap;
use std::path::Path;

const FILE: &[&str] =
    &["Profiles", "Organizations", "Capabilities", "Application", "Orderer", "Channel"];
const PROFILE: &[&str] = &[
    "HashingAlgorithm",
    "Capabilities",
    "Policies",
    "Orderer",
    "Application",
    "Consortium",
    "Consortiums",
];
const APPLICATION: &[&str] = &["Organizations", "Capabilities", "Policies", "ACLs"];
const CONSORTIUM: &[&str] = &["Organizations"];
// `Kafka`, `SmartBFT` and `ConsenterMapping` belong to types of consensus that are refused when a
// channel is made; a file may have them in a profile that is not used.
const ORDERER: &[&str] = &[
    "OrdererType",
    "Addresses",
    "BatchTimeout",
    "BatchSize",
    "MaxChannels",
    "EtcdRaft",
    "Organizations",
    "Capabilities",
    "Policies",
    "Kafka",
    "SmartBFT",
    "ConsenterMapping",
];
const BATCH_SIZE: &[&str] = &["MaxMessageCount", "AbsoluteMaxBytes", "PreferredMaxBytes"];
const RAFT: &[&str] = &["Consenters", "Options"];
const CONSENTER: &[&str] = &["Host", "Port", "ClientTLSCert", "ServerTLSCert"];
const OPTIONS: &[&str] =
    &["TickInterval", "ElectionTick", "HeartbeatTick", "MaxInflightBlocks", "SnapshotIntervalSize"];

/// All profiles of a file, by name. Relative paths begin at `folder`.
pub(super) fn profiles(source: &str, folder: &Path) -> Result<BTreeMap<String, Written>, Error> {
    let root = parse(source)?;
    let file = Section::new("the file", 1, &root, FILE)?;
    let folder = Folder(folder);
    // What others refer to is checked, though only profiles make channels.
    organizations(&file, folder)?;
    for item in file.names("Capabilities")? {
        capabilities_of(item)?;
    }
    let one = |key, read: fn(&Item, Folder<'_>) -> Result<(), Error>| {
        file.item(key).map_or(Ok(()), |item| read(item, folder))
    };
    one("Application", |item, folder| application(item, folder).map(drop))?;
    one("Orderer", |item, folder| orderer(item, folder).map(drop))?;
    one("Channel", |item, folder| profile(item, folder).map(drop))?;
    let mut profiles = BTreeMap::new();
    for item in file.names("Profiles")? {
        if profiles.insert(item.key.clone(), profile(item, folder)?).is_some() {
            return Err(bad(item, "stands here twice"));
        }
    }
    Ok(profiles)
}

fn profile(item: &Item, folder: Folder<'_>) -> Result<Written, Error> {
    let section = Section::of(item, PROFILE)?;
    let mut consortiums = BTreeMap::new();
    for item in section.names("Consortiums")? {
        let members = organizations(&Section::of(item, CONSORTIUM)?, folder)?;
        consortiums.insert(item.key.clone(), members);
    }
    Ok(Written {
        line: item.line,
        hash: section.read("HashingAlgorithm", hash)?,
        capabilities: capabilities(&section)?,
        policies: policies(&section)?,
        orderer: section.read("Orderer", |item| orderer(item, folder))?,
        application: section.read("Application", |item| application(item, folder))?,
        consortium: section.read("Consortium", |item| text(item).map(str::to_owned))?,
        consortiums,
    })
}

fn application(item: &Item, folder: Folder<'_>) -> Result<Application, Error> {
    let section = Section::of(item, APPLICATION)?;
    let acl = |item: &Item| Ok((item.key.clone(), text(item)?.to_owned()));
    Ok(Application {
        organizations: organizations(&section, folder)?,
        capabilities: capabilities(&section)?,
        policies: policies(&section)?,
        acls: section.names("ACLs")?.iter().map(acl).collect::<Result<_, Error>>()?,
    })
}

fn orderer(item: &Item, folder: Folder<'_>) -> Result<Orderer, Error> {
    let section = Section::of(item, ORDERER)?;
    let batch_size = section.read("BatchSize", batch_size)?.unwrap_or(BATCH);
    Ok(Orderer {
        line: section.line(),
        // A base that profiles merge may leave it to them.
        kind: section
            .read("OrdererType", |item| text(item).map(str::to_owned))?
            .unwrap_or_default(),
        addresses: section.texts("Addresses")?,
        batch: Batch {
            timeout: section.read("BatchTimeout", time)?.unwrap_or(BATCH.timeout),
            ..batch_size
        },
        max_channels: section.read("MaxChannels", number)?.unwrap_or(0),
        raft: section.read("EtcdRaft", |item| raft(item, folder))?,
        organizations: organizations(&section, folder)?,
        capabilities: capabilities(&section)?,
        policies: policies(&section)?,
    })
}

fn batch_size(item: &Item) -> Result<Batch, Error> {
    let section = Section::of(item, BATCH_SIZE)?;
    Ok(Batch {
        max_messages: section.read("MaxMessageCount", number)?.unwrap_or(BATCH.max_messages),
        absolute_max_bytes: section
            .read("AbsoluteMaxBytes", size)?
            .unwrap_or(BATCH.absolute_max_bytes),
        preferred_max_bytes: section
            .read("PreferredMaxBytes", size)?
            .unwrap_or(BATCH.preferred_max_bytes),
        timeout: BATCH.timeout,
    })
}

fn raft(item: &Item, folder: Folder<'_>) -> Result<Raft, Error> {
    let section = Section::of(item, RAFT)?;
    let consenter = |node: &Node| {
        let section = Section::new("a consenter", 0, node, CONSENTER)?;
        Ok(Consenter {
            host: section.text("Host")?.to_owned(),
            port: port(section.required("Port")?)?,
            client_tls_cert: folder.path(section.text("ClientTLSCert")?),
            server_tls_cert: folder.path(section.text("ServerTLSCert")?),
        })
    };
    let consenters = section.list("Consenters")?.iter().map(consenter);
    let consenters = consenters.collect::<Result<_, Error>>()?;
    let filled = Raft { consenters, ..Raft::default() };
    let Some(item) = section.item("Options") else { return Ok(filled) };
    let section = Section::of(item, OPTIONS)?;
    let tick = |item: &Item| time(item).and_then(|_| text(item).map(str::to_owned));
    let inflight = section.read("MaxInflightBlocks", number)?;
    Ok(Raft {
        tick: section.read("TickInterval", tick)?.unwrap_or(filled.tick),
        election_ticks: section.read("ElectionTick", number)?.unwrap_or(filled.election_ticks),
        heartbeat_ticks: section.read("HeartbeatTick", number)?.unwrap_or(filled.heartbeat_ticks),
        max_inflight_blocks: inflight.unwrap_or(filled.max_inflight_blocks),
        snapshot_interval: section
            .read("SnapshotIntervalSize", size)?
            .unwrap_or(filled.snapshot_interval),
        consenters: filled.consenters,
    })
}

fn capabilities(section: &Section<'_>) -> Result<Vec<String>, Error> {
    section.item("Capabilities").map_or(Ok(Vec::new()), capabilities_of)
}

/// Those that are asked for; `V1_3: false` is as good as silence.
fn capabilities_of(item: &Item) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for item in entries(item)? {
        if flag(item)? {
            names.push(item.key.clone());
        }
    }
    Ok(names)
}

/// `Policies` of a section.
pub(super) fn policies(section: &Section<'_>) -> Result<Policies, Error> {
    let mut policies = Policies::new();
    for item in section.names("Policies")? {
        policies.insert(item.key.clone(), policy(item)?);
    }
    Ok(policies)
}

fn policy(item: &Item) -> Result<Policy, Error> {
    let section = Section::of(item, &["Type", "Rule"])?;
    let (kind, rule) = (section.text("Type")?, section.text("Rule")?);
    let policy = match kind {
        "Signature" => SignaturePolicy::parse(rule).map(Policy::Signature),
        "ImplicitMeta" => MetaPolicy::parse(rule).map(Policy::ImplicitMeta),
        _ => {
            let what = format!("{} is no type of policy: Signature or ImplicitMeta", Quoted(kind));
            return Err(Error::text(section.line(), what));
        }
    };
    policy.map_err(|error| Error::text(section.line(), format!("{}: {error}", Quoted(&item.key))))
}

fn hash(item: &Item) -> Result<HashAlgorithm, Error> {
    let name = text(item)?;
    HashAlgorithm::from_fabric_name(name).ok_or_else(|| {
        let known = Suite::ALL.map(|suite| suite.hash_algorithm().fabric_name()).join(" or ");
        Error::text(item.line, format!("{} is no hashing algorithm here: {known}", Quoted(name)))
    })
}
