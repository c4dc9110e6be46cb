// SPDX-License-Identifier: Apache-2.0
//! Checks of the whole ledger that any length of run can ask for: power failures at random moments
//! of commits, prunes and imports. Each says in words what it found.
//!
//! The parts have checks of their own: `log::testing`, `blocks::testing`, `state::testing`.

// These are tests, even if they stand in the library.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

mod blocks;
mod chain;
mod imports;
mod picture;
mod run;

pub use blocks::{config_block, endorsed};
pub use imports::import;
pub use run::{commit, prune};

use crate::{Error, Ledger, Options, blocks as block_store, ids, log, state};
use bccsp::Providers;
use block::Block;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::MemoryDisk;

const DIR: &str = "channel";
/// Room for a whole test.
const ROOM: usize = 1 << 30;

/// Small files and little memory, so that much happens.
const OPTIONS: Options = Options {
    blocks: block_store::Options {
        log: log::Options { segment_size: 24 << 10, salt: 5 },
        ids: ids::Options { memory_entries: 40, filter_bytes: 512 },
    },
    state: state::Options {
        cache_size: 1 << 20,
        durable_blocks: 4,
        durable_bytes: 1 << 20,
        run_bytes: 1 << 12,
    },
};

fn open(disk: &MemoryDisk, providers: &Arc<Providers>) -> Result<Ledger<Block>, Error> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    Ledger::open(&volume, Path::new(DIR), OPTIONS, providers)
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn words(error: Error) -> String {
    error.to_string()
}
