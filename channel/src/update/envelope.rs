// SPDX-License-Identifier: Apache-2.0
//! Envelopes around updates, and around the configurations that come of them.

use super::{rules, transition};
use crate::{Channel, Element, Error, wire};
use block::{ConfigUpdate, Envelope};
use msp::SigningIdentity;
use proto::common::{self, ChannelHeader, Config, ConfigEnvelope, HeaderType, SignatureHeader};
use proto::prost::Message;
use proto::{Bytes, prost_types};

/// What makes an envelope of its sender's different from every other.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Bytes that were never used before; 24 random ones, by custom.
    pub nonce: Bytes,
    /// When it was made.
    pub time: prost_types::Timestamp,
}

/// The payload around an update, as `configtxlator` and `configtxgen` leave it for others to sign:
/// no creator, no time.
#[must_use]
pub fn update_payload(channel_id: &str, update: &ConfigUpdate) -> Bytes {
    let header = common::Header {
        channel_header: channel_header(HeaderType::ConfigUpdate, channel_id).encode_to_vec().into(),
        signature_header: Bytes::new(),
    };
    common::Payload { header: Some(header), data: update.encode() }.encode_to_vec().into()
}

fn channel_header(kind: HeaderType, channel_id: &str) -> ChannelHeader {
    ChannelHeader {
        r#type: kind.into(),
        channel_id: channel_id.to_owned(),
        ..ChannelHeader::default()
    }
}

impl Channel {
    /// The configuration that an update leads to, if it may be applied: what it read is current,
    /// its signers satisfy the modification policy of everything it changes, and the result is a
    /// channel that may follow on this one. Signatures are judged in one batch.
    ///
    /// # Errors
    /// [`Error::Update`] names the element, and the policy with what it lacks; [`Error::NoChange`],
    /// [`Error::OtherChannel`]; as [`Channel::new`] when the result is no channel.
    pub fn propose(&self, update: &ConfigUpdate) -> Result<Self, Error> {
        let next = self.follow(update)?;
        rules::check_taken_in(update, next.root())?;
        Ok(next)
    }

    fn follow(&self, update: &ConfigUpdate) -> Result<Self, Error> {
        let config = rules::propose(self, update)?;
        let next = Self::new(self.msps().providers(), self.id(), config)?;
        transition::check(self, &next)?;
        Ok(next)
    }

    /// The same for a `CONFIG_UPDATE` envelope as a client sends it.
    ///
    /// # Errors
    /// As [`propose`](Self::propose); [`Error::Block`] for another envelope.
    pub fn propose_envelope(&self, envelope: &common::Envelope) -> Result<Self, Error> {
        self.propose(&update_of(envelope)?)
    }

    /// What a peer asks of a config block: that its configuration is the one its own last update
    /// leads to from here. Gives the channel after it.
    ///
    /// Members that no group takes in are dropped here, as Fabric drops them: an orderer of Fabric's
    /// puts such an update into a block, and a peer that refused it would stop.
    ///
    /// # Errors
    /// As [`propose`](Self::propose); [`Error::Update`] when they differ.
    pub fn validate(&self, envelope: &ConfigEnvelope) -> Result<Self, Error> {
        let none = || Error::malformed("config envelope", "it has no last_update");
        let next = self.follow(&update_of(envelope.last_update.as_ref().ok_or_else(none)?)?)?;
        if envelope.config.as_ref() != Some(next.config()) {
            let root = Element::group("/Channel");
            let why = "the configuration in the block is not the one that its update leads to";
            return Err(Error::update(&root, why));
        }
        Ok(next)
    }

    /// The envelope in which an orderer puts this configuration into a block: type `CONFIG`,
    /// version 0, no transaction id, signed by the orderer. `last_update` led to it.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn envelope(
        &self,
        last_update: common::Envelope,
        orderer: &SigningIdentity,
        stamp: Stamp,
    ) -> Result<common::Envelope, Error> {
        let config = Some(self.config().clone());
        let data = wire::config_envelope(ConfigEnvelope { config, last_update: Some(last_update) });
        let mut header = channel_header(HeaderType::Config, self.id());
        header.timestamp = Some(stamp.time);
        let signer = SignatureHeader { creator: orderer.serialized().clone(), nonce: stamp.nonce };
        let payload = block::payload(&header, &signer, data);
        Ok(block::sign_payload(payload, &**orderer.key())?)
    }
}

fn update_of(envelope: &common::Envelope) -> Result<ConfigUpdate, Error> {
    Ok(Envelope::from_message(envelope.clone())?.config_update()?)
}

/// The envelope in which a client sends an update: signed by the client, who need not be one of
/// those who signed the update itself.
///
/// # Errors
/// [`Error::Crypto`].
pub fn update_envelope(
    channel_id: &str,
    update: &ConfigUpdate,
    client: &SigningIdentity,
    stamp: Stamp,
) -> Result<common::Envelope, Error> {
    let mut header = channel_header(HeaderType::ConfigUpdate, channel_id);
    header.timestamp = Some(stamp.time);
    let signer = SignatureHeader { creator: client.serialized().clone(), nonce: stamp.nonce };
    let payload = block::payload(&header, &signer, update.encode());
    Ok(block::sign_payload(payload, &**client.key())?)
}

/// The configuration in a `CONFIG` envelope, which a block has as its only entry.
pub(crate) fn config_of(envelope: &Envelope) -> Result<(String, Config), Error> {
    let config = envelope.config()?.config;
    let none = || Error::malformed("config envelope", "it has no configuration");
    let channel_id = envelope.headers().channel_header().channel_id.clone();
    Ok((channel_id, config.ok_or_else(none)?))
}
