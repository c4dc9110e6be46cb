// SPDX-License-Identifier: Apache-2.0
//! Which entries are kept in memory: those that were appended last, of all groups together.

use std::collections::VecDeque;

/// Which entry, and by which record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) group: u32,
    pub(super) index: u64,
    pub(super) sequence: u64,
}

/// Entries in memory, the oldest first. Some may be gone: `bytes` and `count` are of the others.
#[derive(Debug)]
pub(super) struct Cache {
    queue: VecDeque<Kept>,
    bytes: usize,
    count: usize,
    limit: usize,
}

/// How many that are gone may stand in the queue, beside as many as are there.
const GONE: usize = 1024;

impl Cache {
    /// Of at most that many bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { queue: VecDeque::new(), bytes: 0, count: 0, limit }
    }

    pub(super) fn add(&mut self, kept: Kept, size: usize) {
        self.queue.push_back(kept);
        self.bytes = self.bytes.saturating_add(size);
        self.count = self.count.saturating_add(1);
    }

    /// One of that size is no longer in memory.
    pub(super) fn remove(&mut self, size: usize) {
        self.bytes = self.bytes.saturating_sub(size);
        self.count = self.count.saturating_sub(1);
    }

    /// The oldest, when there are too many bytes. It may be gone already.
    pub(super) fn too_much(&mut self) -> Option<Kept> {
        (self.bytes > self.limit).then(|| self.queue.pop_front()).flatten()
    }

    /// Whether the queue is to be cleared of what is gone.
    pub(super) fn is_untidy(&self) -> bool {
        self.queue.len() > self.count.saturating_mul(2).saturating_add(GONE)
    }

    /// Clears the queue of what is gone.
    pub(super) fn tidy(&mut self, is_there: impl FnMut(&Kept) -> bool) {
        self.queue.retain(is_there);
    }
}
