// SPDX-License-Identifier: Apache-2.0
//! Time goes forward: what began after something had ended comes after it, and no peer shows a
//! state older than one that it has told of.

use super::{Before, Finding, Index, Place};
use crate::evidence::Ledger;
use crate::history::{History, Outcome};
use std::collections::BTreeMap;

/// `in-order`: a write that began when another was told is behind that in the chain.
pub(super) fn check_writes(history: &History, index: &Index<'_>) -> Vec<Finding> {
    let place = |id: &str| index.by_id.get(id).map(|(place, _, _)| *place);
    let told = history.writes.iter().filter(|write| {
        matches!(write.outcome, Outcome::Acknowledged { .. } | Outcome::Invalid { .. })
    });
    let before = Before::new(told.filter_map(|w| Some((w.end, place(&w.tx_id)?))).collect());
    let all = history.writes.iter().filter_map(|write| Some((write, place(&write.tx_id)?)));
    let wrong = all.filter_map(|(write, at)| {
        let floor = before.highest(write.start).filter(|floor| *floor >= at)?;
        let what = format!(
            "{} is in block {}, and began when one of block {} had been told",
            write.tx_id, at.0, floor.0
        );
        Some(index.finding("in-order", what))
    });
    wrong.collect()
}

/// `reads-go-forward`: what a peer shows was written by somebody, and is not older than what that
/// peer has acknowledged or shown before.
pub(super) fn check_reads(history: &History, ledgers: &[Ledger]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ledger in ledgers {
        let Some(peer) = &ledger.peer else { continue };
        let index = Index::new(ledger);
        let mut told = BTreeMap::<&str, Vec<(u64, Place)>>::new();
        for write in &history.writes {
            if let Outcome::Acknowledged { peer: by, .. } = write.outcome
                && by == peer.number
                && let Some(place) = index.by_number.get(&write.number)
            {
                told.entry(&write.key).or_default().push((write.end, *place));
            }
        }
        let here = || history.reads.iter().filter(|read| read.peer == peer.number);
        for read in here() {
            if let Some(place) = index.by_number.get(&read.number) {
                told.entry(&read.key).or_default().push((read.end, *place));
            }
        }
        let told: BTreeMap<&str, Before> =
            told.into_iter().map(|(key, values)| (key, Before::new(values))).collect();
        let began: BTreeMap<i64, u64> =
            history.writes.iter().map(|write| (write.number, write.start)).collect();
        for read in here() {
            let shown = format!("{} of {} was shown", read.number, read.key);
            let Some(place) = index.by_number.get(&read.number) else {
                let what = format!("{shown}, which no block has");
                findings.push(index.finding("reads-go-forward", what));
                continue;
            };
            if began.get(&read.number).is_none_or(|start| *start > read.end) {
                let what = format!("{shown} before it was written");
                findings.push(index.finding("reads-go-forward", what));
            }
            let floor = told.get(read.key.as_str()).and_then(|told| told.highest(read.start));
            if let Some(floor) = floor.filter(|floor| floor > place) {
                let what = format!(
                    "{shown}, of block {}, when block {} had been told of",
                    place.0, floor.0
                );
                findings.push(index.finding("reads-go-forward", what));
            }
        }
    }
    findings
}
