// SPDX-License-Identifier: Apache-2.0
//! From a profile to the configuration tree, with the MSP folders and TLS certificates it names.

use super::error::Quoted;
use super::profile::{Consenter, Orderer, Organization, Raft};
use super::{Error, Profile};
use crate::build;
use crate::{RAFT, SOLO};
use bccsp::{HashAlgorithm, Providers};
use msp::{Definition, MspFolder};
use proto::Bytes;
use proto::common::{ConfigGroup, ConfigValue};
use proto::etcdraft::{self, ConfigMetadata};
use proto::orderer::consensus_type::State;
use std::collections::BTreeMap;
use std::path::Path;
use sys::Disk;

impl Profile {
    /// Makes the configuration tree: the group `Channel`, all versions 0.
    ///
    /// # Errors
    /// [`Error::File`] for a TLS certificate, [`Error::Msp`] for an MSP folder that cannot be read;
    /// [`Error::Text`] for a type of consensus that is not supported.
    pub fn channel_group(
        &self,
        disk: &dyn Disk,
        providers: &Providers,
    ) -> Result<ConfigGroup, Error> {
        let (members, mut hashes) =
            organizations(&self.application.organizations, disk, providers)?;
        let (orderers, more) = organizations(&self.orderer.organizations, disk, providers)?;
        hashes.extend(more);
        let mut channel = build::group(&self.policies);
        let hash = self.hash.unwrap_or_else(|| common_hash(&hashes));
        put(&mut channel, "HashingAlgorithm", build::hashing_algorithm(hash));
        put(&mut channel, "BlockDataHashingStructure", build::block_data_hashing_structure());
        put_capabilities(&mut channel, &self.capabilities);
        if !self.orderer.addresses.is_empty() {
            let addresses = build::orderer_addresses(&self.orderer.addresses);
            put(&mut channel, "OrdererAddresses", addresses);
        }
        let mut application = build::group(&self.application.policies);
        put_capabilities(&mut application, &self.application.capabilities);
        if !self.application.acls.is_empty() {
            put(&mut application, "ACLs", build::acls(&self.application.acls));
        }
        application.groups = members;
        let mut orderer = orderer_group(&self.orderer, disk)?;
        orderer.groups = orderers;
        channel.groups.insert("Application".to_owned(), application);
        channel.groups.insert("Orderer".to_owned(), orderer);
        Ok(channel)
    }
}

/// What all MSPs hash with; where they differ, what every program that speaks Fabric has.
fn common_hash(hashes: &[HashAlgorithm]) -> HashAlgorithm {
    match hashes {
        [first, rest @ ..] if rest.iter().all(|hash| hash == first) => *first,
        _ => HashAlgorithm::FABRIC_CLIENT,
    }
}

fn orderer_group(orderer: &Orderer, disk: &dyn Disk) -> Result<ConfigGroup, Error> {
    let metadata = match (orderer.kind.as_str(), &orderer.raft) {
        (SOLO, _) => None,
        (RAFT, Some(raft)) => Some(metadata(raft, disk)?),
        (RAFT, None) => {
            let what = "the orderer has no EtcdRaft section: write one, with Consenters";
            return Err(Error::text(orderer.line, what));
        }
        ("", _) => {
            let what = format!("the orderer has no OrdererType: write {RAFT}");
            return Err(Error::text(orderer.line, what));
        }
        (kind, _) => {
            let what = format!("OrdererType {} is not supported: {RAFT} or {SOLO}", Quoted(kind));
            return Err(Error::text(orderer.line, what));
        }
    };
    let kind = build::consensus_type(&orderer.kind, metadata.as_ref(), State::Normal);
    let mut group = build::group(&orderer.policies);
    put(&mut group, "ConsensusType", kind);
    put(&mut group, "BatchSize", build::batch_size(&orderer.batch));
    put(&mut group, "BatchTimeout", build::batch_timeout(&orderer.batch));
    put(&mut group, "ChannelRestrictions", build::channel_restrictions(orderer.max_channels));
    put_capabilities(&mut group, &orderer.capabilities);
    Ok(group)
}

fn metadata(raft: &Raft, disk: &dyn Disk) -> Result<ConfigMetadata, Error> {
    let consenter = |consenter: &Consenter| {
        Ok(etcdraft::Consenter {
            host: consenter.host.clone(),
            port: u32::from(consenter.port),
            client_tls_cert: file(disk, &consenter.client_tls_cert)?,
            server_tls_cert: file(disk, &consenter.server_tls_cert)?,
        })
    };
    let options = etcdraft::Options {
        tick_interval: raft.tick.clone(),
        election_tick: raft.election_ticks,
        heartbeat_tick: raft.heartbeat_ticks,
        max_inflight_blocks: raft.max_inflight_blocks,
        snapshot_interval_size: raft.snapshot_interval,
    };
    let consenters = raft.consenters.iter().map(consenter).collect::<Result<_, Error>>()?;
    Ok(ConfigMetadata { consenters, options: Some(options) })
}

fn file(disk: &dyn Disk, path: &Path) -> Result<Bytes, Error> {
    let read = disk.read(path).map_err(|why| Error::File { path: path.to_owned(), why });
    Ok(read?.into())
}

/// The groups of organisations, and what the MSP of each hashes with.
fn organizations(
    all: &[Organization],
    disk: &dyn Disk,
    providers: &Providers,
) -> Result<(BTreeMap<String, ConfigGroup>, Vec<HashAlgorithm>), Error> {
    let (mut groups, mut hashes) = (BTreeMap::new(), Vec::new());
    for one in all {
        let definition = definition(one, disk, providers)
            .map_err(|why| Error::Msp { organization: one.name.clone(), why })?;
        hashes.push(definition.hash_algorithm());
        let group =
            build::organization(&definition, &one.policies, &one.endpoints, &one.anchor_peers);
        groups.insert(one.name.clone(), group);
    }
    Ok((groups, hashes))
}

fn definition(
    one: &Organization,
    disk: &dyn Disk,
    providers: &Providers,
) -> Result<Definition, msp::Error> {
    MspFolder::read(disk, providers, &one.msp_dir)?.definition(providers, &one.id)
}

fn put(group: &mut ConfigGroup, name: &str, value: ConfigValue) {
    group.values.insert(name.to_owned(), value);
}

/// A group that asks for none has no such value.
fn put_capabilities(group: &mut ConfigGroup, names: &[String]) {
    if !names.is_empty() {
        put(group, "Capabilities", build::capabilities(names.iter().map(String::as_str)));
    }
}
