// SPDX-License-Identifier: Apache-2.0
//! The signed request for blocks.

use block::{payload, sign_payload};
use msp::SigningIdentity;
use proto::Bytes;
use proto::common::{ChannelHeader, Envelope, HeaderType, SignatureHeader};
use proto::orderer::seek_info::{SeekBehavior, SeekErrorResponse};
use proto::orderer::seek_position::Type;
use proto::orderer::{
    SeekInfo, SeekNewest, SeekNextCommit, SeekOldest, SeekPosition, SeekSpecified,
};
use proto::prost::Message as _;
use proto::prost_types::Timestamp;

/// Where a range of blocks begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Block 0.
    Oldest,
    /// The last block that is there.
    Newest,
    /// The block after that.
    NextCommit,
    /// That one.
    Number(u64),
}

/// Which blocks are asked for, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The first.
    pub start: Position,
    /// The last.
    pub stop: Position,
    /// Whether to end with 404 instead of waiting for blocks that are not there yet.
    pub fail_if_not_ready: bool,
    /// Whether an orderer that has lost its leader may answer too.
    pub best_effort: bool,
}

/// Signs a request for blocks. `binding` is the hash of the client's TLS certificate, or nothing.
///
/// # Errors
/// [`block::Error`] when the key does not sign.
pub fn seek(
    channel: &str,
    wanted: Wanted,
    identity: &SigningIdentity,
    (time, nonce): (Timestamp, Bytes),
    binding: Bytes,
) -> Result<Envelope, block::Error> {
    let behavior = match wanted.fail_if_not_ready {
        true => SeekBehavior::FailIfNotReady,
        false => SeekBehavior::BlockUntilReady,
    };
    let error_response = match wanted.best_effort {
        true => SeekErrorResponse::BestEffort,
        false => SeekErrorResponse::Strict,
    };
    let info = SeekInfo {
        start: Some(position(wanted.start)),
        stop: Some(position(wanted.stop)),
        behavior: behavior.into(),
        error_response: error_response.into(),
        ..SeekInfo::default()
    };
    let header = ChannelHeader {
        r#type: HeaderType::DeliverSeekInfo.into(),
        channel_id: channel.to_owned(),
        timestamp: Some(time),
        tls_cert_hash: binding,
        ..ChannelHeader::default()
    };
    let signer = SignatureHeader { creator: identity.serialized().clone(), nonce };
    let payload = payload(&header, &signer, info.encode_to_vec().into());
    sign_payload(payload, &**identity.key())
}

fn position(position: Position) -> SeekPosition {
    let kind = match position {
        Position::Oldest => Type::Oldest(SeekOldest {}),
        Position::Newest => Type::Newest(SeekNewest {}),
        Position::NextCommit => Type::NextCommit(SeekNextCommit {}),
        Position::Number(number) => Type::Specified(SeekSpecified { number }),
    };
    SeekPosition { r#type: Some(kind) }
}
