// SPDX-License-Identifier: Apache-2.0
//! Blocks with everything in them that a ledger looks at, and nothing else: nobody has signed them.

use bccsp::{Hash, HashAlgorithm};
use block::Block;
use proto::Bytes;
use proto::common::{
    ChannelHeader, Config, ConfigEnvelope, ConfigGroup, ConfigValue, Envelope, HashingAlgorithm,
    Header, HeaderType, Payload,
};
use proto::prost::Message;
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, ProposalResponsePayload,
    Transaction, TransactionAction,
};

fn bytes(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

fn envelope(kind: HeaderType, id: &str, data: Bytes) -> Bytes {
    let header = ChannelHeader { r#type: kind as i32, tx_id: id.into(), ..Default::default() };
    let header = Header { channel_header: bytes(&header), signature_header: Bytes::new() };
    let payload = Payload { header: Some(header), data };
    bytes(&Envelope { payload: bytes(&payload), signature: "s".into() })
}

/// A transaction of that id with that serialized read/write set.
#[must_use]
pub fn endorsed(id: &str, set: Bytes) -> Bytes {
    let action = ChaincodeAction { results: set, ..Default::default() };
    let response = ProposalResponsePayload { extension: bytes(&action), ..Default::default() };
    let endorsed = ChaincodeEndorsedAction {
        proposal_response_payload: bytes(&response),
        endorsements: Vec::new(),
    };
    let payload =
        ChaincodeActionPayload { action: Some(endorsed), chaincode_proposal_payload: Bytes::new() };
    let action = TransactionAction { header: Bytes::new(), payload: bytes(&payload) };
    envelope(HeaderType::EndorserTransaction, id, bytes(&Transaction { actions: vec![action] }))
}

/// A block that sets the hash function for those after it. It is hashed with `hash`.
#[must_use]
pub fn config_block(number: u64, previous: Bytes, names: HashAlgorithm, hash: &dyn Hash) -> Block {
    let named = HashingAlgorithm { name: names.fabric_name().into() };
    let value = ConfigValue { value: bytes(&named), ..Default::default() };
    let values = [("HashingAlgorithm".to_owned(), value)].into();
    let group = ConfigGroup { values, ..Default::default() };
    let config = Config { sequence: number, channel_group: Some(group) };
    let config = ConfigEnvelope { config: Some(config), last_update: None };
    let entry = envelope(HeaderType::Config, "", bytes(&config));
    Block::new(number, previous, vec![entry], hash)
}
