// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them. Without the feature `plant`,
//! which no program sets, all of it is gone.

sys::plants! {
    /// Seal: a block that brings another hash function is hashed with that one.
    WrongHashAfterSwitch = "wrong-hash-after-switch",
    /// Admission: the bytes that the client sent are ordered as they came.
    NonCanonicalAdmitted = "non-canonical-admitted",
    /// Seal: transactions that were admitted under an older configuration go in.
    StaleSequenceSealed = "stale-sequence-sealed",
    /// Seal: it says that a block is on disk before that is so.
    SealedWithoutSync = "sealed-without-sync",
}
