// SPDX-License-Identifier: Apache-2.0
//! No two ledgers differ: headers, envelopes, verdicts, commit hashes, heights.

use super::Finding;
use crate::evidence::{Facts, Ledger};

/// `one-chain`, `one-verdict`, `same-height`.
pub(super) fn check(ledgers: &[Ledger]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(first) = ledgers.first() else { return findings };
    for other in &ledgers[1..] {
        findings.extend(compare(first, other, "one-chain", |facts| (&facts.header, "headers")));
        findings.extend(compare(first, other, "one-chain", |facts| (&facts.data, "envelopes")));
    }
    let peers: Vec<&Ledger> = ledgers.iter().filter(|ledger| ledger.peer.is_some()).collect();
    let Some((first, others)) = peers.split_first() else { return findings };
    for other in others {
        findings.extend(compare(first, other, "one-verdict", |facts| (&facts.flags, "verdicts")));
        let hashes = compare(first, other, "one-verdict", |f| (&f.commit_hash, "commit hashes"));
        findings.extend(hashes);
    }
    findings.extend(heights(ledgers));
    findings
}

/// The first block in which two differ.
fn compare<'a>(
    one: &'a Ledger,
    other: &'a Ledger,
    rule: &'static str,
    part: impl Fn(&'a Facts) -> (&'a Vec<u8>, &'static str),
) -> Option<Finding> {
    let pairs = one.blocks.iter().zip(&other.blocks).enumerate();
    let mut differ = pairs.filter(|(_, (a, b))| part(a).0 != part(b).0);
    let (number, (block, _)) = differ.next()?;
    let (names, what) = ((&one.name, &other.name), part(block).1);
    let more = differ.count();
    let what = format!(
        "{} and {} have different {what} in block {number}, and in {more} more",
        names.0, names.1
    );
    Some(Finding { rule, what })
}

fn heights(ledgers: &[Ledger]) -> Option<Finding> {
    let height = |ledger: &Ledger| ledger.blocks.len();
    let (low, high) = (ledgers.iter().map(height).min()?, ledgers.iter().map(height).max()?);
    let shown = || {
        let all = ledgers.iter().map(|ledger| format!("{} {}", ledger.name, height(ledger)));
        format!("blocks: {}", all.collect::<Vec<_>>().join(", "))
    };
    (low != high).then(|| Finding { rule: "same-height", what: shown() })
}
