// SPDX-License-Identifier: Apache-2.0
//! Files turned into what they hold, each refusal naming the file.

use anyhow::{Context as _, Result, anyhow, bail};
use bccsp::{EngineChoice, Providers, Suite};
use block::{Block, ConfigUpdate, Envelope};
use channel::Channel;
use channel::update::Stamp;
use proto::common::{self, HeaderType};
use proto::prost::Message;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use sys::{Entropy, SystemEntropy};

/// Both families. Nothing is created in a default one here: a channel says which it uses.
pub(crate) fn providers() -> Result<Providers> {
    Ok(Providers::new(Suite::Gm, EngineChoice::Auto)?)
}

/// A block.
pub(crate) fn block(path: &Path) -> Result<Block> {
    let bytes = terminal::files::read(path)?;
    Block::decode(bytes).with_context(|| path.display().to_string())
}

/// The channel of a config block.
pub(crate) fn channel(providers: &Providers, path: &Path) -> Result<Channel> {
    Ok(channel_in(providers, path)?.0)
}

/// The channel of a config block, and the number of that block.
pub(crate) fn channel_in(providers: &Providers, path: &Path) -> Result<(Channel, u64)> {
    let block = block(path)?;
    if !block.is_config() {
        bail!(
            "{}: block {} holds transactions; a config block is needed (the genesis block is one)",
            path.display(),
            block.number()
        );
    }
    let channel =
        Channel::from_block(providers, &block).with_context(|| path.display().to_string())?;
    Ok((channel, block.number()))
}

/// The configuration in a config block or in a `common.Config`.
pub(crate) fn config(path: &Path) -> Result<common::Config> {
    let bytes = terminal::files::read(path)?;
    let of_block = Block::decode(bytes.clone()).ok().filter(Block::is_config);
    let entry = of_block.and_then(|block| block.entries().first().cloned());
    let config = match entry {
        Some(entry) => Envelope::open(entry)?.config()?.config,
        None => common::Config::decode(&*bytes).ok().filter(|c| c.channel_group.is_some()),
    };
    config.ok_or_else(|| anyhow!("{}: neither a config block nor a common.Config", path.display()))
}

/// An update: bare (`common.ConfigUpdate`) or in its envelope, and the channel it is for.
pub(crate) fn update(path: &Path) -> Result<(ConfigUpdate, String)> {
    let bytes = terminal::files::read(path)?;
    let enveloped = Envelope::open(bytes.clone()).ok();
    let enveloped =
        enveloped.filter(|envelope| envelope.headers().kind() == Some(HeaderType::ConfigUpdate));
    let name = || path.display().to_string();
    let update = match enveloped {
        Some(envelope) => envelope.config_update().with_context(name)?,
        None => ConfigUpdate::new(bytes.into()),
    };
    let message = update.update().with_context(name)?;
    if message.write_set.is_none() {
        bail!("{}: no config update; `gmnode config set` makes one", name());
    }
    Ok((update, message.channel_id))
}

/// What makes an envelope of now different from every other.
pub(crate) fn stamp() -> Result<Stamp> {
    let mut nonce = [0_u8; 24];
    SystemEntropy.fill(&mut nonce)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let time = proto::prost_types::Timestamp {
        seconds: i64::try_from(now.as_secs())?,
        nanos: i32::try_from(now.subsec_nanos())?,
    };
    Ok(Stamp { nonce: nonce.to_vec().into(), time })
}
