// SPDX-License-Identifier: Apache-2.0
//! Chaincode in Rust: a trait, and a `main` that serves Hyperledger Fabric's chaincode stream.
//!
//! Not here: the side of the peer (`peer`, `node`).
#![forbid(unsafe_code)]

/// The services of the chaincode stream.
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    unused_qualifications,
    clippy::all,
    clippy::pedantic
)]
mod services {
    include!(concat!(env!("OUT_DIR"), "/protos.rs"));
}
