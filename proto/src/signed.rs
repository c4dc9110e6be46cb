// SPDX-License-Identifier: Apache-2.0
//! A signature as it travels, with the bytes it is over.
//!
//! Not here: judging one (`msp`), and finding those of a block (`block`).

use bytes::Bytes;

/// A signature, who is said to have made it, and over which bytes.
///
/// The bytes are those that travelled: a message that was decoded and encoded again may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedData {
    /// A serialized `msp.SerializedIdentity`.
    pub identity: Bytes,
    /// What was signed, in parts that follow one another without separator.
    pub message: Vec<Bytes>,
    /// The signature, DER.
    pub signature: Bytes,
}
