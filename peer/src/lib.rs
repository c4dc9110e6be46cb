// SPDX-License-Identifier: Apache-2.0
//! Endorses proposals, validates and commits blocks.
//!
//! A [`PeerChannel`] is one channel on one peer: its ledger, and the configuration in force. Blocks from
//! orderers are verified and committed there; a [`Registrar`] holds all channels of a [`Node`].
//!
//! Not here: sockets (`node`), who agrees on blocks (`orderer`, `consensus`).
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

mod channel;
mod error;
pub mod lifecycle;
mod node;
mod registrar;
mod validate;
mod verdict;
mod watch;

pub use channel::{Explanation, Outcome, PeerChannel, Verified};
pub use error::Error;
pub use node::Node;
pub use registrar::{Info, Registrar};
pub use verdict::{Status, Verdict};
pub use watch::{Listener, Watch};
