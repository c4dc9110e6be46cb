// SPDX-License-Identifier: Apache-2.0
//! Whether what a transaction read is still so, transaction by transaction in the order of the
//! block, and what the valid ones write.
//!
//! The rules are Fabric's: a read key must have the version that was read, and no earlier valid
//! transaction of the block may have written it; a range query must give the same again. Not here:
//! signatures and endorsement policies, which come before.

mod apply;
mod ranges;
mod replay;
pub(crate) mod summary;

pub(crate) use replay::{Replay, Writes};

use crate::Error;
use crate::plant::{self, Plant};
use crate::state::{Snapshot, Space, Updates, version_read};
use bccsp::Hash;
use block::{ReadWriteSet, Version};
use proto::kvrwset::Version as ReadVersion;
use proto::protos::TxValidationCode;
use std::collections::HashSet;

/// A transaction of a block, as far as it was judged before.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The transaction id; empty for a config transaction.
    pub id: &'a str,
    /// [`TxValidationCode::Valid`] when nothing was found wrong so far. Any other code stays, and
    /// nothing of the transaction counts.
    pub code: TxValidationCode,
    /// What it read and writes; `None` for a config transaction, which writes nothing here.
    pub set: Option<&'a ReadWriteSet>,
}

/// Which transaction ids the ledger already has.
pub trait KnownIds {
    /// Whether a transaction of that id is in an earlier block, valid or not.
    ///
    /// # Errors
    /// When the index cannot be read.
    fn has_id(&self, id: &str) -> Result<bool, Error>;
}

/// What became of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// A code for each transaction.
    pub codes: Vec<TxValidationCode>,
    /// What the valid ones change.
    pub updates: Updates,
}

/// Judges the transactions of the block that follows on a state.
///
/// Codes given here: 9 (the id was in an earlier block, or earlier in this one with code 0), 11 and
/// 12. Fabric looks for 9 in earlier blocks before it looks at endorsement policies, so whoever
/// judges policies asks [`KnownIds`] first.
///
/// # Errors
/// When the state or the index cannot be read. No transaction is ever the cause of an error.
pub fn validate(
    state: &Snapshot,
    ids: &dyn KnownIds,
    hash: &dyn Hash,
    block: u64,
    candidates: &[Candidate<'_>],
) -> Result<Judged, Error> {
    let codes = check_ids(ids, candidates)?;
    let nothing = hash.digest(&[]);
    let mut check = Check { state, hash, updates: Updates::new(block) };
    let mut judged = Vec::with_capacity(codes.len());
    for (place, (candidate, code)) in (0u64..).zip(candidates.iter().zip(codes)) {
        let code = match candidate.set {
            Some(set) if code == TxValidationCode::Valid => check.transaction(set)?,
            _ => code,
        };
        if let (TxValidationCode::Valid, Some(set)) = (code, candidate.set) {
            let version = Version { block, transaction: place };
            apply::transaction(state, &nothing, &mut check.updates, version, set)?;
        }
        judged.push(code);
    }
    Ok(Judged { codes: judged, updates: check.updates })
}

/// What a block changes whose transactions were judged before: for each whether it is valid, and
/// its set. This is how a state that is behind catches up.
///
/// # Errors
/// When the state cannot be read.
pub fn replay<'a>(
    state: &Snapshot,
    hash: &dyn Hash,
    block: u64,
    transactions: impl IntoIterator<Item = (bool, Option<&'a ReadWriteSet>)>,
) -> Result<Updates, Error> {
    let (nothing, mut updates) = (hash.digest(&[]), Updates::new(block));
    for (place, (valid, set)) in (0u64..).zip(transactions) {
        if let (true, Some(set)) = (valid, set) {
            let version = Version { block, transaction: place };
            apply::transaction(state, &nothing, &mut updates, version, set)?;
        }
    }
    Ok(updates)
}

fn check_ids(
    ids: &dyn KnownIds,
    candidates: &[Candidate<'_>],
) -> Result<Vec<TxValidationCode>, Error> {
    let mut seen = HashSet::with_capacity(candidates.len());
    let mut codes = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let looks_valid = candidate.code == TxValidationCode::Valid && !candidate.id.is_empty();
        let twice = looks_valid && (ids.has_id(candidate.id)? || !seen.insert(candidate.id));
        codes.push(if twice { TxValidationCode::DuplicateTxid } else { candidate.code });
    }
    Ok(codes)
}

struct Check<'a> {
    state: &'a Snapshot,
    hash: &'a dyn Hash,
    /// By the valid transactions so far.
    updates: Updates,
}

impl Check<'_> {
    fn transaction(&self, set: &ReadWriteSet) -> Result<TxValidationCode, Error> {
        for namespace in &set.namespaces {
            let public = Space::public(&namespace.name);
            for read in &namespace.public.reads {
                if !self.is_fresh(public, read.key.as_bytes(), read.version)? {
                    return Ok(TxValidationCode::MvccReadConflict);
                }
            }
            for query in &namespace.public.range_queries_info {
                if !plant::is(Plant::PhantomMissed) && !self.same_range(&namespace.name, query)? {
                    return Ok(TxValidationCode::PhantomReadConflict);
                }
            }
            for collection in &namespace.collections {
                let hashed = Space::hashed(&namespace.name, &collection.name);
                for read in &collection.hashed.hashed_reads {
                    if !self.is_fresh(hashed, &read.key_hash, read.version)? {
                        return Ok(TxValidationCode::MvccReadConflict);
                    }
                }
            }
        }
        Ok(TxValidationCode::Valid)
    }

    fn is_fresh(
        &self,
        space: Space<'_>,
        key: &[u8],
        read: Option<ReadVersion>,
    ) -> Result<bool, Error> {
        if self.updates.head(space, key).is_some() {
            return Ok(false);
        }
        let now = self.state.entry(space, key)?.map(|entry| entry.version);
        Ok(same_version(now, read.map(version_read)))
    }
}

fn same_version(now: Option<Version>, read: Option<Version>) -> bool {
    if plant::is(Plant::VersionComparedWrong) {
        return now.map(|version| version.block) == read.map(|version| version.block);
    }
    now == read
}
