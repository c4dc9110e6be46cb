// SPDX-License-Identifier: Apache-2.0
//! What the members of a channel agreed on: the configuration tree, its updates, the genesis block.
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

mod application;
pub mod build;
mod capabilities;
mod channel;
pub mod configtx;
mod edit;
mod element;
mod error;
mod follow;
mod orderer;
mod organization;
mod proof;
pub mod update;
mod values;
pub mod wire;

pub use application::Application;
pub use capabilities::{Capabilities, HASH_SWITCH, TRANSACTION_TREE};
pub use channel::{BLOCK_VALIDATION, Channel, check_id};
pub use edit::{Edit, Side};
pub use element::{Element, Kind, ROOT};
pub use error::Error;
pub use follow::check_last_config;
pub use orderer::{Batch, Consenter, Orderer, RAFT, RaftOptions, SOLO};
pub use organization::Organization;
