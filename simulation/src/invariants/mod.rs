// SPDX-License-Identifier: Apache-2.0
//! What must hold after every step: each a function over what is seen and what was seen before.
//!
//! The first twelve are those of openraft's own simulator; the others are of blocks and clients.
//! What holds only in the end, when all is healed, stands in `convergence`.

mod chain;
mod convergence;
mod history;
mod raft;

pub use convergence::{Ending, FINAL, converged};
pub use history::{Client, History};

use crate::view::View;
use std::fmt;

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule's name.
    pub invariant: &'static str,
    /// What was seen, in words.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// A rule over what a node shows now and what all showed before.
pub struct Invariant {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
    /// Gives what is wrong.
    pub check: fn(&History, &View) -> Result<(), String>,
}

const fn rule(
    name: &'static str,
    says: &'static str,
    check: fn(&History, &View) -> Result<(), String>,
) -> Invariant {
    Invariant { name, says, check }
}

/// Every rule that is asked after every step.
pub const INVARIANTS: &[Invariant] = &[
    rule("election-safety", "a term has one leader at most", raft::election_safety),
    rule(
        "log-matching",
        "two entries with the same index and term are equal, and so is all before them",
        raft::log_matching,
    ),
    rule(
        "leader-completeness",
        "a leader's log has every entry that was committed before its term",
        raft::leader_completeness,
    ),
    rule(
        "state-machine-safety",
        "what is applied at an index is the same on every node",
        raft::state_machine_safety,
    ),
    rule(
        "committed-on-quorum",
        "an entry that is said to be committed is in the log of a majority",
        raft::committed_on_quorum,
    ),
    rule("committed-immutable", "a committed entry stays as it is", raft::committed_immutable),
    rule("log-order", "purged <= snapshot <= applied <= committed <= last", raft::log_order),
    rule(
        "ids-never-reused",
        "a node that lost its log comes back under another id",
        raft::ids_never_reused,
    ),
    rule("monotonic-term", "a node's term never goes back", raft::monotonic_term),
    rule(
        "monotonic-commit",
        "what a node knows as committed never shrinks",
        raft::monotonic_commit,
    ),
    rule("monotonic-applied", "what a node applied never shrinks", raft::monotonic_applied),
    rule(
        "monotonic-vote",
        "a node's vote never goes back, across crashes too",
        raft::monotonic_vote,
    ),
    rule(
        "stands-when-fit",
        "who stands for election has what was committed a moment before",
        raft::stands_when_fit,
    ),
    rule(
        "blocks-never-vanish",
        "a node's chain never shrinks, across crashes too",
        chain::never_vanish,
    ),
    rule(
        "chain-unbroken",
        "each block follows the one before, by number and hash",
        chain::unbroken,
    ),
    rule("sealed-once", "no node seals a number twice with different content", chain::sealed_once),
    rule("one-chain", "a block number has one header, whichever node has it", chain::one_chain),
    rule(
        "block-sound",
        "data hash under the hash function in force, envelopes canonical, signature the orderer's",
        chain::sound,
    ),
    rule("sealed-when-committed", "a block is made of committed entries only", chain::committed),
    rule(
        "config-barrier",
        "nothing is proposed while a configuration is on its way",
        chain::config_barrier,
    ),
    rule(
        "admitted-in-force",
        "what is in a block was admitted under the configuration in force",
        chain::in_force,
    ),
    rule(
        "acknowledged-in-chain",
        "an envelope that was acknowledged is in that block",
        chain::acknowledged,
    ),
    rule(
        "revoked-stays-out",
        "nothing of a writer gets in behind the block that revokes it",
        chain::revoked,
    ),
];

/// Asks every rule, then remembers what was seen.
///
/// # Errors
/// The first [`Violation`].
pub fn observe(history: &mut History, view: &View) -> Result<(), Violation> {
    for rule in INVARIANTS {
        (rule.check)(history, view).map_err(|what| Violation {
            invariant: rule.name,
            what: format!("node {}: {what}", view.node),
        })?;
    }
    history.remember(view);
    Ok(())
}
