// SPDX-License-Identifier: Apache-2.0
//! What is on the disks when everything has stopped: every block of every ledger, and the state of
//! every peer.

use anyhow::{Context as _, Result, anyhow};
use bccsp::{Hash, HashAlgorithm, Providers};
use block::{Block, Envelope};
use ledger::blocks::BlockStore;
use ledger::{Ledger as Store, Options};
use proto::common::HeaderType;
use proto::protos::TxValidationCode;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use sys::{SystemDisk, Volume};

/// The chaincode's namespace.
pub(crate) const CHAINCODE: &str = "asset";

/// The ledger of one node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) name: String,
    /// None of a node that orders, which keeps blocks alone.
    pub(crate) peer: Option<Peer>,
    pub(crate) blocks: Vec<Facts>,
}

/// What only a peer has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer {
    pub(crate) number: usize,
    /// The number at each key.
    pub(crate) state: BTreeMap<String, i64>,
}

/// A block, as far as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) header: Vec<u8>,
    /// A hash of the envelopes that are really there.
    pub(crate) data: Vec<u8>,
    /// A verdict for each transaction; of a peer.
    pub(crate) flags: Vec<u8>,
    /// Of a peer.
    pub(crate) commit_hash: Vec<u8>,
    pub(crate) transactions: Vec<Transaction>,
}

/// A transaction of an endorser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    /// None in the ledger of a node that orders.
    pub(crate) code: Option<TxValidationCode>,
    /// The keys that it sets, and to which numbers.
    pub(crate) writes: Vec<(String, i64)>,
}

/// The part of an asset that counts here.
#[derive(Deserialize)]
struct Asset {
    #[serde(rename = "AppraisedValue")]
    number: i64,
}

/// The number in an asset.
pub(crate) fn number_in(asset: &[u8]) -> Result<i64> {
    let asset: Asset = serde_json::from_slice(asset).context("an asset")?;
    Ok(asset.number)
}

/// Reads the ledger of a node that has stopped. `peer` is its number, if it is one.
pub(crate) fn read(
    name: &str,
    folder: &Path,
    peer: Option<usize>,
    providers: &Arc<Providers>,
) -> Result<Ledger> {
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    let hash = providers.hash(HashAlgorithm::Sha256).map_err(|error| anyhow!(error))?;
    let options = Options::default();
    let (blocks, peer) = match peer {
        None => {
            let store = BlockStore::<Block>::open(&volume, folder, options.blocks, 0)?;
            (facts(&store, hash)?, None)
        }
        Some(number) => {
            let store = Store::<Block>::open(&volume, folder, options, providers)?;
            let mut state = BTreeMap::new();
            for row in store.snapshot()?.range(CHAINCODE, "", "")? {
                let row = row?;
                let key = String::from_utf8_lossy(&row.key).into_owned();
                state.insert(key, number_in(&row.entry.value)?);
            }
            (facts(store.blocks(), hash)?, Some(Peer { number, state }))
        }
    };
    Ok(Ledger { name: name.to_owned(), peer, blocks })
}

fn facts(store: &BlockStore<Block>, hash: &dyn Hash) -> Result<Vec<Facts>> {
    let blocks = store.iter(0).map(|stored| {
        let block = stored?.block;
        let number = block.number();
        facts_of(&block, hash).with_context(|| format!("block {number}"))
    });
    blocks.collect()
}

fn facts_of(block: &Block, hash: &dyn Hash) -> Result<Facts> {
    let mut transactions = Vec::new();
    for (place, entry) in block.entries().iter().enumerate() {
        let envelope = Envelope::open(entry.clone())?;
        if envelope.headers().kind() != Some(HeaderType::EndorserTransaction) {
            continue;
        }
        let id = envelope.headers().channel_header().tx_id.clone();
        let code = block.metadata().verdict(place);
        transactions.push(Transaction { id, code, writes: writes(&envelope)? });
    }
    // Lengths in front, so that no two lists of envelopes are the same bytes.
    let lengths: Vec<[u8; 8]> =
        block.entries().iter().map(|entry| (entry.len() as u64).to_be_bytes()).collect();
    let parts: Vec<&[u8]> = lengths
        .iter()
        .zip(block.entries())
        .flat_map(|(length, entry)| [length.as_slice(), entry.as_ref()])
        .collect();
    Ok(Facts {
        header: block.header().to_der(),
        data: hash.digest(&parts).as_bytes().to_vec(),
        flags: block.metadata().filter().to_vec(),
        commit_hash: block.metadata().commit_hash()?.unwrap_or_default().to_vec(),
        transactions,
    })
}

fn writes(envelope: &Envelope) -> Result<Vec<(String, i64)>> {
    let transaction = envelope.transaction()?;
    let mut found = Vec::new();
    for action in &transaction.actions {
        for namespace in action.rwset()?.namespaces {
            if namespace.name != CHAINCODE {
                continue;
            }
            for write in namespace.public.writes {
                found.push((write.key, number_in(&write.value)?));
            }
        }
    }
    Ok(found)
}
