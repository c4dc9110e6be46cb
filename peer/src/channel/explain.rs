// SPDX-License-Identifier: Apache-2.0
//! Why a transaction does not count, in words: remembered, or judged again.

use super::PeerChannel;
use crate::validate::{Judge, Rules, check_signatures, open_block};
use crate::{Error, Status};
use block::{Block, Envelope, Version};
use channel::Channel;
use ledger::Error as LedgerError;
use ledger::mvcc::KnownIds;
use ledger::state::Snapshot;
use proto::kvrwset::KvRead;
use proto::protos::TxValidationCode as Code;

/// What became of a transaction, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Where it is, and its code.
    pub status: Status,
    /// Why, one reason a line; none for one that counts.
    pub reasons: Vec<String>,
}

impl PeerChannel {
    /// Says which read, policy or signature failed of a transaction; `None` when it is not in the ledger.
    ///
    /// A reason that is not remembered is found by judging again: signatures by the configuration of
    /// then, endorsement policies by the definitions of today, which is said.
    ///
    /// # Errors
    /// [`Error::Chain`] when the disk cannot be read; [`Error::Halted`] when it cannot be judged.
    pub fn explain(&self, id: &str) -> Result<Option<Explanation>, Error> {
        let Some(status) = self.transaction(id)? else { return Ok(None) };
        let reasons = match status.code {
            Code::Valid => Vec::new(),
            Code::MvccReadConflict | Code::PhantomReadConflict => self.conflicts(status)?,
            _ => {
                let known = self.recent().verdict(id).map(|verdict| verdict.why.clone());
                match known {
                    Some(why) => vec![why],
                    None => self.judge_again(status)?,
                }
            }
        };
        Ok(Some(Explanation { status, reasons }))
    }

    fn stored(&self, number: u64) -> Result<Block, Error> {
        let none = || LedgerError::Refused(format!("block {number} is not here: it was pruned"));
        Ok(self.block(number)?.ok_or_else(none)?)
    }

    /// The configuration that was in force for a block.
    fn config_before(&self, number: u64) -> Result<Channel, Error> {
        let halt = |why: String| self.halt(number, why);
        let before = self.ledger.blocks().block(number.saturating_sub(1))?;
        let last = before.and_then(|stored| stored.last_config);
        let last = last.ok_or_else(|| halt("the block before it is not here".to_owned()))?;
        let block = self.stored(last)?;
        Channel::from_block(&self.providers, &block).map_err(|error| halt(error.to_string()))
    }

    fn judge_again(&self, status: Status) -> Result<Vec<String>, Error> {
        let number = status.block;
        let halt = |error: &dyn std::fmt::Display| self.halt(number, error.to_string());
        let (block, config) = (self.stored(number)?, self.config_before(number)?);
        let opened = open_block(&block, &config, &self.providers).map_err(|e| halt(&e))?;
        let transactions = check_signatures(opened, &config).map_err(|e| halt(&e))?;
        let (state, mut rules) = (self.ledger.snapshot()?, Rules::default());
        let mut judge = Judge::new(&config, &state, &NoIds, &mut rules);
        let mut verdict = None;
        for transaction in transactions.iter().take(status.place.saturating_add(1)) {
            verdict = judge.transaction(transaction).map_err(|e| halt(&e))?.err();
        }
        let name = status.code.as_str_name();
        Ok(match verdict {
            Some(verdict) if verdict.code == status.code => {
                let by_definition =
                    matches!(verdict.code, Code::EndorsementPolicyFailure | Code::InvalidChaincode);
                let note = "judged by the definitions of today";
                let note = by_definition.then(|| note.to_owned());
                std::iter::once(verdict.why).chain(note).collect()
            }
            Some(other) => vec![format!("it was {name} then; judged today it is {other}")],
            None => vec![format!("it was {name} then, by definitions that have changed since")],
        })
    }

    /// Which reads were not so any more when its turn came.
    fn conflicts(&self, status: Status) -> Result<Vec<String>, Error> {
        let block = self.stored(status.block)?;
        let state = self.ledger.snapshot()?;
        let entry = block.entries().get(status.place).cloned().unwrap_or_default();
        let set = Envelope::open(entry)
            .and_then(|envelope| envelope.transaction())
            .and_then(|transaction| transaction.action()?.rwset())
            .map_err(|error| self.halt(status.block, error.to_string()))?;
        let place = u64::try_from(status.place).unwrap_or(u64::MAX);
        let turn = Version { block: status.block, transaction: place };
        let mut reasons = Vec::new();
        for namespace in &set.namespaces {
            let name = namespace.name.as_str();
            for read in &namespace.public.reads {
                reasons.extend(conflict(&state, name, read, turn)?);
            }
            if status.code == Code::PhantomReadConflict {
                reasons.extend(namespace.public.range_queries_info.iter().map(|query| {
                    let (start, end) =
                        (query.start_key.escape_debug(), query.end_key.escape_debug());
                    format!(
                        "range `{start}` to `{end}` of `{name}` was read, and has changed since"
                    )
                }));
            }
        }
        if reasons.is_empty() {
            reasons.push(
                "what it read has changed; the history that tells which key is not here".to_owned(),
            );
        }
        Ok(reasons)
    }
}

/// What was written to a key between the read and the turn of who read it.
fn conflict(
    state: &Snapshot,
    namespace: &str,
    read: &KvRead,
    turn: Version,
) -> Result<Option<String>, LedgerError> {
    let mut before = None;
    for change in state.history(namespace, &read.key)? {
        let change = change?;
        if change.version < turn {
            before = Some(change);
            break;
        }
    }
    let Some(change) = before else { return Ok(None) };
    let version = read
        .version
        .map(|version| Version { block: version.block_num, transaction: version.tx_num });
    let is_same =
        if change.is_delete { version.is_none() } else { version == Some(change.version) };
    if is_same && change.version.block != turn.block {
        return Ok(None);
    }
    let key = read.key.escape_debug();
    let Version { block, transaction } = change.version;
    let what = if change.is_delete { "deleted" } else { "written" };
    let was = version.map_or("when it did not exist".to_owned(), |version| {
        format!("at version ({}, {})", version.block, version.transaction)
    });
    Ok(Some(format!(
        "key `{key}` of `{namespace}` was read {was}, and {what} by transaction {transaction} of \
         block {block} before its turn came"
    )))
}

/// What was a new id then is found in the ledger now.
struct NoIds;

impl KnownIds for NoIds {
    fn has_id(&self, _: &str) -> Result<bool, LedgerError> {
        Ok(false)
    }
}
