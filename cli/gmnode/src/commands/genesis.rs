// SPDX-License-Identifier: Apache-2.0
//! `gmnode genesis`: the block that a channel begins with.

use crate::args::Genesis;
use crate::objects;
use anyhow::{Context as _, Result};
use channel::Channel;
use channel::configtx::ConfigTx;
use sys::{Access, SystemDisk};
use terminal::{Outcome, files, output};

pub(crate) fn run(args: &Genesis) -> Result<Outcome> {
    files::check_free(&args.out.out, args.out.force)?;
    let providers = objects::providers()?;
    let name = || args.config.display().to_string();
    let profile = ConfigTx::read(&SystemDisk, &args.config)
        .and_then(|file| file.profile(&args.profile))
        .with_context(name)?;
    let block = profile
        .genesis_block(&args.channel, &SystemDisk, &providers, objects::stamp()?)
        .with_context(name)?;
    let channel = Channel::from_block(&providers, &block)?;
    files::write(&args.out, &block.encode(), Access::Public)?;
    for note in profile.notes() {
        output::remark(format_args!("note: {note}"));
    }
    let hash = block.hash(channel.hash()?);
    output::remark(format_args!(
        "channel {}: block 0 with hash {hash} ({}), organisations {}",
        channel.id(),
        channel.hash_algorithm(),
        channel.msps().ids().collect::<Vec<_>>().join(", "),
    ));
    Ok(Outcome::Yes)
}
