// SPDX-License-Identifier: Apache-2.0
//! Endorses proposals, validates and commits blocks.
//!
//! Not here: sockets (`node`), who agrees on blocks (`orderer`, `consensus`).
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]
