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

pub mod assemble;
mod channel;
pub mod endorse;
mod error;
pub mod lifecycle;
mod node;
mod registrar;
pub mod stream;
pub mod system;
#[cfg(feature = "testing")]
pub mod testing;
mod validate;
mod verdict;
mod view;
mod watch;

pub use channel::{Kind, Outcome, PeerChannel, Stage, Verified};
pub use error::Error;
pub use node::Node;
pub use registrar::{Import, Info, Registrar};
pub use verdict::{Status, Verdict};
pub use view::{Channels, Source, View};
pub use watch::{Listener, Watch};
