// SPDX-License-Identifier: Apache-2.0
//! Between nodes that order: messages of agreement and blocks, over gRPC and mutual TLS.
//!
//! A node is known by the key of its TLS certificate as a server, which the channel lists. Who calls
//! pins that key; who is called maps the key that the caller has shown to the node that it is.
//!
//! Not here: what the messages say (`consensus`).

mod link;
mod pull;
mod service;
#[cfg(test)]
mod tests;

pub(crate) use link::{Links, Times, Way};
pub(crate) use pull::Puller;
pub(crate) use service::{ClusterService, Peers, Seat};

/// Bytes of a message between nodes, at most: a block, or the entries of several.
pub(crate) const MESSAGE: usize = 256 << 20;
