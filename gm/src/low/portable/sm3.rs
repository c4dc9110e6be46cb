// SPDX-License-Identifier: Apache-2.0
//! SM3's compression function for one message (GB/T 32905-2016 clause 5.3).

use crate::low::sm3::{Block, State, T};

/// Takes whole blocks into the state.
pub(crate) fn compress(state: &mut State, blocks: &[Block]) {
    compress_inline(state, blocks);
}

/// As [`compress`], to be compiled again with the instructions of its caller.
#[inline(always)]
pub(in crate::low) fn compress_inline(state: &mut State, blocks: &[Block]) {
    for block in blocks {
        let mut w: [u32; 16] = core::array::from_fn(|i| {
            u32::from_be_bytes([block[4 * i], block[4 * i + 1], block[4 * i + 2], block[4 * i + 3]])
        });
        let before = *state;
        four_rounds::<0>(state, &mut w);
        four_rounds::<4>(state, &mut w);
        four_rounds::<8>(state, &mut w);
        four_rounds::<12>(state, &mut w);
        four_rounds::<16>(state, &mut w);
        four_rounds::<20>(state, &mut w);
        four_rounds::<24>(state, &mut w);
        four_rounds::<28>(state, &mut w);
        four_rounds::<32>(state, &mut w);
        four_rounds::<36>(state, &mut w);
        four_rounds::<40>(state, &mut w);
        four_rounds::<44>(state, &mut w);
        four_rounds::<48>(state, &mut w);
        four_rounds::<52>(state, &mut w);
        four_rounds::<56>(state, &mut w);
        four_rounds::<60>(state, &mut w);
        for (word, old) in state.iter_mut().zip(before) {
            *word ^= old;
        }
    }
}

/// Rounds J to J + 3, in which the words of the state go round once: nothing is moved, the roles
/// of the words change. `w` holds words J to J + 15 of the message in a ring.
#[inline(always)]
fn four_rounds<const J: usize>(state: &mut State, w: &mut [u32; 16]) {
    let [a, b, c, d, e, f, g, h] = *state;
    let (d, h, b, f) = round(J, [a, b, c, d, e, f, g, h], w);
    let (c, g, a, e) = round(J + 1, [d, a, b, c, h, e, f, g], w);
    let (b, f, d, h) = round(J + 2, [c, d, a, b, g, h, e, f], w);
    let (a, e, c, g) = round(J + 3, [b, c, d, a, f, g, h, e], w);
    *state = [a, b, c, d, e, f, g, h];
}

/// One round of the standard's table; returns the new A, E, C and G, which are the old D, H, B
/// and F in their places. Needs words J and J + 4, and makes word J + 16 in the place of word J.
#[inline(always)]
fn round(j: usize, [a, b, c, d, e, f, g, h]: State, w: &mut [u32; 16]) -> (u32, u32, u32, u32) {
    let turned = a.rotate_left(12);
    let ss1 = turned.wrapping_add(e.wrapping_add(T[j])).rotate_left(7);
    let ss2 = ss1 ^ turned;
    let (ff, gg) =
        if j < 16 { (a ^ b ^ c, e ^ f ^ g) } else { ((a & b) | ((a | b) & c), ((f ^ g) & e) ^ g) };
    let (now, later) = (w[j % 16], w[(j + 4) % 16]);
    let tt1 = ff.wrapping_add(d.wrapping_add(now ^ later)).wrapping_add(ss2);
    let tt2 = gg.wrapping_add(h.wrapping_add(now)).wrapping_add(ss1);
    if j < 52 {
        w[j % 16] = expand(w, j);
    }
    (tt1, tt2 ^ tt2.rotate_left(9) ^ tt2.rotate_left(17), b.rotate_left(9), f.rotate_left(19))
}

/// Word J + 16 of the message (clause 5.3.2).
#[inline(always)]
fn expand(w: &[u32; 16], j: usize) -> u32 {
    let x = w[j % 16] ^ w[(j + 7) % 16] ^ w[(j + 13) % 16].rotate_left(15);
    let p1 = x ^ x.rotate_left(15) ^ x.rotate_left(23);
    p1 ^ w[(j + 3) % 16].rotate_left(7) ^ w[(j + 10) % 16]
}
