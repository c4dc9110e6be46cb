// SPDX-License-Identifier: Apache-2.0
//! The rules of the house over the real tree, and each rule shown a sample that breaks it.

mod algorithms;
mod banned;
mod effects;
mod functions;
mod levels;
mod map;
mod parsers;
mod readme;
mod samples;
mod sockets;
mod source;
mod tidy;
mod unsafe_code;
