// SPDX-License-Identifier: Apache-2.0
//! A chain of random blocks that grows when it is asked for more, and stays what it was.

use super::blocks::{config_block, endorsed};
use super::words;
use crate::mvcc::Candidate;
use crate::state::testing::workload;
use crate::{Committed, Error, Ledger, Pending};
use bccsp::{HashAlgorithm, Providers, Suite};
use block::{Block, Collection, ReadWriteSet};
use proto::Bytes;
use proto::prost::Message;
use proto::protos::TxValidationCode;
use proto::rwset::{CollectionHashedReadWriteSet, NsReadWriteSet, TxReadWriteSet};
use std::sync::Arc;
use sys::sim::Dice;

/// What a block is committed with.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) block: Block,
    transactions: Vec<(String, TxValidationCode, Option<ReadWriteSet>)>,
}

/// Blocks as they were made, by number.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) providers: Arc<Providers>,
    pub(super) blocks: Vec<Given>,
    /// After each block.
    algorithms: Vec<HashAlgorithm>,
}

impl Chain {
    pub(super) fn new(providers: &Arc<Providers>) -> Self {
        Self { providers: Arc::clone(providers), blocks: Vec::new(), algorithms: Vec::new() }
    }

    /// Writes the block that is next in a ledger, made now if there was none.
    pub(super) fn begin(
        &mut self,
        ledger: &Ledger<Block>,
        dice: &mut Dice,
    ) -> Result<Pending<Block>, Error> {
        let number = ledger.height() as usize;
        if number == self.blocks.len() {
            let (given, algorithm) = self.make(ledger, dice)?;
            self.blocks.push(given);
            self.algorithms.push(algorithm);
        }
        let given = &self.blocks[number];
        let candidates: Vec<Candidate<'_>> = given
            .transactions
            .iter()
            .map(|(id, code, set)| Candidate { id, code: *code, set: set.as_ref() })
            .collect();
        ledger.begin(given.block.clone(), &candidates)
    }

    /// Commits it.
    pub(super) fn commit(
        &mut self,
        ledger: &Ledger<Block>,
        dice: &mut Dice,
    ) -> Result<Committed<Block>, Error> {
        let pending = self.begin(ledger, dice)?;
        ledger.finish(pending)
    }

    /// The hash function in force behind the first `height` blocks.
    pub(super) fn algorithm(&self, height: u64) -> Option<HashAlgorithm> {
        self.algorithms.get((height as usize).checked_sub(1)?).copied()
    }

    /// The last block below that height that changed the configuration.
    pub(super) fn config_below(&self, height: u64) -> Option<u64> {
        let below = &self.blocks[..height as usize];
        below.iter().rfind(|given| given.block.is_config()).map(|given| given.block.number())
    }

    fn make(
        &self,
        ledger: &Ledger<Block>,
        dice: &mut Dice,
    ) -> Result<(Given, HashAlgorithm), Error> {
        let number = ledger.height();
        let families: Vec<HashAlgorithm> =
            Suite::ALL.iter().map(|suite| suite.hash_algorithm()).collect();
        let now = self.algorithm(number).unwrap_or(families[0]);
        let hash = self.providers.hash(now).map_err(|error| Error::Refused(error.to_string()))?;
        let previous = ledger.tip().block_hash;
        let previous = Bytes::copy_from_slice(previous.as_ref().map_or(&[][..], AsRef::as_ref));
        if number == 0 || dice.once_in(9) {
            let names = if number == 0 { now } else { *dice.pick(&families) };
            let block = config_block(number, previous, names, hash);
            let transactions = vec![(String::new(), TxValidationCode::Valid, None)];
            return Ok((Given { block, transactions }, names));
        }
        let snapshot = ledger.snapshot()?;
        let made = match number {
            1 => workload::first(snapshot, hash)?,
            _ => (0..=dice.below(5))
                .map(|_| workload::transaction(snapshot.clone(), hash, dice))
                .collect::<Result<_, _>>()?,
        };
        let transactions: Vec<_> = made.into_iter().map(own_id).collect();
        let entries =
            transactions.iter().map(|(id, _, set)| endorsed(id, serialized(set.as_ref())));
        let block = Block::new(number, previous, entries.collect(), hash);
        Ok((Given { block, transactions }, now))
    }
}

/// Ids as they are in a channel: digests.
fn own_id(made: workload::Transaction) -> (String, TxValidationCode, Option<ReadWriteSet>) {
    // A transaction of these blocks always has a set.
    let set = made.set.unwrap_or(ReadWriteSet { namespaces: Vec::new() });
    (format!("{:0>64}", made.id), made.code, Some(set))
}

fn serialized(set: Option<&ReadWriteSet>) -> Bytes {
    let namespaces = set.into_iter().flat_map(|set| &set.namespaces);
    let ns_rwset = namespaces.map(|namespace| NsReadWriteSet {
        namespace: namespace.name.clone(),
        rwset: namespace.public.encode_to_vec().into(),
        collection_hashed_rwset: namespace.collections.iter().map(collection).collect(),
    });
    TxReadWriteSet { data_model: 0, ns_rwset: ns_rwset.collect() }.encode_to_vec().into()
}

fn collection(collection: &Collection) -> CollectionHashedReadWriteSet {
    CollectionHashedReadWriteSet {
        collection_name: collection.name.clone(),
        hashed_rwset: collection.hashed.encode_to_vec().into(),
        pvt_rwset_hash: collection.private_hash.clone(),
    }
}

/// Commits blocks until the ledger has that height.
pub(super) fn grow(
    chain: &mut Chain,
    ledger: &Ledger<Block>,
    height: u64,
    dice: &mut Dice,
) -> Result<(), String> {
    while ledger.height() < height {
        chain.commit(ledger, dice).map_err(words)?;
    }
    Ok(())
}
