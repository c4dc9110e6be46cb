// SPDX-License-Identifier: Apache-2.0
//! `gmnode ledger info`.

use super::{check_there, open, options, providers, volume};
use crate::args_ledger::LedgerInfo;
use anyhow::Result;
use bccsp::Digest;
use block::Block;
use channel::Channel;
use ledger::Ledger;
use ledger::blocks::BlockStore;
use sys::SystemDisk;
use terminal::{Outcome, output};

pub(super) fn run(args: &LedgerInfo) -> Result<Outcome> {
    check_there(&args.dir)?;
    let providers = providers()?;
    if ledger::has_state(&SystemDisk, &args.dir) {
        let ledger = open(&args.dir, &providers)?;
        let config = ledger.config_block()?.map(|stored| stored.block);
        let channel = config.map(|block| Channel::from_block(&providers, &block)).transpose()?;
        blocks(ledger.blocks(), channel.as_ref())?;
        state(&ledger)?;
        return Ok(Outcome::Yes);
    }
    let store = BlockStore::<Block>::open(&volume(), &args.dir, options()?.blocks, 0)?;
    let config = store.last_config().map(|number| store.block(number)).transpose()?.flatten();
    let channel =
        config.map(|stored| Channel::from_block(&providers, &stored.block)).transpose()?;
    blocks(&store, channel.as_ref())?;
    output::line("state         none; a peer makes it when it starts, or `gmnode ledger rebuild`")?;
    Ok(Outcome::Yes)
}

fn blocks(store: &BlockStore<Block>, channel: Option<&Channel>) -> Result<()> {
    let (first, tip) = (store.first(), store.tip());
    if let Some(channel) = channel {
        output::line(format_args!("channel       {}", channel.id()))?;
    }
    output::line(format_args!("height        {}", tip.height))?;
    match tip.height.checked_sub(1).filter(|last| *last >= first) {
        Some(last) => output::line(format_args!("blocks        {first} to {last}"))?,
        None => output::line("blocks        none yet")?,
    }
    if let Some(hash) = tip.hash {
        output::line(format_args!("last hash     {hash}"))?;
    }
    if let (Some(number), Some(channel)) = (tip.last_config, channel) {
        let (sequence, hash) = (channel.sequence(), channel.hash_algorithm());
        output::line(format_args!("configuration {sequence}, in block {number}"))?;
        output::line(format_args!("hash          {} for the next block", hash.fabric_name()))?;
    }
    Ok(())
}

fn state(ledger: &Ledger<Block>) -> Result<()> {
    let tip = ledger.tip();
    let commit_hash = tip.commit_hash.as_ref().map_or_else(|| "none".into(), Digest::to_string);
    output::line(format_args!("commit hash   {commit_hash}"))?;
    output::line(format_args!("history       from block {}", tip.history_from))?;
    if let Some(base) = ledger.base() {
        let (height, end) = (base.header().height, base.end());
        output::line(format_args!(
            "begins from   the snapshot of height {height}: {} keys, {} ids, state hash {}",
            end.rows, end.ids, end.state_hash
        ))?;
    }
    Ok(())
}
