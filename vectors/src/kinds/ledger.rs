// SPDX-License-Identifier: Apache-2.0
//! A folder with a ledger that Fabric wrote: `blocks/orderer`, `blocks/peer`, `config`.
//!
//! Everything that a block states is computed again from its bytes: hashes, links, transaction
//! ids, proposal hashes, commit hashes, and every signature by a member of the channel.

use crate::case::Outcome;
use crate::engines::Engines;
use crate::report::Report;
use anyhow::{Context, Result};
use bccsp::{Digest, Hash, HashAlgorithm, Providers};
use block::{Block, Envelope, UpdateBatch};
use msp::{Definition, Manager};
use proto::common::ConfigGroup;
use proto::protos::TxValidationCode;
use std::path::{Path, PathBuf};

/// Checks each block of both chains, the second of which ends with a change of the configuration.
pub(crate) fn check_folder(dir: &Path, engines: &Engines, report: &mut Report) -> Result<()> {
    let update = dir.join("config/config-update-block.block");
    for (chain, last) in [("blocks/orderer", None), ("blocks/peer", Some(update))] {
        let mut files = blocks_in(&dir.join(chain))?;
        files.extend(last);
        let read = |path: &PathBuf| std::fs::read(path).with_context(|| path.display().to_string());
        let all = files.iter().map(read).collect::<Result<Vec<_>>>()?;
        for (at, path) in files.iter().enumerate() {
            let result = engines
                .each_set(|providers| check_block(&all[..=at], providers).map(|()| Outcome::Pass));
            report.add(&path.display().to_string(), "block", result);
        }
    }
    Ok(())
}

fn blocks_in(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(dir).with_context(|| dir.display().to_string())?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "block"));
    files.sort();
    Ok(files)
}

/// Checks the last of these blocks against those before it.
fn check_block(chain: &[Vec<u8>], providers: &Providers) -> Result<(), String> {
    let blocks = chain.iter().map(|bytes| Block::decode(bytes.clone()).map_err(text));
    let blocks = blocks.collect::<Result<Vec<_>, _>>()?;
    let (block, bytes) = blocks.last().zip(chain.last()).ok_or("no block")?;
    if block.encode() != *bytes {
        return Err("it is written back with other bytes".to_owned());
    }
    let first = blocks.first().ok_or("no block")?;
    let (hash, members) = channel(first, providers)?;
    block.check(hash).map_err(text)?;
    if let Some(previous) = blocks.iter().rev().nth(1) {
        block.check_link(previous.header(), hash).map_err(text)?;
        if block.signatures().map_err(text)?.is_empty() {
            return Err("no orderer signed it".to_owned());
        }
    }
    for entry in block.entries() {
        check_envelope(entry, hash, providers)?;
    }
    check_signatures(block, &members)?;
    check_commit_hash(&blocks, hash)
}

/// The hash function and the members of the channel, as its first block says.
fn channel<'a>(
    genesis: &Block,
    providers: &'a Providers,
) -> Result<(&'a dyn Hash, Manager), String> {
    let entry = genesis.entries().first().ok_or("the first block is empty")?;
    let config = Envelope::open(entry.clone()).and_then(|envelope| envelope.config());
    let root = config.map_err(text)?.config.and_then(|config| config.channel_group);
    let root = root.ok_or("the first block has no configuration")?;
    let value = root.values.get("HashingAlgorithm").ok_or("no HashingAlgorithm")?;
    let name: proto::common::HashingAlgorithm =
        proto::prost::Message::decode(value.value.clone()).map_err(text)?;
    let algorithm = HashAlgorithm::from_fabric_name(&name.name).ok_or("an unknown hash")?;
    let mut definitions = Vec::new();
    collect_msps(&root, providers, &mut definitions)?;
    let members = Manager::new(providers, definitions).map_err(text)?;
    Ok((providers.hash(algorithm).map_err(text)?, members))
}

fn collect_msps(
    group: &ConfigGroup,
    providers: &Providers,
    into: &mut Vec<Definition>,
) -> Result<(), String> {
    if let Some(value) = group.values.get("MSP") {
        into.push(Definition::from_proto(&value.value, providers).map_err(text)?);
    }
    group.groups.values().try_for_each(|group| collect_msps(group, providers, into))
}

fn check_envelope(entry: &[u8], hash: &dyn Hash, providers: &Providers) -> Result<(), String> {
    let envelope = Envelope::open(entry.to_vec()).map_err(text)?;
    let Ok(transaction) = envelope.transaction() else { return Ok(()) };
    envelope.headers().check_transaction_id(providers).map_err(text)?;
    let action = transaction.action().map_err(text)?;
    action.check_header(envelope.headers()).map_err(text)?;
    action.check_proposal_hash(envelope.headers(), hash).map_err(text)
}

/// Orderers, creators, endorsers and those below a config update: members all, and right.
fn check_signatures(block: &Block, members: &Manager) -> Result<(), String> {
    let mut signed = block.signatures().map_err(text)?;
    for entry in block.entries() {
        let envelope = Envelope::open(entry.clone()).map_err(text)?;
        if !envelope.headers().creator().is_empty() {
            signed.push(envelope.signed_data());
        }
        if let Ok(transaction) = envelope.transaction() {
            signed.extend(transaction.action().map_err(text)?.endorsements());
        }
        let update = envelope.config().ok().and_then(|config| config.last_update);
        if let Some(update) = update {
            let update = Envelope::from_message(update).map_err(text)?;
            signed.push(update.signed_data());
            signed.extend(update.config_update().and_then(|u| u.signatures()).map_err(text)?);
        }
    }
    let sets: Vec<_> = signed.iter().map(std::slice::from_ref).collect();
    for signers in members.verify_sets(&sets) {
        let [identity] = signers.valid() else {
            let why = signers.dropped().first().map(ToString::to_string);
            return Err(why.unwrap_or_default());
        };
        if !identity.verdict().is_yes() {
            return Err(identity.verdict().to_string());
        }
    }
    Ok(())
}

fn check_commit_hash(blocks: &[Block], hash: &dyn Hash) -> Result<(), String> {
    let (mut computed, mut stated) = (None::<Digest>, None);
    for block in blocks.iter().skip(1) {
        let mut updates = UpdateBatch::new(block.number(), hash);
        for (at, entry) in block.entries().iter().enumerate() {
            let envelope = Envelope::open(entry.clone()).map_err(text)?;
            let Ok(transaction) = envelope.transaction() else { continue };
            if block.metadata().verdict(at) == Some(TxValidationCode::Valid) {
                let action = transaction.action().map_err(text)?;
                updates.add(at as u64, &action.rwset().map_err(text)?);
            }
        }
        let filter = block.metadata().filter();
        computed = Some(updates.commit_hash(filter, computed.as_ref(), hash));
        stated = block.metadata().commit_hash().map_err(text)?;
    }
    match (stated, computed) {
        (Some(stated), Some(computed)) if stated != computed.as_ref() => {
            Err(format!("commit hash {} is stated, {computed} computed", hex::encode(stated)))
        }
        // Orderers state none.
        _ => Ok(()),
    }
}

#[allow(clippy::needless_pass_by_value)] // the shape that `map_err` asks for
fn text(error: impl ToString) -> String {
    error.to_string()
}
