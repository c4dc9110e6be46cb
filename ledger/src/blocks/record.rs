// SPDX-License-Identifier: Apache-2.0
//! From records of the log to blocks, and the keys by which a block and its transactions are found.

use super::stored;
use super::{Stored, StoredBlock};
use crate::Error;
use crate::ids::{Key, Kind};
use crate::log::Reader;
use bccsp::Digest;
use proto::Bytes;

/// What a block and its transactions are found by, each with its place in the block.
pub(crate) fn keys<B: StoredBlock>(block: &B, hash: &Digest) -> Vec<(Key, u32)> {
    let mut keys = vec![(Key::new(Kind::Block, hash.as_bytes()), 0)];
    let ids = block.transaction_ids().into_iter();
    keys.extend(ids.map(|(place, id)| (Key::new(Kind::Transaction, &id), place)));
    keys
}

pub(super) fn decode<B: StoredBlock>(
    reader: &Reader,
    number: u64,
    record: &Bytes,
) -> Result<Stored<B>, Error> {
    let (hash, last_config, bytes) = split(reader, number, record)?;
    let block = B::decode(bytes)
        .map_err(|why| damaged(reader, number, format!("block {number} cannot be read: {why}")))?;
    if block.number() != number {
        let what = format!("block {} stands in the place of block {number}", block.number());
        return Err(damaged(reader, number, what));
    }
    Ok(Stored { block, hash, last_config })
}

pub(super) fn record(reader: &Reader, number: u64) -> Result<(Digest, Option<u64>, Bytes), Error> {
    split(reader, number, &reader.read(number)?)
}

fn split(
    reader: &Reader,
    number: u64,
    record: &Bytes,
) -> Result<(Digest, Option<u64>, Bytes), Error> {
    let short = || damaged(reader, number, format!("the record of block {number} is too short"));
    stored::split(record).ok_or_else(short)
}

pub(super) fn damaged(reader: &Reader, number: u64, what: String) -> Error {
    match reader.locate(number) {
        Ok(at) => Error::Damaged { path: at.path, offset: at.offset, what },
        Err(error) => error,
    }
}
