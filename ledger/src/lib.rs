// SPDX-License-Identifier: Apache-2.0
//! The chain of blocks, the state and the history, on disk.
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

mod error;

pub use error::Error;
