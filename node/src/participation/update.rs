// SPDX-License-Identifier: Apache-2.0
//! Which channel a configuration update is for, before anybody judges it.

use bytes::Bytes;
use proto::common::{ChannelHeader, Envelope, HeaderType, Payload};
use proto::prost::Message as _;

/// What is wrong with the envelope, in Fabric's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadUpdate {
    #[error("cannot unmarshal file part config-update-envelope into an envelope")]
    Envelope,
    #[error("invalid config update envelope: bad payload")]
    Payload,
    #[error("invalid config update envelope: bad header")]
    Header,
    #[error("invalid config update envelope: bad type")]
    Type,
    #[error("invalid config update envelope: bad channel id")]
    Channel,
}

/// The channel of an envelope of type `CONFIG_UPDATE`.
pub(super) fn channel_of(envelope: &Bytes) -> Result<String, BadUpdate> {
    let envelope = Envelope::decode(envelope.clone()).map_err(|_| BadUpdate::Envelope)?;
    let payload = Payload::decode(envelope.payload).map_err(|_| BadUpdate::Payload)?;
    let header = payload.header.ok_or(BadUpdate::Header)?;
    let header = ChannelHeader::decode(header.channel_header).map_err(|_| BadUpdate::Header)?;
    if header.r#type != HeaderType::ConfigUpdate as i32 {
        return Err(BadUpdate::Type);
    }
    channel::check_id(&header.channel_id).map_err(|_| BadUpdate::Channel)?;
    Ok(header.channel_id)
}
