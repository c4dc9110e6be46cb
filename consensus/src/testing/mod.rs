// SPDX-License-Identifier: Apache-2.0
//! Checks that any length of run can ask for. Each says in words what it found.

// These are tests, even if they stand in the library.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

pub mod wal;
