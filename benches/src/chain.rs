// SPDX-License-Identifier: Apache-2.0
//! Blocks without end, to be stored: transactions of the usual size, found by their ids, and of no
//! other use.

use bccsp::{Digest, Providers};
use block::{Block, transaction_id};
use proto::Bytes;
use proto::common::{ChannelHeader, Envelope, Header, Payload};
use proto::prost::Message;

/// What an endorsed transaction of two endorsers has beside its header, in bytes, about.
const DATA: usize = 3_300;

/// A chain of blocks with so many transactions each, and their hashes by the first of `providers`.
///
/// # Errors
/// When there is no hash function.
pub fn chain(
    providers: &Providers,
    transactions: u32,
) -> Result<impl Iterator<Item = (Block, Digest)>, block::Error> {
    let hash = providers.default_provider().hash()?;
    transaction_id(b"", b"", providers)?;
    let mut previous = Digest::new([0; 32]);
    Ok((0..).map(move |number: u64| {
        let entry = |place: u32| {
            let nonce = [number.to_be_bytes(), u64::from(place).to_be_bytes()].concat();
            entry(transaction_id(&nonce, b"creator", providers).unwrap_or_default())
        };
        let entries = (0..transactions).map(entry).collect();
        let block = Block::new(number, previous.as_ref().to_vec(), entries, hash);
        previous = block.hash(hash);
        (block, previous)
    }))
}

fn entry(tx_id: String) -> Bytes {
    let header = ChannelHeader { r#type: 3, tx_id, ..ChannelHeader::default() };
    let header = Header { channel_header: header.encode_to_vec().into(), ..Header::default() };
    let payload = Payload { header: Some(header), data: vec![0x5a; DATA].into() };
    let signature = vec![7; 71].into();
    Envelope { payload: payload.encode_to_vec().into(), signature }.encode_to_vec().into()
}
