// SPDX-License-Identifier: Apache-2.0
//! The commit hash: a chain over what every block changed, which equal nodes agree on.
//!
//! H = hash(varint(length of F) ‖ F ‖ U ‖ H of the block before): F is a byte for each
//! transaction, its validation code; U is a serialized `Updates`. Starts at block 1, with nothing
//! before it.

use crate::state::Updates;
use bccsp::{Digest, Hash};
use proto::prost::Message;
use proto::prost::encoding::encode_varint;
use proto::updates::{KvWrite, Updates as Message_};

/// The commit hash of a block: `filter` has its validation codes, `previous` is the commit hash of
/// the block before, empty for block 1.
#[must_use]
pub fn commit_hash(hash: &dyn Hash, filter: &[u8], updates: &Updates, previous: &[u8]) -> Digest {
    let mut length = Vec::with_capacity(10);
    encode_varint(filter.len() as u64, &mut length);
    hash.digest(&[&length, filter, &update_bytes(updates), previous])
}

/// U: the changes, with the namespace and the collection named on the first of each run of equal
/// ones. The empty namespace, where Fabric keeps the channel configuration, is left out.
fn update_bytes(updates: &Updates) -> Vec<u8> {
    let (mut namespace, mut collection) = ("", "");
    let mut writes = Vec::new();
    for update in updates.iter().filter(|update| !update.space.namespace.is_empty()) {
        if update.space.namespace != namespace {
            collection = "";
        }
        writes.push(KvWrite {
            namespace: changed(&mut namespace, update.space.namespace),
            collection: changed(&mut collection, update.space.collection.unwrap_or_default()),
            key: update.key.clone(),
            is_delete: update.is_delete(),
            value: update.value.cloned().unwrap_or_default(),
            version_bytes: version_bytes(update.version.block, update.version.transaction).into(),
        });
    }
    Message_ { kv_writes: writes }.encode_to_vec()
}

fn changed<'a>(last: &mut &'a str, now: &'a str) -> String {
    if *last == now {
        return String::new();
    }
    *last = now;
    now.to_owned()
}

/// Two numbers, each after its length in bytes.
fn version_bytes(block: u64, transaction: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(18);
    for number in [block, transaction] {
        let bytes = number.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = bytes.get(zeros..).unwrap_or_default();
        out.push(u8::try_from(bytes.len()).unwrap_or(8));
        out.extend_from_slice(bytes);
    }
    out
}
