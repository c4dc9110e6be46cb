// SPDX-License-Identifier: Apache-2.0
//! `gmnode orderer`: the folder of a node that orders and does not run.

use super::orderer_start;
use crate::args_orderer::{GoAlone, Orderer};
use crate::objects::providers;
use anyhow::{Context as _, Result, bail};
use block::Block;
use channel::Channel;
use consensus::raft::{Confirmation, LogStore, Standing, force_single};
use consensus::sim::{self, SimRuntime};
use consensus::wal::{self, SyncAtOnce, Wal};
use ledger::blocks::{BlockStore, Options};
use proto::Bytes;
use std::path::Path;
use std::sync::Arc;
use sys::{Disk as _, SystemDisk, Volume};
use terminal::{Outcome, output};

pub(super) fn run(command: &Orderer) -> Result<Outcome> {
    match command {
        Orderer::Start(args) => orderer_start::run(args),
        Orderer::GoAlone(args) => go_alone(args),
    }
}

fn go_alone(args: &GoAlone) -> Result<Outcome> {
    let confirmed = args.confirm.as_deref().map(confirmation).transpose()?;
    let certificate = terminal::files::read(&args.tls_cert)?;
    let key = orderer::member_key(&certificate)
        .with_context(|| format!("{}: it is no certificate", args.tls_cert.display()))?;
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    let log = open_log(&volume, &args.dir, &args.channel)?;
    let standing = standing(&volume, &args.dir.join("channels").join(&args.channel))?;
    let Some(confirmed) = confirmed else {
        tell_standing(&standing, &key)?;
        return Ok(Outcome::No);
    };
    let store = LogStore::<SimRuntime>::new(log.group(&args.channel)?);
    // It waits for the disk only, and that at once: no time passes.
    let done = sim::block_on(force_single::<_, SimRuntime>(store, &standing, &key, &confirmed))?;
    output::line(format_args!(
        "{}: this node, number {}, is the only one that votes from term {} on; wipe the others \
         before you start them",
        standing.channel, done.id, done.term
    ))?;
    Ok(Outcome::Yes)
}

fn confirmation(text: &str) -> Result<Confirmation> {
    let parts = text.rsplit_once(':').and_then(|(name, height)| Some((name, height.parse().ok()?)));
    let (name, height) = parts
        .with_context(|| format!("--confirm {text}: a channel and a number, such as ch1:27"))?;
    Ok(Confirmation { channel: name.to_owned(), height })
}

/// Opening a folder without a log would begin one.
fn open_log(volume: &Arc<dyn Volume>, dir: &Path, channel: &str) -> Result<Wal> {
    let place = dir.join("wal");
    if !SystemDisk.exists(&place) {
        bail!("{}: there is no `wal` here; the folder of a node is needed", dir.display());
    }
    let log = Wal::open(volume, &place, wal::Options::default(), Box::new(SyncAtOnce))?;
    if !log.groups().iter().any(|group| group == channel) {
        bail!("{}: it has no log of channel {channel}", place.display());
    }
    Ok(log)
}

fn standing(volume: &Arc<dyn Volume>, dir: &Path) -> Result<Standing> {
    if !ledger::is_there(&SystemDisk, dir) {
        bail!("{}: there are no blocks here", dir.display());
    }
    let store = BlockStore::<Block>::open(volume, dir, Options::default(), 0)?;
    let config = store.last_config().map(|number| store.block(number)).transpose()?.flatten();
    let config =
        config.with_context(|| format!("{}: no block has a configuration", dir.display()))?;
    let channel = Channel::from_block(&providers()?, &config.block)?;
    let tip = store.tip();
    let last = store.block(tip.height.saturating_sub(1))?.context("the last block is gone")?;
    Ok(Standing {
        channel: channel.id().to_owned(),
        height: tip.height,
        tip: tip.hash.map(|hash| Bytes::copy_from_slice(hash.as_ref())).unwrap_or_default(),
        metadata: last.block.metadata().orderer()?.consenter_metadata,
        members: orderer::members(&channel),
    })
}

fn tell_standing(standing: &Standing, key: &Bytes) -> Result<()> {
    let Standing { channel, height, members, .. } = standing;
    output::line(format_args!("channel     {channel}"))?;
    output::line(format_args!("blocks      {height} here; use the node that has the most"))?;
    for member in members {
        let which = if member.key == *key { ", this node" } else { "" };
        output::line(format_args!("consenter   {}:{}{which}", member.host, member.port))?;
    }
    output::line(format_args!(
        "Nothing was changed. To go on with this node alone, and lose what only others have, add \
         --confirm {channel}:{height}"
    ))
}
