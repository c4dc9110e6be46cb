// SPDX-License-Identifier: Apache-2.0
//! A process that endorses and keeps ledgers: blocks in from orderers, chaincodes tried out, blocks
//! and events out.
//!
//! Not here: what is valid and what is endorsed (`peer`), what an application asks (`gateway`).

mod chain;
mod chaincode;
mod channels;
mod dial;
mod error;
mod events;
mod follow;
mod numbers;
mod operator;
mod process;
mod service;
#[cfg(test)]
mod tests;

pub(crate) use dial::orderer_roots;
pub use error::StartError;
pub use process::{Addresses, Parts, PeerProcess};
