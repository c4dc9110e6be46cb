// SPDX-License-Identifier: Apache-2.0
//! All that a ledger says of its state at one height, to be held against another one's.

use super::words;
use crate::state::{Change, Snapshot, Tip};
use crate::{Error, Ledger};
use block::Block;
use proto::Bytes;

/// The keys of the random transactions.
fn keys() -> impl Iterator<Item = (&'static str, String)> {
    let few =
        ["a", "ab"].into_iter().flat_map(|name| (0..25).map(move |k| (name, format!("k{k:02}"))));
    few.chain((0..140).map(|m| ("many", format!("m{m:03}"))))
}

/// A state and its history.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) tip: Tip,
    rows: Vec<(Vec<u8>, Vec<u8>)>,
    histories: Vec<Vec<Change>>,
}

impl Picture {
    pub(super) fn of(snapshot: &Snapshot) -> Result<Self, Error> {
        let rows = snapshot.raw_rows(None)?.collect::<Result<_, _>>()?;
        let history = |(namespace, key): (&str, String)| {
            snapshot.history(namespace, &key)?.collect::<Result<Vec<_>, _>>()
        };
        let histories = keys().map(history).collect::<Result<_, _>>()?;
        Ok(Self { tip: snapshot.tip().clone(), rows, histories })
    }

    /// What `other`, which may have a shorter history, says that this one does not.
    pub(super) fn differs(&self, other: &Self) -> Result<(), String> {
        let height = self.tip.height;
        let own = Tip { history_from: other.tip.history_from, ..self.tip.clone() };
        if own != other.tip {
            return Err(format!("the tip is {:?}, not {own:?}", other.tip));
        }
        if self.rows != other.rows {
            return Err(format!("the state at height {height} is another one"));
        }
        let from = other.tip.history_from;
        for ((mine, theirs), key) in self.histories.iter().zip(&other.histories).zip(keys()) {
            let mine = mine.iter().filter(|change| change.version.block >= from);
            if !mine.eq(theirs) {
                return Err(format!("the history of {key:?} at height {height} is {theirs:?}"));
            }
        }
        Ok(())
    }
}

/// Whether the values of the history can be read, where its blocks are there.
pub(super) fn values(ledger: &Ledger<Block>) -> Result<(), String> {
    let now = ledger.snapshot().map_err(words)?;
    for (namespace, key) in keys().step_by(17) {
        let current = now.get(namespace, &key).map_err(words)?;
        let all = now.history_values(namespace, &key, ledger).map_err(words)?;
        for (index, change) in all.enumerate() {
            let (change, value): (Change, Option<Bytes>) = change.map_err(words)?;
            let newest = current.as_ref().map(|entry| entry.value.clone());
            if index == 0 && value != newest {
                return Err(format!("{key} was written as {value:?} at {:?}", change.version));
            }
        }
    }
    Ok(())
}
