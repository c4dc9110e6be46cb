// SPDX-License-Identifier: Apache-2.0
//! What one block states, computed again, and whether it is found by its ids.
//!
//! Not here: what depends on the block before (`course`).

use crate::blocks::{BlockStore, Stored, keys};
use crate::{ChainBlock, Error};
use bccsp::{Digest, Hash};

/// A block's hash, computed, and what is wrong with it.
pub(super) struct Checked {
    pub(super) hash: Digest,
    pub(super) wrong: Vec<String>,
}

pub(super) fn check<B: ChainBlock>(
    stored: &Stored<B>,
    hash: &dyn Hash,
    store: &BlockStore<B>,
    are_ids_good: bool,
) -> Checked {
    let computed = stored.block.hash(hash);
    let mut wrong: Vec<String> = stored.block.check(hash).err().into_iter().collect();
    if stored.hash != computed {
        let is = stored.hash;
        wrong.push(format!("it is stored with hash {is}, that of its header is {computed}"));
    }
    if are_ids_good {
        wrong.extend(check_ids(stored, store).unwrap_or_else(|error| Some(error.to_string())));
    }
    wrong.extend(check_verdicts(&stored.block));
    Checked { hash: computed, wrong }
}

/// Ids are looked for as far as they are in files; those behind are made at every start.
fn check_ids<B: ChainBlock>(
    stored: &Stored<B>,
    store: &BlockStore<B>,
) -> Result<Option<String>, Error> {
    let (ids, number) = (store.id_store(), stored.block.number());
    if number >= ids.covered() {
        return Ok(None);
    }
    let mut missing = 0_u32;
    for (key, transaction) in keys(&stored.block, &stored.hash) {
        let found = ids.find(&key)?.map(|place| (place.block, place.transaction));
        if found.is_none_or(|found| found > (number, transaction)) {
            missing = missing.saturating_add(1);
        }
    }
    let what = "ids of it and its transactions are not found; without the folder of ids they are \
                made again";
    Ok((missing > 0).then(|| format!("{missing} {what}")))
}

fn check_verdicts<B: ChainBlock>(block: &B) -> Option<String> {
    let (codes, count) = (block.codes().len(), block.transaction_count());
    match block.commit_hash() {
        Err(why) => Some(why),
        Ok(_) if codes == 0 => None,
        Ok(_) if codes != count => Some(format!("it has {codes} codes for {count} transactions")),
        // Block 0 has none.
        Ok(None) if block.number() > 0 => Some("it has codes and no commit hash".to_owned()),
        Ok(_) => None,
    }
}
