// SPDX-License-Identifier: Apache-2.0
//! What is measured, under the names of the published measurements of Fabric 2.5.

use clap::ValueEnum;
use node::client::Call;
use proto::Bytes;

/// What is done over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// A query that does nothing
    EmptyEvaluate,
    /// A new key with a value of 100 bytes, nothing read
    #[value(name = "blind-write-100")]
    BlindWrite100,
    /// A new key with a value of 1,000 bytes, nothing read
    #[value(name = "blind-write-1000")]
    BlindWrite1000,
    /// A key read and written, 100 bytes
    #[value(name = "read-write-100")]
    ReadWrite100,
    /// A key read and written, 1,000 bytes
    #[value(name = "read-write-1000")]
    ReadWrite1000,
}

impl Workload {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::EmptyEvaluate,
        Self::BlindWrite100,
        Self::BlindWrite1000,
        Self::ReadWrite100,
        Self::ReadWrite1000,
    ];

    /// Its name in a report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EmptyEvaluate => "empty evaluate",
            Self::BlindWrite100 => "blind write 100 B",
            Self::BlindWrite1000 => "blind write 1,000 B",
            Self::ReadWrite100 => "read-write 100 B",
            Self::ReadWrite1000 => "read-write 1,000 B",
        }
    }

    /// Whether it is a query: nothing is ordered.
    pub(crate) fn is_query(self) -> bool {
        self == Self::EmptyEvaluate
    }

    /// The `count`th call of a worker. `run` tells measurements apart that share a ledger. What a
    /// worker reads and writes again is its own, and committed by then: nothing conflicts.
    pub(crate) fn call(self, channel: &str, run: u64, worker: u32, count: u64) -> Call {
        let (function, key, size) = match self {
            Self::EmptyEvaluate => return Call::new(channel, CHAINCODE, ["nothing"]),
            Self::BlindWrite100 => ("put", count, 100),
            Self::BlindWrite1000 => ("put", count, 1000),
            Self::ReadWrite100 => ("replace", count % KEYS, 100),
            Self::ReadWrite1000 => ("replace", count % KEYS, 1000),
        };
        let key = format!("{run}-{worker}-{key}");
        let mut call = Call::new(channel, CHAINCODE, [function, &key]);
        call.args.push(value(count, size));
        call
    }
}

/// A text of so many bytes, another one each time.
fn value(count: u64, size: usize) -> Bytes {
    let digits = format!("{count:016x}");
    digits.into_bytes().into_iter().cycle().take(size).collect::<Vec<u8>>().into()
}

/// The chaincode's name.
pub(crate) const CHAINCODE: &str = "bench";
/// Keys that each worker reads and writes.
const KEYS: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn values_have_their_size_and_change() {
        let args = |count| Workload::BlindWrite1000.call("ch1", 1, 2, count).args;
        assert_eq!(args(7)[2].len(), 1000);
        assert_ne!(args(7)[2], args(8)[2]);
        assert_eq!(Workload::ReadWrite100.call("ch1", 1, 2, 3).args[2].len(), 100);
    }

    #[test]
    fn workers_never_meet() {
        let key = |workload: Workload, worker, count| {
            String::from_utf8(workload.call("ch1", 1, worker, count).args[1].to_vec()).unwrap()
        };
        let mut keys = HashSet::new();
        for worker in 0..20 {
            for count in 0..KEYS {
                assert!(keys.insert(key(Workload::ReadWrite100, worker, count)));
            }
        }
        assert_eq!(key(Workload::ReadWrite100, 1, 3), key(Workload::ReadWrite100, 1, 3 + KEYS));
        assert_ne!(key(Workload::BlindWrite100, 1, 3), key(Workload::BlindWrite100, 1, 3 + KEYS));
    }
}
