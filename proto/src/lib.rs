// SPDX-License-Identifier: Apache-2.0
//! Hyperledger Fabric's protobuf messages, and a few of ours, one module for each protobuf package.
//!
//! The `.proto` files in `messages/` were written from field names and numbers. Bytes are
//! [`bytes::Bytes`]: decode from one, and every nested layer is a slice of what travelled, which is
//! what signatures and hashes are over. Maps are ordered.
//!
//! ```
//! use gmca_proto::{common, prost::Message};
//!
//! let envelope = common::Envelope { payload: "payload".into(), signature: "signature".into() };
//! let travelled = prost::bytes::Bytes::from(envelope.encode_to_vec());
//! assert_eq!(common::Envelope::decode(travelled)?, envelope);
//! # Ok::<(), prost::DecodeError>(())
//! ```
//!
//! Not here: what the messages mean (`block`, `msp`, `channel`), and the services, whose
//! definitions stand in the same files and are generated where they are served.
#![forbid(unsafe_code)]

#[cfg(feature = "json")]
pub mod json;
mod signed;

pub use bytes::Bytes;
pub use prost;
pub use prost_types;
pub use signed::SignedData;

/// The definitions of all messages: a serialized `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

macro_rules! packages {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)+) => {$(
        $(#[$doc])*
        #[allow(missing_docs, unreachable_pub, clippy::all)] // generated; the `.proto` file speaks
        pub mod $name {
            include!(concat!(env!("OUT_DIR"), "/", $file, ".rs"));
        }
    )+};
}

packages! {
    /// Envelopes, blocks, policies, the configuration tree, and principals.
    common = "common";
    /// Raft's part of the configuration and of the block metadata.
    etcdraft = "etcdraft";
    /// The service for client applications.
    gateway = "gateway";
    /// Ours: the Merkle tree of a block's transactions, and proofs.
    gmca = "gmca";
    /// Reads and writes within one namespace.
    kvrwset = "kvrwset";
    /// The `_lifecycle` system chaincode.
    lifecycle = "lifecycle";
    /// Identities and the configuration of membership service providers.
    msp = "msp";
    /// The ordering service.
    orderer = "orderer";
    /// Peers: proposals, transactions, chaincodes, events.
    protos = "protos";
    /// Results of range and history queries.
    queryresult = "queryresult";
    /// Reads and writes of a transaction.
    rwset = "rwset";
    /// The updates that a commit hash covers.
    updates = "updates";
    /// The configuration tree, byte for byte as Go writes it.
    written = "written";
}
