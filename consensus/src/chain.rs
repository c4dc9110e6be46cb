// SPDX-License-Identifier: Apache-2.0
//! The port through which agreement sees a channel: what may be ordered, and what comes of it.

use crate::{Batch, Limits};
use block::Block;
use proto::Bytes;

/// A channel as agreement needs it. Its height, its configuration and its limits change only by
/// [`seal`](Self::seal) and [`append`](Self::append), which one caller calls, in order.
pub trait Chain: Send + Sync + 'static {
    /// The channel's name.
    fn channel(&self) -> &str;

    /// Number of the next block.
    fn height(&self) -> u64;

    /// Sequence of the configuration in force.
    fn sequence(&self) -> u64;

    /// Limits of a batch in the configuration in force.
    fn limits(&self) -> Limits;

    /// The nodes that agree, as the configuration in force lists them.
    fn members(&self) -> Vec<Member>;

    /// Hash of the last block's header, by the hash function that was in force before that block.
    fn tip(&self) -> Bytes;

    /// What the last block says for agreement: the `consenter_metadata` that was given to `seal`,
    /// by whoever sealed it. Empty for the genesis block.
    fn metadata(&self) -> Bytes;

    /// Judges an envelope under the configuration in force. Changes nothing.
    ///
    /// # Errors
    /// [`Refusal`] for the sender.
    fn admit(&self, envelope: &Bytes) -> Result<Admitted, Refusal>;

    /// Makes the next block of a batch that was agreed on, signs it, keeps it and applies it; after
    /// `Ok` it is on disk. `metadata` goes into it as `consenter_metadata`. `None`, and nothing
    /// changed, when the batch was admitted under another configuration than the one in force: its
    /// envelopes are to be judged again. Whether that is so depends on the blocks before only, and
    /// so is the same on every node.
    ///
    /// # Errors
    /// [`SealError`]: this node must stop ordering.
    fn seal(&self, batch: &Batch, metadata: Bytes) -> Result<Option<Block>, SealError>;

    /// Keeps and applies a block that another node sealed; after `Ok` it is on disk. It is judged
    /// first: link, hashes, signatures, configuration.
    ///
    /// # Errors
    /// [`SealError`], also for a block that is not the next one or not what it should be.
    fn append(&self, block: Block) -> Result<(), SealError>;
}

/// An envelope that may be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Whether it will be alone in its batch.
    pub kind: Kind,
    /// The bytes to be ordered, canonical: not always what the client sent.
    pub envelope: Bytes,
    /// Sequence of the configuration that it was judged under.
    pub sequence: u64,
}

/// What an envelope asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A transaction. To judge it again, hand in the admitted bytes.
    Normal,
    /// Another configuration. To judge it again, hand in the update that it came from.
    Config {
        /// What the client sent.
        update: Bytes,
    },
}

/// A node that agrees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What it is known by: the `SubjectPublicKeyInfo` (DER) of its TLS certificate as a server. A
    /// certificate that is renewed with the same key is the same node.
    pub key: Bytes,
}

/// Why an envelope is not ordered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It can never be ordered: malformed, too large, its sender's certificate expired.
    #[error("{0}")]
    BadRequest(String),
    /// Its sender may not.
    #[error("{0}")]
    Forbidden(String),
    /// The channel is not here.
    #[error("{0}")]
    NotFound(String),
    /// Not now: no leader, maintenance, a disk that failed. The sender may try again.
    #[error("{0}")]
    Unavailable(String),
}

/// Why no block could be sealed or appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("block {number} of channel {channel}: {why}")]
pub struct SealError {
    /// The channel.
    pub channel: String,
    /// The block that would have been next.
    pub number: u64,
    /// What is wrong.
    pub why: String,
}
