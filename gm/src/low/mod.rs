// SPDX-License-Identifier: Apache-2.0
//! Code for one kind of processor, and portable code. The only place with `unsafe`.
//!
//! Every primitive has one file here that chooses (`sm4.rs`, ...): one `match` around whole buffers,
//! never inside of a loop over blocks. What it chooses between has the same list of functions.
#![allow(unsafe_code)]

pub(crate) mod cpu;
mod ghash;
pub(crate) mod lanes;
mod portable;
pub(crate) mod secrets;
pub(crate) mod sm2;
pub(crate) mod sm3;
mod sm3_lanes;
pub(crate) mod sm4;
#[cfg(test)]
mod sm4_table;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod x86_64;
