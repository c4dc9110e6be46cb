// SPDX-License-Identifier: Apache-2.0
//! The messages that a peer sends to a chaincode.

use super::CallId;
use proto::Bytes;
use proto::prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{ChaincodeAdditionalParams, ChaincodeInput, ChaincodeMessage, SignedProposal};

/// Most records in one `WRITE_BATCH_STATE`, and most keys in one `GET_STATE_MULTIPLE`.
pub(super) const BATCH: usize = 1000;

pub(super) fn registered() -> ChaincodeMessage {
    ChaincodeMessage { r#type: Type::Registered.into(), ..ChaincodeMessage::default() }
}

/// With what may be asked beyond the common requests. Chaincodes that do not know of it pass over
/// the payload.
pub(super) fn ready(batches: bool) -> ChaincodeMessage {
    let size = u32::try_from(BATCH).unwrap_or(u32::MAX);
    let offered = ChaincodeAdditionalParams {
        use_write_batch: true,
        max_size_write_batch: size,
        use_get_multiple_keys: true,
        max_size_get_multiple_keys: size,
    };
    let payload = if batches { offered.encode_to_vec().into() } else { Bytes::new() };
    ChaincodeMessage { r#type: Type::Ready.into(), payload, ..ChaincodeMessage::default() }
}

pub(super) fn start(
    id: &CallId,
    is_init: bool,
    input: &ChaincodeInput,
    proposal: SignedProposal,
) -> ChaincodeMessage {
    let kind = if is_init { Type::Init } else { Type::Transaction };
    let payload = input.encode_to_vec().into();
    ChaincodeMessage { proposal: Some(proposal), ..message(kind, id, payload) }
}

pub(super) fn response(id: &CallId, payload: Bytes) -> ChaincodeMessage {
    message(Type::Response, id, payload)
}

pub(super) fn error(id: &CallId, text: String) -> ChaincodeMessage {
    message(Type::Error, id, text.into())
}

/// How another chaincode ended, as it travels inside of a response.
pub(super) fn ended(id: &CallId, kind: Type, payload: Bytes) -> Bytes {
    message(kind, id, payload).encode_to_vec().into()
}

fn message(kind: Type, id: &CallId, payload: Bytes) -> ChaincodeMessage {
    ChaincodeMessage {
        r#type: kind.into(),
        payload,
        txid: id.tx_id.clone(),
        channel_id: id.channel.clone(),
        ..ChaincodeMessage::default()
    }
}
