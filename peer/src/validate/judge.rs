// SPDX-License-Identifier: Apache-2.0
//! Transactions judged against the state before their block: whether their ids are new, and whether their
//! endorsers are those that each namespace, collection and key asks for.

use super::call::Invoked;
use super::key_policy::{Changed, Key, written};
use super::rules::{Guards, Rules};
use super::signatures::{Signed, SignedContent};
use crate::Verdict;
use crate::verdict::Unmet;
use block::Namespace;
use channel::Channel;
use ledger::mvcc::KnownIds;
use ledger::state::Snapshot;
use msp::Signers;
use proto::protos::TxValidationCode as Code;
use std::collections::BTreeSet;

/// Why nothing is known of a transaction. It is no verdict on it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unjudged {
    /// The state cannot be read.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The members agreed on code of somebody else's.
    #[error(
        "the definition of chaincode `{chaincode}` asks for the validation plugin `{plugin}`, and \
         `vscc` alone is here: what the channel's other peers say cannot be known"
    )]
    Plugin {
        /// The chaincode.
        chaincode: String,
        /// What is asked for.
        plugin: String,
    },
}

/// Judges the transactions of one block, in their order.
pub(crate) struct Judge<'a> {
    channel: &'a Channel,
    state: &'a Snapshot,
    ids: &'a dyn KnownIds,
    rules: &'a mut Rules,
    changed: Changed<'a>,
}

/// A verdict, or none: then the transaction looks valid.
type Judged = Result<Result<(), Verdict>, Unjudged>;

impl<'a> Judge<'a> {
    /// `channel` and `state` are those before the block.
    pub(crate) fn new(
        channel: &'a Channel,
        state: &'a Snapshot,
        ids: &'a dyn KnownIds,
        rules: &'a mut Rules,
    ) -> Self {
        Self { channel, state, ids, rules, changed: Changed::default() }
    }

    /// Judges the next one.
    ///
    /// # Errors
    /// [`Unjudged`].
    pub(crate) fn transaction(&mut self, transaction: &'a Signed) -> Judged {
        let (endorsers, invoked) = match &transaction.content {
            Err(verdict) => return Ok(Err(verdict.clone())),
            Ok(SignedContent::Config) => return Ok(Ok(())),
            Ok(SignedContent::Call { endorsers, invoked }) => (endorsers, invoked.as_ref()),
        };
        if self.ids.has_id(&transaction.id)? {
            let why = "a transaction of this id is in an earlier block";
            return Ok(Err(Verdict::new(Code::DuplicateTxid, why)));
        }
        match invoked {
            Ok(invoked) => self.endorsements(invoked, endorsers),
            Err(verdict) => Ok(Err(verdict.clone())),
        }
    }

    fn endorsements(&mut self, invoked: &'a Invoked, endorsers: &Signers) -> Judged {
        let mut first = Ok(());
        // Each namespace is judged by itself, since later transactions ask for each.
        for (name, set) in invoked.namespaces() {
            let judged = match self.rules.of(name, self.state, self.channel)? {
                Ok(guards) => self.namespace((name, set), &guards, endorsers)?,
                Err(verdict) => Err(verdict),
            };
            if let (Ok(()), Some(set)) = (&judged, set) {
                self.changed.add(set);
            }
            first = first.and(judged);
        }
        Ok(first)
    }

    fn namespace(
        &self,
        (name, set): (&str, Option<&'a Namespace>),
        guards: &Guards,
        endorsers: &Signers,
    ) -> Judged {
        let mut checks = Checks { judge: self, guards, endorsers, done: Done::default() };
        let fail = |unmet: Unmet| Ok(Err(unmet.verdict(name)));
        for key in set.map(written).unwrap_or_default() {
            if let Err(unmet) = checks.key(&key)? {
                return fail(unmet);
            }
        }
        // Who writes nothing here is asked for the chaincode's policy all the same.
        if checks.done.any {
            return Ok(Ok(()));
        }
        match checks.chaincode() {
            Ok(()) => Ok(Ok(())),
            Err(unmet) => fail(unmet),
        }
    }
}

/// The policies of one namespace that were asked for by one transaction; each is asked once.
struct Checks<'j, 'a> {
    judge: &'j Judge<'a>,
    guards: &'j Guards,
    endorsers: &'j Signers,
    done: Done,
}

/// What was found satisfied.
#[derive(Default)]
struct Done {
    chaincode: bool,
    collections: BTreeSet<String>,
    /// Anything at all.
    any: bool,
}

impl<'a> Checks<'_, 'a> {
    /// A key with a policy of its own asks for that alone.
    fn key(&mut self, key: &Key<'a>) -> Result<Result<(), Unmet>, Unjudged> {
        if self.judge.changed.has(key) {
            let why = "its policy was changed by an earlier transaction of the block";
            return Ok(Err(format!("{}: {why}", key.shown()).into()));
        }
        let Some(policy) = key.policy(self.judge.state)? else {
            return Ok(match key.collection {
                Some(name) => self.collection(name),
                None => self.chaincode(),
            });
        };
        let checked = policy.check(self.judge.channel, self.endorsers);
        self.done.any = true;
        Ok(checked.map_err(|unmet| unmet.of_key(&key.shown(), key.collection, key.text())))
    }

    fn collection(&mut self, name: &str) -> Result<(), Unmet> {
        if self.done.collections.contains(name) {
            return Ok(());
        }
        let channel = self.judge.channel;
        let Some(rule) = self.guards.collection(name, channel)? else {
            return self.chaincode();
        };
        let checked = rule.check(channel, self.endorsers);
        checked.map_err(|unmet| unmet.of_collection(name))?;
        self.done.collections.insert(name.to_owned());
        self.done.any = true;
        Ok(())
    }

    fn chaincode(&mut self) -> Result<(), Unmet> {
        if self.done.chaincode {
            return Ok(());
        }
        self.guards.chaincode.check(self.judge.channel, self.endorsers)?;
        self.done.chaincode = true;
        self.done.any = true;
        Ok(())
    }
}
