// SPDX-License-Identifier: Apache-2.0
//! What clients were told is so: what was acknowledged is there and counts, once; what was refused is
//! not there.

use super::{Finding, Index, counts};
use crate::history::{History, Outcome, Write};

/// `acknowledged-is-there`, `verdict-as-told`, `refused-is-not-there`, `ordered-is-there`, `once`.
pub(super) fn check(history: &History, index: &Index<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        history.writes.iter().filter_map(|write| promise(write, index)).collect();
    let twice = index.by_id.iter().filter(|(_, (_, _, more))| *more > 0);
    findings.extend(twice.map(|(id, (place, _, more))| {
        let what = format!("{id} of block {} is there {} times", place.0, more + 1);
        index.finding("once", what)
    }));
    findings
}

fn promise(write: &Write, index: &Index<'_>) -> Option<Finding> {
    let Write { tx_id, number, key, .. } = write;
    let found = index.by_id.get(tx_id.as_str()).copied();
    let name = format!("{tx_id}, which set {key} to {number}");
    match &write.outcome {
        Outcome::Acknowledged { block, .. } => {
            let rule = "acknowledged-is-there";
            match found {
                None => Some(index.finding(rule, format!("{name}, is lost (block {block})"))),
                Some((place, transaction, _)) if !counts(transaction) => {
                    let what = format!("{name}, has {:?} in block {}", transaction.code, place.0);
                    Some(index.finding(rule, what))
                }
                Some((place, transaction, _)) => {
                    let is_as_told = place.0 == *block
                        && transaction.writes == [(key.clone(), *number)].as_slice();
                    let what = format!(
                        "{name}, was told to be in block {block} and is in {} with {:?}",
                        place.0, transaction.writes
                    );
                    (!is_as_told).then(|| index.finding(rule, what))
                }
            }
        }
        Outcome::Invalid { block, code } => {
            let is_as_told = found.is_some_and(|(place, transaction, _)| {
                place.0 == *block && transaction.code == Some(*code)
            });
            let what = format!("{name}, was told to have {code:?} in block {block}: {found:?}");
            (!is_as_told).then(|| index.finding("verdict-as-told", what))
        }
        // Its number tells it, as it may have no id.
        Outcome::NeverSent | Outcome::Refused => {
            let place = index.by_number.get(number)?;
            let what = format!("{name}, was not taken and counts in block {}", place.0);
            Some(index.finding("refused-is-not-there", what))
        }
        // It may not count, and it may not be gone.
        Outcome::Unknown if write.ordered && found.is_none() => {
            Some(index.finding("ordered-is-there", format!("{name}, was said to be ordered")))
        }
        Outcome::Unknown => None,
    }
}
