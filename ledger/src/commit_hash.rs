// SPDX-License-Identifier: Apache-2.0
//! The commit hash of a block, from what it changes in the state.
//!
//! Not here: what it is over (`block::UpdateWriter`).

use crate::state::{Space, Updates};
use bccsp::{Digest, Hash};
use block::UpdateWriter;

/// The commit hash of a block: `filter` is a validation code for each transaction, `previous` the
/// commit hash of the block before; block 1 has none before it, and block 0 has none at all.
#[must_use]
pub fn commit_hash(
    hash: &dyn Hash,
    filter: &[u8],
    updates: &Updates,
    previous: Option<&Digest>,
) -> Digest {
    let mut writer = UpdateWriter::default();
    for update in updates.iter() {
        let Space { namespace, collection } = update.space;
        writer.push(namespace, collection, update.key, update.value, update.version);
    }
    writer.commit_hash(filter, previous, hash)
}
