// SPDX-License-Identifier: Apache-2.0
//! The running processes of the network: sockets, clocks, wiring, services.
//!
//! Not here: what is admitted and sealed (`orderer`), endorsed and validated (`peer`), flags and
//! prompts (`cli/gmnode`).
#![forbid(unsafe_code)]

mod broadcast;
pub mod client;
mod cluster;
pub mod config;
pub mod deliver;
pub mod disk_space;
pub mod gateway;
pub mod http;
pub mod intake;
pub mod leadership;
pub mod limits;
pub mod operations;
pub mod orderer;
pub mod participation;
pub mod peer;
pub mod pull;
pub mod server;
pub mod tls;

/// Fabric's services and ours, servers and clients.
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    unused_qualifications,
    clippy::all,
    clippy::pedantic
)]
mod services {
    pub(crate) mod gateway {
        include!(concat!(env!("OUT_DIR"), "/gateway.rs"));
    }
    pub(crate) mod gmca {
        include!(concat!(env!("OUT_DIR"), "/gmca.rs"));
    }
    pub(crate) mod orderer {
        include!(concat!(env!("OUT_DIR"), "/orderer.rs"));
    }
    pub(crate) mod protos {
        include!(concat!(env!("OUT_DIR"), "/protos.rs"));
    }
}
