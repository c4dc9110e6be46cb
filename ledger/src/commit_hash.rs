// SPDX-License-Identifier: Apache-2.0
//! The commit hash of a block, from what it changes in the state.
//!
//! Not here: what it is over (`block::UpdateBatch`).

use crate::state::Updates;
use bccsp::{Digest, Hash};
use block::UpdateBatch;

/// The commit hash of a block: `filter` is a validation code for each transaction, `previous` the
/// commit hash of the block before; block 1 has none before it, and block 0 has none at all.
#[must_use]
pub fn commit_hash(
    hash: &dyn Hash,
    filter: &[u8],
    updates: &Updates,
    previous: Option<&Digest>,
) -> Digest {
    let mut batch = UpdateBatch::new(updates.block(), hash);
    for update in updates.iter() {
        let (space, value) = (update.space, update.value.cloned());
        let transaction = update.version.transaction;
        batch.set(space.namespace, space.collection, update.key.clone(), value, transaction);
    }
    batch.commit_hash(filter, previous, hash)
}
