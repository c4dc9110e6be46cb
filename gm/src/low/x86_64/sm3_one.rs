// SPDX-License-Identifier: Apache-2.0
//! SM3 for one message, with rotations that keep their source (`rorx`).

use crate::low::cpu::Bmi2;
use crate::low::portable::sm3::compress_inline;
use crate::low::sm3::{Block, State};

/// As [`compress`](crate::low::portable::sm3::compress).
pub(in crate::low) fn compress(_cpu: Bmi2, state: &mut State, blocks: &[Block]) {
    // SAFETY: `_cpu` exists only if this processor has BMI1 and BMI2.
    unsafe { compress_bmi2(state, blocks) }
}

#[target_feature(enable = "bmi1,bmi2")]
fn compress_bmi2(state: &mut State, blocks: &[Block]) {
    compress_inline(state, blocks);
}
