// SPDX-License-Identifier: Apache-2.0
//! Another chain keeps its own blocks: what the store must know of them is one small trait. They are
//! safe after a sync, found by number, hash and transaction, and a block that does not follow is
//! refused.
//!
//! `cargo run -p gmca-ledger --example own_blocks`
#![allow(clippy::print_stdout)] // it shows something

use bccsp::{Digest, EngineChoice, Hash, Providers, Suite};
use gmca_ledger::blocks::{BlockStore, Options, StoredBlock};
use proto::Bytes;
use std::error::Error;
use std::sync::Arc;
use sys::{SystemDisk, Volume};

/// A block of that chain: its number, the hash of the one before, and payments.
#[derive(Debug)]
struct Block {
    number: u64,
    previous: Vec<u8>,
    payments: Vec<String>,
}

impl Block {
    fn hash(&self, hash: &dyn Hash) -> Digest {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        hash.digest(&[&bytes])
    }
}

/// This chain writes lines; another one writes what it likes.
impl StoredBlock for Block {
    fn number(&self) -> u64 {
        self.number
    }

    fn previous_hash(&self) -> &[u8] {
        &self.previous
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let lines = [&[self.number.to_string(), hex::encode(&self.previous)], &self.payments[..]];
        out.extend(lines.concat().join("\n").into_bytes());
    }

    fn decode(bytes: Bytes) -> Result<Self, String> {
        let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
        let mut lines = text.lines();
        let mut next = || lines.next().ok_or("a line is missing");
        let number = next()?.parse().map_err(|_| "the first line is no number")?;
        let previous = hex::decode(next()?).map_err(|error| error.to_string())?;
        Ok(Self { number, previous, payments: lines.map(str::to_owned).collect() })
    }

    fn transaction_ids(&self) -> Vec<(u32, [u8; 32])> {
        // Whatever identifies a transaction, in 32 bytes.
        let id = |payment: &String| {
            let mut id = [0; 32];
            id.iter_mut().zip(payment.bytes()).for_each(|(to, from)| *to = from);
            id
        };
        (0..).zip(self.payments.iter().map(id)).collect()
    }

    fn is_config(&self) -> bool {
        self.number == 0
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto)?;
    let hash = providers.default_provider().hash()?;
    let (folder, disk): (_, Arc<dyn Volume>) = (tempfile::tempdir()?, Arc::new(SystemDisk));
    let store = BlockStore::<Block>::open(&disk, folder.path(), Options::default(), 0)?;
    let mut previous = Vec::new();
    for number in 0..3 {
        let payments = vec![format!("{number}: A pays B"), format!("{number}: B pays C")];
        let block = Block { number, previous, payments };
        let own = block.hash(hash);
        store.append(&block, &own)?;
        previous = own.as_ref().to_vec();
    }
    store.sync()?; // one for all three; from here on they survive a power failure
    drop(store);

    let store = BlockStore::<Block>::open(&disk, folder.path(), Options::default(), 3)?;
    let wanted = Block { number: 0, previous: Vec::new(), payments: vec!["1: B pays C".into()] };
    let (_, id) = wanted.transaction_ids().remove(0);
    let place = store.transaction(&id)?.ok_or("it was stored")?;
    let found = store.block(place.block)?.ok_or("it was stored")?;
    println!("`1: B pays C` is transaction {} of {:?}", place.transaction, found.block);
    let stray = Block { number: 3, previous: vec![0; 32], payments: Vec::new() };
    println!("refused: {}", store.append(&stray, &stray.hash(hash)).unwrap_err());
    Ok(())
}
