// SPDX-License-Identifier: Apache-2.0
//! Connections with chaincodes, which are processes of their own: services that the peer dials, and
//! in dev mode those that dial the peer.

mod executor;
mod link;
mod links;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use executor::Executor;
pub(crate) use links::{DevMode, Links};
