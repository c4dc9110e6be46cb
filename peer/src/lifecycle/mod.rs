// SPDX-License-Identifier: Apache-2.0
//! What the members agreed on about a chaincode, as the state has it.
//!
//! Not here: how they agree on it (the system chaincode `_lifecycle`).

mod definition;
pub mod keys;

pub use definition::Definition;

/// The namespace of the definitions.
pub const NAMESPACE: &str = "_lifecycle";
