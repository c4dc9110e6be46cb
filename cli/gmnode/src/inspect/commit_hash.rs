// SPDX-License-Identifier: Apache-2.0
//! The commit hash of a block, as far as the block before and the block say it.
//!
//! Not here: blocks that write metadata, which keep values that only the state has (`ledger`).

use super::report::{At, Report};
use bccsp::{Digest, Hash};
use block::{Block, Envelope, UpdateBatch};
use proto::Bytes;
use proto::protos::TxValidationCode;

/// Compares the commit hash of a block, which changes `updates`, with the one that follows from the
/// one of the block before. Gives that of the block; `None` when it is not known.
pub(crate) fn judge(
    block: &Block,
    hash: &dyn Hash,
    updates: Option<UpdateBatch>,
    before: Option<Digest>,
    report: &mut Report,
) -> Option<Digest> {
    let at = At::Block(block.number());
    let stated = match block.metadata().commit_hash() {
        Ok(stated) => stated?,
        Err(error) => {
            report.check("commit hash", &at, Err::<(), _>(error));
            return None;
        }
    };
    if block.number() != 1 && before.is_none() {
        report.note(format!("the commit hash before {at} is not at hand: it is not judged"));
        return digest(&stated);
    }
    let before = before.filter(|_| block.number() != 1);
    let Some(updates) = updates else {
        report.note(format!("{at} writes metadata: its commit hash needs the state"));
        return digest(&stated);
    };
    let computed = updates.commit_hash(block.metadata().filter(), before.as_ref(), hash);
    let result = if stated == computed.as_ref() {
        Ok(())
    } else {
        Err(format!("{} is stated, {computed} was computed", hex::encode(&stated)))
    };
    report.check("commit hash", &at, result);
    Some(computed)
}

fn digest(stated: &Bytes) -> Option<Digest> {
    <[u8; Digest::LEN]>::try_from(&stated[..]).ok().map(Digest::new)
}

/// What a block changes; `None` when that cannot be said without the state.
pub(crate) fn updates(block: &Block, hash: &dyn Hash) -> Option<UpdateBatch> {
    let mut updates = UpdateBatch::new(block.number(), hash);
    for (index, entry) in block.entries().iter().enumerate() {
        if block.metadata().verdict(index) != Some(TxValidationCode::Valid) {
            continue;
        }
        let Ok(transaction) = Envelope::open(entry.clone()).ok()?.transaction() else { continue };
        let set = transaction.action().ok()?.rwset().ok()?;
        let writes_metadata = set.namespaces.iter().any(|namespace| {
            let hashed = namespace.collections.iter();
            !namespace.public.metadata_writes.is_empty()
                || hashed.into_iter().any(|c| !c.hashed.metadata_writes.is_empty())
        });
        if writes_metadata {
            return None;
        }
        updates.add(index as u64, &set);
    }
    Some(updates)
}
