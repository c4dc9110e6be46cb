// SPDX-License-Identifier: Apache-2.0
//! Which transactions of a block count, cheap to dear, by Fabric's rules and codes.
//!
//! ```text
//! open        what the bytes say                                  1 2 3 6 7 8 14 255
//! signatures  of creators and endorsers, all of a block at once   4
//! open        what was called, and what came out                  5, and 19 to 23, 25, 255
//! judge       against the state before the block                  9 10 25
//! (ledger)    ids within the block, versions, ranges              9 11 12
//! ```
//!
//! The first two need the configuration alone, so they can be done ahead. What could not be judged is an
//! error and no verdict: a peer that guessed would part from the others.
//!
//! Not here: whether the block is the next one (`channel`).

mod call;
mod judge;
mod key_policy;
mod open;
mod rules;
mod signatures;

pub(crate) use judge::{Judge, Unjudged};
pub(crate) use open::{Opened, open_block, open_entries};
pub(crate) use rules::Rules;
pub(crate) use signatures::{Signed, SignedContent, check_signatures, signatories};
