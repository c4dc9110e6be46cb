// SPDX-License-Identifier: Apache-2.0
//! CTR (GB/T 17964-2021 clause 10) with a counter of 128 bits.

use crate::low::sm4::{Block, Schedule};
use crate::plant::{self, Plant};

/// Adds the key stream of `counter`, `counter + 1`, ... modulo 2¹²⁸ to `data`, which may end within a
/// block.
pub(crate) fn apply(keys: &Schedule, counter: &Block, data: &mut [u8]) {
    let mut counter = u128::from_be_bytes(*counter);
    let mut rest = data;
    while !rest.is_empty() {
        // As far as the last 32 bits count without a carry.
        let blocks = (1 << 32) - (counter & 0xffff_ffff);
        let len = (rest.len() as u128).min(blocks * 16) as usize;
        let (now, later) = rest.split_at_mut(len);
        keys.ctr32(&counter.to_be_bytes(), now);
        counter = if plant::is(Plant::CounterCarry) {
            counter >> 32 << 32
        } else {
            counter.wrapping_add(blocks)
        };
        rest = later;
    }
}
