// SPDX-License-Identifier: Apache-2.0
//! Agreement among several nodes by Raft. The engine is `openraft`, which nothing outside of this
//! crate names.

mod encoding;
#[cfg(test)]
mod encoding_tests;
mod store;
mod types;

pub use encoding::{Cut, Encoding, Malformed, put_counted};
pub use store::{LogStore, READ_AT_ONCE};
pub use types::{Entry, LogId, Membership, Outcome, Peer, Proposal, Types, Vote};
