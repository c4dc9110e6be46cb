// SPDX-License-Identifier: Apache-2.0
//! Code for x86-64. Every function takes the token of what it needs.

mod ghash;
#[cfg(feature = "std")]
pub(super) mod lanes;
#[cfg(feature = "std")]
pub(super) mod quad;
pub(super) mod sm2;
mod sm2_field;
mod sm2_inverse;
mod sm2_select;
pub(super) mod sm3_avx2;
pub(super) mod sm3_avx512;
pub(super) mod sm3_one;
pub(crate) mod sm4;
