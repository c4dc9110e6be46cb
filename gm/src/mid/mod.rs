// SPDX-License-Identifier: Apache-2.0
//! What is made of `low`: modes, schedules, curve points, signatures. No `unsafe`, and no instruction of a
//! processor.
#![forbid(unsafe_code)]

pub(crate) mod leavings;
pub(crate) mod sm2;
pub(crate) mod sm3_many;
pub(crate) mod sm4_ccm;
pub(crate) mod sm4_ctr;
pub(crate) mod sm4_gcm;
pub(crate) mod sm4_xts;
