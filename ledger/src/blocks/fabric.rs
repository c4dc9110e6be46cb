// SPDX-License-Identifier: Apache-2.0
//! Fabric's blocks, as they are stored.

use super::{BlockStore, StoredBlock};
use crate::Error;
use crate::mvcc::KnownIds;
use block::{Block, Envelope};
use proto::prost::Message;
use proto::prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use proto::{Bytes, common};

impl StoredBlock for Block {
    fn number(&self) -> u64 {
        Self::number(self)
    }

    fn previous_hash(&self) -> &[u8] {
        &self.header().previous_hash
    }

    fn encode(&self, out: &mut Vec<u8>) {
        // It fails when there is no room, and this grows.
        let _ = common::Block::from(self.clone()).encode(out);
    }

    fn decode(bytes: Bytes) -> Result<Self, String> {
        Self::decode(bytes).map_err(|error| error.to_string())
    }

    fn transaction_ids(&self) -> Vec<(u32, [u8; 32])> {
        let id = |entry: &Bytes| match envelope_id(entry) {
            Some(id) => transaction_key(id),
            // Whatever is unusual about it, there is one reader who decides.
            None => {
                let envelope = Envelope::open(entry.clone()).ok()?;
                transaction_key(&envelope.headers().channel_header().tx_id)
            }
        };
        let ids = (0..).zip(self.entries());
        ids.filter_map(|(place, entry)| Some((place, id(entry)?))).collect()
    }

    fn is_config(&self) -> bool {
        Self::is_config(self)
    }
}

/// The transaction id in an envelope's channel header, for an envelope whose layers on the way have
/// the field once. The others are not looked at: opening all of an envelope takes longer than
/// everything else that a store does with it.
fn envelope_id(envelope: &[u8]) -> Option<&str> {
    let payload = the_field(envelope, 1)?;
    let header = the_field(payload, 1)?;
    let channel_header = the_field(header, 1)?;
    std::str::from_utf8(the_field(channel_header, TX_ID)?).ok()
}

/// `common.ChannelHeader.tx_id`.
const TX_ID: u32 = 5;

/// The bytes of a field that a message has once.
fn the_field(mut message: &[u8], number: u32) -> Option<&[u8]> {
    let mut found = None;
    while !message.is_empty() {
        let (tag, wire_type) = decode_key(&mut message).ok()?;
        if tag == number {
            let length = decode_varint(&mut message)
                .ok()
                .filter(|_| wire_type == WireType::LengthDelimited && found.is_none())?;
            let (field, rest) = message.split_at_checked(usize::try_from(length).ok()?)?;
            (found, message) = (Some(field), rest);
        } else {
            skip_field(wire_type, tag, &mut message, DecodeContext::default()).ok()?;
        }
    }
    found
}

/// The key of a transaction id: a digest in 64 lower-case digits. A transaction with another one is
/// never valid, and is not found by it.
#[must_use]
pub fn transaction_key(id: &str) -> Option<[u8; 32]> {
    if id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut key = [0; 32];
    hex::decode_to_slice(id, &mut key).ok().map(|()| key)
}

impl<B: StoredBlock> KnownIds for BlockStore<B> {
    fn has_id(&self, id: &str) -> Result<bool, Error> {
        transaction_key(id).map_or(Ok(false), |key| self.has_transaction(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::common::{ChannelHeader, Header, Payload};

    fn envelope(id: &str) -> Vec<u8> {
        let header = ChannelHeader { r#type: 3, tx_id: id.into(), ..ChannelHeader::default() };
        let header = Header { channel_header: header.encode_to_vec().into(), ..Header::default() };
        let payload = Payload { header: Some(header), data: vec![1; 300].into() };
        let payload = payload.encode_to_vec().into();
        common::Envelope { payload, signature: vec![2; 71].into() }.encode_to_vec()
    }

    #[test]
    fn the_id_that_is_found_is_the_one_that_opening_finds() {
        let bytes = envelope("id");
        assert_eq!(envelope_id(&bytes), Some("id"));
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let opened = Envelope::open(bytes.clone());
            if let (Some(id), Ok(opened)) = (envelope_id(&bytes), opened) {
                assert_eq!(id, opened.headers().channel_header().tx_id, "bit {bit}");
            }
        }
    }

    #[test]
    fn what_is_there_twice_or_not_at_all_is_not_decided_here() {
        let (once, other) = (envelope("id"), envelope("other"));
        assert_eq!(envelope_id(&[once.clone(), other].concat()), None);
        assert_eq!(envelope_id(&envelope("")), None);
        // Cut off anywhere before the signature.
        (0..once.len() - 73).for_each(|end| assert_eq!(envelope_id(&once[..end]), None));
    }
}
