// SPDX-License-Identifier: Apache-2.0
//! `gmnode ledger prove | check-proof`.

use super::{check_there, open, options, volume};
use crate::args_ledger::{LedgerCheckProof, LedgerProve};
use crate::objects;
use anyhow::{Context as _, Result, bail};
use bccsp::{Hash, Providers, Suite};
use block::{Block, Proof, Proven, Under};
use channel::{BLOCK_VALIDATION, Channel};
use ledger::blocks::{BlockStore, Stored, transaction_key};
use std::sync::Arc;
use sys::{Access, SystemDisk};
use terminal::{Outcome, files, output};

pub(super) fn prove(args: &LedgerProve) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    check_there(&args.dir)?;
    let providers = Arc::new(objects::providers()?);
    if ledger::has_state(&SystemDisk, &args.dir) {
        let ledger = open(&args.dir, &providers)?;
        return prove_from(ledger.blocks(), args, &providers);
    }
    // An orderer's: there are the blocks alone.
    let blocks = BlockStore::open(&volume(), &args.dir, options()?.blocks, 0)?;
    prove_from(&blocks, args, &providers)
}

fn prove_from(
    blocks: &BlockStore<Block>,
    args: &LedgerProve,
    providers: &Providers,
) -> Result<Outcome> {
    let (number, index) = place(blocks, &args.transaction)?;
    let Some(stored) = blocks.block(number)? else {
        bail!(
            "{}: block {number} is not here; the ledger has blocks {} to {}",
            args.dir.display(),
            blocks.first(),
            blocks.height().saturating_sub(1)
        );
    };
    let proof = Proof::new(&stored.block, index, hash_of(&stored, providers)?, providers)
        .with_context(|| format!("block {number}, transaction {index}"))?;
    files::write(&args.out, &proof.encode(), Access::Public)?;
    let config = match proof.under()? {
        Under::ConfigBlock(config) => format!("block {config}, the configuration in force"),
        Under::Sequence(sequence) => {
            format!("the config block before, which has sequence {sequence}")
        }
    };
    output::remark(format_args!("check it with --trust and {config}"));
    Ok(Outcome::Yes)
}

/// Block and place of a transaction.
fn place(blocks: &BlockStore<Block>, text: &str) -> Result<(u64, usize)> {
    if let Some((number, index)) = text.split_once(':') {
        let wanted =
            || format!("`{}`: block and place are two numbers, such as 17:0", text.escape_debug());
        return Ok((number.parse().with_context(wanted)?, index.parse().with_context(wanted)?));
    }
    let Some(id) = transaction_key(text) else {
        bail!(
            "`{}` is no transaction id: 64 digits of lower-case hex, or block and place, such as 17:0",
            text.escape_debug()
        );
    };
    match blocks.transaction(&id)? {
        Some(place) => Ok((place.block, usize::try_from(place.transaction)?)),
        None => bail!("no transaction {text} in this ledger"),
    }
}

/// The hash function in force for a stored block: the one that gives the hash it is stored with.
fn hash_of<'a>(stored: &Stored<Block>, providers: &'a Providers) -> Result<&'a dyn Hash> {
    for suite in Suite::ALL {
        let hash = providers.hash(suite.hash_algorithm())?;
        if stored.block.hash(hash) == stored.hash {
            return Ok(hash);
        }
    }
    bail!("block {} is stored with a hash that is not its own", stored.block.number())
}

pub(super) fn check(args: &LedgerCheckProof) -> Result<Outcome> {
    let providers = objects::providers()?;
    let (channel, number) = objects::channel_in(&providers, &args.trust)?;
    let name = || args.file.display().to_string();
    let proof = Proof::decode(files::read(&args.file)?).with_context(name)?;
    match channel.check_proof(number, &proof) {
        Ok((proven, decision)) if decision.is_satisfied() => tell(&channel, &proven),
        Ok((proven, decision)) => {
            let block = proven.number;
            refuse(format_args!(
                "block {block}: policy {BLOCK_VALIDATION} is not satisfied: {decision}"
            ))
        }
        Err(error) if is_no(&error) => refuse(error),
        Err(error) => Err(error).with_context(name),
    }
}

/// Whether the proof is wrong; else nothing is known of it.
fn is_no(error: &channel::Error) -> bool {
    match error {
        channel::Error::Proof(_) => true,
        channel::Error::Block(error) => matches!(
            error,
            block::Error::Malformed { .. }
                | block::Error::NotCanonical { .. }
                | block::Error::Mismatch { .. }
        ),
        _ => false,
    }
}

fn refuse(why: impl std::fmt::Display) -> Result<Outcome> {
    output::line(format_args!("not proven: {why}"))?;
    Ok(Outcome::No)
}

fn tell(channel: &Channel, proven: &Proven) -> Result<Outcome> {
    let Proven { number, index, count, block_hash, .. } = proven;
    let what = match (&proven.transaction_id, proven.under) {
        (Some(id), _) => format!("transaction {id}"),
        (None, Under::Sequence(_)) => "a change of the configuration".to_owned(),
        (None, Under::ConfigBlock(_)) => "an envelope without transaction id".to_owned(),
    };
    output::line(format_args!("proven: {what} was ordered"))?;
    output::line(format_args!(
        "  channel {}, block {number}, place {index} of {count}",
        channel.id()
    ))?;
    let hash = channel.hash_algorithm().fabric_name();
    output::line(format_args!("  the block has hash {block_hash} ({hash})"))?;
    for signer in channel.msps().verify(&proven.signatures).valid() {
        output::line(format_args!("  signed by {}", signer.subject()))?;
    }
    output::line(
        "not proven: that it is valid; peers find that out, and nobody signs what they find",
    )?;
    Ok(Outcome::Yes)
}
