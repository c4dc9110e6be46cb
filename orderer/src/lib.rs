// SPDX-License-Identifier: Apache-2.0
//! Filters envelopes, applies configuration updates, makes and signs blocks.
//!
//! An [`OrdererChannel`] is one channel on one node, and what agreement (`consensus`) sees of it; a
//! [`Registrar`] holds all channels of a [`Node`].
//!
//! Not here: sockets (`node`), what agrees on the order (`consensus`).
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

mod admit;
mod append;
mod channel;
mod error;
mod info;
mod join;
mod members;
mod node;
#[doc(hidden)]
pub mod plant;
mod registrar;
mod seal;
#[cfg(feature = "testing")]
pub mod testing;
mod update;

pub use channel::OrdererChannel;
pub use error::Error;
pub use info::{Info, Relation, Status};
pub use members::{member_key, members};
pub use node::Node;
pub use registrar::Registrar;
