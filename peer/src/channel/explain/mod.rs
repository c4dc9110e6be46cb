// SPDX-License-Identifier: Apache-2.0
//! Why a transaction does not count, in words: remembered, or judged again.

mod conflicts;

use super::PeerChannel;
use crate::validate::{Judge, Opened, Rules, check_signatures, open_entries, signatories};
use crate::{Error, Status, Verdict};
use block::{Block, Envelope};
use channel::Channel;
use ledger::Error as LedgerError;
use ledger::blocks::transaction_key;
use ledger::mvcc::KnownIds;
use proto::gmca::reason::Detail;
use proto::gmca::{Earlier, Explanation, Reason, TxVersion};
use proto::protos::TxValidationCode as Code;
use std::ops::Range;

impl PeerChannel {
    /// Says which read, policy or signature failed of a transaction; `None` when it is not in the ledger.
    /// `which` is its id (of several with one id it is the first), or block and place in it from 0, such
    /// as `17:0`.
    ///
    /// A reason that is not remembered is found by judging again: signatures by the configuration of
    /// then, endorsement policies by the definitions of today, which is noted.
    ///
    /// # Errors
    /// [`Error::Chain`] when the disk cannot be read; [`Error::Unexplained`] when it cannot be judged.
    pub fn explain(&self, which: &str) -> Result<Option<Explanation>, Error> {
        let status = match self.transaction(which)? {
            Some(status) => Some(status),
            None => self.at(which)?,
        };
        let Some(status) = status else { return Ok(None) };
        let block = self.stored(status.block)?;
        let mut explanation = Explanation {
            channel: self.id.clone(),
            tx_id: id_of(&block, status.place),
            block: status.block,
            place: u64::try_from(status.place).unwrap_or(u64::MAX),
            code: status.code.into(),
            ..Explanation::default()
        };
        let Some(config) = self.config_before(status.block)? else {
            let why = "the configuration of then is not here: signatures are not judged again";
            explanation.notes.push(why.to_owned());
            return Ok(Some(self.with_reasons(explanation, status, (&block, None))?));
        };
        let one = status.place..status.place.saturating_add(1);
        let opened = self.opened(&block, one, &config)?;
        if let Some(opened) = opened.first() {
            let signed = signatories(opened, &config);
            (explanation.creator, explanation.endorsers) = (signed.creator, signed.endorsers);
        }
        Ok(Some(self.with_reasons(explanation, status, (&block, Some(&config)))?))
    }

    /// What stands at `BLOCK:PLACE`.
    fn at(&self, which: &str) -> Result<Option<Status>, Error> {
        let parts = which.split_once(':');
        let parts =
            parts.and_then(|(block, place)| Some((block.parse().ok()?, place.parse().ok()?)));
        let Some((number, place)) = parts else { return Ok(None) };
        let Some(block) = self.block(number)? else { return Ok(None) };
        let code = block.metadata().verdict(place).filter(|_| place < block.entries().len());
        Ok(code.map(|code| Status { block: number, place, code }))
    }

    fn with_reasons(
        &self,
        mut explanation: Explanation,
        status: Status,
        (block, config): (&Block, Option<&Channel>),
    ) -> Result<Explanation, Error> {
        explanation.reasons = match status.code {
            Code::Valid => Vec::new(),
            Code::MvccReadConflict | Code::PhantomReadConflict => self.conflicts(block, status)?,
            Code::DuplicateTxid => vec![self.earlier(&explanation, block)?],
            _ => {
                let (reason, by_today) =
                    self.lacking(&explanation.tx_id, status, (block, config))?;
                if by_today {
                    explanation.notes.push(BY_TODAYS.to_owned());
                }
                vec![reason]
            }
        };
        Ok(explanation)
    }

    /// What a transaction lacked, and whether it is the definitions of today that say so.
    fn lacking(
        &self,
        id: &str,
        status: Status,
        (block, config): (&Block, Option<&Channel>),
    ) -> Result<(Reason, bool), Error> {
        if let Some(verdict) = self.remembered(id, status) {
            return Ok((told(verdict), false));
        }
        let Some(config) = config else {
            return Ok((words("it can no longer be said why".to_owned()), false));
        };
        Ok(match self.judge_again(status, block, config)? {
            Ok(verdict) => {
                let by_state = verdict.policy.is_some() || status.code == Code::InvalidChaincode;
                (told(verdict), by_state)
            }
            Err(why) => (words(why), false),
        })
    }

    fn remembered(&self, id: &str, status: Status) -> Option<Verdict> {
        let recent = self.recent();
        recent.verdict(id).filter(|_| recent.status(id) == Some(status)).cloned()
    }

    /// Where the first transaction of that id is.
    fn earlier(&self, of: &Explanation, block: &Block) -> Result<Reason, Error> {
        let found = transaction_key(&of.tx_id).map(|key| self.ledger.blocks().transaction(&key));
        let found = found.transpose()?.flatten();
        let found = found.map(|place| (place.block, u64::from(place.transaction)));
        // Of two in one block the ledger may know a third one, in a block before.
        let here = (of.block, of.place);
        let within = || {
            let mut places = 0..usize::try_from(of.place).unwrap_or(usize::MAX);
            let place = places.find(|place| id_of(block, *place) == of.tx_id)?;
            Some((of.block, u64::try_from(place).ok()?))
        };
        let first = found.filter(|first| *first < here).or_else(within);
        Ok(match first {
            None => words("an earlier transaction of the block has this id".to_owned()),
            Some((block, place)) => Reason {
                text: format!("the id is that of transaction {place} of block {block}"),
                detail: Some(Detail::Earlier(Earlier { at: Some(TxVersion { block, place }) })),
            },
        })
    }

    fn stored(&self, number: u64) -> Result<Block, Error> {
        let none = || LedgerError::Refused(format!("block {number} is not here: it was pruned"));
        Ok(self.block(number)?.ok_or_else(none)?)
    }

    /// The configuration that was in force for a block; `None` when it is in a block that is not here.
    fn config_before(&self, number: u64) -> Result<Option<Channel>, Error> {
        let before = self.ledger.blocks().block(number.saturating_sub(1))?;
        let Some(last) = before.and_then(|stored| stored.last_config) else { return Ok(None) };
        let block = match self.block(last)? {
            Some(block) => block,
            // A snapshot has that which is in force after it.
            None => match self.ledger.config_block()? {
                Some(config) if config.block.number() == last => config.block,
                _ => return Ok(None),
            },
        };
        let read = Channel::from_block(&self.providers, &block);
        Ok(Some(read.map_err(|error| self.unexplained(number, error.to_string()))?))
    }

    fn opened(
        &self,
        block: &Block,
        places: Range<usize>,
        config: &Channel,
    ) -> Result<Vec<Opened>, Error> {
        let entries = block.entries().get(places).unwrap_or_default();
        let opened = open_entries(entries, block.is_config(), config, &self.providers);
        opened.map_err(|error| self.unexplained(block.number(), error.to_string()))
    }

    /// The verdict of today, or why there is none.
    fn judge_again(
        &self,
        status: Status,
        block: &Block,
        config: &Channel,
    ) -> Result<Result<Verdict, String>, Error> {
        let fail =
            |error: &dyn std::fmt::Display| self.unexplained(status.block, error.to_string());
        // Those behind it have no say.
        let opened = self.opened(block, 0..status.place.saturating_add(1), config)?;
        let transactions = check_signatures(opened, config).map_err(|e| fail(&e))?;
        let (state, mut rules) = (self.ledger.snapshot()?, Rules::default());
        let mut judge = Judge::new(config, &state, &NoIds, &mut rules);
        let mut verdict = None;
        for transaction in &transactions {
            verdict = judge.transaction(transaction).map_err(|e| fail(&e))?.err();
        }
        let name = status.code.as_str_name();
        Ok(match verdict {
            Some(verdict) if verdict.code == status.code => Ok(verdict),
            Some(other) => Err(format!("it was {name} then; judged today it is {other}")),
            None => Err(format!("it was {name} then, by definitions that have changed since")),
        })
    }
}

/// The id that a transaction states; empty where it cannot be read.
fn id_of(block: &Block, place: usize) -> String {
    let entry = block.entries().get(place).cloned().unwrap_or_default();
    let envelope = Envelope::open(entry);
    envelope.map(|it| it.headers().channel_header().tx_id.clone()).unwrap_or_default()
}

fn words(text: String) -> Reason {
    Reason { text, detail: None }
}

fn told(verdict: Verdict) -> Reason {
    let detail = verdict.policy.map(|policy| Detail::Policy(*policy));
    Reason { text: verdict.why, detail }
}

/// What was a new id then is found in the ledger now.
struct NoIds;

impl KnownIds for NoIds {
    fn has_id(&self, _: &str) -> Result<bool, LedgerError> {
        Ok(false)
    }
}

const BY_TODAYS: &str = "policies are judged by the definitions of today";
