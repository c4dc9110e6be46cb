// SPDX-License-Identifier: Apache-2.0
//! Agrees on the next block: envelopes in, the same chain of blocks out on every honest node.
//!
//! A [`Consenter`] takes envelopes and answers when each is in a block that nothing can take back.
//! It knows no configuration and signs nothing: what a [`Chain`] admits is put into [`Batch`]es, the
//! batches are agreed on, and each node's chain seals a block of each by itself.
//!
//! Not here: filters, configuration, block signatures (`orderer`); sockets (`node`).
#![forbid(unsafe_code)]

mod batch;
mod chain;
mod consenter;
mod cutter;
pub mod plant;
pub mod raft;
#[cfg(feature = "sim")]
pub mod sim;
mod solo;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wal;

pub use batch::{Batch, BatchKind, NotABatch};
pub use chain::{Admitted, Chain, Kind, Member, Refusal, SealError};
pub use consenter::{Answer, Consenter, NotReady, Waiting};
pub use cutter::{Cutter, Limits};
pub use solo::Solo;

/// The runtime that programs use: Tokio's.
#[cfg(feature = "tokio")]
pub type Tokio = openraft_rt_tokio::TokioRuntime;
