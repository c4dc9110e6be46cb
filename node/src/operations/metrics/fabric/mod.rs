// SPDX-License-Identifier: Apache-2.0
//! Metrics under Fabric's names, labels and help texts: dashboards depend on them.
//!
//! Not here: those of what this program does not have (gossip, containers, CouchDB).

mod ordering;
mod peer;
mod process;

pub use ordering::{Agreement, Broadcast, Cluster, Deliver, Participation};
pub use peer::{Chaincode, Endorser, Ledger};
pub use process::{Grpc, Process};
