// SPDX-License-Identifier: Apache-2.0
//! What became of the transactions of late, and why: so many and no more.

use crate::{Status, Verdict};
use std::collections::{BTreeMap, HashMap};

/// Transactions by id, the oldest blocks forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    known: HashMap<String, (Status, Option<Verdict>)>,
    by_block: BTreeMap<u64, Vec<String>>,
}

impl Recent {
    pub(crate) fn status(&self, id: &str) -> Option<Status> {
        self.known.get(id).map(|(status, _)| *status)
    }

    /// The transactions of a block, if it is one of these; one without any is none.
    pub(crate) fn block(&self, number: u64) -> Option<Vec<(String, Status)>> {
        let ids = self.by_block.get(&number)?.iter();
        ids.map(|id| Some((id.clone(), self.status(id)?))).collect()
    }

    /// Why a transaction does not count.
    pub(crate) fn verdict(&self, id: &str) -> Option<&Verdict> {
        self.known.get(id)?.1.as_ref()
    }

    /// Of two with one id the first is kept, as in the ledger.
    pub(crate) fn add(&mut self, id: &str, status: Status, verdict: Option<Verdict>) {
        if id.is_empty() || self.known.contains_key(id) {
            return;
        }
        self.known.insert(id.to_owned(), (status, verdict));
        self.by_block.entry(status.block).or_default().push(id.to_owned());
        while self.known.len() > MOST && self.by_block.len() > 1 {
            let Some((_, ids)) = self.by_block.pop_first() else { return };
            ids.iter().for_each(|id| {
                self.known.remove(id);
            });
        }
    }
}

/// With ids of 64 digits and few reasons, about five megabytes.
const MOST: usize = 20_000;
