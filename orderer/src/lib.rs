// SPDX-License-Identifier: Apache-2.0
//! Filters envelopes, applies configuration updates, makes and signs blocks.
//!
//! Not here: sockets (`node`), what agrees on the order (`consensus`).
#![forbid(unsafe_code)]
