// SPDX-License-Identifier: Apache-2.0
//! What clients did and what they were told: one line for each write and each read.

use proto::protos::TxValidationCode;

/// Microseconds since the load began.
pub(crate) type Moment = u64;

/// What became of a write, as far as its client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A peer said that it is in that block and counts.
    Acknowledged { block: u64, peer: usize },
    /// A peer said that it is in that block and does not count.
    Invalid { block: u64, code: TxValidationCode },
    /// It was not endorsed, so nobody who orders has seen it.
    NeverSent,
    /// An orderer refused it.
    Refused,
    /// It was sent, and nobody said in time what became of it.
    Unknown,
}

/// A client that set a key to a number. No two writes have the same number.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) number: i64,
    pub(crate) key: String,
    /// Empty when it was never sent.
    pub(crate) tx_id: String,
    /// Whether the gateway said that it is ordered, which an orderer says of what stays.
    pub(crate) ordered: bool,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) outcome: Outcome,
}

/// A client that was told the number at a key, by a peer.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) number: i64,
    pub(crate) key: String,
    pub(crate) peer: usize,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
}

/// All of it, in the order in which it ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) writes: Vec<Write>,
    pub(crate) reads: Vec<Read>,
}

/// How many writes came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) acknowledged: usize,
    pub(crate) invalid: usize,
    pub(crate) never_sent: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    pub(crate) reads: usize,
}

impl History {
    /// How many writes came to what.
    pub(crate) fn count(&self) -> Count {
        let mut count = Count { reads: self.reads.len(), ..Count::default() };
        for write in &self.writes {
            match write.outcome {
                Outcome::Acknowledged { .. } => count.acknowledged += 1,
                Outcome::Invalid { .. } => count.invalid += 1,
                Outcome::NeverSent => count.never_sent += 1,
                Outcome::Refused => count.refused += 1,
                Outcome::Unknown => count.unknown += 1,
            }
        }
        count
    }

    /// The longest time in which nothing was acknowledged, in microseconds.
    pub(crate) fn longest_silence(&self) -> Moment {
        let acknowledged =
            self.writes.iter().filter(|w| matches!(w.outcome, Outcome::Acknowledged { .. }));
        let mut ends: Vec<Moment> = acknowledged.map(|write| write.end).collect();
        ends.sort_unstable();
        ends.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0)
    }
}
