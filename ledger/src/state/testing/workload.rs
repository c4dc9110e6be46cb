// SPDX-License-Identifier: Apache-2.0
//! Blocks of random transactions: made over states that are up to three blocks old, so that they
//! meet conflicts, phantoms, deleted keys and each other.

use crate::Error;
use crate::simulator::Simulator;
use crate::state::Snapshot;
use bccsp::Hash;
use block::ReadWriteSet;
use proto::Bytes;
use proto::prost::Message;
use proto::protos::TxValidationCode;
use std::collections::BTreeMap;
use sys::sim::Dice;

/// A transaction on its way to being judged.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) code: TxValidationCode,
    pub(crate) set: Option<ReadWriteSet>,
}

/// A namespace with enough keys that a range over it is summed up in hashes.
const MANY: &str = "many";

/// The first block: it fills `MANY`.
pub(crate) fn first(state: Snapshot, hash: &dyn Hash) -> Result<Vec<Transaction>, Error> {
    let mut simulator = Simulator::new(state, hash);
    for number in 0..130 {
        simulator.put(MANY, &format!("m{number:03}"), Bytes::from_static(b"first"))?;
    }
    let set = opened(simulator)?;
    Ok(vec![Transaction { id: "0".into(), code: TxValidationCode::Valid, set: Some(set) }])
}

/// One random transaction.
pub(crate) fn transaction(
    state: Snapshot,
    hash: &dyn Hash,
    dice: &mut Dice,
) -> Result<Transaction, Error> {
    // Few ids, so that some come twice.
    let id = dice.below(2000).to_string();
    if dice.once_in(30) {
        return Ok(Transaction { id, code: TxValidationCode::Valid, set: None });
    }
    let mut simulator = Simulator::new(state, hash);
    for _ in 0..=dice.below(5) {
        step(&mut simulator, dice)?;
    }
    let mut set = opened(simulator)?;
    if dice.once_in(10) {
        tamper(&mut set, dice);
    }
    let bad = dice.once_in(15);
    let code =
        if bad { TxValidationCode::EndorsementPolicyFailure } else { TxValidationCode::Valid };
    Ok(Transaction { id, code, set: Some(set) })
}

fn opened(simulator: Simulator<'_>) -> Result<ReadWriteSet, Error> {
    let set = simulator.finish().public.encode_to_vec();
    ReadWriteSet::decode(&set.into()).map_err(|error| Error::Refused(error.to_string()))
}

fn step(simulator: &mut Simulator<'_>, dice: &mut Dice) -> Result<(), Error> {
    let namespace = *dice.pick(&["a", "ab", MANY]);
    let key = match namespace {
        MANY => format!("m{:03}", dice.below(140)),
        _ => format!("k{:02}", dice.below(25)),
    };
    let collection = *dice.pick(&["c", "d"]);
    let value = Bytes::from(dice.roll().to_string());
    match dice.below(14) {
        0 | 1 => drop(simulator.get(namespace, &key)?),
        2..=4 => simulator.put(namespace, &key, value)?,
        5 => simulator.delete(namespace, &key)?,
        6 => simulator.set_metadata(namespace, &key, &metadata(dice))?,
        7 => range(simulator, namespace, &key, dice.below(12), dice)?,
        8 => range(simulator, namespace, "", u64::MAX, dice)?,
        9 => drop(simulator.private_hash(namespace, collection, &key)?),
        10 => simulator.put_private(namespace, collection, &key, value)?,
        11 if dice.once_in(2) => simulator.delete_private(namespace, collection, &key)?,
        11 => simulator.purge_private(namespace, collection, &key)?,
        12 => simulator.set_private_metadata(namespace, collection, &key, &metadata(dice))?,
        _ => {
            simulator.get(namespace, &key)?;
            simulator.put(namespace, &key, value)?;
        }
    }
    Ok(())
}

fn range(
    simulator: &mut Simulator<'_>,
    namespace: &str,
    start: &str,
    most: u64,
    dice: &mut Dice,
) -> Result<(), Error> {
    let end = if dice.once_in(2) { String::new() } else { format!("{start}9") };
    let query = simulator.range(namespace, start, &end)?;
    for _ in 0..most {
        if simulator.advance(query)?.is_none() {
            break;
        }
    }
    Ok(())
}

fn metadata(dice: &mut Dice) -> BTreeMap<String, Bytes> {
    let names = ["one", "two"].iter().take(usize::try_from(dice.below(3)).unwrap_or(0));
    names.map(|name| ((*name).to_owned(), Bytes::from(dice.roll().to_string()))).collect()
}

/// Makes a set say what no simulation said.
fn tamper(set: &mut ReadWriteSet, dice: &mut Dice) {
    let place = usize::try_from(dice.below(set.namespaces.len() as u64)).unwrap_or(0);
    let Some(namespace) = set.namespaces.get_mut(place) else { return };
    let choice = dice.below(4);
    if let Some(read) = namespace.public.reads.first_mut() {
        match (choice, &mut read.version) {
            (0, version) => *version = None,
            (1 | 2, Some(version)) => version.tx_num ^= 1,
            (_, Some(version)) => version.block_num ^= 1,
            (_, version) => *version = Some(proto::kvrwset::Version { block_num: 0, tx_num: 0 }),
        }
    } else if let Some(query) = namespace.public.range_queries_info.first_mut() {
        match choice {
            0 => query.itr_exhausted ^= true,
            1 => query.end_key.push('5'),
            2 => query.reads_info = None,
            _ => query.start_key.clear(),
        }
    }
}
