// SPDX-License-Identifier: Apache-2.0
//! The block that a channel begins with.

use super::{Error, Profile};
use crate::update::Stamp;
use crate::{Channel, wire};
use bccsp::Providers;
use block::Block;
use proto::common::{
    ChannelHeader, Config, ConfigEnvelope, ConfigGroup, Envelope, HeaderType, SignatureHeader,
};
use proto::prost::Message;
use sys::Disk;

impl Profile {
    /// Makes the genesis block of a channel.
    ///
    /// # Errors
    /// As [`channel_group`](Self::channel_group) and [`genesis_block`].
    pub fn genesis_block(
        &self,
        channel_id: &str,
        disk: &dyn Disk,
        providers: &Providers,
        stamp: Stamp,
    ) -> Result<Block, Error> {
        genesis_block(self.channel_group(disk, providers)?, channel_id, providers, stamp)
    }
}

/// Wraps the group `Channel` in block 0: one envelope without signature or creator, hashed with the
/// algorithm that the group names.
///
/// # Errors
/// [`Error::Channel`] when no node would accept the block.
pub fn genesis_block(
    group: ConfigGroup,
    channel_id: &str,
    providers: &Providers,
    stamp: Stamp,
) -> Result<Block, Error> {
    let config = Config { sequence: 0, channel_group: Some(group) };
    let channel = Channel::new(providers, channel_id, config)?;
    let header = ChannelHeader {
        r#type: HeaderType::Config.into(),
        version: 1,
        timestamp: Some(stamp.time),
        channel_id: channel_id.to_owned(),
        tx_id: block::transaction_id(&stamp.nonce, &[], providers).map_err(crate::Error::from)?,
        ..ChannelHeader::default()
    };
    let signer = SignatureHeader { nonce: stamp.nonce, ..SignatureHeader::default() };
    let data = ConfigEnvelope { config: Some(channel.config().clone()), last_update: None };
    let payload = block::payload(&header, &signer, wire::config_envelope(data));
    let envelope = Envelope { payload, ..Envelope::default() };
    Ok(Block::genesis(envelope.encode_to_vec().into(), channel.hash()?))
}
