// SPDX-License-Identifier: Apache-2.0
//! Multiples of the base point G by secret numbers, with the table of G and no doubling.
//!
//! The table is a file, made by the ignored test `the_table_of_the_base_point_is_written` and held
//! against a fresh one by `the_table_of_the_base_point_is_right`.

use super::comb::{DIGITS, MULTIPLES, Rows, WIDTH, digit};
use super::field::negate_if;
use super::point::{Affine, Jacobian};
use super::scalar::{Digit, Scalar};
use super::spread;
use crate::low::sm2::Level;
use zeroize::Zeroize;

/// The table of G, in Montgomery form.
pub(super) static TABLE: Aligned = Aligned(read(include_bytes!("base.bin")));

/// A table whose entries lie in one cache line each.
#[repr(align(64))]
pub(super) struct Aligned(pub(super) Rows);

/// k·G for k ≠ 0. 36 additions, none of which can be exceptional (`gm/docs/sm2.md`): the digits are
/// added from the uppermost down, so that what is there is always larger than what comes.
pub(crate) fn multiply_base<L: Level>(l: L, k: &Scalar) -> Jacobian {
    if let Some(lanes) = l.lanes() {
        return spread::multiply(l, lanes, &TABLE.0, k);
    }
    let (mut odd, flip) = k.make_odd();
    let rows = &TABLE.0;
    // The uppermost digit has four bits: it is one of the first eight entries.
    let top = l.select_8(&rows[DIGITS - 1][..8], odd.top::<WIDTH>(DIGITS - 1));
    let mut sum = Affine::from_entry(top).to_jacobian();
    for (i, row) in rows.iter().enumerate().take(DIGITS - 1).rev() {
        let Digit { index, negative } = digit(&odd, i);
        let entry = Affine::from_entry(l.select_8(row, index));
        let y = negate_if(l, negative, &entry.y);
        sum.add_affine(l, &Affine { x: entry.x, y });
    }
    odd.zeroize();
    sum.y = negate_if(l, flip, &sum.y);
    sum
}

/// Words of eight bytes, least significant first.
const fn read(bytes: &[u8; DIGITS * MULTIPLES * 64]) -> Rows {
    let mut rows = [[[0; 8]; MULTIPLES]; DIGITS];
    let (words, _) = bytes.as_chunks::<8>();
    let mut i = 0;
    while i < words.len() {
        rows[i / (8 * MULTIPLES)][i / 8 % MULTIPLES][i % 8] = u64::from_le_bytes(words[i]);
        i += 1;
    }
    rows
}
