// SPDX-License-Identifier: Apache-2.0
//! How much of each segment is still wanted, and so which one is worth giving up.

use std::collections::BTreeMap;

/// Where a record is, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) sequence: u64,
    /// Bytes of its payload.
    pub(super) size: u64,
}

/// Bytes that are wanted, by segment.
#[derive(Debug, Default)]
pub(super) struct Space {
    /// First record of each segment, and how many bytes in it are wanted.
    segments: BTreeMap<u64, u64>,
    wanted: u64,
}

/// The oldest segment goes when no more than this part of it is wanted ...
const SMALL_PART: u64 = 8;
/// ... or when the log is longer than twice what is wanted in it and this many segments.
const SLACK: u64 = 4;

impl Space {
    /// Notes which segments there are.
    pub(super) fn set_segments(&mut self, firsts: &[u64]) {
        for first in firsts.iter().rev() {
            // Segments come at the end only.
            if self.segments.contains_key(first) {
                break;
            }
            self.segments.insert(*first, 0);
        }
        while let (Some(known), Some(first)) = (self.segments.first_entry(), firsts.first()) {
            if known.key() >= first {
                break;
            }
            let gone = known.remove();
            self.wanted = self.wanted.saturating_sub(gone);
        }
    }

    pub(super) fn add(&mut self, at: At) {
        self.wanted = self.wanted.saturating_add(at.size);
        if let Some((_, wanted)) = self.segments.range_mut(..=at.sequence).next_back() {
            *wanted = wanted.saturating_add(at.size);
        }
    }

    pub(super) fn remove(&mut self, at: At) {
        self.wanted = self.wanted.saturating_sub(at.size);
        if let Some((_, wanted)) = self.segments.range_mut(..=at.sequence).next_back() {
            *wanted = wanted.saturating_sub(at.size);
        }
    }

    /// When the oldest segment should be given up: the first record behind it.
    pub(super) fn worth_giving_up(&self, segment_size: u64) -> Option<u64> {
        let mut segments = self.segments.iter();
        let ((_, wanted), (next, _)) = (segments.next()?, segments.next()?);
        let length = segment_size.saturating_mul(self.segments.len() as u64);
        let allowed =
            segment_size.saturating_mul(SLACK).saturating_add(self.wanted.saturating_mul(2));
        let worth = wanted.saturating_mul(SMALL_PART) <= segment_size || length > allowed;
        worth.then_some(*next)
    }
}
