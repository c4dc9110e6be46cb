// SPDX-License-Identifier: Apache-2.0
//! Portable code, written from the standards: what runs where nothing better does, and the oracle
//! of everything that does.

pub(crate) mod ghash;
pub(super) mod sm2_field;
pub(super) mod sm2_inverse;
pub(crate) mod sm2_scalar;
pub(super) mod sm2_select;
pub(super) mod sm3;
pub(super) mod sm3_four;
pub(crate) mod sm4;
pub(crate) mod sm4_planes;
