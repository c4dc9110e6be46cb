// SPDX-License-Identifier: Apache-2.0
//! The chain of blocks, the state and the history, on disk.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

pub mod base;
pub mod blocks;
mod chain_block;
mod commit_hash;
mod error;
pub mod ids;
mod ledger;
pub mod log;
pub mod mvcc;
#[doc(hidden)]
pub mod plant;
pub mod simulator;
pub mod state;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;

pub use chain_block::{ChainBlock, StateTransaction};
pub use commit_hash::commit_hash;
pub use error::Error;
pub use ledger::{
    Committed, HashOf, Ledger, Options, Pending, Recovery, has_state, import, is_there,
    newest_base, replay_blocks,
};
