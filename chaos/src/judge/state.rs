// SPDX-License-Identifier: Apache-2.0
//! The state is what the blocks make, and the blocks have nothing that no client wrote.

use super::{Finding, Index, all, counts};
use crate::history::{History, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// `last-writer`, `from-nowhere`.
pub(super) fn check(history: &History, index: &Index<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let written: BTreeSet<(&str, &str, i64)> = history
        .writes
        .iter()
        .filter(|write| !matches!(write.outcome, Outcome::NeverSent))
        .map(|write| (write.tx_id.as_str(), write.key.as_str(), write.number))
        .collect();
    let mut state = BTreeMap::new();
    for (place, transaction) in all(index.ledger).filter(|(_, one)| counts(one)) {
        for (key, number) in &transaction.writes {
            state.insert(key.clone(), *number);
            if !written.contains(&(transaction.id.as_str(), key.as_str(), *number)) {
                let what = format!(
                    "{} of block {} sets {key} to {number}, which no client asked for",
                    transaction.id, place.0
                );
                findings.push(index.finding("from-nowhere", what));
            }
        }
    }
    let Some(peer) = &index.ledger.peer else { return findings };
    let keys: BTreeSet<&String> = state.keys().chain(peer.state.keys()).collect();
    for key in keys {
        let (last, there) = (state.get(key), peer.state.get(key));
        if last != there {
            let what = format!("{key} is {there:?}, and the last write of it is {last:?}");
            findings.push(index.finding("last-writer", what));
        }
    }
    findings
}
