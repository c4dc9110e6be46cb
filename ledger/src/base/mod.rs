// SPDX-License-Identifier: Apache-2.0
//! A snapshot of a ledger in files: what a chain can begin from that does not have its first
//! blocks.
//!
//! It is a log of its own, so that every record has a checksum, and writing and copying it can go
//! on where they stopped. Its records are
//!
//! ```text
//! header       magic 8 | version 4 | length 4, name of the hash function | height 8
//!              | hash of the last block 32 | 0, or 1 and the commit hash 32
//!              | number of the last configuration block 8 | its hash 32 | that block
//! state   *    1 | (length 4, place | length 4, what stands there)*      in order of the places
//! ids     *    2 | (kind 1, id 32, block 8, transaction 4)*              in order of the ids
//! end          3 | state rows 8 | ids 8 | state hash 32 | ids hash 32
//! ```
//!
//! Numbers are little-endian, those in an id big-endian. Places and what stands there are those of
//! the state's table (`state::keys`, `state::entry`), without deleted keys. A hash is that of all
//! records of its kind joined, each without its first byte, by the hash function that is named,
//! which is the one in force for the next block. **Two ledgers of the same height are equal when
//! their state hashes are.**
//!
//! Not here: taking one in (`ledger`), and the history, which begins anew.

mod header;
mod read;
#[cfg(feature = "testing")]
pub(crate) mod testing;
mod write;

pub use header::{End, Header};
pub use read::Base;
pub(crate) use write::{Source, copy, write};

/// The records of a snapshot, in the header of its segments.
const KIND: u32 = 3;

/// The first byte of a record.
const STATE: u8 = 1;
const IDS: u8 = 2;
const END: u8 = 3;

/// About how many bytes a record has at most.
const RECORD: usize = 1 << 20;
