// SPDX-License-Identifier: Apache-2.0
//! What a peer makes of a chain: its state, as the real ledger keeps it.

use bccsp::Providers;
use block::Block;
use ledger::mvcc::Candidate;
use ledger::{ChainBlock as _, Ledger, Options};
use proto::protos::TxValidationCode;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::MemoryDisk;

/// Commits every block to an empty ledger. Gives the hash of the state and the commit hash.
///
/// # Errors
/// What the ledger does not take, in words.
pub fn replay(
    blocks: Vec<Block>,
    providers: &Arc<Providers>,
) -> Result<([u8; 32], [u8; 32]), String> {
    let volume: Arc<dyn Volume> = Arc::new(MemoryDisk::new(usize::MAX));
    let ledger = Ledger::open(&volume, Path::new("ledger"), Options::default(), providers);
    let ledger: Ledger = ledger.map_err(|error| error.to_string())?;
    for block in blocks {
        commit(&ledger, &block)?;
    }
    let base = ledger.export(&volume, Path::new("state")).map_err(|error| error.to_string())?;
    let state = *base.end().state_hash.as_bytes();
    let commit = ledger.tip().commit_hash.map(|hash| *hash.as_bytes()).unwrap_or_default();
    Ok((state, commit))
}

fn commit(ledger: &Ledger, block: &Block) -> Result<(), String> {
    let number = block.number();
    let count = block.transaction_count();
    let transactions = (0..count).map(|place| block.transaction(place));
    let transactions = transactions.collect::<Result<Vec<_>, _>>();
    let transactions = transactions.map_err(|what| format!("block {number}: {what}"))?;
    let is_config = block.is_config();
    let candidates: Vec<Candidate<'_>> = transactions
        .iter()
        .map(|transaction| Candidate {
            id: if is_config { "" } else { &transaction.id },
            // Signatures and policies are not what is looked at here.
            code: TxValidationCode::Valid,
            set: transaction.set.as_ref(),
        })
        .collect();
    let done = ledger.commit(block.clone(), &candidates);
    done.map(drop).map_err(|error| format!("block {number}: {error}"))
}
