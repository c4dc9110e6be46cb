// SPDX-License-Identifier: Apache-2.0
//! The rules, one module each. `ARCHITECTURE.md` lists them for readers.

pub mod algorithms;
pub mod banned;
pub mod effects;
pub mod functions;
pub mod levels;
pub mod map;
pub mod parsers;
pub mod readme;
pub mod sockets;
pub mod tidy;
pub mod unsafe_code;
