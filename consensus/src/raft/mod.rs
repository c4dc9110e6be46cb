// SPDX-License-Identifier: Apache-2.0
//! Agreement among several nodes by Raft. The engine is `openraft`, which nothing outside of this
//! crate names.

mod elements;
mod encoding;
#[cfg(test)]
mod encoding_tests;
mod fields;
mod forward;
mod founding;
mod held;
mod inner;
mod machine;
#[cfg(all(test, feature = "sim"))]
mod machine_tests;
mod members;
#[cfg(test)]
mod members_tests;
mod messages;
#[cfg(test)]
mod messages_tests;
mod network;
mod node;
mod options;
mod ports;
#[cfg(feature = "testing")]
mod probe;
mod propose;
mod queue;
mod record;
mod recover;
mod roles;
mod serve;
mod snapshot;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod told;
mod types;

pub use encoding::{Cut, Encoding, Malformed, put_counted};
pub use inner::State;
pub use node::{Parts, Raft, StartError, Status};
pub use options::{BadOptions, RaftOptions};
pub use ports::{AtOnce, BlockSource, Notes, Threads, Transport, Unreachable, Work, Worker};
#[cfg(feature = "testing")]
pub use probe::Probe;
pub use recover::{Confirmation, ForceError, Forced, Standing, force_single};
pub use store::{LogStore, READ_AT_ONCE};
pub use types::{Entry, LogId, Membership, Outcome, Peer, Proposal, Types, Vote};
