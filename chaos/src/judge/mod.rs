// SPDX-License-Identifier: Apache-2.0
//! The questions that are asked when everything has stopped. Each is a function of what clients were
//! told and of what is on the disks; `tests` shows each a sample that breaks it.

mod equality;
mod order;
mod promises;
mod state;
#[cfg(test)]
mod tests;

use crate::evidence::{Ledger, Transaction};
use crate::history::History;
use proto::protos::TxValidationCode;
use std::collections::BTreeMap;
use std::fmt;

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) rule: &'static str,
    pub(crate) what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// An error that says: the network is at fault, and not this program or the machine.
#[derive(Debug)]
pub(crate) struct AtFault(pub(crate) String);

impl fmt::Display for AtFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AtFault {}

/// Asks everything.
pub(crate) fn judge(history: &History, ledgers: &[Ledger]) -> Vec<Finding> {
    let mut findings = equality::check(ledgers);
    for ledger in ledgers.iter().filter(|ledger| ledger.peer.is_some()) {
        let index = Index::new(ledger);
        findings.extend(promises::check(history, &index));
        findings.extend(state::check(history, &index));
        findings.extend(order::check_writes(history, &index));
    }
    findings.extend(order::check_reads(history, ledgers));
    findings
}

/// Block, and place among its transactions.
type Place = (u64, usize);

/// The transactions of a peer's ledger, to be found.
struct Index<'a> {
    ledger: &'a Ledger,
    /// By id: the first with it, which is the one that counts, where it is, and how many more
    /// there are that are not marked as repeated.
    by_id: BTreeMap<&'a str, (Place, &'a Transaction, usize)>,
    /// By the number that it writes.
    by_number: BTreeMap<i64, Place>,
}

impl<'a> Index<'a> {
    fn new(ledger: &'a Ledger) -> Self {
        let mut index = Self { ledger, by_id: BTreeMap::new(), by_number: BTreeMap::new() };
        for (place, transaction) in all(ledger) {
            for (_, number) in transaction.writes.iter().filter(|_| counts(transaction)) {
                index.by_number.entry(*number).or_insert(place);
            }
            let first = index.by_id.entry(&transaction.id).or_insert((place, transaction, 0));
            let is_repeated = transaction.code == Some(TxValidationCode::DuplicateTxid);
            if first.0 != place && !is_repeated {
                first.2 += 1;
            }
        }
        index
    }

    fn finding(&self, rule: &'static str, what: impl fmt::Display) -> Finding {
        Finding { rule, what: format!("{}: {what}", self.ledger.name) }
    }
}

/// All transactions of a ledger, each with its place.
fn all(ledger: &Ledger) -> impl Iterator<Item = (Place, &Transaction)> {
    (0u64..).zip(&ledger.blocks).flat_map(|(number, block)| {
        let transactions = block.transactions.iter().enumerate();
        transactions.map(move |(place, transaction)| ((number, place), transaction))
    })
}

fn counts(transaction: &Transaction) -> bool {
    transaction.code == Some(TxValidationCode::Valid)
}

/// For "the highest of all that ended before": values by their time, each with the highest so far.
struct Before(Vec<(u64, Place)>);

impl Before {
    fn new(mut values: Vec<(u64, Place)>) -> Self {
        values.sort_unstable();
        let mut highest = (0, 0);
        for (_, place) in &mut values {
            highest = highest.max(*place);
            *place = highest;
        }
        Self(values)
    }

    fn highest(&self, moment: u64) -> Option<Place> {
        let end = self.0.partition_point(|(end, _)| *end < moment);
        end.checked_sub(1).and_then(|last| self.0.get(last)).map(|(_, place)| *place)
    }
}
