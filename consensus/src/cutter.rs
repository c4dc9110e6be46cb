// SPDX-License-Identifier: Apache-2.0
//! Where one batch ends and the next begins.

use proto::Bytes;
use std::time::Duration;

/// When a batch is cut: Fabric's four limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Envelopes in a batch, at most; at least 1.
    pub max_messages: u32,
    /// Bytes of one envelope, at most. What is admitted is held to it by the chain.
    pub absolute_max_bytes: u32,
    /// Bytes in a batch above which no further envelope is added.
    pub preferred_max_bytes: u32,
    /// How long the first envelope of a batch waits for others, at most.
    pub timeout: Duration,
}

/// Gathers envelopes until a limit is reached. It has no clock: whoever holds it cuts when
/// [`Limits::timeout`] is over, or at once while nothing else is on its way.
#[derive(Debug)]
pub struct Cutter {
    limits: Limits,
    pending: Vec<Bytes>,
    bytes: usize,
}

impl Cutter {
    /// One that is empty.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, pending: Vec::new(), bytes: 0 }
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes other limits, for the envelopes to come.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Adds an envelope, and gives the batches that this completes: none, one or two. As Fabric
    /// cuts: an envelope larger than `preferred_max_bytes` is a batch of its own, behind what was
    /// pending; one that would make the batch larger than that begins the next.
    pub fn add(&mut self, envelope: Bytes) -> Vec<Vec<Bytes>> {
        let mut cut = Vec::new();
        let preferred = self.limits.preferred_max_bytes as usize;
        let size = envelope.len();
        if size > preferred {
            cut.extend(self.cut());
            cut.push(vec![envelope]);
            return cut;
        }
        if self.bytes.saturating_add(size) > preferred {
            cut.extend(self.cut());
        }
        self.bytes = self.bytes.saturating_add(size);
        self.pending.push(envelope);
        if self.pending.len() >= self.limits.max_messages as usize {
            cut.extend(self.cut());
        }
        cut
    }

    /// What is pending, as a batch; `None` when nothing is.
    pub fn cut(&mut self) -> Option<Vec<Bytes>> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.pending);
        (!batch.is_empty()).then_some(batch)
    }

    /// Whether nothing is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}
