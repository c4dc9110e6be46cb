// SPDX-License-Identifier: Apache-2.0
//! What a node asks of agreement, whoever does it.

use crate::Refusal;
use proto::Bytes;
use std::pin::Pin;

/// Something that will be there later.
pub type Waiting<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Agrees on the blocks of one channel.
pub trait Consenter: Send + Sync + 'static {
    /// Whether envelopes are taken now.
    ///
    /// # Errors
    /// [`NotReady`] with the reason: no leader, stopped.
    fn ready(&self) -> Result<(), NotReady>;

    /// Takes an envelope. The outer wait is over when its place is settled: of two envelopes, the
    /// one whose outer wait ended first is ordered first, if both are. The inner one ends with the
    /// answer. Both may be dropped; the envelope may be ordered all the same.
    fn submit(&self, envelope: Bytes) -> Waiting<Waiting<Answer>>;

    /// Stops, and gives back what it held: after it, the same folder can be opened again.
    fn stop(&self) -> Waiting<()>;
}

/// What became of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is in this block, and stays there whatever fails.
    Ordered {
        /// The block's number.
        block: u64,
    },
    /// It was not ordered.
    Refused(Refusal),
    /// Nobody can say whether it was or will be ordered: the leader changed, or the node stopped.
    /// The sender may send it again; twice in the chain, it is valid once.
    Unknown(String),
}

/// Why no envelopes are taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotReady(pub String);
