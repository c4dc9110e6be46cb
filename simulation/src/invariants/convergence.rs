// SPDX-License-Identifier: Apache-2.0
//! What must hold when the faults are over and the nodes had time.

use super::{History, Violation};
use crate::runtime::NodeId;
use crate::view::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// What a node shows of a channel in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The machine.
    pub node: NodeId,
    /// The number of its next block.
    pub height: u64,
    /// The hash of its last block.
    pub tip: Hash,
    /// The hash of the state that its blocks make.
    pub state: Hash,
    /// The commit hash that its blocks make.
    pub commit: Hash,
    /// The keys of those who vote.
    pub voters: BTreeSet<Vec<u8>>,
    /// The keys of those whom the configuration lists.
    pub consenters: BTreeSet<Vec<u8>>,
    /// Where each envelope is.
    pub envelopes: BTreeMap<u64, BTreeSet<u64>>,
}

/// A rule over what all nodes show in the end.
pub struct Final {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
    /// Gives what is wrong.
    pub check: fn(&History, &[Ending]) -> Result<(), String>,
}

/// Every rule that is asked in the end. Whether the service still takes envelopes is asked by
/// sending some.
pub const FINAL: &[Final] = &[
    Final { name: "converged", says: "all nodes have the same chain", check: same_chain },
    Final {
        name: "nothing-acknowledged-lost",
        says: "every acknowledged envelope is in its block on every node",
        check: nothing_lost,
    },
    Final {
        name: "equal-hashes",
        says: "all nodes have the same state hash and commit hash",
        check: equal_hashes,
    },
    Final {
        name: "membership-reconciled",
        says: "who votes is who is listed in the configuration",
        check: reconciled,
    },
];

/// Asks every rule.
///
/// # Errors
/// The first [`Violation`].
pub fn converged(history: &History, endings: &[Ending]) -> Result<(), Violation> {
    for rule in FINAL {
        (rule.check)(history, endings).map_err(|what| Violation { invariant: rule.name, what })?;
    }
    Ok(())
}

fn same_chain(_: &History, endings: &[Ending]) -> Result<(), String> {
    let Some((first, rest)) = endings.split_first() else { return Ok(()) };
    for other in rest {
        if (first.height, first.tip) != (other.height, other.tip) {
            let (a, b) = (first.node, other.node);
            let (at, bt) = (first.height, other.height);
            return Err(format!("node {a} ends before block {at}, node {b} before block {bt}"));
        }
    }
    Ok(())
}

fn nothing_lost(history: &History, endings: &[Ending]) -> Result<(), String> {
    for ending in endings {
        for (envelope, block) in history.acknowledgements() {
            if !ending.envelopes.get(envelope).is_some_and(|blocks| blocks.contains(block)) {
                let node = ending.node;
                return Err(format!(
                    "node {node} lacks an envelope that is said to be in block {block}"
                ));
            }
        }
    }
    Ok(())
}

fn equal_hashes(_: &History, endings: &[Ending]) -> Result<(), String> {
    let Some((first, rest)) = endings.split_first() else { return Ok(()) };
    match rest.iter().find(|other| (other.state, other.commit) != (first.state, first.commit)) {
        Some(other) => Err(format!("nodes {} and {} differ", first.node, other.node)),
        None => Ok(()),
    }
}

fn reconciled(_: &History, endings: &[Ending]) -> Result<(), String> {
    for ending in endings {
        if ending.voters != ending.consenters {
            let (votes, listed) = (ending.voters.len(), ending.consenters.len());
            let node = ending.node;
            return Err(format!(
                "at node {node} {votes} vote and {listed} are listed, not the same"
            ));
        }
    }
    Ok(())
}
